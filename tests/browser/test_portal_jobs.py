"""The page of a job while it runs and after, the list of jobs, and shared jobs."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

ACTIVE = "[data-state=queued], [data-state=running], [data-state=cancelling]"
#: Collects, from the start of a page, what has moved without anybody's doing.
WATCH_SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifts += one.value;
}).observe({ type: "layout-shift", buffered: true });
"""
#: Collects each percent that the page shows, and when each message came.
WATCH_PROGRESS = """
window.seen = { percents: new Set(), messages: [] };
new MutationObserver(() => {
  const text = document.querySelector("[data-percent]")?.textContent;
  if (text) window.seen.percents.add(text);
  for (const one of document.querySelectorAll("[data-messages] li:not([data-seen])")) {
    one.dataset.seen = "yes";
    window.seen.messages.push([one.querySelector("time").dateTime, Date.now()]);
  }
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


def run(page: Page, tool: str, **values: str) -> None:
    """Fill the form of a tool from the address, and run it."""
    page.goto(f"/tools/Samples/{tool}/?{urlencode(values)}")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/jobs/*/")


def ended(page: Page, state: str) -> None:
    expect(page.locator(f"[data-job][data-state={state}]")).to_be_visible(
        timeout=20_000
    )


def test_a_running_job_is_followed_to_its_end_and_not_beyond(visit):
    page = visit("/tools/", user="maria")
    page.add_init_script(WATCH_PROGRESS)
    page.add_init_script(WATCH_SHIFTS)
    requests: list[str] = []
    run(page, "Slow/Sleep", Seconds="5")
    page.on("request", lambda one: "/jobs/j" in one.url and requests.append(one.url))
    ended(page, "succeeded")
    seen = page.evaluate(
        "({percents: [...seen.percents].length, messages: seen.messages})"
    )
    assert seen["percents"] >= 4
    assert len(seen["messages"]) >= 4
    late = page.evaluate(
        "seen.messages.slice(1).map(([said, at]) => at - new Date(said))"
    )
    assert max(late) < 3000
    page.wait_for_load_state("networkidle")
    assert requests
    requests.clear()
    page.wait_for_timeout(2500)  # more than two rounds of asking
    assert not requests
    assert page.evaluate("window.shifts") < 0.1
    expect(page).to_have_title(re.compile("^Succeeded: Sleep"))


def test_results_of_features_arrive_without_moving_the_page(visit):
    page = visit("/tools/", user="maria")
    page.add_init_script(WATCH_SHIFTS)
    run(page, "BufferAsync/Buffer")
    ended(page, "succeeded")
    expect(page.locator("[data-layer]").first).to_contain_text("Buffer polygons")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shifts") < 0.1


def test_cancelling_asks_once_and_is_final(visit):
    page = visit("/tools/", user="maria")
    run(page, "Slow/Sleep", Seconds="60")
    expect(page.locator("[data-percent]")).to_contain_text("%")
    page.get_by_role("button", name="Cancel job").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Keep running").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Cancel job").click()
    expect(page.locator("[data-job]")).to_have_attribute("data-state", "running")
    dialog.get_by_role("button", name="Cancel job").click()
    stopping = re.compile("^(cancelling|cancelled)$")
    expect(page.locator("[data-job]")).to_have_attribute(
        "data-state", stopping, timeout=1000
    )
    expect(page.locator("[data-job]")).to_have_attribute(
        "data-state", "cancelled", timeout=10_000
    )
    page.reload()
    ended(page, "cancelled")
    expect(page.get_by_role("link", name="Change and run again")).to_be_visible()


def test_a_job_is_cancelled_without_scripts(visit):
    page = visit("/tools/Samples/Slow/Sleep/?Seconds=60", java_script_enabled=False)
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Cancel job").click()
    expect(page.get_by_role("button", name="Keep running")).to_be_visible()
    page.get_by_role("button", name="Cancel job").click()
    expect(page.locator("[data-job]")).to_have_attribute(
        "data-state", re.compile("^cancell")
    )


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_a_failed_job_says_why_above_the_fold(visit, width, height):
    page = visit("/tools/", user="omar", width=width, height=height)
    run(page, "Slow/Fail", Message="the well is dry")
    ended(page, "failed")
    reason = page.get_by_text("The well is dry.", exact=True)
    expect(reason).to_be_in_viewport(ratio=1)
    box = reason.bounding_box()
    assert box
    assert box["y"] + box["height"] < height
    expect(page.get_by_text("Change the inputs and run it again.")).to_be_in_viewport()
    text = page.locator("main").inner_text()
    assert "Traceback" not in text
    assert not re.search(r"(?<![\w:/])/(?:tmp|home|work|srv)/", text)
    page.get_by_text("Technical details").click()
    expect(page.locator("[data-support]")).to_contain_text(
        re.compile(r"Request: [0-9a-f]{8,}")
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_messages_are_filtered_and_have_addresses(visit):
    page = visit("/tools/", user="omar")
    run(page, "Slow/Fail", Message="the well is dry")
    ended(page, "failed")
    log = page.locator("[data-messages]")
    expect(log.get_by_text("Submitted.")).to_be_visible()
    page.get_by_label("Show").select_option("error")
    expect(log.get_by_text("Submitted.")).to_be_hidden()
    expect(log.locator("li:visible")).to_have_count(2)
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download").click()
    lines = kept.value.path().read_text().splitlines()
    assert [line.split("\t")[1:] for line in lines] == [
        ["Error", "the well is dry"],
        ["Error", "Failed."],
    ]
    page.goto(page.url + "#m1")
    expect(page.locator("#m1:target")).to_have_count(1)


def test_a_link_shares_a_job_until_it_is_revoked(visit):
    page = visit("/tools/", user="maria")
    run(page, "BufferAsync/Buffer")
    ended(page, "succeeded")
    page.get_by_role("link", name="Share").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("For whom").fill("Omar")
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.get_by_label("The new link").input_value()

    shared = visit(link)
    expect(shared.locator("[data-job][data-state=succeeded]")).to_be_visible()
    expect(shared.get_by_text("2 points")).to_be_visible()
    expect(shared.locator("[data-messages]")).to_contain_text("Succeeded.")
    expect(shared.locator("[data-layer]").first).to_contain_text("Buffer polygons")
    expect(shared.get_by_text("The link works until")).to_be_visible()
    expect(shared.locator("main form")).to_have_count(0)
    for name in ("Cancel job", "Change and run again", "Share", "Delete", "Rename"):
        expect(shared.locator("main").get_by_text(name, exact=True)).to_have_count(0)

    dialog.get_by_role("button", name="Revoke Omar").click()
    expect(dialog.get_by_text("revoked")).to_be_visible()
    answer = shared.request.get(link)
    assert answer.status == 404


def test_the_list_renews_its_states_and_keeps_its_filters(visit):
    page = visit("/tools/", user="omar")
    run(page, "Slow/Sleep", Seconds="4")
    page.goto("/jobs/?q=sleep")
    row = page.locator("[data-row]").first
    expect(row).to_contain_text("Running")
    row.get_by_role("checkbox").check()
    expect(row).to_contain_text("Succeeded", timeout=15_000)
    expect(row).to_contain_text("What was done: Slept 4 seconds.")
    expect(row.get_by_role("checkbox")).to_be_checked()
    assert page.get_by_label("Text").input_value() == "sleep"
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete jobs").click()
    expect(page.get_by_text("1 job was deleted.")).to_be_visible()
    assert page.url.endswith("/jobs/?q=sleep")


def test_a_lost_connection_is_told_and_so_is_its_return(browser, site):
    context = browser.new_context(base_url=site)  # its console reports the failure
    page = context.new_page()
    run(page, "Slow/Sleep", Seconds="30")
    expect(page.locator("[data-percent]")).to_contain_text("%")
    context.set_offline(True)
    told = page.locator("[data-connection]")
    expect(told).to_have_text("Connection lost, retrying in 5 s")
    context.set_offline(False)
    expect(told).to_have_text("Back", timeout=10_000)
    page.get_by_role("button", name="Cancel job").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel job").click()
    ended(page, "cancelled")
    context.close()
