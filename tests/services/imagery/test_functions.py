"""Functions on pixels; expected numbers by formula or from publications."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from services.drawing.colorramps import parse_ramp, to_lab
from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.imagery.block import Block
from services.imagery.picture import painted, picture_of
from services.imagery.renderers import parse_raster_drawing
from services.imagery.rules import parse_rule
from services.imagery.shading import Hillshade
from services.imagery.stretch import DEVIATIONS, EQUALIZE, PERCENT, Stretch
from services.imagery.view import View

BLACK, WHITE = [0, 0, 0, 255], [255, 255, 255, 255]


def block(values, valid=None, cell=1.0) -> Block:
    numbers = np.asarray(values, dtype=float)
    numbers = numbers[np.newaxis] if numbers.ndim == 2 else numbers
    known = np.ones(numbers.shape, bool) if valid is None else np.asarray(valid)[None]
    return Block(numbers, known, (cell, cell))


def rule(name, **arguments):
    return parse_rule(json.dumps(
        {"rasterFunction": name, "rasterFunctionArguments": arguments}))  # fmt: skip


def ramp(first, last, algorithm="esriCIELabAlgorithm"):
    return {"type": "algorithmic", "fromColor": first, "toColor": last,
            "algorithm": algorithm}  # fmt: skip


# --- Ramps ------------------------------------------------------------------------------


@pytest.mark.parametrize(("rgb", "lab"), [
    # Bruce Lindbloom's calculator, sRGB, D65.
    ([255, 0, 0], [53.2408, 80.0925, 67.2032]),
    ([0, 255, 0], [87.7347, -86.1827, 83.1793]),
    ([0, 0, 255], [32.2970, 79.1875, -107.8602]),
])  # fmt: skip
def test_colours_are_where_lab_has_them(rgb, lab):
    assert to_lab(np.array([rgb], float))[0] == pytest.approx(lab, abs=0.05)


def test_half_way_from_black_to_white_is_the_grey_of_half_the_lightness():
    colors = parse_ramp(ramp(BLACK, WHITE))
    assert colors[0].tolist() == pytest.approx(BLACK, abs=0.01)
    assert colors[-1].tolist() == pytest.approx(WHITE, abs=0.01)
    assert colors[127:129, 0].mean() == pytest.approx(
        118.9, abs=0.3
    )  # L* = 50: #777777


def test_half_way_from_red_to_blue_by_hue_is_magenta():
    colors = parse_ramp(ramp([255, 0, 0, 255], [0, 0, 255, 255], "esriHSVAlgorithm"))
    assert colors[127:129, :3].mean(axis=0) == pytest.approx([255, 0, 255], abs=2)


def test_the_parts_of_a_ramp_have_equal_shares():
    parts = [ramp(BLACK, BLACK), ramp(WHITE, WHITE)]
    colors = parse_ramp({"type": "multipart", "colorRamps": parts})
    assert colors.shape == (256, 4)
    assert (colors[:128, 0] < 1).all()
    assert (colors[128:, 0] > 254).all()


# --- Stretches --------------------------------------------------------------------------


def test_standard_deviations_end_within_the_numbers():
    values = np.arange(100.0).reshape(10, 10)
    made = Stretch(DEVIATIONS, deviations=1).apply(block(values)).values[0]
    low, high = values.mean() - values.std(), values.mean() + values.std()
    expected = 255 * np.clip((values - low) / (high - low), 0, 1)
    assert made == pytest.approx(expected)


def test_percents_are_cut_off():
    values = np.arange(101.0)[np.newaxis]
    made = Stretch(PERCENT, percents=(10, 20)).apply(block(values)).values[0]
    assert made == pytest.approx(255 * np.clip((values - 10) / 70, 0, 1))


def test_equalizing_gives_every_shade_as_many_pixels():
    values = np.exp(np.linspace(0, 5, 256)).reshape(16, 16)
    made = Stretch(EQUALIZE).apply(block(values)).values[0]
    assert made.ravel() == pytest.approx(255 * np.arange(1, 257) / 256)


def test_gamma_brightens_the_middle():
    made = Stretch(gammas=(2.0,)).apply(block([[0, 25, 100]])).values[0, 0]
    assert made == pytest.approx([0, 255 * math.sqrt(0.25), 255])


def test_empty_pixels_count_for_nothing_and_stay_empty():
    made = Stretch().apply(block([[-9999, 0, 10]], [[False, True, True]]))
    assert made.values[0, 0, 1:].tolist() == [0, 255]
    assert picture_of(made)[0, :, 3].tolist() == [0, 1, 1]


# --- Light ------------------------------------------------------------------------------


def test_the_hillshade_of_esri_s_example():
    # "How Hillshade works" gives 154 for the middle of these cells of 5 units.
    heights = [[2450, 2461, 2483], [2452, 2461, 2483], [2447, 2455, 2477]]
    made = Hillshade().apply(block(heights, cell=5.0)).values[0]
    assert round(made[1, 1]) == 154


def test_level_ground_has_the_light_of_its_altitude():
    made = Hillshade(altitude=30).apply(block(np.full((4, 4), 7.0))).values[0]
    assert made == pytest.approx(255 * math.sin(math.radians(30)))


def test_several_lights_are_weighed_by_the_aspect():
    # Mark (1992) on a plane that falls to the west at 45 degrees: aspect 270.
    heights = np.tile(np.arange(5.0), (5, 1))
    made = Hillshade(is_multiple=True).apply(block(heights)).values[0, 2, 2]
    expected = 0.0
    for azimuth in (225, 270, 315, 360):
        apart = math.radians(270 - azimuth)
        light = (math.cos(math.radians(60)) * math.cos(math.radians(45))
                 + math.sin(math.radians(60)) * math.sin(math.radians(45))
                 * math.cos(apart))  # fmt: skip
        expected += math.sin(apart) ** 2 * max(0.0, light) / 2
    assert made == pytest.approx(255 * expected)


# --- Rules and renderers ----------------------------------------------------------------


def test_functions_are_applied_from_the_inside_out():
    inner = {"rasterFunction": "Remap", "rasterFunctionArguments": {
        "InputRanges": [0, 5, 5, 10], "OutputValues": [1, 2], "AllowUnmatched": False}}  # fmt: skip
    made = rule("Colormap", Colormap=[[1, 255, 0, 0], [2, 0, 255, 0]], Raster=inner)
    colors = picture_of(made.apply(block([[0, 4.9, 5, 10]])))
    assert colors[0, :3].tolist() == [[1, 0, 0, 1], [1, 0, 0, 1], [0, 1, 0, 1]]
    assert colors[0, 3, 3] == 0


def test_bands_may_be_taken_in_any_order():
    values = np.arange(3.0).reshape(3, 1, 1)
    made = rule("ExtractBand", BandIds=[2, 0]).apply(
        Block(values, np.ones((3, 1, 1), dtype=bool))
    )
    assert made.values.ravel().tolist() == [2, 0]


@pytest.mark.parametrize("text", [
    "{", '{"rasterFunction": 7}', '{"rasterFunction": "Wish"}',
    '{"rasterFunctionDefinition": {}}',
    '{"rasterFunction": "Stretch", "rasterFunctionArguments": []}',
    '{"rasterFunction": "Stretch", "rasterFunctionArguments": {"StretchType": 9}}',
    '{"rasterFunction": "Stretch", "rasterFunctionArguments": {"Statistics": [[1]]}}',
    '{"rasterFunction": "Stretch", "rasterFunctionArguments": {"MinPercent": 99, "MaxPercent": 2}}',
    '{"rasterFunction": "Colormap"}',
    '{"rasterFunction": "Colormap", "rasterFunctionArguments": {"Colormap": [[1, 2]]}}',
    '{"rasterFunction": "Colormap", "rasterFunctionArguments": {"Colormap": [[1, 2, 3, 900]]}}',
    '{"rasterFunction": "Colormap", "rasterFunctionArguments": {"ColorRamp": "Aspect"}}',
    '{"rasterFunction": "Remap", "rasterFunctionArguments": {"InputRanges": [1, 2, 3]}}',
    '{"rasterFunction": "Remap", "rasterFunctionArguments": {"InputRanges": [1, 2], "OutputValues": []}}',
    '{"rasterFunction": "ExtractBand", "rasterFunctionArguments": {"BandIds": [-1]}}',
    '{"rasterFunction": "Hillshade", "rasterFunctionArguments": {"Azimuth": "north"}}',
    '{"rasterFunction": "Hillshade", "rasterFunctionArguments": {"HillshadeType": [1]}}',
    '{"rasterFunction": "None", "rasterFunctionArguments": {"Raster": ' * 20 + "null" + "}}" * 20,
])  # fmt: skip
def test_a_rule_that_nobody_can_follow_is_refused(text):
    with pytest.raises(InvalidValue):
        parse_rule(text)


@pytest.mark.parametrize("renderer", [
    None, {"type": "simple"}, {"type": "rasterStretch", "stretchType": "wish"},
    {"type": "rasterStretch", "gamma": [0], "useGamma": True},
    {"type": "rasterStretch", "outputMin": 9, "outputMax": 3},
    {"type": "rasterStretch", "colorRamp": {"type": "random"}},
    {"type": "rasterStretch", "colorRamp": {"type": "multipart", "colorRamps": [7]}},
    {"type": "classBreaks", "classBreakInfos": []},
    {"type": "classBreaks", "classBreakInfos": [{"classMaxValue": 1, "symbol": {"type": "esriSLS"}}]},
    {"type": "uniqueValue", "uniqueValueInfos": [{"value": "a", "symbol": {"type": "esriSFS"}}]},
    {"type": "rasterColormap", "colormapInfos": []},
    {"type": "rasterColormap", "colormapInfos": [{"value": "1"}]},
    {"type": "rasterShadedRelief", "hillshadeType": "sunny"},
], ids=str)  # fmt: skip
def test_a_renderer_that_no_raster_has_is_refused(renderer):
    with pytest.raises(InvalidValue):
        parse_raster_drawing({"renderer": renderer})


def test_unique_values_have_their_colours_and_others_none():
    fill = {"type": "esriSFS", "style": "esriSFSSolid", "color": [9, 8, 7, 255]}
    infos = [{"value": "3", "label": "three", "symbol": fill}]
    drawing = parse_raster_drawing({"renderer": {
        "type": "uniqueValue", "field1": "Value", "uniqueValueInfos": infos}})  # fmt: skip
    colors = picture_of(drawing.function.apply(block([[3, 4]])))
    assert (255 * colors[0, 0]).round().tolist() == [9, 8, 7, 255]
    assert colors[0, 1, 3] == 0
    assert drawing.rules == (("three", (9, 8, 7, 255)),)


def test_a_large_picture_of_computed_numbers_has_no_seams():
    y, x = np.mgrid[0:1200, 0:1000]
    heights = np.sin(x / 90.0) * y  # steeper further down
    chain = parse_rule(json.dumps({
        "rasterFunction": "Stretch", "rasterFunctionArguments": {
            "StretchType": 5,
            "Raster": {"rasterFunction": "Hillshade"}}}))  # fmt: skip
    bounds = (0.0, 0.0, 1000.0, 1200.0)
    view = View(bounds, SpatialReference(32632), 1000, 1200)

    def read(part: View) -> Block:
        west, south, east, north = map(round, part.bounds)
        rows = np.clip(np.arange(1200 - north, 1200 - south), 0, 1199)
        columns = np.clip(np.arange(west, east), 0, 999)
        return block(heights[np.ix_(rows, columns)])

    made = painted(view, read, chain)
    whole = chain.apply(read(view.grown(chain.margin)))
    expected = np.rint(255 * picture_of(whole.cut(chain.margin)))
    assert np.array_equal(made, expected)
