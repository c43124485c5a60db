"""Edges as drawn: straight in the reference of the data, followed on the ground."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import GeometryType

from services.geometry.crs import SpatialReference, transform
from services.geometry.planes import geographic_of

_RADIUS = 6_371_000.0
_LONGEST = 200_000.0  # metres of one edge; a plane's straight line is a geodesic
_MOST_PIECES = 500  # of one edge
_MOST_VERTICES = 5_000_000


def geometry_offsets(offsets: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return where the vertices of each geometry start, from ragged offsets."""
    result = offsets[-1]
    for level in reversed(offsets[:-1]):
        result = level[result]
    return np.asarray(result)


def full_turns(lonlat: np.ndarray, path_offsets: np.ndarray) -> np.ndarray:
    """Tell which edges go once round the globe, as drawn; shape (k - 1,).

    That is the edge of a world map, or a whole parallel as a line. A closed path
    with one such edge that no other undoes goes round a pole instead: its edge is
    no more than the closing of the path, unless it lies on the pole.
    """
    steps = np.diff(lonlat[:, 0])
    steps[path_offsets[1:-1] - 1] = 0.0
    full = np.abs(steps) > 360.0 - 1e-9
    if full.any():
        free = full & (np.abs(lonlat[:-1, 1]) < 90.0 - 1e-9)
        path = np.repeat(np.arange(len(path_offsets) - 1), np.diff(path_offsets))[:-1]
        closed = (lonlat[path_offsets[:-1]] == lonlat[path_offsets[1:] - 1]).all(axis=1)
        around = np.bincount(path, np.where(full, np.sign(steps), 0.0), len(closed))
        full &= ~(free & (closed & (around != 0.0))[path])
    return full


def closing_turns(lonlat: np.ndarray, path_offsets: np.ndarray) -> np.ndarray:
    """Tell which edges only close a ring round a pole, whose longitudes run on.

    Shape (k - 1,). Both ends of such an edge are one place, a whole turn apart.
    """
    whole = np.abs(np.diff(lonlat[:, 0])) > 360.0 - 1e-9
    whole[path_offsets[1:-1] - 1] = False
    return np.asarray(whole & ~full_turns(lonlat, path_offsets))


def run_on(lonlat: np.ndarray, path_offsets: np.ndarray) -> np.ndarray:
    """Return degrees whose longitudes run on along each path (190 after 170).

    An edge of more than 180 degrees is taken the short way round, but for
    ``full_turns``.
    """
    turns = np.round(np.diff(lonlat[:, 0]) / 360.0)
    turns[path_offsets[1:-1] - 1] = 0.0
    if not turns.any():
        return lonlat
    turns[full_turns(lonlat, path_offsets)] = 0.0
    shift = np.concatenate([[0.0], np.cumsum(turns)])
    shift -= np.repeat(shift[path_offsets[:-1]], np.diff(path_offsets))
    return np.column_stack([lonlat[:, 0] - 360.0 * shift, lonlat[:, 1]])


def follow_drawn(
    source: np.ndarray,
    reference: SpatialReference,
    tolerance: np.ndarray,
) -> np.ndarray:
    """Return geometries in degrees that lie on the ground where drawn.

    Shape (n,) in and out; all points, all lines or all polygons, without z, none
    None or empty. Long edges get vertices between, so that geodesics from one to
    the next keep within ``tolerance`` metres, shape (n,), of the line drawn in
    ``reference``. Longitudes run on along each line or ring, see ``run_on``.
    """
    lonlat = transform(source, reference, geographic_of(reference))
    kind, xy, offsets = shapely.to_ragged_array(lonlat)
    if kind in (GeometryType.POINT, GeometryType.MULTIPOINT):
        return lonlat
    running = run_on(xy, offsets[0])
    pieces = _pieces(running, offsets, tolerance)
    if pieces is None:
        if running is xy:
            return lonlat
        return np.asarray(shapely.from_ragged_array(kind, running, offsets))
    if reference.is_geographic:
        filled = fill(running, pieces)
    else:
        filled = _fill_projected(source, running, xy, pieces, reference)
    first = np.concatenate([[0], np.cumsum(pieces)])
    offsets = (first[offsets[0]], *offsets[1:])
    return np.asarray(shapely.from_ragged_array(kind, filled, offsets))


def _pieces(
    lonlat: np.ndarray, offsets: tuple[np.ndarray, ...], tolerance: np.ndarray
) -> np.ndarray | None:
    """Return into how many pieces the edge after each vertex goes; None if no edge.

    A straight line of degrees strays from the geodesic by
    R/8 |dlon sin(lat)| hypot(dlon cos(lat), 2 dlat) in its middle, a second-order
    expansion; a line drawn in a projection usually by less.
    """
    steps = np.radians(np.diff(lonlat, axis=0, append=lonlat[-1:]))
    steps[offsets[0][1:] - 1] = 0.0
    widest = float(np.abs(steps).max(initial=0.0))
    if _RADIUS * widest * widest / 3.0 < tolerance.min() and widest < 0.02:
        return None
    lat = np.radians(lonlat[:, 1]) + steps[:, 1] / 2
    east = steps[:, 0] * np.cos(lat)
    stray = np.abs(steps[:, 0] * np.sin(lat)) * np.hypot(east, 2.0 * steps[:, 1])
    sizes = np.diff(geometry_offsets(offsets))
    needed = np.sqrt(_RADIUS / 8.0 * stray / np.repeat(tolerance, sizes))
    length = _RADIUS * np.hypot(east, steps[:, 1]) / _LONGEST
    pieces = np.clip(np.ceil(np.maximum(needed, length)), 1, _MOST_PIECES)
    extra = pieces.sum() - len(pieces)
    if extra == 0:
        return None
    pieces = 1 + (pieces - 1) * min(1.0, _MOST_VERTICES / extra)
    return np.asarray(np.ceil(pieces), dtype=np.int64)


def fill(xy: np.ndarray, pieces: np.ndarray) -> np.ndarray:
    """Return coordinates with ``pieces - 1`` even ones after each vertex."""
    which = np.repeat(np.arange(len(xy)), pieces)
    within = np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    steps = np.diff(xy, axis=0, append=xy[-1:])
    share = within / pieces[which]
    return np.asarray(xy[which] + steps[which] * share[:, np.newaxis])


def _fill_projected(
    source: np.ndarray,
    running: np.ndarray,
    lonlat: np.ndarray,
    pieces: np.ndarray,
    reference: SpatialReference,
) -> np.ndarray:
    """Fill in the projection; over the antimeridian, where it is torn, in degrees."""
    xy = fill(shapely.get_coordinates(source), pieces)
    moved = transform(
        np.array([shapely.multipoints(xy)], dtype=object),
        reference,
        geographic_of(reference),
    )
    filled = shapely.get_coordinates(moved)
    even = fill(running, pieces)
    # Bring each vertex to the turn of its edge; torn edges take the even ones.
    filled[:, 0] += 360.0 * np.round((even[:, 0] - filled[:, 0]) / 360.0)
    torn = np.abs(np.diff(lonlat[:, 0], append=lonlat[-1, 0])) > 180.0
    torn = np.repeat(torn, pieces)
    filled[torn] = even[torn]
    return np.asarray(filled)
