"""A MapView of @arcgis/core shows results: images of a map, features as protobuf."""

from __future__ import annotations

import pytest

from tests.contract.outcomes import MANY, Outcomes
from tests.contract.page import Sdk

pytestmark = [pytest.mark.contract, pytest.mark.browser]

#: What runs in the page.
SCRIPT = "arcgis_view.js"

#: 600 x 400 pixels of 0.1 degrees each; the view is in the layers' reference.
EXTENT = {"xmin": -20, "ymin": -15, "xmax": 40, "ymax": 25,
          "spatialReference": {"wkid": 4326}}  # fmt: skip


def column_row(x: float, y: float) -> tuple[int, int]:
    """Return the pixel of a place in degrees."""
    return round((x + 20) * 10), round((25 - y) * 10)


@pytest.mark.protocol("9 @arcgis/core: MapImageLayer in a view")
def test_a_map_image_layer_shows_the_map(sdk: Sdk, results: Outcomes):
    done = sdk.value("mapImage", url=results.map, extent=EXTENT)
    assert done["sublayers"] == ["Buffer polygons"]
    pixels = sdk.pixels()
    for x, y in ((0, 0), (20, 0), (0, 20), (4, 0), (20, -4)):
        column, row = column_row(x, y)
        assert (pixels[row, column] < 250).any(), (x, y)
    for x, y in ((10, 10), (5.2, 0), (20, 5.2), (30, 20)):
        column, row = column_row(x, y)
        assert (pixels[row, column] > 250).all(), (x, y)


@pytest.mark.protocol("9 @arcgis/core: sublayers drawn by the client's wish")
def test_a_sublayer_has_the_features_colours_and_labels_of_the_client(
    sdk: Sdk, results: Outcomes
):
    text = {"type": "text", "color": [0, 0, 0, 1], "font": {"size": 14}}
    sublayer = {
        "id": 0,
        "definitionExpression": "name = 'place 1'",
        "renderer": {
            "type": "simple",
            "symbol": {"type": "simple-fill", "color": [255, 0, 0, 1]},
        },
        "labelsVisible": True,
        "labelingInfo": [{
            "labelExpression": "[name]", "labelPlacement": "always-horizontal",
            "symbol": text,
        }],
    }  # fmt: skip
    sdk.value("mapImage", url=results.map, extent=EXTENT, sublayers=[sublayer])
    pixels = sdk.pixels().astype(int)
    column, row = column_row(20, 2.5)
    assert pixels[row, column].tolist() == [255, 0, 0]
    column, row = column_row(20, 0)
    letters = pixels[row - 10 : row + 10, column - 30 : column + 30].sum(axis=2) < 100
    assert 20 < letters.sum() < 600
    column, row = column_row(0, 0)
    assert (pixels[row, column] > 250).all()


@pytest.mark.protocol("9 @arcgis/core: FeatureLayer by f=pbf in a view")
def test_a_feature_layer_draws_every_feature_of_all_pages(sdk: Sdk, results: Outcomes):
    around = {"xmin": -7.55, "ymin": 38, "xmax": 7.45, "ymax": 48,
              "spatialReference": {"wkid": 4326}}  # fmt: skip
    done = sdk.value("features", url=results.layer, extent=around)
    assert done["seen"] == done["total"] == MANY
    assert done["more"] is True
    assert len(set(done["names"])) == len(done["names"]) == 2000
    assert done["geometryType"] == "polygon"
    extent = done["extent"]
    assert (extent["xmin"], extent["ymax"]) == pytest.approx((-5, 44.4), abs=0.02)
    pixels = sdk.pixels()
    drawn = (pixels < 250).any(axis=2)
    assert drawn[150:310, 110:490].mean() > 0.1
    assert not drawn[:140].any()
    assert not drawn[325:350].any()  # below is the attribution of the SDK
    asked = [one.url for one in sdk.requests if "/query?" in one.url]
    assert any("f=pbf" in one and "quantization" in one for one in asked)
