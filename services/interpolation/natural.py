"""Natural neighbour interpolation.

Source: Sibson (1981), A brief description of natural neighbour interpolation; the areas
by Watson (1992), Contouring: the areas that a new point takes are sums over the
triangles whose circles it lies in, of triangles of circumcentres.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay, QhullError

#: Of the extent: a place this near to a line through two points is moved aside by it.
_HAIR = 1e-7


class NaturalNeighbours:
    """The mean of the natural neighbours of a place, weighed by the area it takes.

    ``xy`` (n, 2) are different places in metres, ``values`` (n,). Raises ValueError if
    they span no triangle. Outside of the hull of the points all is NaN.
    """

    def __init__(self, xy: np.ndarray, values: np.ndarray) -> None:
        self._middle = xy.mean(axis=0)
        self._xy = xy - self._middle
        self._values = values
        spread = np.linalg.svd(self._xy, compute_uv=False)
        if len(xy) < 3 or spread[1] <= spread[0] * _HAIR:
            raise ValueError("the points lie on one line")
        try:
            self._mesh = Delaunay(self._xy)
        except (QhullError, ValueError):
            raise ValueError("the points lie on one line") from None
        self._corners = self._xy[self._mesh.simplices]
        self._centres = _circumcentres(*np.moveaxis(self._corners, 1, 0))
        self._squares = np.square(self._centres - self._corners[:, 0]).sum(axis=1)
        self._hair = _HAIR * float(np.ptp(self._xy, axis=0).max())

    def at(self, xy: np.ndarray) -> np.ndarray:
        """Return the value at places (k, 2) in metres; shape (k,)."""
        xy = xy - self._middle
        first = self._mesh.find_simplex(xy)
        made = np.full(len(xy), np.nan)
        rows = np.flatnonzero(first >= 0)
        point, is_hit = self._on_points(xy[rows], first[rows])
        made[rows[is_hit]] = self._values[point[is_hit]]
        rows = rows[~is_hit]
        for turn in (None, 0.7, 2.9, 5.1):  # on a line of two points: beside it
            places = xy[rows]
            if turn is not None:
                places = places + self._hair * np.array([np.cos(turn), np.sin(turn)])
            start = self._mesh.find_simplex(places)
            rows, places, start = (
                rows[start >= 0],
                places[start >= 0],
                start[start >= 0],
            )
            made[rows] = self._weighed(places, start)
            rows = np.flatnonzero((first >= 0) & ~np.isfinite(made))
            if not len(rows):
                break
        return made

    def _on_points(
        self, places: np.ndarray, first: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the nearest corner of the triangle of each, and if it lies on it."""
        apart = np.abs(self._corners[first] - places[:, None]).max(axis=2)
        nearest = apart.argmin(axis=1)
        at = np.arange(len(places))
        is_hit = apart[at, nearest] <= self._hair * 1e-3
        return np.asarray(self._mesh.simplices[first, nearest]), is_hit

    def _weighed(self, places: np.ndarray, first: np.ndarray) -> np.ndarray:
        of, triangle = self._cavities(places, first)
        here, corners = places[of], self._corners[triangle]
        a, b, c = np.moveaxis(corners, 1, 0)
        with np.errstate(all="ignore"):
            opposite = [
                _circumcentres(here, one, two) for one, two in ((b, c), (c, a), (a, b))
            ]
            centre = self._centres[triangle]
            total, weighed = np.zeros(len(places)), np.zeros(len(places))
            for at in range(3):
                one, two = opposite[(at + 1) % 3], opposite[(at + 2) % 3]
                area = _cross(one - centre, two - centre)
                values = self._values[self._mesh.simplices[triangle, at]]
                total += np.bincount(of, area, len(places))
                weighed += np.bincount(of, area * values, len(places))
            return np.asarray(weighed / total)

    def _cavities(
        self, places: np.ndarray, first: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return all pairs of a place and a triangle whose circle it lies in."""
        of, triangle = np.arange(len(places)), first.astype(np.int64)
        before = np.full(len(of), -1)
        found = [(of, triangle)]
        while len(of):  # no point lies in there, so the triangles hang like a tree
            beside = self._mesh.neighbors[triangle].astype(np.int64)
            of, before = np.repeat(of, 3), np.repeat(before, 3)
            came, triangle = np.repeat(triangle, 3), beside.ravel()
            apart = np.square(places[of] - self._centres[triangle]).sum(axis=1)
            inside = (triangle >= 0) & (triangle != before)
            inside &= apart < self._squares[triangle]
            of, triangle, before = of[inside], triangle[inside], came[inside]
            found.append((of, triangle))
        pairs = [np.concatenate(one) for one in zip(*found, strict=True)]
        return pairs[0], pairs[1]


def _circumcentres(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return the centres (k, 2) of circles through three places (k, 2) each."""
    b, c = b - a, c - a
    double = 2.0 * _cross(b, c)
    squares_b, squares_c = np.square(b).sum(axis=1), np.square(c).sum(axis=1)
    x = (c[:, 1] * squares_b - b[:, 1] * squares_c) / double
    y = (b[:, 0] * squares_c - c[:, 0] * squares_b) / double
    return np.asarray(np.column_stack([x, y]) + a)


def _cross(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return np.asarray(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
