"""Lengths, areas and distances against pyproj.Geod and published figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from services.data import countries
from services.geometry.crs import WEB_MERCATOR, WGS84, SpatialReference
from services.geometry.ground import ground_area, ground_distance, ground_length

GEOD = Geod(ellps="WGS84")
# Surface of the WGS 84 ellipsoid: NGA.STND.0036, table 3.5 (a, 1/f) in the closed formula.
WORLD = 510_065_621_724_088.0


def array(*geometries):
    result = np.empty(len(geometries), dtype=object)
    result[:] = geometries
    return result


def stars(metres, corners=12, count=200):
    """Rings of geodesic corners around places all over the globe."""
    generator = np.random.default_rng(3)
    lon = generator.uniform(-180, 180, count)
    lat = np.degrees(np.arcsin(generator.uniform(-1, 1, count)))
    shape = (count, corners)
    azimuth = np.broadcast_to(np.linspace(0, 360, corners, endpoint=False), shape)
    radius = generator.uniform(0.5, 1, shape) * metres
    x, y, _ = GEOD.fwd(
        *(np.broadcast_to(one[:, None], shape).ravel() for one in (lon, lat)),
        azimuth.ravel(), radius.ravel(),
    )  # fmt: skip
    rings = np.column_stack([x, y]).reshape(count, corners, 2)
    return np.asarray(shapely.polygons(rings)), radius


@pytest.mark.parametrize("metres", [100, 5_000, 100_000, 2_000_000], ids=str)
def test_areas_and_perimeters_are_those_of_geod(metres):
    polygons, _ = stars(metres)
    expected = np.abs([GEOD.geometry_area_perimeter(one) for one in polygons])
    assert ground_area(polygons, WGS84) == pytest.approx(expected[:, 0], rel=1e-6)
    assert ground_length(polygons, WGS84) == pytest.approx(expected[:, 1], rel=1e-7)


def test_tiny_areas_are_those_of_the_plane():
    # Geod itself is off by 1e-4 on a square metre; the plane is exact there.
    polygons, radius = stars(1.0, corners=4)
    expected = (radius[:, 0] + radius[:, 2]) * (radius[:, 1] + radius[:, 3]) / 2
    assert ground_area(polygons, WGS84) == pytest.approx(expected, rel=1e-6)


def test_countries_have_the_areas_of_geod():
    shapes = countries().geometries
    expected = [abs(GEOD.geometry_area_perimeter(one)[0]) for one in shapes]
    assert ground_area(shapes, WGS84) == pytest.approx(expected, rel=1e-6)


def test_holes_are_taken_off():
    outer, inner = shapely.box(0, 60, 1, 61), shapely.box(0.2, 60.2, 0.8, 60.8)
    ring = outer.difference(inner)
    expected = abs(GEOD.geometry_area_perimeter(outer)[0]) - abs(
        GEOD.geometry_area_perimeter(inner)[0]
    )
    assert ground_area(array(ring), WGS84) == pytest.approx([expected], rel=1e-7)


@pytest.mark.parametrize(
    ("polygon", "share"),
    [
        (shapely.box(-180, -90, 180, 90), 1.0),
        (shapely.box(-180, 0, 180, 90), 0.5),
        (shapely.box(0, -90, 90, 90), 0.25),
        (shapely.box(170, 0, 190, 90), 20 / 720),
    ],
    ids=["world", "north", "quarter", "across"],
)
def test_shares_of_the_world(polygon, share):
    assert ground_area(array(polygon), WGS84) == pytest.approx(
        [share * WORLD], rel=1e-6
    )


def test_ring_round_the_pole_is_a_cap():
    ring = shapely.Polygon([(lon, 80) for lon in range(-180, 180, 10)])
    expected = abs(GEOD.geometry_area_perimeter(ring)[0])
    assert ground_area(array(ring), WGS84) == pytest.approx([expected], rel=1e-7)


def test_what_has_no_area_or_length():
    odd = array(None, shapely.Point(1, 2), shapely.LineString(), shapely.Polygon())
    assert np.array_equal(ground_area(odd, WGS84), [np.nan, 0, 0, 0], equal_nan=True)
    assert np.array_equal(ground_length(odd, WGS84), [np.nan, 0, 0, 0], equal_nan=True)


def test_lengths_of_lines_are_those_of_geod():
    lines = array(
        shapely.LineString([(0, 0), (0, 90)]),
        shapely.LineString([(179.9, 10), (-179.9, 10)]),
        shapely.MultiLineString([[(0, 60), (0.001, 60)], [(5, 5), (6, 6), (7, 5)]]),
    )
    expected = [GEOD.geometry_length(one) for one in lines]
    assert ground_length(lines, WGS84) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("reference", [WEB_MERCATOR, SpatialReference(3067)], ids=str)
def test_projected_shapes_are_measured_on_the_ground(reference):
    move = Transformer.from_crs(4326, reference.crs, always_xy=True)
    shape = shapely.box(24, 60, 24.01, 60.01)
    projected = array(shapely.transform(shape, move.transform, interleaved=False))
    area, perimeter = GEOD.geometry_area_perimeter(shape)
    assert ground_area(projected, reference) == pytest.approx([area], rel=1e-6)
    assert ground_length(projected, reference) == pytest.approx([perimeter], rel=1e-6)


def test_other_ellipsoids_are_used():
    # On the sphere of ESRI:104047 a degree of the equator is pi R / 180.
    reference = SpatialReference(104047)
    line = array(shapely.LineString([(0, 0), (1, 0)]))
    expected = math.radians(1) * reference.crs.ellipsoid.semi_major_metre
    assert ground_length(line, reference) == pytest.approx([expected], rel=1e-9)


def test_distances_are_those_of_geod():
    first = array(shapely.Point(0, 0), shapely.Point(179, 10), None, shapely.Point())
    second = array(*[shapely.Point(-179, 12)] * 4)
    expected = [GEOD.inv(0, 0, -179, 12)[2], GEOD.inv(179, 10, -179, 12)[2]]
    found = ground_distance(first, second)
    assert found[:2] == pytest.approx(expected, rel=1e-12)
    assert np.isnan(found[2:]).all()
