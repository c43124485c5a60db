"""The print widget of @arcgis/core prints by the portal: its own documents, unchanged."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pypdf
import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser

from tests.contract.page import Sdk
from tests.contract.site import Site

pytestmark = [pytest.mark.contract, pytest.mark.browser]

#: What runs in the page.
SCRIPT = "arcgis_print.js"

#: 600 x 400 pixels of 0.1 degrees each.
EXTENT = {"xmin": -20, "ymin": 30, "xmax": 40, "ymax": 70,
          "spatialReference": {"wkid": 4326}}  # fmt: skip
AREA = {
    "geometry": {"rings": [[[5, 45], [5, 50], [15, 50], [15, 45], [5, 45]]],
                 "spatialReference": {"wkid": 4326}},
    "symbol": {"type": "esriSFS", "style": "esriSFSSolid", "color": [200, 0, 0, 255]},
}  # fmt: skip
NAME = {
    "geometry": {"x": 0, "y": 60, "spatialReference": {"wkid": 4326}},
    "symbol": {"type": "esriTS", "text": "Meer", "color": [0, 0, 0, 255],
               "font": {"size": 12}},
}  # fmt: skip


@pytest.fixture
def page(browser: Browser, site: Site, origin: str) -> Iterator[Sdk]:
    """A fresh page; what it draws asks for fonts of another host, which is no matter."""
    opened = browser.new_page(viewport={"width": 640, "height": 440})
    yield Sdk(opened, origin, site.address)
    opened.close()


def printer(site: Site) -> str:
    return site.task("Utilities/PrintingTools", "Export Web Map Task")


def printed(site: Site, page: Sdk, **template: object) -> bytes:
    """Print a map of countries, an area and a name; return the file."""
    done = page.value(
        "print", url=printer(site), extent=EXTENT, graphics=[AREA, NAME],
        layer=f"{site.root}/rest/services/Samples/World/FeatureServer/0",
        template={"exportOptions": {"width": 600, "height": 400, "dpi": 96}, **template},
    )  # fmt: skip
    return requests.get(done["file"], timeout=60).content


def test_the_widget_finds_the_layouts_and_the_formats(site: Site, page: Sdk):
    done = page.value("templates", url=printer(site), extent=EXTENT)
    assert "a4-landscape" in done["layouts"]
    assert {"pdf", "png32", "svg"} <= set(done["formats"])


def test_a_picture_shows_what_the_view_shows(site: Site, page: Sdk):
    file = printed(site, page, format="png32", layout="map-only")
    pixels = np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).astype(int)
    assert pixels.shape == (400, 600, 3)
    rows, columns = np.nonzero((np.abs(pixels - (200, 0, 0)) < 8).all(axis=2))
    box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert box == pytest.approx([250, 200, 350, 250], abs=1)
    near_name = pixels[90:110, 170:230]
    assert (near_name < 60).all(axis=2).sum() > 20
    assert (pixels[150, 480] != 255).any()  # Russia
    assert (pixels[250, 20] == 255).all()  # the Atlantic


def test_a_sheet_has_the_title_and_the_legend(site: Site, page: Sdk):
    options = {"titleText": "Europa für alle", "scalebarUnit": "Kilometers"}
    file = printed(site, page, format="pdf", layout="a4-landscape",
                   layoutOptions=options)  # fmt: skip
    (sheet,) = pypdf.PdfReader(io.BytesIO(file)).pages
    text = sheet.extract_text()
    for one in ("Europa für alle", "Countries", "km", "mi"):
        assert one in text
