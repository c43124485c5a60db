"""Every way to give features to a tool, each to a job with one feature and a result."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

BUFFER = "/tools/Samples/Buffer/Buffer/"
SQUARE = shapely.box(24.0, 60.0, 25.0, 61.0)
DRIVERS = {"geojson": "GeoJSON", "gpkg": "GPKG", "kml": "KML", "shp": "ESRI Shapefile"}


def a_file(folder: Path, ending: str) -> Path:
    """Return a file of one square that GDAL has written."""
    path = folder / f"parcels.{ending.replace('zip', 'shp')}"
    pyogrio.raw.write(
        path, np.array([shapely.to_wkb(SQUARE)], object), [np.array(["a"], object)],
        fields=["Name"], geometry_type="Polygon", crs="EPSG:4326",
        driver=DRIVERS[path.suffix[1:]],
    )  # fmt: skip
    if ending != "zip":
        return path
    with zipfile.ZipFile(folder / "parcels.zip", "w") as archive:
        for part in folder.glob("parcels.[!z]*"):
            archive.write(part, part.name)
    return folder / "parcels.zip"


def widget(page: Page, way: str) -> Any:
    """Return the widget of the features, with a way to give them opened."""
    found = page.locator("[data-name=Input_Features] .widget")
    found.get_by_role("button", name=way, exact=True).click()
    return found


def on_map(page: Page, right: float, down: float) -> None:
    """Click a place of the map, in parts of its width and height."""
    box = page.locator("[data-map]").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * right, box["y"] + box["height"] * down)


def draw(page: Page, _: Path) -> None:
    found = widget(page, "Draw")
    found.get_by_role("button", name="Polygon", exact=True).click()
    for place in ((0.3, 0.3), (0.6, 0.3), (0.6, 0.6)):
        on_map(page, *place)
    found.get_by_role("button", name="Finish").click()


def select(page: Page, _: Path) -> None:
    widget(page, "Select")
    on_map(page, 0.5, 0.1)  # Finland lies in the north of the wells
    expect(page.locator(".widget-summary").first).to_contain_text("1 polygon")


def coordinates(page: Page, _: Path) -> None:
    found = widget(page, "Coordinates")
    found.get_by_label("Kind").select_option("polygon")
    for number, (lon, lat) in enumerate(SQUARE.exterior.coords[:-1], 1):
        found.get_by_label(f"Longitude of vertex {number}").fill(str(lon))
        found.get_by_label(f"Latitude of vertex {number}").fill(str(lat))
        if number < 4:
            page.keyboard.press("Enter")
    found.get_by_role("button", name="Use these coordinates").click()


def extent(page: Page, _: Path) -> None:
    widget(page, "Map extent").get_by_role("button", name="Use map extent").click()


def upload(ending: str) -> Any:
    def give(page: Page, folder: Path) -> None:
        found = widget(page, "Upload")
        found.get_by_label("File").set_input_files(a_file(folder, ending))
        expect(found.locator(".widget-summary")).to_contain_text("1 polygon, EPSG:4326")

    return give


WAYS = {
    "draw": draw, "select": select, "coordinates": coordinates, "extent": extent,
    **{ending: upload(ending) for ending in ("zip", "geojson", "gpkg", "kml")},
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_polygon_given_in_any_way_becomes_one_buffer(way, visit, tmp_path):
    page = visit(BUFFER)
    expect(page.locator(".widget-summary").first).to_contain_text("2 points")
    WAYS[way](page, tmp_path)
    sent = json.loads(page.locator("textarea[name=Input_Features]").input_value())
    job = run(page)
    (buffer,) = results(page, job)
    if "itemID" in sent:
        given = SQUARE
    else:
        (only,) = sent["features"]
        given = shapely.polygons(only["geometry"]["rings"][0])
    assert buffer.contains(given)
    assert given.area > 0


def run(page: Page) -> str:
    """Press Run; return the address of the job once it has succeeded."""
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/jobs/*/")
    done = page.locator("[data-job][data-state=succeeded]")
    expect(done).to_be_visible(timeout=15_000)
    return str(done.get_attribute("data-job"))


def results(page: Page, job: str) -> list[Any]:
    """Return the geometries of a job's first layer, in longitude and latitude."""
    asked = "where=1=1&outSR=4326&f=geojson"
    answer = page.request.get(f"{job}/layers/0/query?{asked}").json()
    return [shapely.from_geojson(json.dumps(one["geometry"]))
            for one in answer["features"]]  # fmt: skip


def test_a_polygon_is_drawn_with_the_keyboard_alone(visit):
    page = visit(BUFFER)
    found = widget(page, "Draw")
    found.get_by_role("button", name="Polygon", exact=True).press("Enter")
    expect(page.locator("[data-map]")).to_be_focused()
    east, south = ["ArrowRight"] * 4, ["ArrowDown"] * 3
    for key in ("Enter", *east, "Enter", *south, "Enter", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(found.get_by_role("status")).to_contain_text("Vertex 4")
    page.keyboard.press("Backspace")
    expect(found.get_by_role("status")).to_contain_text("Last vertex removed")
    page.keyboard.press("f")
    expect(found.locator(".widget-summary")).to_contain_text("1 polygon")
    sent = json.loads(page.locator("textarea[name=Input_Features]").input_value())
    (ring,) = sent["features"][0]["geometry"]["rings"]
    assert len(ring) == 4  # three corners, the first one twice


def test_the_map_is_entered_and_left_with_tab(visit):
    page = visit(BUFFER)
    page.locator("[data-map]").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
    assert page.evaluate(
        "!document.querySelector('.run-map').contains(document.activeElement)"
    )


def test_what_is_pasted_is_understood_or_refused_in_words(visit):
    page = visit(BUFFER)
    found = widget(page, "Paste")
    for text, words in {
        "10 20\n11, 21": "2 points",
        "LINESTRING (0 0, 1 0)": "1 line, 111 km",  # a degree of the equator
        "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))": "1 polygon, 12,400 km²",  # 6371.0088² · π/180 · sin 1°
    }.items():
        found.get_by_label("Text").fill(text)
        found.get_by_role("button", name="Use this text").click()
        expect(found.locator(".widget-summary")).to_contain_text(words)
    utm = {"features": [{"geometry": {"x": 500000, "y": 5500000}}],
           "spatialReference": {"wkid": 32632}}  # fmt: skip
    found.get_by_label("Text").fill(json.dumps(utm))
    found.get_by_role("button", name="Use this text").click()
    # PROJ: 9, 49.652542922
    expect(found.locator(".widget-summary")).to_contain_text("1 point, 9, 49.65254")
    found.get_by_label("Text").fill("far away")
    found.get_by_role("button", name="Use this text").click()
    expect(found.get_by_role("alert").last).to_contain_text("Line 1 is no")
    expect(found.locator(".widget-summary")).to_contain_text("1 point")


def test_a_point_is_placed_and_a_job_run_by_touch(visit):
    page = visit(BUFFER, width=360, height=740, has_touch=True)
    page.get_by_role("button", name="Open map to draw").tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.touchscreen.tap(200, 300)
    page.get_by_role("button", name="Done").tap()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".widget-summary").first).to_contain_text("1 point")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    (buffer,) = results(page, run(page))
    assert buffer.area > 0


def test_the_result_of_a_job_is_the_input_of_the_next(visit):
    page = visit(BUFFER)
    widget(page, "Map extent").get_by_role("button", name="Use map extent").click()
    (first,) = results(page, run(page))
    page.goto(BUFFER)
    found = widget(page, "Layer or earlier result")
    expect(found.get_by_label("Layer").locator("option").first).to_contain_text(
        "Buffer"
    )
    found.get_by_role("button", name="Use this layer").click()
    expect(found.locator(".widget-summary")).to_contain_text("1 polygon, ")
    sent = json.loads(page.locator("textarea[name=Input_Features]").input_value())
    assert list(sent) == ["url"]  # nothing is copied
    (second,) = results(page, run(page))
    assert second.contains(first)


def test_a_file_that_cannot_be_read_is_refused_at_once(visit, tmp_path):
    page = visit(BUFFER)
    found = widget(page, "Upload")
    broken = tmp_path / "broken.geojson"
    broken.write_text('{"type": "FeatureCollection", "features": [')
    found.get_by_label("File").set_input_files(broken)
    expect(found.get_by_role("alert").last).to_contain_text("broken.geojson: ")
    found.get_by_label("File").set_input_files(
        {"name": "plan.dwg", "mimeType": "", "buffer": b"AC1032"}
    )
    expect(found.get_by_role("alert").last).to_contain_text("not accepted here")
    expect(found.locator(".widget-summary")).to_contain_text("2 points")


def test_one_tool_is_active_on_a_page(visit):
    page = visit(BUFFER)
    found = widget(page, "Draw")
    polygon = found.get_by_role("button", name="Polygon", exact=True)
    polygon.click()
    page.locator(".map-measure summary").click()
    page.get_by_role("button", name="Measure a length").click()
    expect(polygon).to_have_attribute("aria-pressed", "false")
    on_map(page, 0.3, 0.3)
    on_map(page, 0.6, 0.3)
    page.locator("[data-map]").press("f")
    expect(page.locator(".map-measured")).to_contain_text("km")


def test_the_extent_on_the_map_fills_the_four_sides(visit):
    page = visit("/tools/Samples/Types/Echo/")
    control = page.locator("[data-control=extent]").first
    control.get_by_role("button", name="Use map extent").click()
    name = control.get_attribute("data-name")
    value = json.loads(page.locator(f"textarea[name={name}]").input_value())
    assert value["xmin"] < value["xmax"]
    control.get_by_label("West").fill("-10")
    control.get_by_label("West").press("Enter")
    value = json.loads(page.locator(f"textarea[name={name}]").input_value())
    assert value["xmin"] == -10
    assert value["spatialReference"] == {"wkid": 4326}


def test_without_scripts_the_features_are_a_text_to_write(visit):
    page = visit(BUFFER, java_script_enabled=False)
    expect(page.get_by_role("textbox", name="Features to buffer")).to_be_visible()
