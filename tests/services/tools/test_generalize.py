"""Simplify and Minimum Bounding Geometry against geometry and GeoPandas."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from pyproj import Geod

from services.data import countries
from services.errors import ToolFailed
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.tools.generalize import minimum_bounding_geometry, simplify

GEOD = Geod(ellps="WGS84")
UTM = SpatialReference(32635)
METHODS = ["POINT_REMOVE", "EFFECTIVE_AREA"]


def one(geometry, **options):
    return FeatureSet.of([geometry], **options)


def metres(number):
    return LinearUnit(number, "esriMeters")


def area(polygon):
    return abs(GEOD.geometry_area_perimeter(polygon)[0])


def rectangle(lon, lat, width, height, turned):
    """A rectangle on the ground: corners by direct geodesics from its centre."""
    corner = math.degrees(math.atan2(width, height))
    azimuths = [turned + a for a in (corner, 180 - corner, 180 + corner, -corner)]
    reach = [math.hypot(width, height) / 2] * 4
    x, y, _ = GEOD.fwd([lon] * 4, [lat] * 4, azimuths, reach)
    return shapely.Polygon(np.column_stack([x, y]))


@pytest.mark.parametrize("lat", [0, 60, 80], ids=str)
@pytest.mark.parametrize("method", METHODS)
def test_bumps_below_the_tolerance_go_at_any_latitude(lat, method):
    x, y, _ = GEOD.fwd(25, lat, 90, 1_000)
    bump = GEOD.fwd(x, y, 0, 90)[:2]
    end = GEOD.fwd(x, y, 90, 1_000)[:2]
    line = one(shapely.LineString([(25, lat), bump, end]))
    # 90 m off a line of 2 km: a corner of 90,000 m2, the square of 300 m.
    below, above = {"POINT_REMOVE": (89, 91), "EFFECTIVE_AREA": (299, 301)}[method]
    counts = [
        shapely.get_num_coordinates(simplify(line, metres(t), method).geometries[0])
        for t in (below, above)
    ]
    assert counts == [3, 2]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kilometres", [5, 50, 500], ids=str)
def test_countries_stay_valid_with_fewer_of_their_vertices(method, kilometres):
    made = simplify(countries(), LinearUnit(kilometres, "esriKilometers"), method)
    old = {tuple(xy) for xy in shapely.get_coordinates(countries().geometries)}
    new = {tuple(xy) for xy in shapely.get_coordinates(made.geometries)}
    assert shapely.is_valid(made.geometries).all()
    assert not shapely.is_empty(made.geometries).any()
    assert new < old
    assert made.attributes.equals(countries().attributes)


def test_point_remove_in_utm_is_that_of_geopandas():
    generator = np.random.default_rng(4)
    x = np.linspace(450_000, 550_000, 1_000)
    y = 6_600_000 + generator.normal(0, 500, 1_000).cumsum()
    line = shapely.LineString(np.column_stack([x, y]))
    made = simplify(one(line, spatial_reference=UTM), metres(3_000))
    expected = line.simplify(3_000)
    # The ground is 0.04 % longer than UTM: nearly all decisions are the same.
    both = made.geometries[0].intersection(expected).length
    assert both == pytest.approx(expected.length, rel=0.01)


def test_effective_area_drops_the_smallest_corners_first():
    # Corners of 1, 50 and 100 hectares; without the first the second has 100.
    corners = [(0, 0), (1_000, 10), (2_000, 0), (3_000, 1_000), (4_000, 0)]
    line = shapely.LineString([(500_000 + x, 6_600_000 + y) for x, y in corners])
    made = simplify(one(line, spatial_reference=UTM), metres(800), "EFFECTIVE_AREA")
    assert made.geometries[0].coords[:] == [line.coords[i] for i in (0, 2, 3, 4)]


@pytest.mark.parametrize("method", METHODS)
def test_parts_and_holes_do_not_vanish(method):
    hole = shapely.box(0.4, 0.4, 0.401, 0.401)
    shape = shapely.MultiPolygon(
        [shapely.box(0, 0, 1, 1).difference(hole), shapely.box(2, 2, 2.001, 2.001)]
    )
    made = simplify(one(shape), LinearUnit(50, "esriKilometers"), method).geometries[0]
    assert shapely.get_num_geometries(made) == 2
    assert shapely.get_num_interior_rings(made.geoms[0]) == 1
    assert made.is_valid


@pytest.mark.parametrize("method", METHODS)
def test_zigzag_of_100000_vertices_does_not_crash(method):
    # shapely.simplify ends the process at 70,000 (libgeos #1515).
    x = np.arange(100_000) * 1e-5
    line = shapely.LineString(np.column_stack([x, (np.arange(100_000) % 2) * 1e-5]))
    made = simplify(one(line), metres(50), method)
    assert shapely.get_num_coordinates(made.geometries[0]) < 100


def test_z_and_m_stay_with_their_vertices():
    line = shapely.from_wkt("LINESTRING ZM(0 0 1 5,0.5 0 2 6,1 0 3 7)")
    made = simplify(one(line), metres(10))
    assert shapely.to_wkt(made.geometries[0]) == "LINESTRING ZM (0 0 1 5, 1 0 3 7)"


def test_missing_and_empty_stay():
    source = FeatureSet.of([None, shapely.Polygon(), shapely.box(0, 0, 1, 1)])
    made = simplify(source, metres(10))
    assert made.geometries[0] is None
    assert made.geometries[1].is_empty
    assert made.geometries[2].equals(shapely.box(0, 0, 1, 1))


@pytest.mark.parametrize("place", [(0, 0), (25, 60), (179.99, -40)], ids=str)
def test_smallest_rectangle_is_found_turned(place):
    shape = rectangle(*place, 4_000, 1_000, 30)
    corners = one(shapely.MultiPoint(shape.exterior.coords[:4]))
    made = minimum_bounding_geometry(corners)
    assert area(made.geometries[0]) == pytest.approx(4e6, rel=1e-4)


@pytest.mark.parametrize("place", [(0, 0), (25, 80), (-179.9, 10)], ids=str)
def test_smallest_circle_of_a_long_line_has_it_as_diameter(place):
    ends = [GEOD.fwd(*place, azimuth, 200_000)[:2] for azimuth in (70, -110)]
    made = minimum_bounding_geometry(one(shapely.MultiPoint(ends)), "CIRCLE")
    # A cap of angle r on a sphere has 2 pi R^2 (1 - cos(r)), or about so here.
    cap = 2 * math.pi * 6.371e6**2 * (1 - math.cos(200_000 / 6.371e6))
    assert area(made.geometries[0]) == pytest.approx(cap, rel=2e-3)


def test_hull_of_corners_is_their_polygon():
    shape = rectangle(25, 60, 4_000, 1_000, 30)
    corners = one(shapely.MultiPoint([*shape.exterior.coords, (25, 60)]))
    made = minimum_bounding_geometry(corners, "CONVEX_HULL")
    assert area(made.geometries[0]) == pytest.approx(area(shape), rel=1e-6)


def test_envelopes_are_the_bounds():
    chosen = countries().take(np.arange(20, 40))
    made = minimum_bounding_geometry(chosen, "ENVELOPE")
    assert shapely.bounds(made.geometries) == pytest.approx(
        shapely.bounds(chosen.geometries)
    )
    assert made.attributes.equals(chosen.attributes)


def test_envelope_over_the_antimeridian_is_the_short_one():
    row = countries().column("name").to_pylist().index("Fiji")
    made = minimum_bounding_geometry(countries().take(np.array([row])), "ENVELOPE")
    width = sum(part.bounds[2] - part.bounds[0] for part in made.geometries[0].geoms)
    assert width < 4


@pytest.mark.parametrize("kind", ["RECTANGLE_BY_AREA", "CONVEX_HULL", "CIRCLE"])
def test_shapes_hold_their_countries(kind):
    chosen = countries().take(np.arange(20, 80))
    made = minimum_bounding_geometry(chosen, kind)
    # Long sides are drawn within 0.01 % of the reach of a country, below 0.01 degrees.
    assert shapely.covers(
        shapely.buffer(made.geometries, 0.01), chosen.geometries
    ).all()


def test_all_features_share_one_shape():
    source = FeatureSet.of([shapely.Point(0, 0), shapely.Point(1, 1)], {"a": [1, 2]})
    made = minimum_bounding_geometry(source, "ENVELOPE", "ALL")
    assert len(made) == 1
    assert made.geometries[0].bounds == (0, 0, 1, 1)


def test_single_point_has_an_empty_shape():
    made = minimum_bounding_geometry(one(shapely.Point(0, 0)), "CIRCLE")
    assert made.geometries[0].is_empty


def test_more_than_half_the_globe_is_refused():
    world = one(shapely.box(-180, -90, 180, 90))
    with pytest.raises(ToolFailed, match="more than half the globe"):
        minimum_bounding_geometry(world, "CONVEX_HULL")


def test_nothing_to_enclose_is_refused():
    with pytest.raises(ToolFailed, match="no feature has a geometry"):
        minimum_bounding_geometry(FeatureSet.of([None]))


def test_a_multipoint_of_one_place_twice_has_no_circle():
    places = shapely.from_wkt(["MULTIPOINT (0 0, 0 0)", "MULTIPOINT (0 60, 2 60)"])
    made = minimum_bounding_geometry(FeatureSet.of(places), "CIRCLE").geometries
    assert made[0].is_empty
    radius = GEOD.inv(0, 60, 2, 60)[2] / 2
    area = GEOD.geometry_area_perimeter(shapely.orient_polygons(made[1]))[0]
    assert area == pytest.approx(math.pi * radius**2, rel=1e-4)
