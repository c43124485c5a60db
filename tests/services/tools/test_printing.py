"""Printed maps: places by formula, files by other readers, refusals by name."""

from __future__ import annotations

import base64
import io
import math
from typing import get_args

import numpy as np
import pypdf
import pytest
import shapely
from PIL import Image

from services.errors import InvalidParameters, InvalidValue
from services.geometry.crs import WEB_MERCATOR
from services.geometry.esrijson import dump_features
from services.geometry.features import FeatureSet
from services.maptext import WebMapText, sources_in
from services.tools.printing import (
    Layout,
    export_web_map,
    get_layout_templates_info,
)
from services.webmap.templates import MAP_ONLY
from services.wire import decode, encode

SR = {"wkid": 102100}
NO_LEGEND = {"legendOptions": {"operationalLayers": []}}
RED, GREEN = [230, 0, 0, 255], [0, 150, 0, 255]
_PNG = io.BytesIO()
Image.new("RGBA", (8, 8), (0, 0, 255, 255)).save(_PNG, "PNG")
BLUE_PNG = base64.b64encode(_PNG.getvalue()).decode()


class Run:
    """A context that keeps warnings."""

    def __init__(self, scratch):
        self.scratch, self.warnings = scratch, []

    def message(self, text):
        pass

    def warn(self, text):
        self.warnings.append(text)

    def progress(self, percent, text=""):
        pass


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def fill(color=RED, kind="esriSFS"):
    return {"type": kind, "style": "esriSFSSolid", "color": color, "outline": None}


def graphics(shapes, symbol, **layer):
    """Return a layer of graphics as print clients write it."""
    features = FeatureSet.of(shapes, spatial_reference=WEB_MERCATOR)
    document = decode(encode(dump_features(features)))
    for one in document["features"]:
        one["geometry"]["spatialReference"] = SR
        one["symbol"] = symbol
        del one["attributes"]
    kind = document["geometryType"]
    collected = {
        "layerDefinition": {"name": "polygonLayer", "geometryType": kind},
        "featureSet": {"geometryType": kind, "features": document["features"]},
    }
    return {"featureCollection": {"layers": [collected]}, **layer}


def web_map(*layers, size=(400, 300), dpi=96, layout=None, base=None, **options):
    extent = {
        "xmin": 0,
        "ymin": 0,
        "xmax": 40000,
        "ymax": 30000,
        "spatialReference": SR,
    }
    document = {
        "mapOptions": {"extent": extent} | options,
        "operationalLayers": list(layers),
        "exportOptions": {"outputSize": list(size), "dpi": dpi},
        "layoutOptions": layout or {},
    }
    return WebMapText(document | ({"baseMap": base} if base else {}))


def pixels(run, text, layout="MAP_ONLY", form="PNG32"):
    file = export_web_map(text, run, form, layout)
    with Image.open(file.path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def box_of(image, color):
    """Return left, top, right, bottom of the pixels of a colour."""
    rows, columns = np.nonzero((np.abs(image - color[:3]) < 12).all(axis=2))
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_a_polygon_lies_where_the_extent_puts_it(run):
    layer = graphics([shapely.box(10000, 6000, 20000, 24000)], fill())
    image = pixels(run, web_map(layer))
    assert image.shape == (300, 400, 3)
    # 100 units a pixel; y from the top of 30000
    assert box_of(image, RED) == pytest.approx([100, 60, 200, 240], abs=1)
    assert run.warnings == []


def test_a_scale_is_kept_on_every_sheet_and_at_every_density(run):
    layer = graphics([shapely.box(19000, 14000, 21000, 16000)], fill())
    for layout, dpi in [("A4 Landscape", 96), ("Letter ANSI A Portrait", 150)]:
        text = web_map(layer, dpi=dpi, scale=100_000, layout=NO_LEGEND)
        left, top, right, bottom = box_of(pixels(run, text, layout), RED)
        # 2000 m at 1 : 100,000 are 20 mm, by Esri's 39.37 inches in a metre
        expected = 2000 * 39.37 * dpi / 100_000
        assert right - left == pytest.approx(expected, abs=1.5)
        assert bottom - top == pytest.approx(expected, abs=1.5)


def test_a_turned_map_has_its_places_turned_counterclockwise(run):
    layer = graphics([shapely.box(29500, 14500, 30500, 15500)], fill())
    image = pixels(run, web_map(layer, rotation=30))
    left, top, right, bottom = box_of(image, RED)
    # 100 pixels east of the middle before; up and to the left of it after
    turn = math.radians(30)
    assert (left + right) / 2 == pytest.approx(200 + 100 * math.cos(turn), abs=1.5)
    assert (top + bottom) / 2 == pytest.approx(150 - 100 * math.sin(turn), abs=1.5)


def test_the_last_layer_is_on_top_and_hidden_ones_are_not_there(run):
    shape = [shapely.box(10000, 10000, 20000, 20000)]
    image = pixels(run, web_map(
        graphics(shape, fill(RED)),
        graphics(shape, fill(GREEN)),
        graphics(shape, fill([0, 0, 0, 255]), visibility=False),
        graphics(shape, fill([0, 0, 0, 255]), minScale=1000),
    ))  # fmt: skip
    assert image[150, 150].tolist() == GREEN[:3]


def test_opacity_fades_a_layer(run):
    layer = graphics([shapely.box(0, 0, 40000, 30000)], fill(RED), opacity=0.5)
    assert pixels(run, web_map(layer))[150, 200].tolist() == pytest.approx(
        [242, 128, 128], abs=2
    )


def test_texts_and_pictures_are_stamped_at_their_points(run):
    text = {"type": "esriTS", "text": "Αθήνα", "color": [0, 0, 0, 255],
            "font": {"size": 12}, "verticalAlignment": "middle"}  # fmt: skip
    stamp = {"type": "esriPMS", "imageData": BLUE_PNG, "width": 15, "height": 15}
    image = pixels(run, web_map(
        graphics([shapely.Point(10000, 15000)], text),
        graphics([shapely.Point(30000, 15000)], stamp),
    ))  # fmt: skip
    assert box_of(image, [0, 0, 255]) == pytest.approx([290, 140, 310, 160], abs=1)
    left, top, right, bottom = box_of(image, [0, 0, 0])
    assert (left + right) / 2 == pytest.approx(100, abs=3)
    assert (top + bottom) / 2 == pytest.approx(150, abs=5)


def test_a_picture_layer_lies_in_its_extent(run):
    extent = {"xmin": 10000, "ymin": 10000, "xmax": 20000, "ymax": 20000,
              "spatialReference": SR}  # fmt: skip
    layer = {"type": "image", "imageData": BLUE_PNG, "extent": extent}
    image = pixels(run, web_map(layer))
    assert box_of(image, [0, 0, 255]) == pytest.approx([100, 100, 200, 200], abs=8)


def test_a_map_of_a_part_of_the_world_shows_what_lies_there(run):
    # UTM 33 around 15 E, 52 N; a box of degrees, and the world far beyond the zone
    extent = {"xmin": 400000, "ymin": 5700000, "xmax": 600000, "ymax": 5850000,
              "spatialReference": {"wkid": 32633}}  # fmt: skip
    layer = graphics(
        FeatureSet.of([shapely.box(14.5, 51.7, 15.5, 52.3)]).project(WEB_MERCATOR).geometries,
        fill(),
    )  # fmt: skip
    text = web_map(layer, base={"title": "World"}, extent=extent)
    image = pixels(run, text)
    left, _, right, _ = box_of(image, RED)
    assert len(run.warnings) == 1  # of the basemap
    # the middle of the zone is x = 500000; a degree there is 68.7 km, by 0.9996
    assert (left + right) / 2 == pytest.approx(200, abs=1)
    assert right - left == pytest.approx(68.7 / 0.5, abs=1.5)
    assert box_of(image, [246, 244, 238])[:2] == [0, 0]  # land all around


def test_what_lies_nowhere_on_the_map_is_named(run):
    extent = {"xmin": 0, "ymin": 0, "xmax": 10, "ymax": 10,
              "spatialReference": {"wkid": 4326}}  # fmt: skip
    overlay = {"type": "image", "imageData": BLUE_PNG, "extent": extent, "title": "P"}
    pixels(run, web_map(overlay))
    assert "Layer 'P' is not on the map: a picture" in run.warnings[0]


def test_what_cannot_be_drawn_is_named(run):
    hatched = fill(kind="esriPFS")
    odd = {"type": "CIMSymbolReference", "symbol": {}}
    pixels(run, web_map(
        {"title": "Tiles", "url": "https://tiles.example.com/rest/services/A/MapServer"},
        {"title": "Vectors", "type": "VectorTileLayer"},
        graphics([shapely.box(0, 0, 9, 9)], hatched, title="Filled"),
        graphics([shapely.box(0, 0, 9, 9)], odd, title="Odd"),
        base={"title": "Streets", "baseMapLayers": [{"url": "https://a.example.com"}]},
    ))  # fmt: skip
    for found, expected in zip(run.warnings, [
        "Layer 'Tiles' is not on the map: it comes from tiles.example.com",
        "Layer 'Vectors' is not on the map: layers of the type VectorTileLayer",
        "Layer 'Filled' has picture fills",
        "Layer 'Odd' has symbols of the type CIMSymbolReference",
        "The basemap 'Streets' cannot be had here",
    ], strict=True):  # fmt: skip
        assert found.startswith(expected)


def test_a_pdf_has_the_texts_and_a_scale_bar_of_its_length(run):
    layout = {
        "titleText": "Ελλάδα, Übersicht", "authorText": "J. Groß",
        "copyrightText": "© Vermessung", "customTextElements": [{"Subtitle": "Süd"}],
        "scaleBarOptions": {"metricUnit": "esriKilometers", "metricLabel": "km"},
        "legendOptions": {"operationalLayers": [{"id": "a"}]},
    }  # fmt: skip
    shape = [shapely.box(10000, 10000, 20000, 20000)]
    text = web_map(
        graphics(shape, fill(RED), id="a", title="Shown"),
        graphics(shape, fill(GREEN), id="b", title="Not shown"),
        layout=layout, scale=100_000,
    )  # fmt: skip
    file = export_web_map(text, run, "PDF", "A4 Landscape").path
    (page,) = pypdf.PdfReader(file).pages
    assert [float(one) * 25.4 / 72 for one in page.mediabox[2:]] == pytest.approx(
        [297, 210], abs=0.01
    )
    found = page.extract_text()
    for one in ("Ελλάδα, Übersicht", "J. Groß", "© Vermessung", "Süd", "Shown", "N"):
        assert one in found
    assert "Not shown" not in found
    # at the equator 1 : 100,000 is 1 : 100,000: a bar of 5 km is 50 mm, less 0.0002 %
    assert "5 km" in found
    assert "1 : 100,000" in found
    xs = _black_corners(page)
    assert (max(xs) - min(xs)) * 25.4 / 72 == pytest.approx(50.0, abs=0.05)


def _black_corners(page):
    """Return the x of the corners of the scale bar: shapes below the map, at the left."""
    xs = []
    for line in page.get_contents().get_data().decode("latin-1").splitlines():
        parts = line.split()
        for at, word in enumerate(parts):
            if word in ("m", "l") and at >= 2:
                x, y = float(parts[at - 2]), float(parts[at - 1])
                if 50 < y < 60 and x < 250:
                    xs.append(x)
    return xs


@pytest.mark.parametrize(("form", "kind"), [
    ("PNG8", "PNG"), ("PNG32", "PNG"), ("JPG", "JPEG"), ("GIF", "GIF"),
])  # fmt: skip
def test_pictures_have_the_size_and_density_that_was_asked(run, form, kind):
    text = web_map(size=(320, 200), dpi=144)
    file = export_web_map(text, run, form, "MAP_ONLY").path
    with Image.open(file) as image:
        assert (image.format, image.size) == (kind, (320, 200))
        if kind != "GIF":
            assert image.info["dpi"] == pytest.approx((144, 144), abs=0.1)


def test_layouts_are_told_in_the_units_of_their_paper():
    found = {one["layoutTemplate"]: one for one in get_layout_templates_info()}
    assert found["A4 Landscape"]["pageSize"] == [29.7, 21.0]
    assert found["Letter ANSI A Portrait"]["pageSize"] == [8.5, 11.0]
    assert found["Letter ANSI A Portrait"]["pageUnits"] == "INCH"
    assert len(found) == 8
    assert {MAP_ONLY, *found} == set(get_args(Layout))


def test_the_frame_of_a_layout_is_as_large_as_it_is_told(run):
    frame = next(one["webMapFrameSize"] for one in get_layout_templates_info()
                 if one["layoutTemplate"] == "A4 Portrait")  # fmt: skip
    layer = graphics([shapely.box(-1e6, -1e6, 1e6, 1e6)], fill())
    image = pixels(run, web_map(layer, dpi=127), "A4 Portrait")
    left, top, right, bottom = box_of(image, RED)
    assert (right - left) / 50 == pytest.approx(frame[0], abs=0.05)
    assert (bottom - top) / 50 == pytest.approx(frame[1], abs=0.05)


@pytest.mark.parametrize(("change", "told"), [
    ({"mapOptions": {}}, "mapOptions.extent: expected an envelope"),
    ({"mapOptions": {"extent": {"xmin": 1}}}, "mapOptions.extent: expected xmin"),
    ({"mapOptions": {"extent": {"xmin": 0, "ymin": 0, "xmax": 1, "ymax": 1}}},
     "mapOptions.spatialReference: expected"),
    ({"exportOptions": {"outputSize": [10**6, 10]}}, "exportOptions.outputSize"),
    ({"exportOptions": {"outputSize": "wide"}}, "exportOptions.outputSize"),
    ({"exportOptions": {"dpi": -1}}, "dpi: expected a number"),
])  # fmt: skip
def test_what_is_wrong_is_refused_by_its_name(run, change, told):
    text = WebMapText(web_map().document | change)
    with pytest.raises(InvalidParameters, match=told):
        export_web_map(text, run)


@pytest.mark.parametrize("layer", [
    {"featureCollection": {"layers": 5}},
    {"featureCollection": {"layers": [{"featureSet": {"features": [3]}}]}},
    {"type": "image", "imageData": "????", "extent": {}},
    {"type": "image", "imageData": BLUE_PNG, "extent": {"xmin": 0}},
    {"featureCollection": {"layers": [{"featureSet": {"features": [
        {"geometry": {"x": "a", "y": 1}}]}}]}},
])  # fmt: skip
def test_a_layer_that_makes_no_sense_is_left_out(run, layer):
    pixels(run, web_map(layer | {"title": "Bad"}))
    assert run.warnings[0].startswith("Layer 'Bad' is not on the map: ")


def test_layers_that_name_a_source_are_asked_for():
    layers = [
        {"url": "https://a.example.com/rest/services/X/FeatureServer/3?token=t",
         "layerDefinition": {"definitionExpression": "a > 1"}, "token": "secret"},
        {"url": "https://a.example.com/rest/services/X/MapServer/jobs/j1/",
         "visibleLayers": [2, 0],
         "layers": [{"id": 2, "layerDefinition": {"definitionExpression": "b"}}]},
        {"url": "https://a.example.com/rest/services/X/MapServer"},
        {"url": 5},
    ]  # fmt: skip
    found = dict(sources_in(web_map(*layers)))
    assert list(found) == [(0, None), (1, 0), (1, 2)]
    assert (found[0, None].where, found[0, None].token) == ("a > 1", "secret")
    assert found[1, 2].url.endswith("/X/MapServer/jobs/j1/2")
    assert (found[1, 0].where, found[1, 2].where) == ("", "b")


def test_a_map_names_its_form_in_a_schema():
    schema = export_web_map.tool.schema
    again = type(schema).from_json(schema.to_json())
    parameter = again.inputs[0]
    assert parameter.data_type.name == "GPString"
    assert parameter.data_type == schema.inputs[0].data_type
    text = encode(web_map().document).decode()
    assert parameter.data_type.dump(parameter.parse(text)) == text
    with pytest.raises(InvalidValue, match="the JSON of a web map"):
        parameter.parse("[]")


@pytest.mark.parametrize("renderer", [
    {}, {"type": "heatmap"}, {"type": "simple"}, {"type": "uniqueValue"},
    {"type": ["simple"]}, {"type": "simple", "symbol": 5},
    {"type": "classBreaks", "field": "x", "classBreakInfos": [7]},
])  # fmt: skip
def test_renderers_that_make_no_sense_are_drawn_plainly(run, renderer):
    layer = graphics([shapely.box(0, 0, 40000, 30000)], None)
    collected = layer["featureCollection"]["layers"][0]
    collected["layerDefinition"]["drawingInfo"] = {"renderer": renderer}
    assert pixels(run, web_map(layer))[150, 200].tolist() != [255, 255, 255]
