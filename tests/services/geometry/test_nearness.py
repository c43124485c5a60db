"""Features within a ground distance, against every pair by pyproj.Geod."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from services.data import cities, countries
from services.geometry.crs import WEB_MERCATOR, WGS84, transform
from services.geometry.nearness import near_pairs

GEOD = pyproj.Geod(ellps="WGS84")


def array(*texts):
    return shapely.from_wkt(np.array(texts, dtype=object))


def listed(pairs):
    return list(zip(*(side.tolist() for side in pairs), strict=True))


@pytest.mark.parametrize(
    "reference", [WGS84, WEB_MERCATOR], ids=["degrees", "mercator"]
)
@pytest.mark.parametrize("kilometres", [1, 300, 2000])
def test_pairs_of_cities_are_those_of_all_geodesics(reference, kilometres):
    points = cities().geometries[:120]
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    i, j = (side.ravel() for side in np.indices((120, 120)))
    near = GEOD.inv(lon[i], lat[i], lon[j], lat[j])[2] <= kilometres * 1000
    moved = transform(points, WGS84, reference)
    made = near_pairs(moved, moved, reference, kilometres * 1000)
    assert listed(made) == listed((i[near], j[near]))


def test_distance_to_a_border_is_measured_on_the_ground():
    # from 10 E on the equator to the edge at 11 E: the equator's arc of one degree
    edge = array("POLYGON ((11 -5,20 -5,20 5,11 5,11 -5))")
    point = array("POINT (10 0)")
    arc = GEOD.a * np.pi / 180
    assert listed(near_pairs(point, edge, WGS84, arc * 1.003)) == [(0, 0)]
    assert listed(near_pairs(point, edge, WGS84, arc * 0.997)) == []
    assert listed(near_pairs(edge, point, WGS84, arc * 1.003)) == [(0, 0)]


def test_cities_near_finland_are_those_whose_nearest_vertex_is_near():
    finland = countries().geometries[countries().column("name").to_numpy() == "Finland"]
    border = shapely.get_coordinates(shapely.segmentize(finland, 0.01))
    places = cities().geometries
    distance = np.array([
        GEOD.inv(*np.broadcast_to(xy, border.shape).T, *border.T)[2].min()
        for xy in shapely.get_coordinates(places)
    ])  # fmt: skip
    i, _ = near_pairs(places, finland, WGS84, 500_000)
    assert i.tolist() == np.flatnonzero(distance < 500_000).tolist() != []


def test_neighbours_over_the_antimeridian_are_near():
    east, west = array("POINT (179.99 0)"), array("POINT (-179.99 0)", "POINT (170 0)")
    assert listed(near_pairs(east, west, WGS84, 3000)) == [(0, 0)]
    line = array("LINESTRING (-179.99 -1,-179.99 1)")
    assert listed(near_pairs(east, line, WGS84, 3000)) == [(0, 0)]


def test_parts_of_one_line_make_one_pair():
    lines = array(
        "LINESTRING (0 0,10 10,20 0)", "MULTILINESTRING ((0 0,1 1),(2 2,3 3))"
    )
    points = array("POINT (0 0)", "MULTIPOINT (1 1,2 2)", "POINT (50 0)")
    expected = [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert listed(near_pairs(lines, points, WGS84, 20_000)) == expected
    mirrored = sorted((j, i) for i, j in expected)
    assert listed(near_pairs(points, lines, WGS84, 20_000)) == mirrored


def test_near_by_no_distance_is_to_touch():
    points, area = (
        array("POINT (1 1)", "POINT (9 9)"),
        array("POLYGON ((0 0,1 1,1 0,0 0))"),
    )
    assert listed(near_pairs(points, area, WGS84, 0)) == [(0, 0)]


def test_none_and_empty_are_near_nothing():
    nothing = np.array([None, shapely.Point()], dtype=object)
    assert listed(near_pairs(nothing, array("POINT (0 0)"), WGS84, 1e6)) == []
    assert listed(near_pairs(array("POINT (0 0)"), nothing, WGS84, 1e6)) == []
