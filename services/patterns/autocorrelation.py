"""Spatial autocorrelation: Moran's I of all features, Gi* of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import ndtr

#: Confidence of the bins 1, 2, 3 as the largest p-value.
_BINS = (0.10, 0.05, 0.01)


@dataclass(frozen=True, slots=True)
class Moran:
    """Moran's I with its expectation and variance under randomisation, z and p."""

    index: float
    expected: float
    variance: float
    z: float
    p: float


def two_sided(z: np.ndarray | float) -> Any:
    """Return how likely a standard normal number is at least this far from 0."""
    return 2.0 * ndtr(-np.abs(z))


def moran(values: np.ndarray, weights: Any) -> Moran:
    """Return Moran's I of values (n,) by weights (n, n), n at least 4.

    The values are not all equal, and some weight is above 0. Where any values would
    give the same index, variance and z are 0.
    Source: Cliff and Ord (1981), Spatial Processes, equations 1.38 and 2.19.
    """
    n = len(values)
    apart = values - values.mean()
    apart = apart / np.abs(apart).max()  # fourth powers of tiny numbers would be 0
    squares = float(apart @ apart)
    s0 = float(weights.sum())
    both = weights + weights.T
    s1 = float((both * both).sum()) / 2.0
    s2 = float(((weights.sum(axis=0) + weights.sum(axis=1)) ** 2).sum())
    index = n / s0 * float(apart @ (weights @ apart)) / squares
    peak = n * float((apart**4).sum()) / squares**2
    expected = -1.0 / (n - 1)
    first = n * ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    second = peak * ((n * n - n) * s1 - 2 * n * s2 + 6 * s0**2)
    below = (n - 1) * (n - 2) * (n - 3) * s0**2
    variance = max((first - second) / below - expected**2, 0.0)
    z = (index - expected) / np.sqrt(variance) if variance > 0 else 0.0
    return Moran(index, expected, variance, float(z), float(two_sided(z)))


def gi_star(values: np.ndarray, weights: Any) -> np.ndarray:
    """Return the z-score of Gi* of each feature, itself among its neighbours.

    ``weights`` (n, n) hold 0 or 1, without the diagonal. NaN where all features
    are neighbours. The values are not all equal.
    Source: Ord and Getis (1995), Geographical Analysis 27, equation 14.
    """
    n = len(values)
    with_self = weights + sparse.eye_array(n, format="csr")
    sums = np.asarray(with_self.sum(axis=1)).ravel()
    squares = np.asarray((with_self * with_self).sum(axis=1)).ravel()
    spread = values.std() * np.sqrt(np.maximum(n * squares - sums**2, 0.0) / (n - 1))
    apart = with_self @ values - values.mean() * sums
    z = np.divide(apart, spread, out=np.full(n, np.nan), where=spread > 0)
    return np.asarray(z)


def bins_of(z: np.ndarray, p: np.ndarray, *, corrected: bool) -> np.ndarray:
    """Return -3..3: cold or hot with 90, 95, 99 % confidence, 0 for neither.

    ``corrected`` holds down the share of false findings among all features.
    Source: Benjamini and Hochberg (1995), J. Royal Statistical Society B 57.
    """
    bins = np.zeros(len(z), dtype=np.int64)
    for level in _BINS:
        limit = _largest_allowed(p, level) if corrected else level
        bins += p <= limit
    return np.where(z < 0, -bins, bins)


def _largest_allowed(p: np.ndarray, level: float) -> float:
    """Return the largest p-value that is a finding; -1 if none is."""
    ordered = np.sort(p[~np.isnan(p)])
    steps = level * np.arange(1, len(ordered) + 1) / max(len(ordered), 1)
    allowed = ordered[ordered <= steps]
    return float(allowed[-1]) if len(allowed) else -1.0
