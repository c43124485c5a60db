"""@arcgis/core and esri-leaflet show the image service of a raster result."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
import requests
from playwright.sync_api import Browser

from tests.contract.page import Sdk, served
from tests.contract.site import Site

pytestmark = [pytest.mark.contract, pytest.mark.browser]

_SECONDS = 120
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
def origin(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page, another one than the portal's."""
    with served(tmp_path_factory.mktemp("images"), "images.js") as address:
        yield address


@pytest.fixture
def page(browser: Browser, site: Site, origin: str) -> Iterator[Sdk]:
    """A fresh page; at the end nothing has left the machine, and no error is shown."""
    opened = browser.new_page(viewport={"width": 640, "height": 440})
    made = Sdk(opened, origin, site.address)
    yield made
    opened.close()
    made.check()


@pytest.fixture(scope="module")
def image(site: Site) -> str:
    """Paint a raster of 7; return the address of its image service."""
    task = site.task("Samples/Raster", "Paint")
    answer = requests.post(f"{task}/submitJob", {"f": "json", "Value": 7}, timeout=60)
    job = answer.json()["jobId"]
    deadline = time.monotonic() + _SECONDS
    while (
        requests.get(f"{task}/jobs/{job}", {"f": "json"}, timeout=60).json()[
            "jobStatus"
        ]
        != "esriJobSucceeded"
    ):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    service = site.service("Samples/Raster").replace("GPServer", "ImageServer")
    return f"{service}/jobs/{job}/Out_Raster"


def check_square(pixels: np.ndarray, color: list[int]) -> None:
    """Assert that a colour is in the middle of the page, and white beside it."""
    assert np.abs(pixels[200, 300].astype(int) - color).max() <= 3
    assert (pixels[200, 10] > 250).all()
    assert (pixels[200, -10] > 250).all()


def test_an_imagery_layer_shows_and_tells_the_numbers(page: Sdk, image: str):
    found = page.value("imagery", url=image)
    assert (found["width"], found["height"], found["pixelType"]) == (200, 200, "s32")
    assert (found["value"], found["mean"]) == ("7", 7)
    check_square(page.pixels(), TEAL)


def test_the_renderer_of_an_imagery_layer_is_drawn(page: Sdk, image: str):
    page.value("imagery", url=image, renderer=RED)
    check_square(page.pixels(), [255, 0, 0])


def test_an_image_map_layer_of_esri_leaflet_shows_and_tells(page: Sdk, image: str):
    # A degree at zoom 10 is 256 * 2**10 / 360 = 728 pixels: the raster is 146 wide.
    found = page.value("leaflet", url=image, center=[10, 20], zoom=10)
    assert found["value"] == "7"
    check_square(page.pixels(), TEAL)


def test_a_rendering_rule_of_esri_leaflet_is_drawn(page: Sdk, image: str):
    rule = {"rasterFunction": "Colormap",
            "rasterFunctionArguments": {"Colormap": [[7, 0, 0, 255]]}}  # fmt: skip
    page.value("leaflet", url=image, center=[10, 20], zoom=10, rule=rule)
    check_square(page.pixels(), [0, 0, 255])
