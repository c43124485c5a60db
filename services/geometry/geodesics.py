"""Geodesics drawn: vertices between two places, close enough to be straight."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely
from shapely import GeometryType

from services.geometry.crs import SpatialReference
from services.geometry.planes import geographic_of
from services.geometry.ragged import offsets_of
from services.geometry.reproject import reproject
from services.geometry.wrap import wrap

_RADIUS = 6_371_000.0
_MOST_PIECES = 500


def geodesic_vertices(
    start: np.ndarray, end: np.ndarray, geod: pyproj.Geod
) -> tuple[np.ndarray, np.ndarray]:
    """Return vertices in degrees from ``start`` up to, not with, ``end``.

    Shape (k, 2) both; the second array says to which of the k edges a vertex
    belongs. They are so close that a straight line between two of them strays by
    less than 1 m and a part in 100,000 of the edge: a chord of L metres by L^2 / 8R.
    """
    azimuth, _, metres = geod.inv(*start.T, *end.T)
    step = np.sqrt(8.0 * _RADIUS * (1.0 + 1e-5 * metres))
    pieces = np.clip(np.ceil(metres / step), 1, _MOST_PIECES).astype(np.int64)
    of = np.repeat(np.arange(len(start)), pieces)
    at = np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    lon, lat, _ = geod.fwd(
        start[of, 0], start[of, 1], azimuth[of], metres[of] * at / pieces[of]
    )
    vertices = np.column_stack([lon, lat])
    vertices[at == 0] = start
    return vertices, of


def geodesic_lines(
    start: np.ndarray, end: np.ndarray, geod: pyproj.Geod, reference: SpatialReference
) -> np.ndarray:
    """Return the geodesic from each start to each end, (k, 2) in degrees.

    Lines in ``reference``, shape (k,), in two parts over the antimeridian; two equal
    places give a line without length.
    """
    vertices, of = geodesic_vertices(start, end, geod)
    last = np.cumsum(np.bincount(of, minlength=len(start)))
    lonlat = np.insert(vertices, last, end, axis=0)
    offsets = offsets_of(np.bincount(of, minlength=len(start)) + 1)
    turns = np.round(np.diff(lonlat[:, 0]) / 360.0)
    turns[offsets[1:-1] - 1] = 0.0
    shift = np.concatenate([[0.0], np.cumsum(turns)])
    sizes = np.diff(offsets)
    lonlat[:, 0] -= 360.0 * (shift - np.repeat(shift[offsets[:-1]], sizes))
    made = shapely.from_ragged_array(GeometryType.LINESTRING, lonlat, (offsets,))
    geographic = geographic_of(reference)
    cut = wrap(np.asarray(made, dtype=object), geographic)
    return reproject(cut, geographic, reference)
