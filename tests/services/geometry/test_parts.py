"""Parts: what is kept of mixed results, and unions by group."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from services.data import countries
from services.geometry.parts import (
    collect,
    dimension_of,
    is_present,
    of_dimension,
    union_by_group,
    valid,
)


def array(*texts):
    return shapely.from_wkt(np.array(texts, dtype=object))


MIXED = (
    "GEOMETRYCOLLECTION (POINT (9 9),LINESTRING (5 5,6 6),POLYGON ((0 0,1 0,1 1,0 0)))"
)


@pytest.mark.parametrize(
    ("dimension", "kept"),
    [
        (0, "POINT (9 9)"),
        (1, "LINESTRING (5 5,6 6)"),
        (2, "POLYGON ((0 0,1 0,1 1,0 0))"),
    ],
)
def test_only_parts_of_the_wanted_dimension_are_kept(dimension, kept):
    assert of_dimension(array(MIXED), dimension)[0] == shapely.from_wkt(kept)


def test_dimension_may_differ_by_row():
    made = of_dimension(array(MIXED, MIXED), np.array([1, 2]))
    assert shapely.get_dimensions(made).tolist() == [1, 2]


def test_collections_in_collections_are_looked_into():
    (made,) = of_dimension(array(f"GEOMETRYCOLLECTION ({MIXED},POINT (1 1))"), 2)
    assert made.area == 0.5


def test_what_has_no_such_part_is_none():
    made = of_dimension(array("POINT (1 1)", "LINESTRING (0 0,1 1)", None), 2)
    assert made.tolist() == [None, None, None]


def test_multi_stays_multi_and_single_stays_single():
    made = of_dimension(
        array("MULTIPOLYGON (((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))"), 2
    )
    assert made[0].geom_type == "MultiPolygon"
    assert (
        of_dimension(array("POLYGON ((0 0,1 0,1 1,0 0))"), 2)[0].geom_type == "Polygon"
    )


def test_area_thinner_than_the_precision_of_its_coordinates_goes():
    thin = np.spacing(180.0)
    sliver = shapely.Polygon([(179, 0), (180, 0), (180, thin), (179, thin)])
    wider = shapely.Polygon([(179, 0), (180, 0), (180, 1e-9), (179, 1e-9)])
    made = of_dimension(np.array([sliver, wider]), 2)
    assert is_present(made).tolist() == [False, True]


def test_bow_tie_becomes_two_triangles():
    (made,) = valid(array("POLYGON ((0 0,2 2,2 0,0 2,0 0))"))
    assert made.area == 2
    assert made.is_valid


def test_valid_geometries_are_returned_untouched():
    world = countries().geometries
    assert valid(world) is world


def test_collect_gives_none_to_owners_without_parts():
    parts = array("POINT (0 0)", "POINT (1 1)", "POINT (2 2)")
    made = collect(parts, np.array([0, 2, 2]), 4)
    assert made.tolist() == [parts[0], None, array("MULTIPOINT (1 1,2 2)")[0], None]


def test_union_by_group_is_union_all_of_each_group():
    world = countries().geometries
    groups = np.arange(len(world)) % 5
    made = union_by_group(world, groups, 6)
    for group in range(5):
        expected = shapely.union_all(world[groups == group])
        assert shapely.equals(made[group], expected)
    assert made[5] is None


def test_union_by_group_ignores_none_and_empty():
    shapes = np.array([None, shapely.Polygon(), shapely.box(0, 0, 1, 1)], dtype=object)
    made = union_by_group(shapes, np.array([0, 0, 0]), 2)
    assert made.tolist() == [shapes[2], None]


def test_dimension_of_a_set_is_its_highest():
    assert dimension_of(array("POINT (0 0)", "LINESTRING (0 0,1 1)", None)) == 1
    assert dimension_of(np.array([], dtype=object)) == -1
