"""One sheet in all formats: what stands where, by readers of others."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import pypdf
import pytest
from PIL import Image

from services.layout.elements import Line, Picture, Sheet, Text, box
from services.layout.fonts import fitted, unknown_characters, width_of
from services.layout.pdf import sheet_document
from services.layout.pixels import to_image
from services.layout.svg import to_svg

RED = (255, 0, 0, 255)
SHEET = Sheet(100, 60, (
    box((10, 20), (30, 10), RED),
    Line(((0, 50), (100, 50)), (0, 0, 255, 255), 2.0),
    Picture(60, 10, 20, 20, Image.new("RGB", (10, 10), (0, 160, 0)), "a green square"),
    Text(50, 45, "Grüße & <Γη>", 12, anchor="middle"),
    Text(95, 8, "استخدام الأرض", 10, anchor="end"),
), "A sheet")  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


def test_pixels_are_where_the_millimetres_say():
    pixels = np.asarray(to_image(SHEET, 254.0))  # ten pixels a millimetre
    assert pixels.shape == (600, 1000, 3)
    assert (pixels[205:295, 105:395] == RED[:3]).all()
    assert (pixels[105:295, 605:795] == (0, 160, 0)).all()
    assert (pixels[210:290, 90] == 255).all()
    dark = np.argwhere((pixels < 100).all(axis=2))
    # the middle of the text is at 50 mm, its baseline at 45 mm
    low = dark[(dark[:, 0] > 400) & (dark[:, 0] < 480)]
    assert (low[:, 1].min() + low[:, 1].max()) / 2 == pytest.approx(500, abs=6)
    high = dark[dark[:, 0] < 100]
    assert high[:, 1].max() == pytest.approx(950, abs=8)  # ends at 95 mm


def test_a_pdf_has_the_size_the_texts_and_the_picture():
    pdf = pypdf.PdfReader(io.BytesIO(sheet_document(SHEET, "Über «Γη»", "me")))
    (page,) = pdf.pages
    size = [float(side) * 25.4 / 72 for side in page.mediabox[2:]]
    assert size == pytest.approx([100, 60], abs=0.01)
    assert pdf.metadata.title == "Über «Γη»"
    text = page.extract_text()
    assert "Grüße & <Γη>" in text
    assert set("استخدام") <= set(text)
    (picture,) = page.images
    assert picture.image.size == (10, 10)


def test_an_svg_is_xml_with_the_texts_in_their_order():
    root = ElementTree.fromstring(to_svg(SHEET))
    assert root.get("viewBox") == "0 0 100 60"
    first, second = root.iter(f"{SVG}text")
    assert first.text == "Grüße & <Γη>"
    # SVG anchors by the direction of the text: its end is on the left
    assert (second.text, second.get("direction")) == ("استخدام الأرض", "rtl")
    assert second.get("text-anchor") == "start"
    assert root.find(f"{SVG}title").text == "A sheet"
    assert not list(root.iter(f"{SVG}script"))


def test_texts_are_cut_to_a_width():
    text = "The quick brown fox jumps over the lazy dog"
    assert fitted(text, 8, 200) == text
    short = fitted(text, 8, 30)
    assert short.endswith("…")
    assert width_of(short, 8) <= 30


def test_characters_that_the_fonts_lack_are_told():
    assert unknown_characters("Zürich Αθήνα Москва القاهرة ירושלים") == ""
    assert unknown_characters("東京 map 東") == "東京"
