"""OpenLayers and esri-leaflet show results, on a page of another origin."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from services import data
from tests.contract.outcomes import Outcomes
from tests.contract.page import Sdk
from tests.contract.site import Site

pytestmark = [pytest.mark.contract, pytest.mark.browser]

#: What runs in the page.
SCRIPT = "web_maps.js"

#: At zoom 4 of the usual tiles (256 pixels for the world at 0) on 600 x 400 pixels a
#: degree at the equator is 256 * 2**4 / 360 = 11.4 pixels.
VIEW = {"center": [10, 10], "zoom": 4}
DEGREE = 256 * 2**4 / 360


def is_drawn(pixels: np.ndarray, x: float, y: float) -> bool:
    """Tell if something is drawn on the white page at a place in degrees."""
    north = np.degrees(np.log(np.tan(np.pi / 4 + np.radians([y, 10]) / 2)))
    column = round(300 + (x - 10) * DEGREE)
    row = round(200 - (north[0] - north[1]) * DEGREE)
    return bool((pixels[row - 1 : row + 2, column - 1 : column + 2] < 250).any())


def check_discs(pixels: np.ndarray) -> None:
    """Assert that the discs of 500 km, 4.49 degrees, are drawn and nothing else."""
    for x, y in ((0, 0), (20, 0), (0, 20), (4, 0), (20, -4), (0, 23.5)):
        assert is_drawn(pixels, x, y), (x, y)
    for x, y in ((10, 10), (5.2, 0), (20, 5.2), (20, 20), (-4, 4)):
        assert not is_drawn(pixels, x, y), (x, y)


@pytest.mark.protocol("9 OpenLayers: TileArcGISRest")
def test_tiles_of_openlayers_meet_without_seams(sdk: Sdk, results: Outcomes):
    sdk.value("olTiles", url=results.map, view=VIEW)
    check_discs(sdk.pixels())
    asked = [one for one in sdk.requests if "bbox=" in one.url.lower()]
    assert len(asked) > 3
    assert all("f=image" in one.url.lower() for one in asked)


@pytest.mark.protocol("9 OpenLayers: ImageArcGISRest")
def test_one_image_of_openlayers_shows_the_map(sdk: Sdk, results: Outcomes):
    sdk.value("olImage", url=results.map, view=VIEW)
    check_discs(sdk.pixels())


def test_an_image_of_openlayers_shows_the_layers_that_it_names(
    sdk: Sdk, results: Outcomes
):
    hidden = {"LAYERS": "hide:0"}
    sdk.value("olImage", url=results.map, view=VIEW, params=hidden)
    assert (sdk.pixels() > 250).all()


@pytest.mark.protocol("9 OpenLayers: EsriJSON of a layer")
def test_openlayers_reads_every_feature_once(sdk: Sdk, site: Site):
    layer = f"{site.features('Samples/World')}/0"
    done = sdk.value("olFeatures", url=layer, view={"center": [0, 20], "zoom": 0})
    countries = data.countries().column("name").to_pylist()
    assert sorted(done["names"]) == sorted(countries)
    assert set(done["kinds"]) == {"Polygon", "MultiPolygon"}
    sdk.pixels()


@pytest.mark.protocol("9 esri-leaflet: dynamicMapLayer")
@pytest.mark.parametrize("how", ["json", "image"])
def test_a_map_layer_of_leaflet_shows_and_identifies(
    sdk: Sdk, results: Outcomes, how: str
):
    view = {"center": [20, 0], "zoom": 4}
    found = sdk.value("leafletMapLayer", url=results.map, view=view, options={"f": how})
    assert [one["name"] for one in found] == ["place 1"]
    pixels = sdk.pixels()
    assert (pixels[200, 300 + round(9.5 * DEGREE)] > 250).all()


@pytest.mark.protocol("9 esri-leaflet: dynamicLayers of a dynamicMapLayer")
def test_leaflet_draws_a_layer_its_own_way(sdk: Sdk, results: Outcomes):
    red = {"type": "esriSFS", "style": "esriSFSSolid", "color": [255, 0, 0, 255]}
    drawing = {"renderer": {"type": "simple", "symbol": red}}
    layers = [
        {
            "id": 3,
            "source": {"type": "mapLayer", "mapLayerId": 0},
            "definitionExpression": "name = 'place 1'",
            "drawingInfo": drawing,
        }
    ]
    view = {"center": [20, 0], "zoom": 4}
    found = sdk.value(
        "leafletMapLayer", url=results.map, view=view, options={"dynamicLayers": layers}
    )
    assert [one["name"] for one in found] == ["place 1"]
    pixels = sdk.pixels()
    assert pixels[200, 300].tolist() == [255, 0, 0]
    assert (pixels[200, 300 - round(20 * DEGREE)] > 250).all()


@pytest.mark.protocol("9 esri-leaflet: featureLayer")
def test_a_feature_layer_of_leaflet_has_what_is_in_sight(sdk: Sdk, site: Site):
    layer = f"{site.features('Samples/World')}/1"
    view = {"center": [10, 50], "zoom": 5}
    done = sdk.value("leafletFeatures", url=layer, view=view)
    assert done["total"] == 305
    assert {"Berlin", "Paris"} <= set(done["names"])
    assert "Tokyo" not in done["names"]
    sdk.pixels()


def test_the_hosted_layer_is_asked_for_by_its_bounds(sdk: Sdk, results: Outcomes):
    view = {"center": [-5, 40], "zoom": 8}
    done = sdk.value("olFeatures", url=results.layer, view=view)
    assert 0 < done["count"] < 4500
    assert "place 0" in done["names"]
    queries = [parse_qs(urlsplit(one.url).query) for one in sdk.requests
               if "/query/" in one.url]  # fmt: skip
    assert queries
    assert all(one["geometryType"] == ["esriGeometryEnvelope"] for one in queries)
