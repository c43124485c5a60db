"""A MapView of @arcgis/core shows results: images of a map, features as protobuf."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.contract.outcomes import MANY, Outcomes
from tests.contract.page import Sdk, served
from tests.contract.site import Site

pytestmark = [pytest.mark.contract, pytest.mark.browser]

#: 600 x 400 pixels of 0.1 degrees each; the view is in the layers' reference.
EXTENT = {"xmin": -20, "ymin": -15, "xmax": 40, "ymax": 25,
          "spatialReference": {"wkid": 4326}}  # fmt: skip


@pytest.fixture(scope="module")
def origin(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page, another one than the portal's."""
    with served(tmp_path_factory.mktemp("view"), "arcgis_view.js") as address:
        yield address


@pytest.fixture
def view(browser: Browser, site: Site, origin: str) -> Iterator[Sdk]:
    """A fresh page; at the end nothing has left the machine, and no error is shown."""
    opened = browser.new_page(viewport={"width": 640, "height": 440})
    made = Sdk(opened, origin, site.address)
    yield made
    opened.close()
    made.check()


def column_row(x: float, y: float) -> tuple[int, int]:
    """Return the pixel of a place in degrees."""
    return round((x + 20) * 10), round((25 - y) * 10)


@pytest.mark.protocol("9 @arcgis/core: MapImageLayer in a view")
def test_a_map_image_layer_shows_the_map(view: Sdk, results: Outcomes):
    done = view.value("mapImage", url=results.map, extent=EXTENT)
    assert done["sublayers"] == ["Buffer polygons"]
    pixels = view.pixels()
    for x, y in ((0, 0), (20, 0), (0, 20), (4, 0), (20, -4)):
        column, row = column_row(x, y)
        assert (pixels[row, column] < 250).any(), (x, y)
    for x, y in ((10, 10), (5.2, 0), (20, 5.2), (30, 20)):
        column, row = column_row(x, y)
        assert (pixels[row, column] > 250).all(), (x, y)


@pytest.mark.protocol("9 @arcgis/core: sublayers drawn by the client's wish")
def test_a_sublayer_has_the_features_colours_and_labels_of_the_client(
    view: Sdk, results: Outcomes
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
    view.value("mapImage", url=results.map, extent=EXTENT, sublayers=[sublayer])
    pixels = view.pixels().astype(int)
    column, row = column_row(20, 2.5)
    assert pixels[row, column].tolist() == [255, 0, 0]
    column, row = column_row(20, 0)
    letters = pixels[row - 10 : row + 10, column - 30 : column + 30].sum(axis=2) < 100
    assert 20 < letters.sum() < 600
    column, row = column_row(0, 0)
    assert (pixels[row, column] > 250).all()


@pytest.mark.protocol("9 @arcgis/core: FeatureLayer by f=pbf in a view")
def test_a_feature_layer_draws_every_feature_of_all_pages(view: Sdk, results: Outcomes):
    around = {"xmin": -7.55, "ymin": 38, "xmax": 7.45, "ymax": 48,
              "spatialReference": {"wkid": 4326}}  # fmt: skip
    done = view.value("features", url=results.layer, extent=around)
    assert done["seen"] == done["total"] == MANY
    assert done["more"] is True
    assert len(set(done["names"])) == len(done["names"]) == 2000
    assert done["geometryType"] == "polygon"
    extent = done["extent"]
    assert (extent["xmin"], extent["ymax"]) == pytest.approx((-5, 44.4), abs=0.02)
    pixels = view.pixels()
    drawn = (pixels < 250).any(axis=2)
    assert drawn[150:310, 110:490].mean() > 0.1
    assert not drawn[:140].any()
    assert not drawn[325:350].any()  # below is the attribution of the SDK
    asked = [one.url for one in view.requests if "/query?" in one.url]
    assert any("f=pbf" in one and "quantization" in one for one in asked)
