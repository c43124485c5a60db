"""Random points: even on the ground, in any reference."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely

from services.data import countries
from services.geometry.crs import WEB_MERCATOR, WGS84, SpatialReference
from services.geometry.sampling import ground_scale, random_points

REFERENCES = [WGS84, WEB_MERCATOR, SpatialReference(32635), SpatialReference(2263),
              SpatialReference(3995), SpatialReference(54030)]  # fmt: skip


def array(*geometries):
    made = np.empty(len(geometries), dtype=object)
    made[:] = geometries
    return made


def drawn(polygon, number=20_000, reference=WGS84, seed=1):
    generator = np.random.default_rng(seed)
    return random_points(array(polygon), number, reference, generator)[0]


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda one: str(one.wkid))
@pytest.mark.parametrize("place", [(24.9, 60.2), (26.0, 67.0)], ids=["60N", "67N"])
def test_ground_scale_is_geodesic_area_by_plane_area(reference, place):
    # a square of about 200 m; its ground area by pyproj's Geod
    to = pyproj.Transformer.from_crs(4326, reference.crs, always_xy=True)
    x, y = to.transform(*place)
    side = 0.002 if reference.is_geographic else 200 / reference.metres_per_unit
    square = shapely.box(x - side / 2, y - side / 2, x + side / 2, y + side / 2)
    lonlat = to.transform(*square.exterior.xy, direction="INVERSE")
    ground = abs(reference.crs.get_geod().polygon_area_perimeter(*lonlat)[0])
    scale = ground_scale(np.array([[x, y]]), reference)
    assert scale[0] == pytest.approx(ground / square.area, rel=1e-4)


def test_a_place_that_no_projection_holds_has_no_ground():
    assert ground_scale(np.array([[1e30, 1e30]]), SpatialReference(54030)) == [0]


def test_half_of_the_points_of_a_hemisphere_lie_below_30_degrees():
    # Archimedes: on the sphere sin(30°) = 1/2 of the area; on the ellipsoid by Geod
    geod = pyproj.Geod(ellps="WGS84")
    lon, low, high = np.linspace(0, 90, 900), np.full(900, 30), np.full(900, 90)
    ring = np.append(lon, lon[::-1])
    above = abs(geod.polygon_area_perimeter(ring, np.append(low, high))[0])
    quarter = abs(geod.polygon_area_perimeter([0, 90, 90, 0], [0, 0, 90, 90])[0])
    xy = drawn(shapely.box(0, 0, 90, 90))
    share = 1 - above / quarter
    # four standard deviations of a binomial share
    allowed = 4 * math.sqrt(share * (1 - share) / len(xy))
    assert (xy[:, 1] < 30).mean() == pytest.approx(share, abs=allowed)


def test_points_fill_web_mercator_by_ground_too():
    to = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    x, (low, middle, high) = 1e6, to.transform([0, 0, 0], [0, 60, 80])[1]
    xy = drawn(shapely.box(0, low, x, high), reference=WEB_MERCATOR)
    # authalic latitudes of the ellipsoid make the band's area a difference of sines
    area = pyproj.Transformer.from_crs(4326, "+proj=cea +ellps=WGS84", always_xy=True)
    _, (q0, q60, q80) = area.transform([0, 0, 0], [0, 60, 80])
    share = (q60 - q0) / (q80 - q0)
    assert (xy[:, 1] < middle).mean() == pytest.approx(share, abs=0.01)


def test_points_lie_strictly_inside_and_each_polygon_gets_its_number():
    world = countries().geometries
    generator = np.random.default_rng(3)
    xy, owner = random_points(world, 50, WGS84, generator)
    assert np.bincount(owner).tolist() == [50] * len(world)
    assert shapely.contains_xy(world[owner], xy).all()


def test_quarters_of_a_square_get_equal_numbers():
    xy = drawn(shapely.box(0, 0, 1000, 1000), reference=SpatialReference(32635))
    quarter = (xy[:, 0] > 500) * 2 + (xy[:, 1] > 500)
    # chi-square with 3 degrees of freedom; 16.3 is passed once in 1000 draws
    expected = len(xy) / 4
    assert ((np.bincount(quarter) - expected) ** 2 / expected).sum() < 16.3


def test_holes_and_gaps_stay_empty():
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    xy = drawn(shapely.union(ring, shapely.box(9, 0, 10, 1)), 5000)
    assert not shapely.contains_xy(shapely.box(1, 1, 2, 2), xy).any()
    assert not ((xy[:, 0] > 3) & (xy[:, 0] < 9)).any()


def test_thin_polygons_are_filled_as_well():
    thin = shapely.Polygon([(0, 0), (10, 10), (10, 10.000001)])
    assert len(drawn(thin, 500)) == 500


@pytest.mark.parametrize(
    "polygon",
    [None, shapely.Polygon(), shapely.Polygon([(0, 0), (1, 1), (2, 2)]),
     shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])],
    ids=["none", "empty", "flat", "bow tie"],
)  # fmt: skip
def test_what_has_no_inside_gets_no_points(polygon):
    polygons = array(polygon, shapely.box(0, 0, 1, 1))
    xy, owner = random_points(polygons, 10, WGS84, np.random.default_rng(1))
    assert owner.tolist() == [1] * 10
    assert xy.shape == (10, 2)


def test_polygon_without_any_coordinates_inside_gets_no_points():
    edge = np.nextafter(100.0, 200.0)
    assert len(drawn(shapely.box(100.0, 0, edge, 1), 5)) == 0


def test_no_polygons_give_no_points():
    xy, owner = random_points(array(), 10, WGS84, np.random.default_rng(1))
    assert (xy.shape, owner.shape) == ((0, 2), (0,))


def test_a_world_box_with_corners_at_the_poles_is_filled_evenly():
    # zones of a sphere are as large as they are high: half lies within 30 degrees
    world = array(shapely.box(-180, -90, 180, 90))
    xy, _ = random_points(world, 20_000, WGS84, np.random.default_rng(1))
    assert np.mean(np.abs(xy[:, 1]) < 30) == pytest.approx(0.5, abs=0.015)
