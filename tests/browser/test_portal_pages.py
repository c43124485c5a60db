"""The frame and the pages around the tools, as people see them."""

from __future__ import annotations

import json
import re
import subprocess
import time

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

#: Pages of this part of the portal, and who reads them.
PAGES = {
    "/": "", "/tools/": "maria", "/tools/?q=nothing-like-it": "", "/data/": "maria",
    "/tools/Samples/Buffer/": "", "/account/": "maria", "/account/tokens/": "maria",
    "/server/account/login": "", "/help/": "", "/help/api/": "",
    "/help/write-a-tool/": "", "/help/keyboard/": "", "/status/": "",
}  # fmt: skip

#: Texts with less than 4.5:1 to what is behind them, 3:1 for large ones.
PALE = """() => {
  const parse = (text) => {
    const found = text.match(/[\\d.]+/g).map(Number);
    return text.startsWith("color(")
      ? [found[0] * 255, found[1] * 255, found[2] * 255, found[3] ?? 1]
      : [found[0], found[1], found[2], found[3] ?? 1];
  };
  const over = (top, below) => top[3] === 1 ? top : [0, 1, 2].map(
    (i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const behind = (node) => {
    const colour = parse(getComputedStyle(node).backgroundColor);
    if (colour[3] === 1 || !node.parentElement) return colour[3] ? colour : [255, 255, 255, 1];
    return over(colour, behind(node.parentElement));
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((one) => one / 255).map(
      (one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const wrong = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility()) continue;
    if (node.closest(":disabled, script, .visually-hidden, .skip-link")) continue;
    const style = getComputedStyle(node), back = behind(node);
    const [a, b] = [light(over(parse(style.color), back)), light(back)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least) wrong.push(`${ratio.toFixed(2)} ${node.textContent.trim().slice(0, 40)}`);
  }
  return wrong;
}"""

#: What is pressed and is smaller than 24 px, a primary one than 44; links in a line of
#: text may be as small as the text.
SMALL = """() => {
  const wrong = [];
  const all = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary");
  for (const one of all) {
    if (!one.checkVisibility() || one.closest(".visually-hidden, .skip-link")) continue;
    if (getComputedStyle(one).display === "inline" && one.closest("p, dd, td, li")) continue;
    const box = one.getBoundingClientRect();
    const least = one.matches(".btn-primary, header a, header button, header summary") ? 44 : 24;
    if (box.height < least - 0.5 || box.width < Math.min(least, 24))
      wrong.push(`${Math.round(box.width)}x${Math.round(box.height)} ${one.outerHTML.slice(0, 80)}`);
  }
  return wrong;
}"""

#: Colours behind the page in each frame from the first that has a body.
WATCH = """
window.seen = [];
(function look() {
  if (document.body) {
    const found = getComputedStyle(document.body).backgroundColor;
    if (window.seen.at(-1) !== found) window.seen.push(found);
  }
  requestAnimationFrame(look);
})();
"""
DARK, LIGHT = "rgb(16, 22, 27)", "rgb(246, 248, 249)"


def test_a_stranger_reaches_a_drawn_result_in_three_presses(visit):
    page = visit("/")
    started = time.monotonic()
    page.get_by_role("link", name="Where does the bottle go?").click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/jobs/*/")
    expect(page.locator("[data-state=succeeded]").first).to_be_visible(timeout=15_000)
    expect(page.locator("[data-layer]").first).to_contain_text("Way of the bottle")
    expect(page.locator("[data-map] canvas").first).to_be_visible(timeout=15_000)
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_fit_a_telephone_are_pressed_with_a_finger_and_are_read(visit, theme):
    wrong = {}
    for user in ("", "maria"):
        page = visit("/", user=user, width=360, height=740, color_scheme=theme)
        for path in [one for one, reader in PAGES.items() if reader == user]:
            page.goto(path)
            if path == "/tools/":
                page.locator("summary", has_text="Filters").click()
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            found = [*page.evaluate(SMALL), *page.evaluate(PALE)]
            found += [f"{over} px too wide"] if over > 0 else []
            if found:
                wrong[path] = found
        page.get_by_role("button", name="Menu").click()
        expect(
            page.get_by_role("navigation", name="Main").get_by_text("Data")
        ).to_be_visible()
        found = [*page.evaluate(SMALL), *page.evaluate(PALE)]
        if found:
            wrong[f"menu of {user or 'a stranger'}"] = found
    assert wrong == {}


@pytest.mark.parametrize(
    ("system", "chosen", "colour"),
    [("dark", "Light", LIGHT), ("light", "Dark", DARK), ("dark", "", DARK)],
    ids=["light, in a dark system", "dark, in a light system", "as the system"],
)
def test_a_theme_is_kept_and_no_other_is_painted_first(visit, system, chosen, colour):
    page = visit("/status/", color_scheme=system)
    if chosen:
        page.locator("summary", has_text="Theme").click()
        page.get_by_role("button", name=chosen, exact=True).click()
        expect(page.locator("body")).to_have_css("background-color", colour)
    page.add_init_script(WATCH)
    page.reload()
    expect(page.locator("[data-search-key]")).to_be_visible()  # the last script has run
    assert set(page.evaluate("window.seen")) - {"rgba(0, 0, 0, 0)"} == {colour}


def test_a_theme_is_chosen_without_scripts(visit):
    page = visit("/status/", color_scheme="light", java_script_enabled=False)
    page.locator("summary", has_text="Theme").click()
    page.get_by_role("button", name="Dark", exact=True).click()
    expect(page.locator("body")).to_have_css("background-color", DARK)
    expect(page).to_have_url(re.compile("/status/$"))


def test_keys_lead_to_the_search_and_out_of_a_menu(visit):
    page = visit("/help/keyboard/")
    page.keyboard.press("/")
    expect(page.get_by_label("Search tools")).to_be_focused()
    page.keyboard.type("viewshed")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=3).first).to_contain_text("Viewshed")
    menu = page.locator("summary", has_text="Theme")
    menu.press("Enter")
    expect(page.get_by_role("button", name="Dark", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(page.get_by_role("button", name="Dark", exact=True)).to_be_hidden()
    page.goto("/help/keyboard/")
    page.get_by_label("Switch it off").uncheck()
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("/")
    expect(page.get_by_label("Search tools")).not_to_be_focused()


def test_tools_are_found_filtered_and_marked_without_scripts(visit):
    page = visit("/tools/", user="maria", java_script_enabled=False)
    form = page.get_by_role("search", name="All tools")
    form.get_by_label("Search").fill("bottle")
    form.get_by_role("button", name="Show").click()
    expect(page.get_by_role("status").first).to_contain_text("1 of ")
    page.get_by_role("button", name="Favourite: Message in a Bottle").click()
    star = page.get_by_role("button", name="Favourite: Message in a Bottle")
    expect(star).to_have_attribute("aria-pressed", "true")
    page.locator("summary", has_text="Filters").click()
    form.get_by_label("Favourites only").check()
    form.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("favourites=yes"))
    star.click()
    expect(page.get_by_text("Nothing matches 'bottle'.")).to_be_visible()


def test_a_key_is_made_copied_and_revoked(visit):
    page = visit("/account/tokens/", user="omar", permissions=["clipboard-read",
                                                               "clipboard-write"])  # fmt: skip
    page.get_by_role("button", name="Make key").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(page.get_by_label("Name")).to_be_focused()
    page.get_by_label("Name").fill("Nightly")
    page.get_by_role("button", name="Make key").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"cairn_[\w-]{43}", copied)
    page.get_by_role("link", name="I have copied it").click()
    page.goto("/tools/Samples/Slow/Sleep/?tab=api&Seconds=0.1")
    script = page.locator("#s-curl").text_content().replace("YOUR_TOKEN", copied)
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=True)
    page.goto("/jobs/")
    job = json.loads(done.stdout)["jobId"]
    expect(page.locator(f"a[href='/jobs/{job}/']").first).to_be_visible()
    page.goto("/account/tokens/")
    page.get_by_role("button", name="Revoke Nightly").click()
    expect(page.get_by_text("You have none.")).to_be_visible()
