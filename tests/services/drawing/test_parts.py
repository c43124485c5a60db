"""Symbols, renderers, frames and files on their own."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from services.drawing.dashes import dashed
from services.drawing.files import FORMATS, encode
from services.drawing.frame import Frame, fit
from services.drawing.renderers import parse_drawing_info
from services.errors import InvalidValue
from services.geometry.crs import WEB_MERCATOR, WGS84

LINE = {"type": "esriSLS", "style": "esriSLSSolid", "color": [0, 0, 0, 255]}


@pytest.mark.parametrize(
    ("info", "told"),
    [
        ([], "drawing info must be an object"),
        ({"renderer": {"type": "heatmap"}}, "simple, uniqueValue, classBreaks"),
        ({"renderer": {"type": "simple"}}, "symbol must be an object"),
        ({"renderer": {"type": "simple", "symbol": {"type": "esriTS"}}}, "esriSMS"),
        (
            {"renderer": {"type": "simple", "symbol": LINE | {"color": "red"}}},
            "red, green, blue, alpha",
        ),
        (
            {"renderer": {"type": "simple", "symbol": LINE | {"color": [0, 0, 256]}}},
            "0 to 255",
        ),
        (
            {"renderer": {"type": "simple", "symbol": LINE | {"width": 1e9}}},
            "0 to 200 points",
        ),
        (
            {"renderer": {"type": "simple", "symbol": LINE | {"style": "esriSLSWavy"}}},
            "esriSLSDash",
        ),
        ({"renderer": {"type": "uniqueValue"}}, "uniqueValueInfos must be a list"),
        (
            {
                "renderer": {
                    "type": "classBreaks",
                    "field": "a",
                    "classBreakInfos": [
                        {"classMaxValue": 2, "symbol": LINE},
                        {"classMaxValue": 1, "symbol": LINE},
                    ],
                }
            },
            "must not fall",
        ),
        (
            {"renderer": {"type": "simple", "symbol": LINE}, "transparency": 101},
            "0 to 100",
        ),
    ],
)
def test_a_wrong_drawing_info_says_what_was_expected(info, told):
    with pytest.raises(InvalidValue, match=told):
        parse_drawing_info(info)


def test_bounds_grow_to_the_shape_of_the_picture_around_their_centre():
    assert fit((0, 0, 10, 10), 400, 200) == (-5, 0, 15, 10)
    assert fit((0, 0, 10, 10), 200, 400) == (0, -5, 10, 15)


def test_bounds_of_a_point_get_some_size():
    west, south, east, north = fit((5, 5, 5, 5), 100, 100)
    assert west < 5 < east
    assert south < 5 < north


def test_the_scale_is_that_of_the_map_at_its_resolution():
    # level 0 of the usual tiles: 156543.03392800014 m a pixel, 1 : 591657527.591555
    world = Frame((0, 0, 156543.03392800014 * 10, 1), WEB_MERCATOR, 10, 10)
    assert world.scale == pytest.approx(591657527.591555, rel=1e-9)


def test_dashes_begin_anew_on_each_line_and_keep_corners():
    xy = np.array([[0, 0], [3, 0], [3, 10], [100, 0], [100, 2]], dtype=float)
    pieces = dashed(xy, np.array([0, 3, 5]), (4.0, 2.0))
    assert pieces[0] == [0, 0, 3, 0, 3, 1]
    assert pieces[1] == [3, 3, 3, 7]
    assert pieces[2] == [3, 9, 3, 10]
    assert pieces[3] == [100, 0, 100, 2]
    assert len(pieces) == 4


@pytest.mark.parametrize("name", [one for one in FORMATS if one not in ("pdf", "svg")])
def test_files_hold_the_pixels(name):
    image = Image.new("RGBA", (20, 10), (255, 0, 0, 255))
    image.paste((0, 0, 0, 0), (10, 0, 20, 10))
    read = Image.open(io.BytesIO(encode(image, name))).convert("RGBA")
    assert read.size == (20, 10)
    assert read.getpixel((2, 5)) == pytest.approx((255, 0, 0, 255), abs=3)
    expected = 0 if FORMATS[name].is_transparent else 255
    assert read.getpixel((17, 5))[3] == expected


def test_degrees_count_as_at_the_equator():
    # 2 π 6378137 / 360 = 111319.4907932736 m
    frame = Frame((0, 0, 1, 1), WGS84, 1, 1, dpi=1 / 39.37)
    assert frame.scale == pytest.approx(111319.4907932736)
