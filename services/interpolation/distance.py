"""Inverse distance weighting."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree


class InverseDistance:
    """The mean of the nearest measured values, weighed by distance to a power.

    ``xy`` (n, 2) are different places in metres, ``values`` (n,). ``neighbours`` are
    taken at most, none further than ``reach``; a place without any is NaN.
    Source: Shepard (1968), Proc. 23rd ACM national conference.
    """

    def __init__(
        self,
        xy: np.ndarray,
        values: np.ndarray,
        power: float,
        neighbours: int,
        reach: float,
    ) -> None:
        self._tree = cKDTree(xy)
        self._values = values
        self._power = power
        self._neighbours = min(neighbours, len(xy))
        self._reach = reach

    def at(self, xy: np.ndarray) -> np.ndarray:
        """Return the value at places (k, 2) in metres; shape (k,)."""
        distance, index = self._tree.query(
            xy, k=[*range(1, self._neighbours + 1)],
            distance_upper_bound=np.nextafter(self._reach, np.inf),
        )  # fmt: skip
        nearest = distance[:, :1]
        known = np.isfinite(distance)
        with np.errstate(all="ignore"):  # of the nearest, so that no power is too small
            weights = np.where(known, (nearest / distance) ** self._power, 0.0)
        here = nearest[:, 0] == 0
        weights[here] = distance[here] == 0
        values = np.append(self._values, 0.0)[index]
        total = weights.sum(axis=1)
        with np.errstate(invalid="ignore"):
            return np.asarray(
                np.where(known[:, 0], (weights * values).sum(axis=1) / total, np.nan)
            )
