"""Nearest features against every pair by pyproj.Geod."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from services.data import countries
from services.geometry.crs import WGS84, SpatialReference, transform
from services.geometry.ground import ground_nearest

GEOD = Geod(ellps="WGS84")


def array(*geometries):
    result = np.empty(len(geometries), dtype=object)
    result[:] = geometries
    return result


def globe(count, seed):
    generator = np.random.default_rng(seed)
    lat = np.degrees(np.arcsin(generator.uniform(-1, 1, count)))
    return np.column_stack([generator.uniform(-180, 180, count), lat])


def all_distances(first, second):
    """Metres between every pair of two arrays of degrees."""
    x, y = np.repeat(first, len(second), axis=0).T
    u, v = np.tile(second, (len(first), 1)).T
    return GEOD.inv(x, y, u, v)[2].reshape(len(first), len(second))


@pytest.mark.parametrize(("count", "others"), [(300, 2), (300, 50), (200, 1500)])
def test_nearest_points_are_those_of_all_geodesics(count, others):
    first, second = globe(count, 1), globe(others, 2)
    expected = all_distances(first, second)
    found = ground_nearest(shapely.points(first), shapely.points(second), WGS84)
    assert found.index.tolist() == expected.argmin(axis=1).tolist()
    assert found.metres == pytest.approx(expected.min(axis=1), abs=1e-3)
    assert found.xy == pytest.approx(second[found.index])


def test_direction_is_the_azimuth_of_the_geodesic():
    first = array(shapely.Point(179.5, 60))
    second = array(shapely.Point(-179.5, 60.1), shapely.Point(170, 60))
    found = ground_nearest(first, second, WGS84)
    azimuth, _, metres = GEOD.inv(179.5, 60, -179.5, 60.1)
    assert found.index[0] == 0
    assert found.azimuth[0] == pytest.approx(azimuth)
    assert found.metres[0] == pytest.approx(metres)


def test_the_pole_is_no_obstacle():
    first = array(shapely.Point(0, 89.95))
    second = array(shapely.Point(180, 89.95), shapely.Point(0, 89.7))
    found = ground_nearest(first, second, WGS84)
    assert found.index[0] == 0
    assert found.metres[0] == pytest.approx(GEOD.inv(0, 89.95, 180, 89.95)[2])


def test_countries_are_as_far_as_their_dense_borders():
    points = globe(16, 5)
    shapes = countries().geometries
    border, owner = shapely.get_coordinates(
        shapely.segmentize(shapes, 0.05), return_index=True
    )
    found = ground_nearest(shapely.points(points), shapes, WGS84)
    inside = shapely.STRtree(shapes).query(shapely.points(points), "intersects")
    assert 0 < len(inside[0]) < 16
    assert (found.metres[inside[0]] == 0).all()
    assert (found.index[inside[0]] == inside[1]).all()
    for row in np.setdiff1d(np.arange(16), inside[0]):
        away = all_distances(points[row : row + 1], border)[0]
        # Border points lie up to 2.8 km from the next: half a step of 0.05 degrees.
        assert away.min() - 2_800 < found.metres[row] <= away.min() + 0.2
        assert away[owner == found.index[row]].min() - found.metres[row] < 2_800


def test_polygons_are_as_far_as_their_nearest_corners():
    first = array(shapely.box(0, 60, 1, 61), shapely.box(179, 0, 179.5, 1))
    second = array(shapely.box(1.5, 61.5, 2, 62), shapely.box(-179.5, 1.5, -179, 2))
    found = ground_nearest(first, second, WGS84)
    corners = [GEOD.inv(1, 61, 1.5, 61.5)[2], GEOD.inv(179.5, 1, -179.5, 1.5)[2]]
    assert found.index.tolist() == [0, 1]
    assert found.metres == pytest.approx(corners, rel=1e-6)
    assert found.xy == pytest.approx(np.array([[1.5, 61.5], [-179.5, 1.5]]))


def test_high_latitudes_do_not_seem_further_than_they_are():
    # On a Mercator map the place at 75 N looks further, on the ground it is nearer.
    line = array(shapely.LineString([(0, 0), (0, 75)]))
    places = array(shapely.Point(1, 0), shapely.Point(2.5, 75))
    found = ground_nearest(line, places, WGS84)
    assert found.index[0] == 1
    assert found.metres[0] == pytest.approx(GEOD.inv(0, 75, 2.5, 75)[2])


def test_what_touches_is_0_apart():
    first = array(shapely.box(0, 0, 1, 1), shapely.box(5.4, 5.4, 5.5, 5.5))
    second = array(shapely.box(1, 0, 2, 1), shapely.box(5, 5, 6, 6))
    found = ground_nearest(first, second, WGS84)
    assert found.index.tolist() == [0, 1]
    assert found.metres.tolist() == [0, 0]
    assert found.azimuth.tolist() == [0, 0]


def test_place_inside_an_area_is_its_own_nearest_place():
    first, second = array(shapely.Point(5.5, 5.5)), array(shapely.box(5, 5, 6, 6))
    found = ground_nearest(first, second, WGS84)
    assert found.metres.tolist() == [0]
    assert found.xy.tolist() == [[5.5, 5.5]]


def test_radius_none_and_empty():
    first = array(shapely.Point(0, 0), None, shapely.Point(), shapely.Point(0, 5))
    second = array(None, shapely.Point(0, 0.1))
    found = ground_nearest(first, second, WGS84, radius=20_000)
    assert found.index.tolist() == [1, -1, -1, -1]
    assert np.isnan(found.metres[1:]).all()
    assert np.isnan(found.xy[1:]).all()


def test_nothing_to_find():
    found = ground_nearest(array(shapely.Point(0, 0)), array(None), WGS84)
    assert found.index.tolist() == [-1]


def test_projected_features_give_places_in_their_reference():
    reference = SpatialReference(3067)
    first = transform(array(shapely.Point(25, 60)), WGS84, reference)
    line = array(shapely.LineString([(500_000, 6_700_000), (600_000, 6_700_000)]))
    found = ground_nearest(first, line, reference)
    assert found.xy[0, 1] == pytest.approx(6_700_000)
    move = Transformer.from_crs(3067, 4326, always_xy=True)
    assert found.metres[0] == pytest.approx(
        GEOD.inv(25, 60, *move.transform(*found.xy[0]))[2]
    )


@pytest.mark.parametrize("x", [0, 10, -10])
def test_the_nearest_of_an_antipodal_polygon_is_a_corner(x):
    # on a great circle no place beyond a quarter of it is nearest but an end
    target = shapely.box(170, -20, 190, 10)
    found = ground_nearest(array(shapely.Point(x, 0)), array(target), WGS84)
    rim = shapely.get_coordinates(shapely.segmentize(target.exterior, 0.05))
    start = np.broadcast_to([[x], [0]], (2, len(rim)))
    assert found.metres[0] == pytest.approx(GEOD.inv(*start, *rim.T)[2].min())
