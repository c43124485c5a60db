"""Hatches, pictures and turned markers."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import shapely
from PIL import Image

from services.drawing.renderers import parse_drawing_info
from services.errors import InvalidValue
from tests.services.drawing.test_scene import RED, fill, marker, picture, simple

STYLES = ("Horizontal", "Vertical", "Cross", "ForwardDiagonal", "BackwardDiagonal",
          "DiagonalCross")  # fmt: skip
WHOLE = [shapely.box(-1, -1, 11, 11)]


def png(colors) -> str:
    """Return a picture of pixels as base64."""
    file = io.BytesIO()
    Image.fromarray(np.array(colors, dtype=np.uint8)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.protocol("9 drawingInfo, hatched fills")
@pytest.mark.parametrize("style", STYLES)
def test_a_hatch_is_lines_in_its_directions(style):
    pixels = picture(WHOLE, simple(fill(RED) | {"style": f"esriSFS{style}"}))[..., 3]
    on = pixels > 128
    assert 0.05 < on.mean() < 0.45
    # 6 points from line to line are 8 pixels at 96 dpi, across the lines
    row, column = on[50].sum(), on[:, 50].sum()
    if style in ("Horizontal", "Vertical"):
        lines = column if style == "Horizontal" else row
        assert lines == pytest.approx(100 / 8, abs=2)
    shifted = {
        1: np.roll(np.roll(on, 1, 0), 1, 1),
        -1: np.roll(np.roll(on, 1, 0), -1, 1),
    }
    down, up = ((on & one).sum() / on.sum() for one in shifted.values())
    if style == "ForwardDiagonal":  # as GDI+ and the SDKs have it: from the upper left
        assert down > 0.9 > up
    if style == "BackwardDiagonal":
        assert up > 0.9 > down


@pytest.mark.protocol("9 drawingInfo, picture symbols")
def test_a_picture_marker_is_drawn_at_its_size():
    blue = [[[0, 0, 255, 255]] * 4] * 4
    symbol = {"type": "esriPMS", "imageData": png(blue), "width": 15, "height": 7.5}
    pixels = picture([shapely.Point(5, 5)], simple(symbol))
    y, x = np.nonzero(pixels[..., 3] > 128)
    assert (np.ptp(x) + 1, np.ptp(y) + 1) == (20, 10)  # 96 / 72 pixels a point
    assert (x.mean(), y.mean()) == pytest.approx((49.5, 49.5), abs=1)
    assert pixels[50, 50].tolist() == [0, 0, 255, 255]
    turned = picture([shapely.Point(5, 5)], simple(symbol | {"angle": 90}))
    y, x = np.nonzero(turned[..., 3] > 128)
    assert np.ptp(y) > np.ptp(x)


def test_a_picture_fill_is_laid_again_and_again():
    halves = [[[255, 0, 0, 255], [0, 0, 255, 255]]]
    symbol = {"type": "esriPFS", "imageData": png(halves), "width": 15, "height": 15}
    pixels = picture([shapely.box(0, 0, 10, 5)], simple(symbol))
    assert not pixels[:49, :, 3].any()
    assert pixels[80, 2].tolist() == RED
    assert pixels[80, 22].tolist() == RED  # 15 points are 20 pixels
    assert pixels[80, 17].tolist() == [0, 0, 255, 255]


def test_a_marker_is_turned_counterclockwise():
    upright = picture([shapely.Point(5, 5)], simple(marker("Triangle", size=30)))
    left = picture([shapely.Point(5, 5)], simple(marker("Triangle", size=30)
                                                | {"angle": 90}))  # fmt: skip
    assert (np.rot90(upright[..., 3]) > 128).sum() == pytest.approx(
        ((np.rot90(upright[..., 3]) > 128) & (left[..., 3] > 128)).sum(), rel=0.1
    )


@pytest.mark.parametrize(
    ("symbol", "told"),
    [
        ({"type": "esriPMS", "url": "http://x/y.png"}, "its url is not fetched"),
        ({"type": "esriPMS", "imageData": "@@"}, "PNG, JPEG or GIF in base64"),
        ({"type": "esriPMS", "imageData": "aGFsbG8="}, "PNG, JPEG or GIF in base64"),
        ({"type": "esriPFS", "imageData": png([[[0, 0, 0]] * 2000])}, "1024 pixels"),
        ({"type": "esriSMS", "angle": "north"}, "angle must be a number"),
    ],
)
def test_a_wrong_symbol_says_what_was_expected(symbol, told):
    with pytest.raises(InvalidValue, match=told):
        parse_drawing_info({"renderer": simple(symbol)})
