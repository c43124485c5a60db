"""What came of a job in the portal: layers, tables, files, results by the thousand."""

from __future__ import annotations

import csv
import io
import json
import re
import time
import zipfile

import pyogrio
import pytest
import requests
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

TOWNS = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 4326},
    "fields": [
        {"name": "people", "type": "esriFieldTypeInteger", "alias": "People"},
        {"name": "name", "type": "esriFieldTypeString", "alias": "Name of the town"},
    ],
    "features": [
        {
            "geometry": {"x": -10 + 0.3 * at, "y": 40 + at % 7},
            "attributes": {"people": at * 100 if at % 5 else None, "name": f"T'{at}"},
        }
        for at in range(120)
    ],
}
STRIPES = {
    "geometryType": "esriGeometryPolygon",
    "spatialReference": {"wkid": 4326},
    "features": [
        {"geometry": {"rings": [[[x, 30], [x, 50], [x + 9, 50], [x + 9, 30], [x, 30]]]}}
        for x in range(-20, 30, 10)
    ],
}
YELLOW = """() => new Promise((found) => {
  const began = performance.now();
  const look = () => {
    for (const one of document.querySelectorAll("[data-map] canvas")) {
      const { data } = one.getContext("2d").getImageData(0, 0, one.width, one.height);
      for (let at = 0; at < data.length; at += 4)
        if (data[at] === 255 && data[at + 1] === 212 && data[at + 2] === 0)
          return found(performance.now() - began);
    }
    if (performance.now() - began > 5000) return found(5000);
    requestAnimationFrame(look);
  };
  look();
})"""
WATCH = """window.tasks = [];
new PerformanceObserver((seen) => seen.getEntries().forEach(
  (one) => tasks.push(one.duration))).observe({ type: "longtask", buffered: true });"""


def run(site, task, **values):
    """Return the REST address of a job that has ended, run by a stranger."""
    form = {name: one if isinstance(one, str) else json.dumps(one)
            for name, one in values.items()}  # fmt: skip
    base = f"{site}/server/rest/services/{task}"
    made = requests.post(f"{base}/submitJob", {**form, "f": "json"}, timeout=30).json()
    url = f"{base}/jobs/{made['jobId']}"
    for _ in range(600):
        job = requests.get(url, {"f": "json"}, timeout=30).json()
        if job["jobStatus"] not in ("esriJobSubmitted", "esriJobExecuting"):
            break
        time.sleep(0.1)
    assert job["jobStatus"] == "esriJobSucceeded", job
    return url


def page_of(url):
    return f"/jobs/{url.rpartition('/')[2]}/"


@pytest.fixture(scope="module")
def circles(site):
    distance = {"distance": 10, "units": "esriKilometers"}
    task = "Samples/BufferAsync/GPServer/Buffer"
    return run(site, task, Input_Features=TOWNS, Distance=distance)


@pytest.fixture(scope="module")
def many(site):
    """50,000 points."""
    task = "Analysis/Sampling/GPServer/CreateRandomPoints"
    points = {"Number_Of_Points": "10000", "Seed": "1"}
    return run(site, task, Constraining_Features=STRIPES, **points)


def test_each_output_is_a_layer_with_a_legend_and_a_table_of_all_rows(site, visit):
    url = run(site, "911CallsHotspot/GPServer/911 Calls Hotspot")
    page = visit(page_of(url))
    stored = requests.get(f"{url}/layers", {"f": "json"}, timeout=30).json()["layers"]
    items = page.locator("[data-layer]")
    assert items.count() == len(stored) >= 2
    for item in items.all():
        expect(item.locator("[data-legend] img").first).to_be_visible(timeout=15_000)
    hot = items.filter(has_text="Hot spots")
    hot.get_by_role("button", name="Table").click()
    count = next(one["count"] for one in stored if not one["isRaster"])
    expect(page.locator(".table-status")).to_have_text(f"Rows 1 to 100 of {count:,}")


def test_a_row_selects_its_feature_and_a_feature_its_row(circles, visit):
    page = visit(page_of(circles), reduced_motion="reduce")
    page.get_by_role("button", name="Table").click()
    page.get_by_role("button", name="Select feature 61", exact=True).click()
    assert page.evaluate(YELLOW) < 500
    told = page.get_by_role("region", name="Selected feature")
    expect(told).to_contain_text("T'60")
    page.get_by_role("button", name="Select feature 7", exact=True).click()
    page.get_by_role("button", name="Zoom to selected").click()
    expect(told).to_contain_text("T'6")
    page.wait_for_load_state("networkidle")  # the finer shapes of what is near
    told.get_by_role("button", name="Close").click()
    expect(page.locator("tr.is-selected")).to_have_count(0)
    page.locator("[data-map]").click()  # in the middle, where it now is
    expect(page.locator("tr.is-selected")).to_contain_text("T'6")


def test_rows_are_walked_and_chosen_by_keys(circles, visit):
    page = visit(page_of(circles))
    table = page.get_by_role("button", name="Table")
    table.focus()
    table.press("Enter")
    first = page.get_by_role("button", name="Select feature 1", exact=True)
    expect(first).to_be_visible()
    page.get_by_role("region", name="Buffer polygons").focus()
    for _ in range(10):
        page.keyboard.press("Tab")
        if first.evaluate("(one) => one === document.activeElement"):
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    told = page.get_by_role("region", name="Selected feature")
    expect(told).to_contain_text("T'1")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_accessible_name("Zoom to selected")


def test_the_table_is_sorted_filtered_and_paged_by_the_server(circles, visit):
    page = visit(page_of(circles))
    page.get_by_role("button", name="Table").click()
    status, rows = page.locator(".table-status"), page.locator("tbody tr")
    expect(status).to_have_text("Rows 1 to 100 of 120")
    expect(rows.first).to_contain_text("\N{EN DASH}")  # nobody counted there
    page.get_by_role("button", name="Next page").click()
    expect(status).to_have_text("Rows 101 to 120 of 120")
    people = page.get_by_role("button", name="People")
    people.click()
    page.get_by_role("button", name="People ▲").click()
    expect(rows.first).to_contain_text("11,900")
    page.get_by_role("button", name="Filter").click()
    page.get_by_label("Filter People").fill("> 11.500,0")
    page.get_by_label("Filter People").press("Enter")
    expect(status).to_have_text("Rows 1 to 4 of 4")  # 115 is among those without
    page.get_by_label("Filter Name of the town").fill("t'118")
    page.get_by_label("Filter Name of the town").press("Enter")
    expect(status).to_have_text("Rows 1 to 1 of 1")
    page.get_by_label("Filter People").fill("many")
    page.get_by_label("Filter People").press("Enter")
    expect(status).to_contain_text("Write a number like 5")


def test_a_layer_is_styled_by_a_field_and_a_chart_counts_its_rows(circles, visit):
    page = visit(page_of(circles))
    page.get_by_role("button", name="Style").click()
    page.get_by_label("Style", exact=True).select_option("classes")
    expect(page.locator("[data-legend] li")).to_have_count(5)
    expect(page.locator("[data-legend]")).to_contain_text("People")
    page.get_by_role("button", name="Table").click()
    page.get_by_role("button", name="Chart").click()
    expect(page.locator("svg.chart rect")).to_have_count(12)
    page.get_by_text("Numbers of the chart").click()
    numbers = page.locator(".chart-place td").all_inner_texts()
    assert sum(map(int, numbers)) == 96  # every fifth of 120 has no number


def test_every_file_has_as_many_features_as_the_table(circles, visit, tmp_path):
    page = visit(page_of(circles))
    page.locator(".result-downloads > summary").click()
    links = {one.get_attribute("data-format"): one.get_attribute("href")
             for one in page.locator("[data-format]").all()}  # fmt: skip
    names = {"geojson": "geojson", "shapefile": "zip", "gpkg": "gpkg", "kml": "kml",
             "flatgeobuf": "fgb"}  # fmt: skip
    assert {*names, "csv", "esrijson", "kmz", "geoparquet"} <= set(links)
    counts = {}
    for name, extension in names.items():
        path = tmp_path / f"{name}.{extension}"
        answer = page.request.get(links[name])
        assert answer.ok, answer.text()
        path.write_bytes(answer.body())
        place = f"/vsizip/{path}" if extension == "zip" else path
        counts[name] = len(pyogrio.read_arrow(place)[1])
    text = page.request.get(links["csv"]).body().decode("utf-8-sig")
    counts["csv"] = len(list(csv.DictReader(io.StringIO(text))))
    esri = page.request.get(links["esrijson"]).json()
    counts["esrijson"] = len(esri["features"])
    assert counts == dict.fromkeys(counts, 120)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all").click()
    kit = zipfile.ZipFile(download.value.path())
    assert {"README.txt", "provenance.json", "Output_Features.gpkg"} <= set(
        kit.namelist()
    )


def test_fifty_thousand_features_leave_the_page_responsive(many, visit):
    page = visit("/")
    page.add_init_script(WATCH)
    began = time.monotonic()
    page.goto(page_of(many))
    page.wait_for_selector("[data-drawn]")
    assert time.monotonic() - began < 5
    banner = page.locator("[data-banner]")
    expect(banner).to_have_text(re.compile(r"Showing [\d,]+ of 50,000"))
    page.wait_for_selector("[data-drawn=picture]", timeout=20_000)
    page.get_by_role("button", name="Table").click()
    status = page.locator(".table-status")
    expect(status).to_have_text("Rows 1 to 100 of 50,000")
    page.get_by_role("button", name="Last page").click()
    expect(status).to_have_text("Rows 49,901 to 50,000 of 50,000")
    assert max(page.evaluate("tasks"), default=0) < 500
    page.locator(".result-downloads > summary").click()
    link = page.locator("[data-format=csv]").get_attribute("href")
    assert page.request.get(link).body().count(b"\n") == 50_001


def test_a_raster_tells_its_value_where_it_is_clicked(site, visit):
    page = visit(page_of(run(site, "Samples/Raster/GPServer/Paint", Value="7")))
    expect(page.locator("[data-legend]")).to_contain_text("High : 7", timeout=15_000)
    links = {one.get_attribute("data-format"): one.get_attribute("href")
             for one in page.locator("[data-format]").all()}  # fmt: skip
    assert page.request.get(links["png"]).body().startswith(b"\x89PNG")
    assert page.request.get(links["tif"]).body()[:2] in (b"II", b"MM")
    box = page.locator("[data-map]").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_role("region", name="Selected feature")).to_contain_text("7")


def test_one_result_fills_a_page_with_its_map_and_table(circles, visit):
    page = visit(page_of(circles) + "results/Output_Features/", width=360, height=740)
    expect(page.locator(".table-status")).to_have_text("Rows 1 to 100 of 120")
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(wide) <= 0
