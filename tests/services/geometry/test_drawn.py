"""Ground measures along drawn edges, against pyproj and closed formulas."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from services.data import countries
from services.geometry.crs import WEB_MERCATOR, WGS84, SpatialReference, transform
from services.geometry.drawn import drawn_area, drawn_length

GEOD = pyproj.Geod(ellps="WGS84")


def test_length_along_a_parallel_is_its_arc():
    # radius of the parallel: a cos(lat) / sqrt(1 - e² sin²(lat))
    lat = np.radians(60)
    radius = GEOD.a * np.cos(lat) / np.sqrt(1 - GEOD.es * np.sin(lat) ** 2)
    line = np.array([shapely.LineString([(0, 60), (90, 60)])])
    expected = radius * np.pi / 2
    assert drawn_length(line, WGS84)[0] == pytest.approx(expected, rel=1e-6)


def test_area_between_parallels_is_that_of_the_ellipsoids_zone():
    # a quarter turn between the equator and 60 N, by the equal-area cylinder
    to = pyproj.Transformer.from_crs(4326, "+proj=cea +ellps=WGS84", always_xy=True)
    x, y = to.transform(90, 60)
    square = np.array([shapely.box(0, 0, 90, 60)])
    assert drawn_area(square, WGS84)[0] == pytest.approx(x * y, rel=1e-6)


def test_countries_have_the_area_of_geod_with_close_vertices():
    shapes = countries().geometries
    expected = [
        abs(GEOD.geometry_area_perimeter(one)[0])
        for one in shapely.segmentize(shapes, 0.02)
    ]
    assert drawn_area(shapes, WGS84) == pytest.approx(expected, rel=1e-5)


def test_pieces_add_up_to_the_whole():
    country = countries().geometries[countries().column("name").to_numpy() == "Russia"]
    strips = np.array([shapely.box(x, -90, x + 20, 90) for x in range(-180, 180, 20)])
    pieces = shapely.intersection(country, strips)
    pieces = pieces[~shapely.is_empty(pieces)]
    whole = drawn_area(country, WGS84)[0]
    assert drawn_area(pieces, WGS84).sum() == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize("reference", [WEB_MERCATOR, SpatialReference(3067)])
def test_a_projection_changes_little_of_a_small_square(reference):
    square = np.array([shapely.box(25, 62, 25.01, 62.01)])
    moved = transform(square, WGS84, reference)
    expected = drawn_area(square, WGS84)
    assert drawn_area(moved, reference) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", ["Z", "M", "ZM"])
def test_heights_and_measures_play_no_part(kind):
    more = " 7" * len(kind)
    ends = ",".join(f"{x} 60{more}" for x in (0, 90))
    line = np.array([shapely.from_wkt(f"LINESTRING {kind} ({ends})")])
    plain = np.array([shapely.LineString([(0, 60), (90, 60)])])
    assert drawn_length(line, WGS84) == drawn_length(plain, WGS84)


def test_of_nothing_there_is_nothing():
    nothing = np.array([], dtype=object)
    assert (
        drawn_area(nothing, WGS84).tolist()
        == drawn_length(nothing, WGS84).tolist()
        == []
    )
