"""Errors of heights against their formulas, and what is seen over them."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np
import pytest

from services.terrain.uncertainty import error_field, seen_share
from services.terrain.viewshed import Bend, Field, visible_cells

FLAT = Bend(is_curved=False)


def test_errors_have_the_deviation_and_the_correlation_of_the_formula():
    random = np.random.default_rng(1)
    field = error_field((1000, 1000), 5.5, 2.0, random)
    assert field.mean() == pytest.approx(0, abs=0.1)
    assert field.std() == pytest.approx(5.5, rel=0.02)
    for apart in (1, 3):
        beside = np.roll(field, apart, axis=1)
        found = (field * beside).mean() / field.var()
        assert found == pytest.approx(np.exp(-(apart**2) / 16), abs=0.02)


def test_ground_two_cells_off_is_seen_as_often_as_the_normal_distribution_has_it():
    # the middle cell hides it if 2 h1 - h0 - h2 > eye; the variance of that is
    # s^2 (6 - 8 r(1) + 2 r(2)), r(d) = exp(-d^2 / 16)
    deviation, eye, count = 5.0, 4.0, 3000
    random = np.random.default_rng(2)
    shape = (32, 32)
    view = Field(np.zeros(shape), np.full(shape, 1.0), np.full(shape, 1.0), 16, 16, eye)
    errors = (error_field(shape, deviation, 2.0, random) for _ in range(count))
    share = seen_share([view], errors, 2.0, FLAT)
    variance = deviation**2 * (6 - 8 * np.exp(-1 / 16) + 2 * np.exp(-4 / 16))
    expected = 0.5 * (1 + erf(eye / sqrt(2 * variance)))
    for cell in ((16, 18), (16, 14), (18, 16), (14, 16)):
        assert share[cell] == pytest.approx(expected, abs=0.03)  # 4 sigma of 3000


def test_without_errors_the_share_is_the_viewshed():
    heights = np.random.default_rng(3).normal(0, 20, (40, 40))
    metres = np.full((40, 40), 90.0)
    view = Field(heights, metres, metres, 20, 20, float(heights[20, 20]) + 2)
    share = seen_share([view], [np.zeros((40, 40))] * 2, 1500.0, Bend())
    seen = visible_cells(view, 1500.0, 0.0, Bend(), lambda _: None)
    assert np.array_equal(share, seen.astype(float))
