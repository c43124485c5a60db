"""Features to be found: their edges, on the globe and on a chart with a tree."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from services.geometry.crs import SpatialReference, transform
from services.geometry.edges import follow_drawn
from services.geometry.planes import Planes, earth_centred, geod_of, geographic_of

#: Degrees of latitude at which the chart ends.
TOP = 89.9

_TOLERANCE = 1.0  # metres between an edge as drawn and its pieces
_RUN = 64  # edges in a row that are told by one ball around them
_PAIRS = 4_000_000
_WIDEST = 6_400_000.0  # metres; no radius of curvature of the earth is larger
#: Metres, a quarter round the globe, from which a geodesic is nearest at an end.
QUARTER = 10_020_000.0


def drawn_globally(geometries: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return geometries in degrees, centred within -180 ... 180, followed closely."""
    plain = np.asarray(shapely.force_2d(geometries), dtype=object)
    lonlat = follow_drawn(plain, reference, np.full(len(plain), _TOLERANCE))
    bounds = shapely.bounds(lonlat)
    turns = np.round((bounds[:, 0] + bounds[:, 2]) / 720.0)
    if not turns.any():
        return lonlat
    xy, of = shapely.get_coordinates(lonlat, return_index=True)
    xy[:, 0] -= 360.0 * turns[of]
    return np.asarray(shapely.set_coordinates(lonlat.copy(), xy))


def to_chart(lonlat: np.ndarray) -> np.ndarray:
    """Return Mercator coordinates in radians; poles are drawn in to 89.9 degrees."""
    radians = np.radians(lonlat)
    top = math.radians(TOP)
    y = np.arcsinh(np.tan(np.clip(radians[..., 1], -top, top)))
    return np.stack([radians[..., 0], y], axis=-1)


def from_chart(xy: np.ndarray) -> np.ndarray:
    """Return degrees of Mercator coordinates in radians."""
    lat = np.degrees(np.arctan(np.sinh(xy[:, 1])))
    return np.column_stack([np.degrees(xy[:, 0]), lat])


@dataclass(frozen=True, slots=True)
class Targets:
    """The edges of the other set; a point is an edge without length.

    Edge e has ends ``lonlat[ends[e]]``, earth-centred ``places[:, ends[e]]``. The
    chart repeats each edge a turn east or west where it may be seen: ``edge`` says
    which edge each shape of ``tree`` is. ``areas`` holds whole polygons likewise.
    """

    lonlat: np.ndarray
    places: np.ndarray
    ends: np.ndarray
    owner: np.ndarray
    tree: shapely.STRtree
    edge: np.ndarray
    areas: shapely.STRtree
    owner_of_area: np.ndarray
    geod: pyproj.Geod

    @classmethod
    def of(cls, others: np.ndarray, reference: SpatialReference) -> Targets:
        """Take the others apart."""
        drawn, geod = drawn_globally(others, reference), geod_of(reference)
        lonlat, ends, owner = _edges(drawn)
        copies, edge = _copies(to_chart(lonlat)[ends])
        points = bool((ends[:, 0] == ends[:, 1]).all())
        shapes = shapely.points(copies[:, 0]) if points else shapely.linestrings(copies)
        area = np.flatnonzero(shapely.get_dimensions(drawn) == 2)
        whole = shapely.transform(drawn[area], to_chart)
        turned = [_turned(whole, turn) for turn in (-1, 0, 1)]
        return cls(
            lonlat, earth_centred(lonlat, geod), ends, owner, shapely.STRtree(shapes),
            edge, shapely.STRtree(np.concatenate(turned)), np.tile(area, 3), geod,
        )  # fmt: skip

    def from_places(
        self, lonlat: np.ndarray, edge: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return metres from each place (k, 2) to an edge, and where along it (0-1)."""
        planes = Planes(lonlat[:, 0], lonlat[:, 1], self.geod)
        each = np.arange(len(edge))
        first, last = self.ends[edge].T
        start = planes.flatten(self.places[:, first], each)
        along = planes.flatten(self.places[:, last], each) - start
        square = (along * along).sum(axis=1)
        share = -(start * along).sum(axis=1) / np.where(square > 0.0, square, 1.0)
        share = share.clip(0.0, 1.0)
        nearer, other = np.hypot(*start.T), np.hypot(*(start + along).T)
        far = np.minimum(nearer, other) > QUARTER
        share[far] = other[far] < nearer[far]
        foot = start + along * share[:, np.newaxis]
        return np.hypot(*foot.T), share

    def within(
        self, places: np.ndarray, metres: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return pairs of place and ``tree`` shape within so many metres, and more.

        ``places`` is (3, n), earth-centred; no pair is left out, some are too many.
        """
        first, last = self.places[:, self.ends[self.edge].T].transpose(1, 0, 2)
        starts = np.arange(0, len(self.edge), _RUN)
        sizes = np.diff(np.append(starts, len(self.edge)))
        centres = np.add.reduceat(first, starts, axis=1) / sizes
        off = _apart(np.repeat(centres, sizes, axis=1), first) + _apart(first, last)
        balls = np.maximum.reduceat(off, starts)
        angle = np.minimum(metres / (2.0 * _WIDEST), math.pi / 2.0)
        chords = 2.0 * _WIDEST * np.sin(angle) + 1.0
        rows, copies = [], []
        step = max(1, _PAIRS // len(self.edge))
        for begin in range(0, len(metres), step):
            block = slice(begin, begin + step)
            limit = chords[block, np.newaxis] + balls
            row, run = np.nonzero(
                _apart(places[:, block, np.newaxis], centres[:, np.newaxis]) <= limit
            )
            copy = run[:, np.newaxis] * _RUN + np.arange(_RUN)
            row, copy = np.repeat(row, _RUN), copy.ravel()
            row, copy = row[copy < len(off)] + begin, copy[copy < len(off)]
            gap = _apart(places[:, row], first[:, copy])
            close = gap <= chords[row] + _apart(first[:, copy], last[:, copy])
            rows.append(row[close])
            copies.append(copy[close])
        return np.concatenate(rows), np.concatenate(copies)

    def along(
        self, edge: np.ndarray, share: np.ndarray, reference: SpatialReference
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return places on edges as drawn: degrees, and in ``reference``."""
        geographic = geographic_of(reference)
        ends = self.lonlat[self.ends[edge]]
        if not reference.same_place(geographic):
            ends = move_places(ends.reshape(-1, 2), geographic, reference).reshape(
                -1, 2, 2
            )
        xy = ends[:, 0] + (ends[:, 1] - ends[:, 0]) * share[:, np.newaxis]
        if reference.same_place(geographic):
            xy[:, 0] -= 360.0 * np.round(xy[:, 0] / 360.0)
            return xy, xy
        return move_places(xy, reference, geographic), xy


def _apart(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return straight metres between earth-centred places."""
    x, y, z = (one - two for one, two in zip(first, second, strict=True))
    return np.asarray(np.sqrt(x * x + y * y + z * z))


def move_places(
    xy: np.ndarray, source: SpatialReference, target: SpatialReference
) -> np.ndarray:
    """Return coordinates (k, 2) in another reference. Raises InvalidValue."""
    moved = transform(np.asarray(shapely.points(xy)), source, target)
    return np.asarray(shapely.get_coordinates(moved))


def _edges(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vertices (k, 2), the ends of each edge (e, 2), and its owner (e,)."""
    parts, owners = shapely.get_parts(drawn, return_index=True)
    dimension = int(shapely.get_dimensions(parts).max())
    if dimension == 0:
        each = np.arange(len(parts))
        return shapely.get_coordinates(parts), np.column_stack([each, each]), owners
    if dimension == 2:
        parts, of = shapely.get_rings(parts, return_index=True)
        owners = owners[of]
    lonlat, path = shapely.get_coordinates(parts, return_index=True)
    first = np.flatnonzero(path[1:] == path[:-1])
    return lonlat, np.column_stack([first, first + 1]), owners[path[first]]


def _turned(chart: np.ndarray, turn: int) -> np.ndarray:
    shift = np.array([2.0 * math.pi * turn, 0.0])
    return np.asarray(shapely.transform(chart, lambda xy: xy + shift))


def _copies(chart: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return edges (e, 2, 2) also a turn east or west, where a feature may look."""
    middle = chart[:, :, 0].mean(axis=1)
    edge, copies = [], []
    for turn in (-2.0 * math.pi, 0.0, 2.0 * math.pi):
        seen = np.flatnonzero(np.abs(middle + turn) <= 2.0 * math.pi)
        edge.append(seen)
        copies.append(chart[seen] + [turn, 0.0])
    return np.concatenate(copies), np.concatenate(edge)
