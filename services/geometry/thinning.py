"""Lines and outlines with fewer vertices, by a tolerance on the ground."""

from __future__ import annotations

from typing import Literal

import numpy as np
import shapely
from shapely import GeometryType

from services.geometry.crs import SpatialReference, transform
from services.geometry.edges import geometry_offsets
from services.geometry.local import lay_flat
from services.geometry.planes import geod_of, geographic_of
from services.geometry.ragged import all_coordinates, build_shapes

Method = Literal["POINT_REMOVE", "EFFECTIVE_AREA"]

# GEOS goes one call deeper a vertex and crashes at 70,000 of a zigzag: lines are
# thinned in pieces of so many vertices, whose ends stay.
_LONGEST = 10_000
_HALVINGS = 6


def thin(
    geometries: np.ndarray,
    reference: SpatialReference,
    metres: float,
    method: Method = "POINT_REMOVE",
) -> np.ndarray:
    """Drop vertices that say little, by a tolerance in metres on the ground.

    Shape (n,) in and out, all lines or all polygons; None, empty and points stay.
    The vertices that are left keep their coordinates, z and m included.
    POINT_REMOVE keeps within ``metres`` of the old line (Douglas and Peucker 1973).
    EFFECTIVE_AREA drops corners of less than ``metres`` squared (Visvalingam and
    Whyatt 1993). Parts neither vanish nor start to cross others of their feature:
    where one would, the tolerance is halved for that feature until it does not.

    Measured in a plane around each feature, where distances are never too short:
    on features above 1,500 km across the tolerance is somewhat less than asked.
    """
    result = np.array(geometries, dtype=object)
    todo = np.flatnonzero(
        ~shapely.is_empty(result) & (shapely.get_dimensions(result) > 0)
    )
    sound = _is_sound(result)
    tolerance = float(metres)
    for _ in range(_HALVINGS):
        if not len(todo) or tolerance <= 0.0:
            break
        made = _thinned(geometries[todo], reference, tolerance, method)
        good = _is_sound(made) | ~sound[todo]
        result[todo[good]] = made[good]
        todo, tolerance = todo[~good], tolerance / 2.0
    return result


def _is_sound(geometries: np.ndarray) -> np.ndarray:
    """Tell which polygons are valid and which lines do not cross themselves."""
    area = shapely.get_dimensions(geometries) == 2
    valid, simple = shapely.is_valid(geometries), shapely.is_simple(geometries)
    return np.asarray(np.where(area, valid, simple))


def _thinned(
    geometries: np.ndarray, reference: SpatialReference, metres: float, method: Method
) -> np.ndarray:
    plain = np.asarray(shapely.force_2d(geometries), dtype=object)
    lonlat = transform(plain, reference, geographic_of(reference))
    flat = lay_flat(lonlat, geod_of(reference)).geometries
    kind, xy, offsets = shapely.to_ragged_array(flat)
    fixed = _fixed(shapely.get_coordinates(lonlat), offsets[0])
    if method == "EFFECTIVE_AREA":
        keep = _by_area(xy, offsets[0], fixed, metres * metres)
        return _rebuilt(geometries, kind, keep, offsets)
    extra = np.add.reduceat(fixed, geometry_offsets(offsets)[:-1])
    paths = np.diff(np.searchsorted(offsets[0], geometry_offsets(offsets)))
    whole = extra == 2 * paths
    result = np.empty(len(geometries), dtype=object)
    if whole.any():
        result[whole] = _by_distance(geometries[whole], flat[whole], metres)
    if not whole.all():
        keep = _by_distance_in_pieces(xy, offsets[0], fixed, metres)
        result[~whole] = _rebuilt(geometries, kind, keep, offsets)[~whole]
    return result


def _rebuilt(
    geometries: np.ndarray,
    kind: GeometryType,
    keep: np.ndarray,
    offsets: tuple[np.ndarray, ...],
) -> np.ndarray:
    """Build geometries of the vertices kept; a ring of fewer than 4 keeps all."""
    sizes = np.add.reduceat(keep, offsets[0][:-1], dtype=np.int64)
    poor = (sizes < 4) & _is_closed(shapely.get_coordinates(geometries), offsets[0])
    keep = keep | np.repeat(poor, np.diff(offsets[0]))
    left = np.append(0, np.cumsum(keep))
    return _built(
        geometries, kind, np.flatnonzero(keep), (left[offsets[0]], *offsets[1:])
    )


def _built(
    geometries: np.ndarray,
    kind: GeometryType,
    kept: np.ndarray,
    offsets: tuple[np.ndarray, ...],
) -> np.ndarray:
    """Build geometries of the original coordinates of vertices; one part is single."""
    coordinates, dims = all_coordinates(geometries)
    return build_shapes(kind, coordinates[kept], offsets, dims)


def _is_closed(xy: np.ndarray, path_offsets: np.ndarray) -> np.ndarray:
    ends = xy[path_offsets[:-1]] == xy[path_offsets[1:] - 1]
    return np.asarray(ends.all(axis=1))


def _fixed(lonlat: np.ndarray, path_offsets: np.ndarray) -> np.ndarray:
    """Tell which vertices stay: ends of paths, of pieces, and the edges of the map."""
    fixed = np.abs(np.abs(lonlat[:, 0]) - 180.0) < 1e-9
    fixed |= np.abs(lonlat[:, 1]) > 90.0 - 1e-9
    within = np.arange(len(lonlat)) - np.repeat(
        path_offsets[:-1], np.diff(path_offsets)
    )
    fixed |= within % _LONGEST == 0
    fixed[path_offsets[1:] - 1] = True
    return np.asarray(fixed)


def _by_distance(geometries: np.ndarray, flat: np.ndarray, metres: float) -> np.ndarray:
    """Thin whole geometries; the number of each vertex travels along as its z."""
    xy = shapely.get_coordinates(flat)
    numbered = np.column_stack([xy, np.arange(len(xy))])
    numbered = shapely.set_coordinates(shapely.force_3d(flat), numbered)
    thinned = shapely.simplify(numbered, metres, preserve_topology=True)
    kind, left, offsets = shapely.to_ragged_array(thinned, include_z=True)
    return _built(geometries, kind, left[:, 2].astype(np.int64), offsets)


def _by_distance_in_pieces(
    xy: np.ndarray, path_offsets: np.ndarray, fixed: np.ndarray, metres: float
) -> np.ndarray:
    """Return which vertices stay, thinning from one fixed vertex to the next."""
    fixed = fixed | _anchors(xy, path_offsets)
    ends = np.flatnonzero(fixed)
    sizes = np.diff(ends) + 1
    offsets = np.append(0, np.cumsum(sizes))
    index = np.arange(offsets[-1]) + np.repeat(ends[:-1] - offsets[:-1], sizes)
    numbered = np.column_stack([xy[index], index])
    lines = shapely.from_ragged_array(GeometryType.LINESTRING, numbered, (offsets,))
    thinned = shapely.simplify(lines, metres, preserve_topology=False)
    keep = fixed.copy()
    left = shapely.get_coordinates(thinned, include_z=True)[:, 2]
    keep[left.astype(np.int64)] = True
    return keep


def _by_area(
    xy: np.ndarray, path_offsets: np.ndarray, fixed: np.ndarray, area: float
) -> np.ndarray:
    """Return which vertices stay, dropping the smallest corners first.

    In each round all corners below ``area`` that are smaller than both neighbours
    go at once. Sizes within 9 % count as the same, and chance decides between
    them, so that there are few rounds even where all corners are alike.
    """
    fixed = fixed | _anchors(xy, path_offsets)
    chance = np.random.default_rng(0).permutation(len(xy))
    left = np.arange(len(xy))
    while True:
        corner = np.full(len(left), np.inf)
        corner[1:-1] = _corners(xy[left])
        corner[fixed[left] | (corner >= area)] = np.inf
        rank = np.floor(8.0 * np.log2(corner + 1e-9))
        order = chance[left]
        first = (rank[:-1] < rank[1:]) | (
            (rank[:-1] == rank[1:]) & (order[:-1] < order[1:])
        )
        small = np.isfinite(rank)
        small[:-1] &= first
        small[1:] &= ~first
        if not small.any():
            break
        left = left[~small]
    keep = np.zeros(len(xy), dtype=bool)
    keep[left] = True
    return keep


def _corners(xy: np.ndarray) -> np.ndarray:
    """Return the area of the triangle at each vertex but the ends."""
    first, second = xy[:-2] - xy[1:-1], xy[2:] - xy[1:-1]
    twice = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    return np.asarray(np.abs(twice) / 2.0)


def _anchors(xy: np.ndarray, path_offsets: np.ndarray) -> np.ndarray:
    """Tell the two vertices that keep each closed path from collapsing."""
    anchors = np.zeros(len(xy), dtype=bool)
    starts, sizes = path_offsets[:-1], np.diff(path_offsets)
    path = np.repeat(np.arange(len(starts)), sizes)
    closed = _is_closed(xy, path_offsets)
    away = xy - xy[starts][path]
    far = _farthest((away * away).sum(axis=1), path, starts)
    axis = away[far][path]
    side = np.abs(away[:, 0] * axis[:, 1] - away[:, 1] * axis[:, 0])
    for found in (far, _farthest(side, path, starts)):
        anchors[found[closed]] = True
    return anchors


def _farthest(values: np.ndarray, path: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return where the largest value of each path is."""
    order = np.lexsort((values, path))
    return np.asarray(order[np.append(starts[1:], len(values)) - 1])
