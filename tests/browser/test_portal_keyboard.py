"""The path from the catalogue to a downloaded result, with the keyboard alone."""

from __future__ import annotations

import json
import math

import pytest
import shapely
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

#: What has the focus: its words, and whether one sees that it has it.
FOCUS = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const words = one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent;
  const isSeen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return {tag: one.tagName, words: words.trim().replace(/\\s+/g, " "), isSeen,
          isLarge: box.width > 1 && box.height > 1,
          inMap: Boolean(one.closest("[data-map]")),
          name: one.name || one.getAttribute("href") || ""};
}"""
BUFFER = "/tools/Samples/BufferAsync/Buffer/"
MOST_STOPS = 90


def tab_to(page: Page, words: str, tag: str = "", name: str = "") -> list[dict]:
    """Press Tab until something has the focus; each stop on the way shows its focus."""
    stops = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        stops.append(stop)
        assert stop["tag"] == "BODY" or (stop["isSeen"] and stop["isLarge"]), stop
        is_named = stop["words"].startswith(words) and name in ("", stop["name"])
        if is_named and tag in ("", stop["tag"]):
            return stops
    raise AssertionError(f"no stop {words!r} among {[one['words'] for one in stops]}")


def test_from_the_catalogue_to_a_file_without_a_mouse(visit):
    page = visit("/tools/?q=buffer")
    page.locator("body").evaluate("one => one.focus()")
    tab_to(page, "Buffer", "A", BUFFER)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{BUFFER}")
    enter_a_point(page)
    tab_to(page, "", "INPUT", "Distance")
    page.keyboard.press("Control+a")
    page.keyboard.type("3")
    tab_to(page, "Unit", "SELECT")
    page.keyboard.type("Kil")
    tab_to(page, "Run", "BUTTON")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/*/")
    expect(page.locator("[data-job][data-state=succeeded]")).to_be_visible(
        timeout=20_000
    )
    read_the_table(page)
    tab_to(page, "Download", "SUMMARY")
    page.keyboard.press("Enter")
    tab_to(page, "GeoJSON", "A")
    with page.expect_download() as found:
        page.keyboard.press("Enter")
    (feature,) = json.loads(found.value.path().read_text())["features"]
    ring = shapely.from_geojson(json.dumps(feature["geometry"]))
    centre, kilometre = ring.centroid, math.degrees(1 / 6371.0)
    assert (round(centre.x, 2), round(centre.y, 2)) == (10.0, 50.0)
    _west, south, _east, north = ring.bounds
    assert (north - south) / 2 == pytest.approx(3 * kilometre, rel=0.01)


def enter_a_point(page: Page) -> None:
    page.wait_for_selector("button[data-way=coordinates]")
    tab_to(page, "Coordinates", "BUTTON")
    page.keyboard.press("Enter")
    tab_to(page, "Kind", "SELECT")
    page.keyboard.type("Poi")
    tab_to(page, "Longitude of vertex 1", "INPUT")
    page.keyboard.type("10")
    tab_to(page, "Latitude of vertex 1", "INPUT")
    page.keyboard.type("50")
    tab_to(page, "Use these coordinates", "BUTTON")
    page.keyboard.press("Enter")
    expect(page.locator(".widget-summary")).to_contain_text("1 point")


def read_the_table(page: Page) -> None:
    """Open the table, and walk into the map and out of it to the only row."""
    expect(page.get_by_role("button", name="Table")).to_be_visible(timeout=10_000)
    tab_to(page, "Table", "BUTTON")
    page.keyboard.press("Enter")
    expect(page.locator(".table-status")).to_have_text("Rows 1 to 1 of 1")
    stops = tab_to(page, "Select feature 1", "BUTTON")
    page.keyboard.press("Enter")
    expect(page.locator("tr.is-selected")).to_have_count(1)
    assert [one for one in stops if one["inMap"]], "the map is no stop"
    assert not stops[-1]["inMap"], "the map is not left"
