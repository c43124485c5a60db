"""Raster tools against GDAL's programs, NumPy, and what must hold."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import services.reading  # noqa: F401
from services.errors import InvalidValue, ToolFailed
from services.files import Raster
from services.geometry.crs import WEB_MERCATOR, WGS84
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet
from services.rasters.calculator import parse_expression
from services.rasters.storing import write_grid
from services.tools.raster import (
    Remap,
    clip_raster,
    mosaic,
    project_raster,
    raster_calculator,
    reclassify,
    resample,
)
from tests.services.tools.rasters import LOCAL, degrees, grid, hills
from tests.services.tools.recorder import Recorder

NAN = np.nan


def test_classes_have_as_many_cells_as_numpy_counts():
    heights = hills().values[0]
    made = reclassify([Remap(200, 400, 1), Remap(400, 700, 2), Remap(700, 1076, 3)],
                      hills())  # fmt: skip
    assert made.values.dtype == np.int32
    counts = np.bincount(made.values.ravel())[1:]
    assert counts.tolist() == np.histogram(heights, [200, 400, 700, 1076])[0].tolist()


def test_rows_hold_their_start_and_single_values_and_the_first_counts():
    rows = [Remap(2, 2, 20), Remap(1, 3, 10), Remap(3, 4)]
    made = reclassify(rows, grid([[1.0, 2.0, 3.0, 4.0, 9.5, NAN]]))
    assert made.values[0, 0].tolist() == pytest.approx(
        [10, 20, NAN, NAN, 9.5, NAN], nan_ok=True
    )
    gone = reclassify(rows, grid([[1.0, 9.5]]), "NODATA")
    assert gone.valid[0, 0].tolist() == [True, False]
    with pytest.raises(ToolFailed, match="Remap"):
        reclassify([Remap(3, 1, 1)], hills())
    with pytest.raises(ToolFailed, match="Remap"):
        reclassify([], hills())


def test_the_calculator_computes_as_numpy():
    a, b = hills(), grid(np.sqrt(hills().values[0]), -18135, 15480, 90)
    made = raster_calculator("Con(A > 500 and not B < 24, (A - B ** 2) / 2 + pi, -A)",
                             a, b)  # fmt: skip
    x, y = a.values[0].astype(float), b.values[0].astype(float)
    theirs = np.where((x > 500) & ~(y < 24), (x - y**2) / 2 + np.pi, -x)
    assert np.allclose(made.values[0], theirs, rtol=1e-5, atol=1e-3)


def test_empty_cells_propagate_but_where_the_expression_says_else():
    a = grid([[1.0, NAN, 0.0]])
    assert np.isnan(raster_calculator("A > 5", a).values[0, 0, 1])
    assert raster_calculator("A or 1", a).valid[0, 0].tolist() == [True, False, True]
    assert raster_calculator("Con(IsNull(A), -1, A)", a).values[0, 0].tolist() == [
        1,
        -1,
        0,
    ]
    assert raster_calculator("1 / A", a).valid[0, 0].tolist() == [True, False, False]


def test_rasters_on_other_cells_are_sampled_and_said():
    said = Recorder()
    a = grid(np.zeros((4, 4)), left=8)
    b = grid([[1.0, 2.0], [3.0, 4.0]], left=8, cell=2.0)
    made = raster_calculator("A + B", a, b, context=said)
    assert made.values[0] == pytest.approx(np.kron([[1, 2], [3, 4]], np.ones((2, 2))))
    assert said.messages == ["B lies on other cells than A: nearest ones taken"]


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "A.shape", "(lambda: 1)()", "A[0]", "C + 1",
        "[A for A in A]", "'a' * 9", "True", "abs(A, A)", "abs(x=A)", "open(A)", "A :=",
        "A if A else A", "f'{A}'", "1 < A < 2", "A" * 3000, "+" * 400 + "A",
        "9" * 400, "A @ A", "*A", "", "10j",
    ],
)  # fmt: skip
def test_whatever_is_not_arithmetic_is_refused_by_name(text):
    with pytest.raises(ToolFailed, match="Expression"):
        raster_calculator(text, hills())


@given(st.text(alphabet="AB0123456789+-*/%()<>=., eabsminort&|~", max_size=30))
def test_any_text_is_computed_or_refused(text):
    try:
        parsed = parse_expression(text, frozenset("AB"))
    except InvalidValue:
        return
    cells = {"A": np.array([1.0, NAN]), "B": np.array([-2.5, 0.0])}
    made = parsed.on(cells)
    assert not np.isinf(made).any()


def test_averages_of_whole_blocks_are_those_of_numpy():
    made = resample(180.0, hills(), "AVERAGE").values[0]
    blocks = hills().values[0][:344, :402].reshape(172, 2, 201, 2).mean(axis=(1, 3))
    assert np.allclose(made[:, :201], blocks, rtol=0, atol=1e-2)


@pytest.mark.parametrize(
    ("method", "mean"),
    # gdalwarp -tr 250 250 -te -18135 -15520 18115 15480 -r METHOD dem.tif out.tif
    # (GDAL 3.6.2), the mean of all cells by gdalinfo -stats
    [("NEAREST", 531.1536), ("BILINEAR", 531.0700), ("CUBIC", 531.0610)],
)
def test_resampling_is_that_of_gdalwarp(method, mean):
    made = resample(250.0, hills(), method)
    assert made.extent.bounds == (-18135, -15520, 18115, 15480)
    assert np.nanmean(made.values, dtype=float) == pytest.approx(mean, abs=1e-3)


def test_resampling_keeps_whole_numbers_and_has_a_limit():
    whole = grid(np.array([[1, 2], [3, 4]], dtype=np.uint8), left=8, nodata=None)
    assert resample(0.5, whole).values.dtype == np.uint8
    with pytest.raises(ToolFailed, match="Cell_Size: expected at most 25,000,000"):
        resample(1e-5, whole)


def test_a_clip_keeps_cells_of_the_rectangle_and_centres_in_polygons():
    a = grid(np.arange(20.0).reshape(4, 5))
    made = clip_raster(a, Extent(1.2, -3.0, 3.0, -0.5))
    assert made.values[0].tolist() == [[1, 2], [6, 7], [11, 12]]
    assert made.extent.bounds == (1, -3, 3, 0)
    corner = FeatureSet.of([shapely.Polygon([(0, 0), (2.9, 0), (0, -2.9)]), None],
                           spatial_reference=LOCAL)  # fmt: skip
    said = Recorder()
    cut = clip_raster(a, polygons=corner, context=said)
    assert cut.values.shape == (1, 3, 3)
    assert cut.values[0] == pytest.approx(
        np.array([[0, 1, NAN], [5, NAN, NAN], [NAN, NAN, NAN]]), nan_ok=True
    )
    assert said.warnings
    assert clip_raster(a).values.shape == a.values.shape


def test_a_clip_beside_the_raster_says_where_it_lies():
    with pytest.raises(ToolFailed, match=r"between x 0 and 5"):
        clip_raster(grid(np.ones((4, 5))), Extent(50, 50, 60, 60))
    with pytest.raises(ToolFailed, match="nothing of the raster"):
        clip_raster(grid(np.ones((4, 5))), polygons=FeatureSet.of(
            [], spatial_reference=LOCAL, geometry_type="esriGeometryPolygon"))  # fmt: skip


@pytest.fixture
def rasters(tmp_path):
    def stored(*grids):
        made = []
        for at, one in enumerate(grids):
            write_grid(one, tmp_path / f"{at}.tif")
            made.append(Raster(tmp_path / f"{at}.tif"))
        return made

    return stored


@pytest.mark.parametrize(
    ("operator", "middle"),
    [("FIRST", 2.0), ("LAST", 4.0), ("MEAN", 3.0), ("MINIMUM", 2.0), ("MAXIMUM", 4.0)],
)
def test_a_mosaic_decides_where_rasters_overlap(rasters, operator, middle):
    one, two = grid([[2.0, 2.0]], 8), grid([[4.0, 4.0, NAN]], 9)
    made = mosaic(rasters(one, two), operator)
    assert made.extent.bounds == (8, -1, 12, 0)
    assert made.values[0, 0].tolist() == pytest.approx([2, middle, 4, NAN], nan_ok=True)


def test_parts_put_together_are_the_whole(rasters):
    whole = degrees()
    box = whole.extent
    middle = box.xmin + 200 * whole.cell_size[0]
    west = clip_raster(whole, Extent(box.xmin, box.ymin, middle, box.ymax))
    east = clip_raster(whole, Extent(middle, box.ymin, box.xmax, box.ymax))
    made = mosaic(rasters(west, east))
    assert np.array_equal(made.values, whole.values)
    assert made.extent.bounds == pytest.approx(box.bounds)


def test_a_mosaic_wants_as_many_bands_and_few_rasters(rasters):
    with pytest.raises(ToolFailed, match="as many bands"):
        mosaic(rasters(grid(np.ones((1, 2, 2))), grid(np.ones((2, 2, 2)))))
    with pytest.raises(ToolFailed, match="at most 50"):
        mosaic(rasters(grid(np.ones((1, 1, 1)))) * 51)
    assert mosaic(context=Recorder()).values.shape == (1, 344, 403)


def test_projecting_is_that_of_gdalwarp():
    # gdalwarp -t_srs EPSG:3857 -r bilinear deg.tif out.tif (GDAL 3.6.2)
    made = project_raster(WEB_MERCATOR, degrees(), "BILINEAR")
    assert made.values.shape == (1, 385, 364)
    assert made.cell_size[0] == pytest.approx(102.77794, abs=1e-4)
    assert np.nanmean(made.values, dtype=float) == pytest.approx(530.967, abs=0.05)


def test_there_and_back_is_nearly_the_same():
    made = project_raster(WEB_MERCATOR, degrees(), "BILINEAR", 60.0)
    back = project_raster(WGS84, made, "BILINEAR", degrees().cell_size[0])
    inner = (0, slice(10, -10), slice(10, -10))
    there = np.mean(degrees().values[inner], dtype=float)
    assert np.nanmean(back.values[inner], dtype=float) == pytest.approx(there, abs=2)


def test_what_has_no_place_in_a_reference_is_told():
    pole = grid(np.ones((3, 3)), 0, 90, 1e-3, reference=WGS84)
    with pytest.raises(ToolFailed, match="Out_Coordinate_System: the raster has no"):
        project_raster(WEB_MERCATOR, pole, cell_size=1e-3)


def test_a_number_too_large_for_the_cell_is_empty():
    a = grid([[1.0, 2.0]])
    made = raster_calculator("A * 2e38", a)
    assert made.valid[0, 0].tolist() == [True, False]


def test_a_rectangle_that_meets_the_edge_alone_holds_nothing():
    beside = Extent(5 - 1e-9, -4, 9, 0)  # the neighbouring tile, but for rounding
    with pytest.raises(ToolFailed, match="nothing of the raster"):
        clip_raster(grid(np.ones((4, 5))), beside)


def test_a_new_value_beyond_single_precision_is_kept():
    made = reclassify([Remap(0.0, 1.0, 1e300)], grid([[0.5, 7.25]]))
    assert made.values[0, 0].tolist() == [1e300, 7.25]


def test_a_cell_larger_than_the_raster_is_refused_by_name():
    with pytest.raises(ToolFailed, match="Cell_Size: expected at most"):
        project_raster(WEB_MERCATOR, degrees(), cell_size=1e18)


def test_a_raster_without_a_place_beside_another_is_named(tmp_path):
    here = grid(np.ones((3, 3)), 0, 0, 1e3, reference=WEB_MERCATOR)
    pole = grid(np.ones((3, 3)), 0, 90, 1e-3, reference=WGS84)
    for name, one in (("here", here), ("pole", pole)):
        write_grid(one, tmp_path / f"{name}.tif")
    with pytest.raises(ToolFailed, match="Rasters: the raster has no place"):
        mosaic([Raster(tmp_path / "here.tif"), Raster(tmp_path / "pole.tif")])
