"""Pictures: which pixels a shape colours."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from services.drawing.frame import Frame
from services.drawing.renderers import default_drawing_info, parse_drawing_info
from services.drawing.scene import Layer, draw
from services.errors import InvalidValue
from services.geometry.crs import WEB_MERCATOR, WGS84, SpatialReference
from services.geometry.features import FeatureSet
from services.geometry.reproject import reproject

RED, BLUE = [255, 0, 0, 255], [0, 0, 255, 255]


def fill(color, outline=None):
    return {"type": "esriSFS", "style": "esriSFSSolid", "color": color,
            "outline": outline}  # fmt: skip


def line(color, width=1.5, style="Solid"):
    return {"type": "esriSLS", "style": f"esriSLS{style}", "color": color,
            "width": width}  # fmt: skip


def marker(style, color=RED, size=7.5):
    return {"type": "esriSMS", "style": f"esriSMS{style}", "color": color, "size": size}


def picture(shapes, renderer, frame=None, **columns):
    """Return the pixels of shapes in a frame of 0 to 10, ten pixels a unit."""
    info = renderer if "renderer" in renderer else {"renderer": renderer}
    features = FeatureSet.of(shapes, columns)
    frame = frame or Frame((0, 0, 10, 10), WGS84, 100, 100)
    layer = Layer(features, parse_drawing_info(info))
    return np.asarray(draw([layer], frame, transparent=True))


def simple(symbol):
    return {"type": "simple", "symbol": symbol}


def test_an_area_colours_its_inside_and_nothing_else():
    pixels = picture([shapely.box(2, 2, 5, 8)], simple(fill(RED)))
    # x of 2 to 5 is column 20 to 49, y of 8 to 2 is row 20 to 79
    assert (pixels[21:79, 21:49] == RED).all()
    assert not pixels[:19, :, 3].any()
    assert not pixels[:, 51:, 3].any()
    assert not pixels[81:, :, 3].any()


def test_holes_and_the_parts_in_them_are_told_apart():
    ring = shapely.box(1, 1, 9, 9) - shapely.box(3, 3, 7, 7)
    pixels = picture([ring | shapely.box(4, 4, 6, 6)], simple(fill(RED)))
    assert pixels[50, 20].tolist() == RED
    assert pixels[50, 35, 3] == 0
    assert pixels[50, 50].tolist() == RED


def test_half_transparent_areas_show_both_where_they_overlap():
    half = [255, 0, 0, 128]
    shapes = [shapely.box(1, 1, 6, 6), shapely.box(4, 4, 9, 9)]
    pixels = picture(shapes, simple(fill(half)))
    assert pixels[80, 20].tolist()[0] >= 254
    assert pixels[80, 20, 3] == pytest.approx(128, abs=2)
    # alpha over alpha: a + a (1 - a), with a = 128/255
    assert pixels[50, 50, 3] == pytest.approx(191, abs=3)
    assert pixels[50, 50, 0] >= 250


def test_the_transparency_of_a_layer_thins_its_colours():
    info = {"renderer": simple(fill(RED)), "transparency": 75}
    pixels = picture([shapely.box(0, 0, 10, 10)], info)
    assert pixels[50, 50, 3] == pytest.approx(64, abs=2)


def test_an_outline_is_as_wide_as_it_says_at_the_resolution():
    area = [shapely.box(2, 2, 8, 8)]
    for dpi, expected in ((72, 6), (144, 12)):
        frame = Frame((0, 0, 10, 10), WGS84, 100, 100, dpi)
        drawn = picture(area, simple(fill(None, line(BLUE, 6))), frame)
        assert (drawn[50, :50, 3] > 128).sum() == pytest.approx(expected, abs=1)
        assert drawn[50, 50, 3] == 0


def test_a_line_is_drawn_along_its_way():
    pixels = picture([shapely.LineString([(1, 5), (9, 5)])], simple(line(RED, 3)))
    assert pixels[49:51, 50].tolist() == [RED, RED]
    assert not pixels[40, :, 3].any()
    assert not pixels[50, :8, 3].any()


def test_dashes_leave_gaps():
    # width 1.5 pt = 2 px at 96 dpi: dashes of 12 px, gaps of 8
    way = [shapely.LineString([(0, 5), (10, 5)])]
    pixels = picture(way, simple(line(RED, 1.5, "Dash")))
    on = pixels[50, :, 3] > 128
    assert on[2:10].all()
    assert not on[14:18].any()
    assert on.mean() == pytest.approx(0.6, abs=0.05)


@pytest.mark.parametrize(
    ("style", "middle", "corner"),
    [
        ("Circle", True, False),
        ("Square", True, True),
        ("Diamond", True, False),
        ("Cross", True, False),
        ("X", True, True),
        ("Triangle", True, False),
    ],
)
@pytest.mark.protocol("9 drawingInfo, marker styles")
def test_markers_have_their_shapes(style, middle, corner):
    symbol = marker(style, size=30)  # 40 pixels
    pixels = picture([shapely.Point(5, 5)], simple(symbol))
    assert (pixels[49:51, 49:51, 3].max() > 128) is np.True_ or middle
    assert bool(pixels[49:52, 49:52, 3].any()) == middle
    assert bool(pixels[31:34, 31:34, 3].any()) == corner  # (-18, -18) of 20
    assert not pixels[:28, :, 3].any()
    assert not pixels[:, 73:, 3].any()


@pytest.mark.protocol("9 drawingInfo, uniqueValue")
def test_unique_values_choose_by_the_text_of_fields():
    renderer = {
        "type": "uniqueValue",
        "field1": "kind",
        "uniqueValueInfos": [
            {"value": "a", "symbol": fill(RED)},
            {"value": 2, "symbol": fill(BLUE)},
        ],
    }
    shapes = [shapely.box(x, 0, x + 1, 10) for x in (0, 3, 6)]
    pixels = picture(shapes, renderer, kind=["a", "2", "other"])
    assert pixels[50, 5].tolist() == RED
    assert pixels[50, 35].tolist() == BLUE
    assert pixels[50, 65, 3] == 0
    other = renderer | {"defaultSymbol": fill([0, 255, 0, 255])}
    assert picture(shapes, other, kind=["a", "2", "other"])[50, 65, 1] == 255
    numbers = renderer | {"uniqueValueInfos": [{"value": "7", "symbol": fill(RED)}]}
    assert picture(shapes[:1], numbers, kind=[7])[50, 5].tolist() == RED


@pytest.mark.protocol("9 drawingInfo, classBreaks")
def test_class_breaks_choose_by_number_upper_bounds_included():
    renderer = {
        "type": "classBreaks",
        "field": "size",
        "minValue": 0,
        "classBreakInfos": [
            {"classMaxValue": 10, "symbol": fill(RED)},
            {"classMaxValue": 20, "symbol": fill(BLUE)},
        ],
    }
    shapes = [shapely.box(x, 0, x + 1, 10) for x in range(0, 10, 2)]
    drawn = picture(shapes, renderer, size=[10.0, 10.5, 21.0, -1.0, None])
    assert drawn[50, 5].tolist() == RED
    assert drawn[50, 25].tolist() == BLUE
    assert not drawn[50, 41:, 3].any()


def test_a_field_that_is_not_there_is_named():
    renderer = {
        "type": "uniqueValue",
        "field1": "kind",
        "uniqueValueInfos": [{"value": "a", "symbol": fill(RED)}],
    }
    with pytest.raises(InvalidValue, match="no field 'kind'; the fields are size"):
        picture([shapely.box(0, 0, 1, 1)], renderer, size=[1])


@pytest.mark.parametrize("wkid", [32633, 3035, 3413])
def test_what_is_left_out_by_its_bounds_cannot_be_seen(wkid):
    reference = SpatialReference(wkid)
    x, y = np.meshgrid(np.arange(-60.0, 90.0, 3), np.arange(50.0, 90.0, 3))
    lonlat = shapely.box(x.ravel(), y.ravel(), x.ravel() + 1, y.ravel() + 1)
    near = lonlat[(np.abs(x - 15) < 20).ravel()]
    shapes = reproject(near, WGS84, reference)
    drawing = parse_drawing_info({"renderer": simple(fill(RED))})
    features = FeatureSet.of(shapes, spatial_reference=reference)
    frame = Frame((1e6, 8e6, 3e6, 9.5e6), WEB_MERCATOR, 400, 300)
    got = np.asarray(draw([Layer(features, drawing)], frame, transparent=True))
    moved = FeatureSet.of(
        reproject(shapes, reference, WEB_MERCATOR), spatial_reference=WEB_MERCATOR
    )
    expected = np.asarray(draw([Layer(moved, drawing)], frame, transparent=True))
    assert expected[..., 3].any()
    assert (np.abs(got.astype(int) - expected) > 60).mean() < 0.001


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("esriGeometryPoint", shapely.Point(5, 5)),
        ("esriGeometryMultipoint", shapely.MultiPoint([(5, 5), (6, 6)])),
        ("esriGeometryPolyline", shapely.LineString([(1, 1), (9, 9)])),
        ("esriGeometryPolygon", shapely.box(1, 1, 9, 9)),
    ],
)
def test_every_geometry_has_a_drawing_of_its_own(kind, shape):
    pixels = picture([shape, None], default_drawing_info(kind))
    assert pixels[..., 3].any()


def test_what_lies_beyond_the_frame_is_cut_without_an_edge():
    outline = fill(None, line(BLUE, 2))
    pixels = picture([shapely.box(-1e6, -80, 5, 80)], simple(outline))
    assert pixels[50, 50].tolist() == BLUE
    assert (pixels[50, :, 3] > 0).sum() <= 5
    assert not pixels[0, :45, 3].any()


def test_a_map_of_the_world_repeats_itself():
    frame = Frame((170, -10, 190, 10), WGS84, 100, 100)
    pixels = picture([shapely.box(-180, -10, -175, 10)], simple(fill(RED)), frame)
    assert pixels[50, 60].tolist() == RED
    assert pixels[50, 40, 3] == 0


def test_features_are_drawn_in_the_reference_of_the_frame():
    # x = R λ: 10 degrees are 1113194.9 m (EPSG 3857)
    frame = Frame((0, 0, 2226389.8, 2226389.8), WEB_MERCATOR, 100, 100)
    pixels = picture([shapely.box(0, 0, 10, 10)], simple(fill(RED)), frame)
    assert pixels[75, 25].tolist() == RED
    assert pixels[75, 53, 3] == 0


def test_ten_thousand_polygons_are_all_drawn():
    x, y = np.meshgrid(np.arange(100), np.arange(100))
    shapes = shapely.box(x.ravel(), y.ravel(), x.ravel() + 0.5, y.ravel() + 0.5)
    frame = Frame((0, 0, 100, 75), WGS84, 1000, 750)
    pixels = picture(shapes, simple(fill(RED)), frame)
    seen = pixels[7::10, 2::10]  # the middle of the squares
    assert seen.shape[:2] == (75, 100)
    assert (seen == RED).all()
    assert not pixels[2::10, 7::10, 3].any()


def test_fine_shapes_look_like_their_coarse_ones():
    # a ring of 20,000 vertices, hundreds of them in a pixel, and the disc it is
    angle = np.linspace(0, 2 * np.pi, 20_000)
    places = [(x, y) for x in range(1, 10, 2) for y in range(1, 10, 2)]
    rings = [np.column_stack([x + 0.8 * np.cos(angle), y + 0.8 * np.sin(angle)])
             for x, y in places]  # fmt: skip
    frame = Frame((0, 0, 1113194.9, 1113194.9), WEB_MERCATOR, 100, 100)
    fine = picture(shapely.polygons(np.array(rings)), simple(fill(RED)), frame)
    coarse = picture(
        [shapely.Point(*one).buffer(0.8, 32) for one in places],
        simple(fill(RED)),
        frame,
    )
    assert np.abs(fine[..., 3].astype(int) - coarse[..., 3]).max() < 100
    sums = [int(one[..., 3].sum()) for one in (fine, coarse)]
    assert sums[0] == pytest.approx(sums[1], rel=0.03)


def test_areas_within_a_pixel_leave_a_dot():
    shapes = shapely.box([2, 7], [2, 7], [2.05, 7.05], [2.05, 7.05])
    pixels = picture(shapes, simple(fill(RED)))
    assert (pixels[..., 3] > 0).sum() == 2
    assert pixels[79, 20].tolist() == RED


def test_the_first_layer_is_on_top():
    frame = Frame((0, 0, 10, 10), WGS84, 10, 10)
    area = FeatureSet.of([shapely.box(0, 0, 10, 10)])
    layers = [Layer(area, parse_drawing_info({"renderer": simple(fill(color))}))
              for color in (RED, BLUE)]  # fmt: skip
    pixels = np.asarray(draw(layers, frame, transparent=False))
    assert pixels[5, 5].tolist() == RED[:3]
