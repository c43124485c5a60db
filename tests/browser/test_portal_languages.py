"""The pages of jobs in German, and mirrored for Arabic."""

from __future__ import annotations

import re

import polib
import pytest
from playwright.sync_api import Page, expect

from tests.texts import catalogue

pytestmark = pytest.mark.browser

BUFFER = "/tools/Samples/BufferAsync/Buffer/"
#: All that is read or spoken of a page, but for the choice of languages and what a
#: tool says in its own words.
READ = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const inside = walker.currentNode.parentElement;
    if (!inside.closest("script, style, template, noscript, [lang]:not(html), code, pre"))
      found.push(walker.currentNode.textContent);
  }
  for (const one of document.body.querySelectorAll("*"))
    for (const name of ["aria-label", "title", "placeholder", "alt"])
      if (one.getAttribute(name)) found.push(one.getAttribute(name));
  return [document.title.split(" \\u2013 ")[0], ...found.map((one) => one.trim().replace(/\\s+/g, " "))];
}"""
PLACE = re.compile(r"%\(\w+\)[sd]|%[sd]")


@pytest.fixture(scope="module")
def english() -> re.Pattern[str]:
    """Any text of the interface that is another one in German."""
    books = [polib.pofile(str(catalogue("de", one))) for one in ("django", "djangojs")]
    texts = {text for book in books for one in book
             for text in (one.msgid, one.msgid_plural) if text}  # fmt: skip
    texts -= {text for book in books for one in book
              for text in (one.msgstr, *one.msgstr_plural.values())}  # fmt: skip
    forms = [r"[\d.,]+".join(re.escape(part) for part in PLACE.split(one)) for one in texts
             if PLACE.sub("", one).strip()]  # fmt: skip
    return re.compile("|".join(forms))


def left(page: Page, english: re.Pattern[str]) -> set[str]:
    return {one for one in page.evaluate(READ) if english.fullmatch(one)}


def test_no_english_is_left_for_a_german(visit, english):
    page = visit(f"{BUFFER}?Distance=3 Kilometers", user="maria", locale="de-DE")
    expect(page.get_by_label("Einheit", exact=True)).to_have_value("esriKilometers")
    expect(page.locator(".widget-summary")).not_to_be_empty()
    for way in page.locator("[data-way]").all():
        way.click()
        assert left(page, english) == set()
    page.locator("[name=Distance]").fill("1,5")
    page.get_by_role("button", name="Ausführen", exact=True).click()
    page.wait_for_url("**/jobs/*/")
    expect(page.locator("[data-job][data-state=succeeded]")).to_be_visible(
        timeout=20_000
    )
    expect(page.locator(".job-inputs")).to_contain_text("1,5")
    expect(page.locator("[data-state=succeeded] time").first).to_have_text(
        re.compile(r"\d{1,2}\. [A-ZÄ][a-zä]+ \d{4}")
    )
    page.get_by_role("button", name="Tabelle").click()
    expect(page.locator(".table-status")).to_contain_text("1")
    assert left(page, english) == set()
    page.goto("/jobs/")
    assert left(page, english) == set()


def test_arabic_mirrors_the_page_and_not_the_map(visit):
    page = visit(BUFFER, locale="ar")
    assert page.locator("html").get_attribute("dir") == "rtl"
    middle = page.viewport_size["width"] / 2
    assert page.locator(".navbar-brand").bounding_box()["x"] > middle
    form, chart = page.locator("[data-run]"), page.locator("[data-map]")
    assert form.bounding_box()["x"] > chart.bounding_box()["x"]
    expect(chart.locator("canvas").first).to_be_visible()
    east = page.evaluate("""() => {
      const one = document.querySelector("[data-map] canvas");
      return getComputedStyle(one).transform + getComputedStyle(one.parentElement).transform;
    }""")
    assert "matrix(-1" not in east
