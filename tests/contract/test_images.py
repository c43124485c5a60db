"""@arcgis/core and esri-leaflet show the image service of a raster result."""

from __future__ import annotations

import numpy as np
import pytest

from tests.contract.outcomes import succeeded
from tests.contract.page import Sdk
from tests.contract.site import Site

pytestmark = [pytest.mark.contract, pytest.mark.browser]

#: What runs in the page.
SCRIPT = "images.js"

#: The middle of the default ramp: all pixels of the raster are equal.
TEAL = [33, 145, 140]
RED = {
    "type": "classBreaks",
    "field": "Value",
    "classBreakInfos": [
        {"classMinValue": 0, "classMaxValue": 10,
         "symbol": {"type": "esriSFS", "style": "esriSFSSolid", "color": [255, 0, 0, 255]}}
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def image(site: Site) -> str:
    """Paint a raster of 7; return the address of its image service."""
    job = succeeded(site.task("Samples/Raster", "Paint"), Value=7)
    service = site.service("Samples/Raster").replace("GPServer", "ImageServer")
    return f"{service}/jobs/{job.rpartition('/')[2]}/Out_Raster"


def check_square(pixels: np.ndarray, color: list[int]) -> None:
    """Assert that a colour is in the middle of the page, and white beside it."""
    assert np.abs(pixels[200, 300].astype(int) - color).max() <= 3
    assert (pixels[200, 10] > 250).all()
    assert (pixels[200, -10] > 250).all()


def test_an_imagery_layer_shows_and_tells_the_numbers(sdk: Sdk, image: str):
    found = sdk.value("imagery", url=image)
    assert (found["width"], found["height"], found["pixelType"]) == (200, 200, "s32")
    assert (found["value"], found["mean"]) == ("7", 7)
    check_square(sdk.pixels(), TEAL)


def test_the_renderer_of_an_imagery_layer_is_drawn(sdk: Sdk, image: str):
    sdk.value("imagery", url=image, renderer=RED)
    check_square(sdk.pixels(), [255, 0, 0])


def test_an_image_map_layer_of_esri_leaflet_shows_and_tells(sdk: Sdk, image: str):
    # A degree at zoom 10 is 256 * 2**10 / 360 = 728 pixels: the raster is 146 wide.
    found = sdk.value("leaflet", url=image, center=[10, 20], zoom=10)
    assert found["value"] == "7"
    check_square(sdk.pixels(), TEAL)


def test_a_rendering_rule_of_esri_leaflet_is_drawn(sdk: Sdk, image: str):
    rule = {"rasterFunction": "Colormap",
            "rasterFunctionArguments": {"Colormap": [[7, 0, 0, 255]]}}  # fmt: skip
    sdk.value("leaflet", url=image, center=[10, 20], zoom=10, rule=rule)
    check_square(sdk.pixels(), [0, 0, 255])
