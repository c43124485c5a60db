"""Simpler, smoother and enclosing shapes against geometry, GeoPandas and PostGIS."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from pyproj import Geod

from services.data import cities, countries
from services.errors import ToolFailed
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.tools.generalize import (
    concave_hull,
    densify,
    minimum_bounding_geometry,
    simplify,
    smooth,
)

GEOD = Geod(ellps="WGS84")
UTM = SpatialReference(32635)
METHODS = ["POINT_REMOVE", "EFFECTIVE_AREA"]


class Notes:
    """A context that keeps what it is told."""

    def __init__(self):
        self.warnings, self.messages = [], []

    def warn(self, text):
        self.warnings.append(text)

    def message(self, text):
        self.messages.append(text)


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


def vertices(features):
    return {tuple(xy) for xy in shapely.get_coordinates(features.geometries)}


@pytest.mark.parametrize("lat", [0, 60, 80], ids=str)
def test_shared_corner_below_the_tolerance_goes_on_both_sides(lat):
    x, y, _ = GEOD.fwd(25, lat, 90, 1_000)
    bump, end = GEOD.fwd(x, y, 0, 90)[:2], GEOD.fwd(x, y, 90, 1_000)[:2]
    above = shapely.Polygon([(25, lat), bump, end, (end[0], lat + 1), (25, lat + 1)])
    below = shapely.Polygon([(25, lat), bump, end, (end[0], lat - 1), (25, lat - 1)])
    both = FeatureSet.of([above, below])
    # 90 m off a border of 2 km: a corner of 90,000 m2, the square of 300 m.
    kept, gone = (simplify(both, metres(t), "SHARED_BORDERS") for t in (298, 302))
    assert [bump in one.exterior.coords[:] for one in kept.geometries] == [True] * 2
    assert [bump in one.exterior.coords[:] for one in gone.geometries] == [False] * 2


def test_countries_thinned_together_still_adjoin_and_are_those_of_geopandas():
    made = simplify(countries(), metres(50_000), "SHARED_BORDERS")
    assert vertices(made) < vertices(countries())
    assert made.attributes.equals(countries().attributes)
    # Natural Earth itself has a gap there.
    odd = ~shapely.is_empty(shapely.coverage_invalid_edges(made.geometries))
    gap = set(countries().column("name").filter(odd).to_pylist())
    assert gap == {"Sudan", "S. Sudan", "Ethiopia"}
    area_map = countries().to_geopandas().to_crs("+proj=cea +ellps=WGS84")
    expected = area_map.simplify_coverage(50_000)
    ours = made.to_geopandas().to_crs("+proj=cea +ellps=WGS84")
    # Ours keeps corners on the antimeridian, at which three countries are cut.
    off = ours.area / expected.area - 1
    named = set(countries().to_geopandas()["name"][off.abs() > 1e-9])
    assert named <= {"Russia", "Fiji", "Antarctica"}
    assert off.abs().max() < 2e-4


def test_what_the_antimeridian_cuts_still_meets_there():
    names = countries().column("name").to_pylist()
    rows = np.array([names.index("Russia"), names.index("Fiji")])
    made = simplify(countries(), metres(100_000), "SHARED_BORDERS").take(rows)
    old = countries().take(rows)
    for mine, theirs in zip(made.geometries, old.geometries, strict=True):
        for side in (-180, 180):
            on = [
                sorted(y for x, y in shapely.get_coordinates(shape) if x == side)
                for shape in (mine, theirs)
            ]
            assert (on[0][0], on[0][-1]) == (on[1][0], on[1][-1])


def test_overlapping_polygons_and_lines_have_no_common_borders():
    notes = Notes()
    source = FeatureSet.of([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3), None])
    made = simplify(source, metres(10), "SHARED_BORDERS", notes)
    assert "2 polygons overlap others" in notes.warnings[1]
    assert made.geometries[2] is None
    line = one(shapely.LineString([(0, 0), (1, 1)]))
    with pytest.raises(ToolFailed, match="needs polygons"):
        simplify(line, metres(10), "SHARED_BORDERS")


def test_concave_hull_is_that_of_geopandas_in_a_local_projection():
    chosen = np.isin(cities().column("country").to_numpy(), ["China", "India"])
    some = cities().take(chosen)
    made = concave_hull(some, 0.3, group_fields=["country"])
    assert made.column("country").to_pylist() == ["China", "India"]
    frame = some.to_geopandas().dissolve("country")
    for country, hull in zip(frame.index, made.geometries, strict=True):
        points = frame.loc[[country]].geometry
        west, south, east, north = points.total_bounds
        local = f"+proj=aeqd +lon_0={(west + east) / 2} +lat_0={(south + north) / 2}"
        expected = points.to_crs(local).concave_hull(ratio=0.3).to_crs(4326).iloc[0]
        assert area(hull) == pytest.approx(area(expected), rel=0.01)
        assert hull.buffer(0.1).covers(points.iloc[0])


def test_concave_hull_of_ratio_one_is_the_convex_hull():
    south = countries().take(
        countries().column("continent").to_numpy() == "South America"
    )
    hull = concave_hull(south, 1.0).geometries[0]
    convex = minimum_bounding_geometry(south, "CONVEX_HULL", "ALL").geometries[0]
    assert area(hull) == pytest.approx(area(convex), rel=1e-6)


def test_concave_hull_leaves_out_what_has_no_area():
    notes = Notes()
    source = FeatureSet.of(
        shapely.points([(0, 0), (1, 0), (0, 1), (5, 5), (6, 6)]),
        {"kind": ["a", "a", "a", "b", "b"]},
    )
    made = concave_hull(source, group_fields=["kind"], context=notes)
    assert made.column("kind").to_pylist() == ["a"]
    assert notes.warnings == ["1 group has fewer than three places, or all on a line"]
    with pytest.raises(ToolFailed, match="no feature has a geometry"):
        concave_hull(FeatureSet.of([None]))


def test_one_round_is_the_example_of_postgis():
    # https://postgis.net/docs/ST_ChaikinSmoothing.html, first example.
    made = smooth(one(shapely.from_wkt("POLYGON ((0 0, 8 8, 0 16, 0 0))")), 1)
    expected = "POLYGON ((2 2, 6 6, 6 10, 2 14, 0 12, 0 4, 2 2))"
    assert made.geometries[0].normalize() == shapely.from_wkt(expected).normalize()


def test_square_tends_to_its_b_spline():
    made = smooth(one(shapely.box(0, 0, 1, 1)), 8).geometries[0]
    # Each corner loses a third of the triangle between the middles of its edges.
    assert made.area == pytest.approx(5 / 6, rel=1e-4)


def test_ends_of_lines_stay_and_heights_are_interpolated():
    line = shapely.from_wkt("LINESTRING ZM (0 0 0 0, 4 0 4 8, 4 4 8 16)")
    made = smooth(one(line), 1).geometries[0]
    assert shapely.get_coordinates(made, include_z=True, include_m=True).tolist() == [
        [0, 0, 0, 0], [3, 0, 3, 6], [4, 1, 5, 10], [4, 4, 8, 16]
    ]  # fmt: skip


def test_smoothed_countries_are_valid_and_still_cut_at_the_antimeridian():
    made = smooth(countries(), 2)
    assert shapely.is_valid(made.geometries).all()
    assert shapely.bounds(made.geometries)[:, [0, 2]].min() == -180
    assert shapely.bounds(made.geometries)[:, [0, 2]].max() == 180
    assert shapely.total_bounds(made.geometries)[1] == -90
    world = shapely.area(countries().geometries).sum()
    assert shapely.area(made.geometries).sum() == pytest.approx(world, rel=0.01)


def test_smoothing_leaves_missing_shapes_and_refuses_too_many_vertices():
    made = smooth(FeatureSet.of([None, shapely.Polygon(), shapely.box(0, 0, 1, 1)]))
    assert made.geometries[0] is None
    assert made.geometries[1].is_empty
    line = one(shapely.LineString(np.random.default_rng(1).random((50_000, 2))))
    with pytest.raises(ToolFailed, match="Rounds: 8 would make 12800000 vertices"):
        smooth(line, 8)


@pytest.mark.parametrize("kilometres", [50, 400], ids=str)
def test_no_edge_of_densified_countries_is_longer_than_asked(kilometres):
    made = densify(countries(), distance=LinearUnit(kilometres, "esriKilometers"))
    rings, _ = shapely.get_rings(made.geometries, return_index=True)
    xy, of = shapely.get_coordinates(rings, return_index=True)
    same = of[1:] == of[:-1]
    lengths = GEOD.inv(*xy[:-1][same].T, *xy[1:][same].T)[2]
    assert lengths.max() <= kilometres * 1000 * (1 + 1e-6)
    assert vertices(countries()) <= vertices(made)
    moved = shapely.symmetric_difference(made.geometries, countries().geometries)
    assert shapely.area(moved).sum() < 1e-6
    assert made.attributes.equals(countries().attributes)


def test_densified_edge_is_cut_as_shapely_cuts_it_along_the_equator():
    line = shapely.LineString([(0, 0), (10, 0)])
    made = densify(one(line), "ANGLE", max_angle=0.9).geometries[0]
    assert made.equals_exact(shapely.segmentize(line, 0.9), 1e-12)


def test_densified_edge_over_the_antimeridian_goes_the_short_way():
    line = shapely.from_wkt("LINESTRING Z (170 0 0, -170 0 40)")
    made = densify(one(line), distance=LinearUnit(600, "esriKilometers")).geometries[0]
    assert shapely.get_coordinates(made, include_z=True).tolist() == [
        [170, 0, 0], [175, 0, 10], [180, 0, 20], [-175, 0, 30], [-170, 0, 40]
    ]  # fmt: skip


def test_densify_leaves_missing_shapes_and_refuses_nothing_and_too_much():
    assert densify(FeatureSet.of([None])).geometries[0] is None
    with pytest.raises(ToolFailed, match="must be more than 0"):
        densify(countries(), distance=metres(0))
    with pytest.raises(ToolFailed, match="more than 5000000 vertices"):
        densify(countries(), distance=metres(1))
