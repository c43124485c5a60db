"""Longitudes beyond the antimeridian brought back."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from services.geometry.crs import WEB_MERCATOR, WGS84, SpatialReference
from services.geometry.wrap import world_width, wrap


def array(*geometries):
    made = np.empty(len(geometries), dtype=object)
    made[:] = geometries
    return made


@pytest.mark.parametrize(
    "drawn", [(170, 190), (-190, -170), (530, 550)], ids=["east", "west", "round again"]
)
def test_polygon_over_the_antimeridian_is_cut_there(drawn):
    (made,) = wrap(array(shapely.box(drawn[0], -5, drawn[1], 5)), WGS84)
    expected = shapely.union(
        shapely.box(170, -5, 180, 5), shapely.box(-180, -5, -170, 5)
    )
    assert shapely.equals(made, expected)


def test_line_over_the_antimeridian_keeps_its_length():
    (made,) = wrap(array(shapely.LineString([(170, 0), (190, 20)])), WGS84)
    assert made.length == pytest.approx(800**0.5)
    assert made.bounds == (-180, 0, 180, 20)


def test_points_move_by_whole_turns():
    points = array(shapely.Point(190, 1), shapely.Point(-181, 2), shapely.Point(180, 3))
    made = wrap(points, WGS84)
    assert shapely.get_coordinates(made).tolist() == [[-170, 1], [179, 2], [180, 3]]


def test_multipoint_moves_only_the_points_beyond():
    (made,) = wrap(array(shapely.MultiPoint([(179, 0), (181, 0)])), WGS84)
    assert shapely.get_coordinates(made).tolist() == [[179, 0], [-179, 0]]


def test_polygon_of_more_than_a_turn_does_not_overlap_itself():
    (made,) = wrap(array(shapely.box(-200, 0, 200, 10)), WGS84)
    assert made.is_valid
    assert made.area == pytest.approx(3600)


def test_height_survives():
    (made,) = wrap(array(shapely.Point(190, 1, 7)), WGS84)
    assert made.wkt == "POINT Z (-170 1 7)"


def test_web_mercator_has_copies_of_the_world_too():
    # the circumference of a sphere of 6378137 m (EPSG Guidance Note 7-2)
    assert world_width(WEB_MERCATOR) == pytest.approx(40075016.6855785)
    half = 20037508.342789244
    (made,) = wrap(array(shapely.Point(half + 1000, 0)), WEB_MERCATOR)
    assert made.x == pytest.approx(1000 - half)


def test_other_projections_have_none():
    far = array(shapely.box(4e7, 0, 5e7, 1))
    assert wrap(far, SpatialReference(32635)) is far


def test_none_and_empty_stay_as_they_are():
    shapes = array(None, shapely.Polygon(), shapely.Point(190, 0))
    made = wrap(shapes, WGS84)
    assert made[0] is None
    assert made[1].is_empty


def test_what_needs_no_wrapping_is_the_same_array():
    shapes = array(shapely.box(-180, -90, 180, 90))
    assert wrap(shapes, WGS84) is shapes
