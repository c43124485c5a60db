"""Buffers against pyproj.Geod, plane geometry and GeoPandas; not against our code."""

from __future__ import annotations

import math

import geopandas
import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from services.data import countries
from services.errors import InvalidValue
from services.geometry.crs import WEB_MERCATOR, WGS84, SpatialReference
from services.geometry.ground import ground_buffer

GEOD = Geod(ellps="WGS84")
PLACES = [(0, 0), (25, 60), (10, 85), (-70, -45), (179.9, 10), (-180, -60), (190, 5)]


def array(*geometries):
    result = np.empty(len(geometries), dtype=object)
    result[:] = geometries
    return result


def area(polygon):
    return abs(GEOD.geometry_area_perimeter(polygon)[0])


def square(lon, lat, side):
    """A square of geodesics: corners by direct geodesics from its centre."""
    half = side / math.sqrt(2)
    x, y, _ = GEOD.fwd([lon] * 4, [lat] * 4, [45, 135, -135, -45], [half] * 4)
    x = np.asarray(x)
    return shapely.Polygon(np.column_stack([x + 360 * np.round((lon - x) / 360), y]))


def around(geometry, metres, reference=WGS84):
    return ground_buffer(array(geometry), reference, metres)[0]


@pytest.mark.parametrize("lonlat", PLACES, ids=str)
@pytest.mark.parametrize("metres", [0.5, 1_000, 60_000, 300_000], ids=str)
def test_vertices_of_circles_lie_at_the_distance_to_1_mm(lonlat, metres):
    disc = around(shapely.Point(lonlat), metres)
    vertices = shapely.get_coordinates(disc)
    # Where a circle is cut at 180 degrees the cut adds vertices of its own.
    vertices = vertices[np.abs(np.abs(vertices[:, 0]) - 180) > 1e-9]
    start = np.broadcast_to(lonlat, vertices.shape)
    distances = GEOD.inv(*start.T, *vertices.T)[2]
    assert len(vertices) >= 64
    assert distances == pytest.approx(np.full(len(vertices), metres), abs=1e-3)


@pytest.mark.parametrize("wkid", [3857, 32635, 3067, 3413, 3577], ids=str)
@pytest.mark.parametrize("metres", [10, 1_000, 90_000], ids=str)
def test_circles_in_projections_are_right_to_1_mm(wkid, metres):
    reference = SpatialReference(wkid)
    degrees = reference.crs.geodetic_crs
    move = Transformer.from_crs(degrees, reference.crs, always_xy=True)
    disc = around(shapely.Point(move.transform(25, 62)), metres, reference)
    lon, lat = move.transform(*shapely.get_coordinates(disc).T, direction="INVERSE")
    start = np.full(len(lon), 25.0), np.full(len(lon), 62.0)
    distances = degrees.get_geod().inv(*start, lon, lat)[2]
    assert distances == pytest.approx(np.full(len(lon), metres), abs=1e-3)


@pytest.mark.parametrize("lonlat", PLACES, ids=str)
def test_circle_has_the_area_pi_r_squared(lonlat):
    # A regular polygon of 64 corners has sin(a) / a of its circle, a = 2 pi / 64.
    inscribed = math.sin(2 * math.pi / 64) / (2 * math.pi / 64)
    assert area(around(shapely.Point(lonlat), 1_000)) == pytest.approx(
        math.pi * 1e6 * inscribed, rel=1e-6
    )


@pytest.mark.parametrize("lat", [90, -90, 89.9, -89.5], ids=str)
def test_circle_over_a_pole_reaches_it_all_round(lat):
    disc = around(shapely.Point(33, lat), 100_000)
    west, south, east, north = disc.bounds
    assert (west, east) == (-180, 180)
    assert max(north, -south) == 90
    assert disc.is_valid
    # A cap of a sphere with the curvature of the ellipsoid at the pole, a^2 / b.
    radius = GEOD.a**2 / GEOD.b
    cap = 2 * math.pi * radius**2 * (1 - math.cos(100_000 / radius))
    edge = shapely.get_coordinates(disc)
    edge = edge[np.abs(edge[:, 1]) < 90]
    order = np.argsort(edge[:, 0])
    assert abs(GEOD.polygon_area_perimeter(*edge[order].T)[0]) == pytest.approx(
        cap, rel=2e-3
    )


def test_circle_of_half_the_globe_leaves_the_antipode_out():
    disc = around(shapely.Point(0, 0), 15_000_000)
    assert disc.covers(shapely.Point(0, 90))
    assert disc.covers(shapely.Point(0, -90))
    assert not disc.contains(shapely.Point(180, 0))
    assert not disc.contains(shapely.Point(-179, 1))


def test_circle_beyond_the_antipode_is_the_world():
    assert around(shapely.Point(5, 5), 2.1e7).bounds == (-180, -90, 180, 90)


@pytest.mark.parametrize("lonlat", [(0, 0), (25, 60), (179.99, 10)], ids=str)
@pytest.mark.parametrize("metres", [100, 2_000, 20_000], ids=str)
def test_square_grows_by_the_formula_of_steiner(lonlat, metres):
    side = 5_000
    expected = side**2 + 4 * side * metres + math.pi * metres**2
    assert area(around(square(*lonlat, side), metres)) == pytest.approx(
        expected, rel=1.5e-3
    )


def test_square_shrinks_to_a_smaller_square():
    small = around(square(25, 60, 5_000), -1_000)
    assert area(small) == pytest.approx(3_000**2, rel=1e-5)


def test_square_shrunk_by_more_than_half_its_side_is_empty():
    assert around(square(25, 60, 5_000), -2_501).is_empty


@pytest.mark.parametrize("lat", [0, 50, 80], ids=str)
@pytest.mark.parametrize("metres", [500, 50_000], ids=str)
def test_long_line_has_the_area_of_a_stadium(lat, metres):
    # The line as drawn: a parallel of 40 degrees, its length by many short geodesics.
    line = shapely.LineString([(160, lat), (200, lat)])
    length = GEOD.geometry_length(shapely.segmentize(line, 0.01))
    expected = 2 * metres * length + math.pi * metres**2
    assert area(around(line, metres)) == pytest.approx(expected, rel=2e-3)


def test_line_over_the_antimeridian_goes_the_short_way():
    strip = around(shapely.LineString([(179.5, 0), (-179.5, 0)]), 1_000)
    length = GEOD.inv(179.5, 0, -179.5, 0)[2]
    assert area(strip) == pytest.approx(2_000 * length + math.pi * 1e6, rel=1e-3)
    assert strip.geom_type == "MultiPolygon"


def test_results_lie_within_180_degrees_and_are_valid():
    features = array(
        shapely.Point(179.99, 0), square(-179.99, 70, 10_000), shapely.Point(0, 90),
        shapely.MultiPoint([(179.9, 0), (-179.9, 0)]), shapely.box(170, -5, 190, 5),
    )  # fmt: skip
    made = ground_buffer(features, WGS84, 20_000)
    bounds = shapely.bounds(made)
    assert shapely.is_valid(made).all()
    assert bounds[:, 0].min() == -180
    assert bounds[:, 2].max() == 180


@pytest.mark.parametrize(
    ("geometry", "metres"),
    [
        (shapely.Point(1, 2), 0),
        (shapely.Point(1, 2), -5),
        (shapely.LineString([(0, 0), (1, 1)]), -5),
        (shapely.Point(), 5),
        (shapely.Polygon(), 5),
        (shapely.Point(1, 2), math.nan),
    ],
    ids=str,
)
def test_nothing_to_grow_gives_an_empty_polygon(geometry, metres):
    made = around(geometry, metres)
    assert made.is_empty
    assert made.geom_type == "Polygon"


def test_none_stays_none_and_each_has_its_own_distance():
    points = array(shapely.Point(0, 0), None, shapely.Point(0, 60))
    made = ground_buffer(points, WGS84, np.array([100.0, 5.0, 200.0]))
    assert made[1] is None
    assert [area(made[0]), area(made[2])] == pytest.approx(
        [math.pi * 1e4, math.pi * 4e4], rel=2e-3
    )


def test_z_and_m_are_dropped():
    made = around(shapely.from_wkt("POLYGON ZM((0 0 1 2,1 0 1 2,1 1 1 2,0 0 1 2))"), 10)
    assert not made.has_z
    assert not made.has_m


@pytest.mark.parametrize("wkid", [102100, 3067, 3413], ids=str)
def test_projected_buffers_are_those_in_degrees(wkid):
    reference = SpatialReference(wkid)
    move = Transformer.from_crs(4326, reference.crs, always_xy=True)
    line = shapely.LineString([(24, 75), (24.1, 75.02), (24.1, 75.1)])
    projected = shapely.transform(line, move.transform, interleaved=False)
    back = shapely.transform(
        around(projected, 2_000, reference),
        lambda x, y: move.transform(x, y, direction="INVERSE"),
        interleaved=False,
    )
    expected = around(line, 2_000)
    assert back.symmetric_difference(expected).area < 2e-4 * expected.area


def test_polar_projection_gets_the_pole_whole():
    # EPSG:3413 is conformal with k = 0.9764 near the pole: Snyder (1987), p. 161.
    made = around(shapely.Point(0, 0), 50_000, SpatialReference(3413))
    assert made.geom_type == "Polygon"
    assert not made.interiors
    assert made.is_valid
    radii = np.hypot(*shapely.get_coordinates(made).T)
    move = Transformer.from_crs(4326, 3413, always_xy=True)
    lon, lat, _ = GEOD.fwd(0, 90, 0, 50_000)
    assert radii.max() == pytest.approx(np.hypot(*move.transform(lon, lat)), rel=1e-6)


def test_web_mercator_over_the_pole_ends_at_the_edge_of_the_map():
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(20, 85)
    made = around(shapely.Point(x, y), 1_000_000, WEB_MERCATOR)
    assert made.is_valid
    assert np.isfinite(made.bounds).all()


def test_result_beyond_the_reference_is_refused():
    with pytest.raises(InvalidValue, match="outside the extent"):
        around(shapely.Point(500_000, 0), 11_000_000, SpatialReference(32633))


def test_countries_agree_with_geopandas_in_a_utm_zone():
    chosen = [
        n in ("Estonia", "Latvia") for n in countries().column("name").to_pylist()
    ]
    shapes = countries().geometries[chosen]
    frame = geopandas.GeoSeries(shapes, crs=4326).segmentize(0.01).to_crs(32635)
    expected = frame.buffer(20_000, quad_segs=16).to_crs(4326)
    for mine, theirs in zip(
        ground_buffer(shapes, WGS84, 20_000.0), expected, strict=True
    ):
        # UTM lengths are off by up to 0.1 % here: 20 m along the edge of the strip.
        assert mine.symmetric_difference(theirs).area < 1e-3 * theirs.area


@pytest.mark.parametrize("name", ["Russia", "Antarctica", "Fiji", "Canada", "Chile"])
@pytest.mark.parametrize("metres", [100_000, -50_000], ids=str)
def test_places_are_inside_as_their_distance_says(name, metres):
    # Distances by Geod to the border, drawn with a vertex every 0.05 degrees.
    row = countries().column("name").to_pylist().index(name)
    shape = countries().geometries[row]
    border = shapely.get_coordinates(shapely.segmentize(shape.boundary, 0.05))
    border = border[(np.abs(border[:, 0]) < 180) & (border[:, 1] > -90)]
    generator = np.random.default_rng(1)
    places = border[generator.integers(0, len(border), 60)]
    azimuth = generator.uniform(-180, 180, 60)
    lon, lat, _ = GEOD.fwd(*places.T, azimuth, generator.uniform(0, 150_000, 60))
    inside = shapely.contains_xy(shape, lon, lat)
    away = np.array([
        GEOD.inv(*np.broadcast_to([x, y], border.shape).T, *border.T)[2].min()
        for x, y in zip(lon, lat, strict=True)
    ])  # fmt: skip
    expected = inside | (away < metres) if metres > 0 else inside & (away > -metres)
    clear = np.abs(away - abs(metres)) > 0.01 * abs(metres)
    found = shapely.contains_xy(around(shape, metres), lon, lat)
    assert (found == expected)[clear].all()


def test_random_line_of_3000_vertices_takes_seconds_not_minutes():
    # GEOS needs over 60 s and 6 GB for such a line in one go (libgeos 3.14).
    generator = np.random.default_rng(2)
    line = shapely.LineString(generator.uniform([20, 50], [21, 51], (3_000, 2)))
    strip = around(line, 2_000)
    assert strip.is_valid
    assert strip.covers(shapely.MultiPoint(line.coords))


def test_many_parts_are_united():
    rows = np.column_stack([np.linspace(0, 1, 500), np.zeros(500)])
    chain = around(shapely.MultiPoint(rows), 1_000)
    length = GEOD.inv(0, 0, 1, 0)[2]
    assert chain.geom_type == "Polygon"
    assert area(chain) == pytest.approx(2_000 * length + math.pi * 1e6, rel=0.02)


def test_multipolygon_of_many_parts_grows_like_its_parts():
    boxes = [shapely.box(x, 60, x + 0.01, 60.01) for x in np.arange(0, 4, 0.1)]
    whole = around(shapely.MultiPolygon(boxes), 100)
    parts = ground_buffer(array(*boxes), WGS84, 100)
    assert area(whole) == pytest.approx(sum(area(part) for part in parts), rel=1e-6)


def test_collection_grows_part_by_part():
    point, line = shapely.Point(0, 0), shapely.LineString([(1, 0), (1.1, 0)])
    both = around(shapely.GeometryCollection([point, line]), 500)
    expected = shapely.union(around(point, 500), around(line, 500))
    assert both.equals(expected)


def test_spiky_polygon_of_6000_vertices_grows_all_round():
    angle = np.linspace(0, 2 * np.pi, 6_000, endpoint=False)
    radius = np.where(np.arange(6_000) % 2, 0.1, 0.02)
    rim = np.column_stack([20 + radius * np.cos(angle), radius * np.sin(angle)])
    star = shapely.Polygon(rim)
    grown = around(star, 300)
    assert grown.covers(star)
    assert area(grown) > area(star) + 300 * 2 * math.pi * 0.1 * 110_574
