"""Scale bars and north arrows against the formulas of their projections."""

from __future__ import annotations

import math

import pytest

from services.drawing.frame import Frame
from services.geometry.crs import WEB_MERCATOR, SpatialReference
from services.layout.elements import Text
from services.layout.scalebar import ground_at_centre, nice_below, scale_bar

ES = 0.0066943799901413165  # of WGS 84


def mercator_frame(latitude, width=400, height=300, unit=50.0):
    y = math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2)) * 6378137.0
    across, down = unit * width / 2, unit * height / 2
    return Frame((-across, y - down, across, y + down), WEB_MERCATOR, width, height)


@pytest.mark.parametrize("latitude", [0.0, 37.0, -52.5, 70.0])
def test_the_ground_is_that_of_web_mercator_at_the_latitude(latitude):
    ground = ground_at_centre(mercator_frame(latitude))
    sine = math.sin(math.radians(latitude))
    # N cos(b) / a: what a metre of the map is along a parallel of the ellipsoid
    shrunk = math.cos(math.radians(latitude)) / math.sqrt(1 - ES * sine * sine)
    assert ground.metres_per_pixel == pytest.approx(50.0 * shrunk, rel=1e-5)
    assert ground.north == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize(("unit", "metres"), [
    ("esriKilometers", 1000.0), ("esriMiles", 1609.344), ("esriFeet", 0.3048),
])  # fmt: skip
def test_a_bar_is_as_long_as_its_label_says(unit, metres):
    parts = scale_bar(10.0, 5.0, metres_per_mm=333.0, width=50.0, unit=unit)
    (label,) = [one.text for one in parts if isinstance(one, Text)][-1:]
    number = float(label.split()[0].replace(",", ""))
    xs = [x for one in parts if not isinstance(one, Text) for x, _ in one.points]
    length = max(xs) - min(xs)
    assert length * 333.0 == pytest.approx(number * metres, rel=1e-9)
    assert 20.0 <= length <= 50.0


def test_north_points_to_the_pole_of_a_polar_map():
    polar = SpatialReference(3995)  # the pole in the middle, longitude 0 downwards
    for x, y, north in [(2e6, 0, -90), (-2e6, 0, 90), (0, -2e6, 0), (0, 2e6, 180)]:
        frame = Frame((x - 1e5, y - 1e5, x + 1e5, y + 1e5), polar, 100, 100)
        found = ground_at_centre(frame).north
        assert math.cos(math.radians(found - north)) == pytest.approx(1.0, abs=1e-5)


def test_a_map_of_nowhere_has_no_scale():
    frame = Frame((1e9, 1e9, 2e9, 2e9), SpatialReference(32633), 100, 100)
    assert ground_at_centre(frame) is None


@pytest.mark.parametrize(("value", "nice"), [
    (1.0, 1.0), (1.99, 1.0), (2.0, 2.0), (4.99, 2.0), (7.0, 5.0), (0.034, 0.02),
    (123456.0, 100000.0),
])  # fmt: skip
def test_lengths_are_one_two_or_five(value, nice):
    assert nice_below(value) == pytest.approx(nice)
