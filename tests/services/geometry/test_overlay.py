"""Overlay against set algebra, and against GeoPandas on Natural Earth."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely

from services.data import countries
from services.geometry import overlay
from services.geometry.parts import is_present


def array(*texts):
    return shapely.from_wkt(np.array(texts, dtype=object))


def squares(*corners):
    return np.array([shapely.box(x, y, x + 2, y + 2) for x, y in corners])


@pytest.fixture(scope="module")
def world():
    return countries().geometries


@pytest.fixture(scope="module")
def grid():
    # off the multiples of 5, where the data has edges of its own
    x, y = np.meshgrid(np.arange(-177.3, 170, 7.0), np.arange(-88.7, 80, 7.0))
    return shapely.box(x.ravel(), y.ravel(), x.ravel() + 7.0, y.ravel() + 7.0)


def frame(geometries):
    rows = np.arange(len(geometries))
    return geopandas.GeoDataFrame({"row": rows}, geometry=geometries, crs=3857)


def area(geometries):
    return np.nansum(shapely.area(geometries))


@pytest.mark.parametrize(
    ("predicate", "name"),
    [
        ("intersects", "intersects"),
        ("contains", "contains"),
        ("contains_properly", "contains_properly"),
        ("covers", "covers"),
        ("within", "within"),
        ("covered_by", "covered_by"),
        ("touches", "touches"),
        ("overlaps", "overlaps"),
    ],
)
def test_pairs_are_those_of_geopandas(world, grid, predicate, name):
    first = np.concatenate([world, grid])
    i, j = overlay.pairs(first, world, predicate)
    expected = geopandas.sjoin(frame(first), frame(world), predicate=name)
    assert set(zip(i, j, strict=True)) == set(
        zip(expected.index, expected["index_right"], strict=True)
    )


def test_pairs_within_properly_leave_out_what_touches_the_border():
    first, second = squares((0, 0), (1, 1)), array("POLYGON ((0 0,9 0,9 9,0 9,0 0))")
    assert overlay.pairs(first, second, "within_properly")[0].tolist() == [1]
    assert overlay.pairs(second, first, "contains_properly")[1].tolist() == [1]


def test_pairs_equal_ignore_where_a_ring_starts():
    first = array("POLYGON ((0 0,0 1,1 1,1 0,0 0))", "POLYGON ((0 0,0 1,1 1,0 0))")
    second = array("POLYGON ((1 1,1 0,0 0,0 1,1 1))")
    i, j = overlay.pairs(first, second, "equals")
    assert (i.tolist(), j.tolist()) == ([0], [0])


def test_pairs_are_sorted_by_first_then_second(world, grid):
    for first, second in ((world, grid), (grid, world)):
        i, j = overlay.pairs(first, second)
        assert (np.lexsort((j, i)) == np.arange(len(i))).all()


@pytest.mark.parametrize("predicate", overlay.PREDICATES)
def test_none_and_empty_geometries_meet_nothing(predicate):
    nothing = np.array([None, shapely.Polygon()], dtype=object)
    something = squares((0, 0))
    for first, second in ((nothing, something), (something, nothing)):
        assert len(overlay.pairs(first, second, predicate)[0]) == 0
    assert len(overlay.pairs(np.array([], dtype=object), something)[0]) == 0


def test_areas_of_union_and_intersection_add_up(world, grid):
    # inclusion and exclusion; neither set overlaps itself
    shared = area(overlay.intersection(world, grid).geometries)
    whole = area(overlay.union(world, grid).geometries)
    assert whole + shared == pytest.approx(area(world) + area(grid), rel=1e-9)


@pytest.mark.parametrize("how", ["intersection", "identity", "union"])
def test_pieces_are_those_of_geopandas(world, grid, how):
    made = getattr(overlay, how)(world, grid)
    expected = geopandas.overlay(
        frame(world), frame(grid), how=how, keep_geom_type=True
    )
    expected = expected[expected.area > 1e-9].fillna(-1)
    ours = dict(zip(zip(made.first, made.second, strict=True),
                    shapely.area(made.geometries), strict=True))  # fmt: skip
    keys = zip(
        expected["row_1"].astype(int), expected["row_2"].astype(int), strict=True
    )
    theirs = dict(zip(keys, expected.area, strict=True))
    assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-9)


def test_clip_keeps_the_area_geopandas_keeps(world, grid):
    clipped = overlay.clip(grid, world)
    expected = geopandas.clip(frame(grid), frame(world), keep_geom_type=True)
    assert np.flatnonzero(is_present(clipped)).tolist() == sorted(expected.index)
    made = shapely.area(clipped)[expected.index]
    assert made == pytest.approx(expected.area.to_numpy(), abs=1e-9)


def test_erase_leaves_what_geopandas_leaves(world, grid):
    erased = overlay.erase(grid, world)
    expected = geopandas.overlay(
        frame(grid), frame(world), how="difference", keep_geom_type=True
    )
    assert area(erased) == pytest.approx(expected.area.sum(), rel=1e-9)
    assert is_present(erased).sum() == len(expected)


def test_clip_and_erase_part_each_feature_in_two(world, grid):
    parted = np.nan_to_num(shapely.area(overlay.clip(grid, world)))
    parted += np.nan_to_num(shapely.area(overlay.erase(grid, world)))
    assert parted == pytest.approx(shapely.area(grid), rel=1e-9)


def test_clip_by_adjoining_polygons_leaves_no_seam():
    feature = array("POLYGON ((0 0,3 0,3 1,0 1,0 0))")
    halves = array(
        "POLYGON ((-1 -1,1.1 -1,1.1 2,-1 2,-1 -1))",
        "POLYGON ((1.1 -1,4 -1,4 2,1.1 2,1.1 -1))",
    )
    (whole,) = overlay.clip(feature, halves)
    assert shapely.equals(whole, feature[0])
    assert whole.geom_type == "Polygon"


def test_clipped_line_keeps_its_length_inside():
    line = array("LINESTRING (-5 1,5 1)")
    (inside,) = overlay.clip(line, squares((0, 0)))
    assert inside.length == 2
    assert overlay.erase(line, squares((0, 0)))[0].length == 8


def test_points_are_clipped_and_erased_whole():
    points = array("POINT (1 1)", "POINT (2 1)", "POINT (5 5)")
    assert is_present(overlay.clip(points, squares((0, 0)))).tolist() == [1, 1, 0]
    assert is_present(overlay.erase(points, squares((0, 0)))).tolist() == [0, 0, 1]


def test_neighbours_that_share_an_edge_have_no_piece_in_common():
    assert len(overlay.intersection(squares((0, 0)), squares((2, 0)))) == 0
    (kept,) = overlay.erase(squares((0, 0)), squares((2, 0)))
    assert kept.area == 4


def test_line_in_area_is_a_line_and_point_on_line_a_point():
    lines = array("LINESTRING (-1 1,1 1)")
    pieces = overlay.intersection(squares((0, 0)), lines)
    assert shapely.equals(pieces.geometries[0], array("LINESTRING (0 1,1 1)")[0])
    pieces = overlay.intersection(lines, array("POINT (0 1)"))
    assert pieces.geometries[0].geom_type == "Point"


def test_lines_that_cross_share_no_line():
    first, second = array("LINESTRING (0 0,2 2)"), array("LINESTRING (0 2,2 0)")
    assert len(overlay.intersection(first, second)) == 0
    assert overlay.erase(first, second)[0].length == pytest.approx(8**0.5)


def test_eraser_of_lower_dimension_takes_nothing():
    assert overlay.erase(squares((0, 0)), array("LINESTRING (0 0,2 2)"))[0].area == 4


def test_nothing_against_something_is_nothing():
    nothing = np.array([None, shapely.Polygon()], dtype=object)
    something = squares((0, 0))
    assert not is_present(overlay.clip(nothing, something)).any()
    assert not is_present(overlay.clip(something, nothing)).any()
    assert not is_present(overlay.erase(nothing, something)).any()
    assert overlay.erase(something, nothing)[0].area == 4
    assert len(overlay.intersection(nothing, something)) == 0
    assert overlay.union(nothing, something).second.tolist() == [0]
    assert overlay.identity(something, nothing).first.tolist() == [0]


def test_inputs_are_left_as_they_were(world, grid):
    before = shapely.to_wkb(world)
    overlay.union(world, grid)
    assert (shapely.to_wkb(world) == before).all()
