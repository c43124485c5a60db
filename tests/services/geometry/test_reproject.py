"""Geometries in another reference, where one of the two maps is torn or ends."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely

from services.data import cities, countries
from services.geometry.crs import WEB_MERCATOR, WGS84, SpatialReference
from services.geometry.features import FeatureSet
from services.geometry.reproject import reproject
from services.geometry.units import LinearUnit
from services.tools.joins import spatial_join
from services.tools.overlay import clip
from services.tools.proximity import buffer, near

GEOD = pyproj.Geod(ellps="WGS84")
PACIFIC = SpatialReference(3832)  # Mercator around 150 degrees east
POLAR = [SpatialReference(3995), SpatialReference(3031)]
ACROSS = FeatureSet.of([shapely.box(170, -20, 190, 10)])
PLACES = FeatureSet.of(shapely.points([175, -175, 0, 179], [0, 0, 0, 0]))


@pytest.mark.parametrize("reference", [WEB_MERCATOR, PACIFIC], ids=["web", "pacific"])
def test_a_clip_polygon_over_the_antimeridian_works_on_any_map(reference):
    places = PLACES.project(reference)
    assert len(clip(places, ACROSS)) == 3
    assert spatial_join(places, ACROSS).numbers("Join_Count").tolist() == [1, 1, 0, 1]


@pytest.mark.parametrize(
    "target", [WGS84, SpatialReference(8857)], ids=["degrees", "equal"]
)
def test_a_polygon_of_a_pacific_map_is_cut_at_the_antimeridian(target):
    # EPSG:3832 at 170 E and 170 W, by pyproj
    there = pyproj.Transformer.from_crs(4326, 3832, always_xy=True).transform
    (west, east), (south, north) = there([170, -170], [-20, 10])
    drawn = np.array([shapely.box(west, south, east, north)], dtype=object)
    (made,) = reproject(drawn, PACIFIC, target)
    assert made.is_valid
    whole = reproject(ACROSS.geometries, WGS84, target)[0].area
    assert made.area == pytest.approx(whole, rel=1e-6)


def test_an_edge_the_long_way_round_stays():
    drawn = np.array([shapely.box(-100, -50, 100, 50)], dtype=object)
    robinson = SpatialReference(54030)
    (back,) = reproject(reproject(drawn, WGS84, robinson), robinson, WGS84)
    assert back.area == pytest.approx(20_000, rel=1e-6)


@pytest.mark.parametrize("reference", POLAR, ids=["north", "south"])
def test_a_polygon_over_a_pole_gets_the_pole(reference):
    disc = shapely.Point(3e5, 2e5).buffer(1e6, 32)
    (made,) = reproject(np.array([disc], dtype=object), reference, WGS84)
    back = pyproj.Transformer.from_crs(4326, reference.wkid, always_xy=True).transform
    ring = shapely.segmentize(made, 0.2)
    flat = shapely.transform(ring, lambda xy: np.column_stack(back(*xy.T)))
    assert shapely.make_valid(flat).area == pytest.approx(
        disc.area, rel=1e-3
    )  # arcs, chords
    assert max(abs(made.bounds[1]), abs(made.bounds[3])) == 90
    pole = math.copysign(85, made.bounds[3])
    inside = FeatureSet.of([shapely.Point(0, pole)])
    discs = FeatureSet.of([disc], spatial_reference=reference)
    assert near(inside, discs).numbers("NEAR_DIST").tolist() == [0]


@pytest.mark.parametrize("reference", POLAR, ids=["north", "south"])
@pytest.mark.parametrize("kilometres", [100, -100])
def test_a_buffer_around_a_pole_is_a_wider_cap(reference, kilometres):
    # the meridian arc from 80 degrees to the pole, by pyproj
    reach = GEOD.inv(0, 80, 0, 90)[2]
    at = pyproj.Transformer.from_crs(4326, reference.wkid, always_xy=True).transform
    lat = math.copysign(80, -1 if reference.wkid == 3031 else 1)
    ring = np.column_stack(at(np.arange(0, 360, 1.0), np.full(360, lat)))
    cap = FeatureSet.of([shapely.Polygon(ring)], spatial_reference=reference)
    (made,) = buffer(cap, LinearUnit(kilometres, "esriKilometers")).geometries
    rim = shapely.get_coordinates(made.exterior)
    back = pyproj.Transformer.from_crs(reference.wkid, 4326, always_xy=True).transform
    lon, lat = back(*rim.T)
    pole = np.full(len(lon), math.copysign(90, lat[0]))
    metres = GEOD.inv(lon, lat, np.zeros(len(lon)), pole)[2]
    assert made.is_valid
    assert metres == pytest.approx(reach + kilometres * 1e3, rel=1e-3)


def test_a_web_map_takes_the_whole_world():
    world = countries().project(WEB_MERCATOR)
    assert shapely.is_valid(world.geometries).all()
    # 89.5 degrees on the sphere of EPSG:3857 (EPSG Guidance Note 7-2)
    end = -6378137 * math.asinh(math.tan(math.radians(89.5)))
    assert shapely.bounds(world.geometries)[:, 1].min() == pytest.approx(end)
    joined = spatial_join(cities().project(WEB_MERCATOR), countries())
    plain = spatial_join(cities(), countries())
    assert joined.column("iso_a3_1").equals(plain.column("iso_a3_1"))


def test_a_crossed_polygon_over_the_antimeridian_is_no_crash():
    bow = shapely.from_wkt("POLYGON ((179 0, 181 1, 181 0, 179 1, 179 0))")
    (made,) = reproject(np.array([bow], dtype=object), WGS84, WEB_MERCATOR)
    assert made.is_valid
    # two triangles of half a square degree each, at the equator
    assert made.area == pytest.approx(2 * 0.5 * 111319.49 * 111325, rel=1e-3)
