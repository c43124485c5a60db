"""The land cover that comes along: where it lies, and its sums by other ways."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from services.data.landcover import CLASSES, areas_by_class, classes_at


@pytest.mark.parametrize(("place", "name"), [
    ((2.35, 48.86), "Urban and built-up"),  # Paris
    ((10.0, 25.0), "Barren"),  # Sahara
    ((-62.0, -5.0), "Evergreen broadleaf forest"),  # Amazonia
    ((-40.0, 72.0), "Snow and ice"),  # Greenland
    ((-150.0, 0.0), "Water"),  # Pacific
    ((-93.5, 42.0), "Cropland"),  # Iowa
    ((33.0, -1.0), "Water"),  # Lake Victoria
    ((70.0, 49.0), "Grassland"),  # Kazakh steppe
])  # fmt: skip
def test_the_data_lie_where_they_belong(place, name):
    (found,) = classes_at(np.array([place]))
    assert CLASSES[found].name == name


def test_shares_are_those_of_random_places_in_the_area():
    # Monte Carlo on the sphere: 200,000 places, so three sigma are 0.34 percent
    random = np.random.default_rng(6)
    south, north = np.sin(np.radians([44.0, 50.0]))
    lat = np.degrees(np.arcsin(random.uniform(south, north, 200_000)))
    lon = random.uniform(2.0, 12.0, 200_000)
    found = classes_at(np.column_stack([lon, lat]))
    expected = np.bincount(found, minlength=17) / 2000.0
    metres = areas_by_class(np.array([shapely.box(2, 44, 12, 50)]))
    assert 100 * metres / metres.sum() == pytest.approx(expected, abs=0.4)


def test_the_sum_is_the_area_of_the_zone_by_formula():
    metres = areas_by_class(np.array([shapely.box(-10, 0, 10, 30)]))
    # between two parallels on the authalic sphere: 2 pi R² (sin b1 - sin b0) of 20/360
    a, es = 6378137.0, 0.0066943799901413165
    e, sine = es**0.5, 0.5
    q = sine / (1 - es * sine**2) + np.log((1 + e * sine) / (1 - e * sine)) / (2 * e)
    expected = a * a * (1 - es) / 2 * q * np.radians(20.0)
    assert metres.sum() == pytest.approx(expected, rel=1e-9)
