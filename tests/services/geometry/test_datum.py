"""Datum shifts against control points that agencies have published."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from services.geometry.crs import SpatialReference, transform

pytestmark = pytest.mark.protocol("4 datum transformations")


def _dms(degrees: float, minutes: float, seconds: float) -> float:
    return degrees + minutes / 60 + seconds / 3600


def _moved(
    source: int, target: int, x: float, y: float
) -> tuple[list[float], list[str]]:
    notes: list[str] = []
    point = np.array([shapely.Point(x, y)], dtype=object)
    made = transform(point, SpatialReference(source), SpatialReference(target), notes)
    return shapely.get_coordinates(made)[0].tolist(), notes


def _metres(found: list[float], expected: tuple[float, float]) -> float:
    """How far two places in degrees are apart, near enough on a sphere."""
    north = np.radians(found[1] - expected[1])
    east = np.radians(found[0] - expected[0]) * np.cos(np.radians(expected[1]))
    return float(6371000 * np.hypot(north, east))


@pytest.mark.parametrize(
    ("source", "target", "given", "expected", "metres"),
    [
        # ICSM, GDA2020 Technical Manual 1.0, Alice Springs; EPSG:8048
        (4283, 7844, (133.88551329, -23.67012389), (133.8855216, -23.67011014), 0.002),
        # EPSG Guidance Note 7-2, Position Vector, WGS 72 to WGS 84; EPSG:1238
        (4322, 4326, (4.0, 55.0), (_dms(4, 0, 0.554), _dms(55, 0, 0.090)), 0.05),
        # Kadaster, RDNAPTRANS control points; EPSG:9281 is good to 0.25 m
        (28992, 4258, (155000.0, 463000.0), (5.387203657, 52.155172897), 0.25),
        (28992, 4258, (117380.12, 575040.34), (4.824761912, 53.160753042), 0.25),
        (28992, 4258, (182260.45, 311480.67), (5.773795548, 50.792584916), 0.25),
        (28992, 4258, (16460.91, 377380.23), (3.397588595, 51.368607152), 0.25),
        # Ordnance Survey, Caister Water Tower; its guide: the Helmert is good to 5 m
        (27700, 4258, (651409.804, 313177.450), (1.716073973, 52.658007833), 5.0),
        # swisstopo, Formulas and constants: 2'700'000 / 1'100'000; EPSG:1676
        (2056, 4326, (2700000.0, 1100000.0), (_dms(8, 43, 49.79), _dms(46, 2, 38.87)), 1.0),
        # EPSG Guidance Note 7-2, geocentric translations: ED50 in the North Sea
        (4230, 4326, (_dms(2, 7, 51.477), _dms(53, 48, 36.563)),
         (_dms(2, 7, 46.38), _dms(53, 48, 33.82)), 3.0),
        # NGS, Meades Ranch; PROJ's mean shift is good to 11 m, without one 30 are lost
        (4267, 4269, (-_dms(98, 32, 30.506), _dms(39, 13, 26.686)),
         (-_dms(98, 32, 31.7454), _dms(39, 13, 26.7122)), 11.0),
    ],
    ids=["GDA94", "WGS 72", "Amersfoort", "Texel", "Limburg", "Zeeland", "Caister", "LV95",
         "ED50", "NAD27"],
)  # fmt: skip
def test_a_control_point_is_met(source, target, given, expected, metres):
    found, _ = _moved(source, target, *given)
    assert _metres(found, expected) <= metres


def test_the_same_point_comes_back():
    there, _ = _moved(4258, 27700, 1.716073973, 52.658007833)
    back, _ = _moved(27700, 4258, *there)
    assert _metres(back, (1.716073973, 52.658007833)) < 0.01


def test_a_grid_that_is_not_there_is_named():
    _, (note,) = _moved(27700, 4326, 651409.804, 313177.450)
    assert "OSGB36" in note
    assert "good to 2 m" in note
    assert "uk_os_OSTN15_NTv2_OSGBtoETRS.tif is not installed here" in note


@pytest.mark.parametrize(
    ("source", "target", "place"),
    [(4283, 7844, (133.9, -23.7)), (4326, 3857, (8, 47)), (4326, 32632, (8, 47)),
     (4258, 4326, (8, 47))],
)  # fmt: skip
def test_the_best_way_needs_no_word(source, target, place):
    assert _moved(source, target, *place)[1] == []


def test_all_features_of_a_set_move_by_one_operation():
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-4, 1, 200), rng.uniform(51, 55, 200)
    points = np.asarray(shapely.points(x, y))
    made = transform(points, SpatialReference(4277), SpatialReference(4326))
    shift = shapely.get_coordinates(made) - np.column_stack([x, y])
    # one Helmert shift varies smoothly; two of them would differ by metres
    x, y = x + 1.5, y - 53
    smooth = np.column_stack([np.ones(200), x, y, x * y, x * x, y * y, x * y * y, y**3])
    fitted = smooth @ np.linalg.lstsq(smooth, shift, rcond=None)[0]
    assert np.abs(shift - fitted).max() < 1e-7


def test_what_has_no_places_moves_without_a_word():
    notes: list[str] = []
    empty = np.array([None, shapely.Point()], dtype=object)
    made = transform(empty, SpatialReference(4277), SpatialReference(4326), notes)
    assert made[0] is None
    assert made[1].is_empty
