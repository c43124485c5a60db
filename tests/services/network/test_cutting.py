"""Parts of lines: they add up, and end where the length says."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from services.data import countries
from services.geometry.crs import WGS84
from services.network.cutting import Measured

GEOD = pyproj.Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def borders() -> np.ndarray:
    """The outlines of countries, as lines of many vertices."""
    rings = shapely.get_rings(shapely.get_parts(countries().geometries))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    return shapely.linestrings(xy, indices=ring)


def parts_of(measured, line, begin, end) -> np.ndarray:
    xy, part = measured.parts(line, begin, end)
    return shapely.linestrings(xy, indices=part)


def test_parts_are_as_long_as_their_shares(borders):
    rng = np.random.default_rng(0)
    measured, rows = Measured.of(borders, WGS84), np.arange(len(borders))
    begin, end = np.sort(rng.random((2, len(borders))), axis=0)
    for line, part, share in zip(
        borders, parts_of(measured, rows, begin, end), end - begin, strict=True
    ):
        whole, length = (GEOD.geometry_length(one) for one in (line, part))
        # chords instead of arcs, and degrees within a segment
        assert length == pytest.approx(share * whole, abs=2e-3 * whole)


def test_two_parts_make_the_whole_and_turn_round(borders):
    measured, rows = Measured.of(borders, WGS84), np.arange(len(borders))
    middle = np.random.default_rng(1).random(len(borders))
    first = parts_of(measured, rows, np.zeros(len(rows)), middle)
    second = parts_of(measured, rows, middle, np.ones(len(rows)))
    assert shapely.length(first) + shapely.length(second) == pytest.approx(
        shapely.length(borders)
    )
    back = parts_of(measured, rows, np.ones(len(rows)), middle)
    assert shapely.equals_exact(shapely.reverse(back), second, 1e-12).all()
    whole = parts_of(measured, rows, np.zeros(len(rows)), np.ones(len(rows)))
    plain = shapely.remove_repeated_points(borders)
    assert shapely.equals_exact(shapely.remove_repeated_points(whole), plain).all()


def test_a_place_is_found_again_by_its_share(borders):
    measured, rows = Measured.of(borders, WGS84), np.arange(len(borders))
    share = np.random.default_rng(2).random(len(borders))
    at = shapely.points(measured.at(rows, share))
    drawn = shapely.line_locate_point(borders, at)
    found = measured.at(rows, measured.share_at(rows, drawn))
    # a border may pass a place twice, the share is another then, the place is not
    assert shapely.distance(at, shapely.points(found)).max() < 1e-9
