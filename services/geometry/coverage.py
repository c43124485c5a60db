"""Polygons that share borders: thinned with the borders kept, and who adjoins whom."""

from __future__ import annotations

import numpy as np
import shapely

from services.geometry.crs import SpatialReference, transform
from services.geometry.measure import ground_length
from services.geometry.overlay import pairs
from services.geometry.planes import geod_of, geographic_of
from services.geometry.ragged import all_coordinates, build_shapes

_SEAM = 1e-9  # degrees


def thin_coverage(
    polygons: np.ndarray, reference: SpatialReference, metres: float
) -> np.ndarray:
    """Drop corners of less than ``metres`` squared; what is shared stays shared.

    Shape (n,) in and out, none None or empty, valid. Vertices that are left keep
    their coordinates, z and m included. Corners are measured on an equal-area map,
    so that they have their size on the ground at any latitude. Where three polygons
    meet, and on the antimeridian and the poles where a map is cut, vertices stay.
    Borders that neighbours do not have vertex by vertex may come apart.
    Source: Visvalingam and Whyatt (1993), The Cartographic Journal 30; Snyder (1987),
    USGS PP 1395, chapter 10 (cylindrical equal-area).
    """
    plain = np.asarray(shapely.force_2d(polygons), dtype=object)
    lonlat = transform(plain, reference, geographic_of(reference))
    level = shapely.transform(lonlat, lambda xy: _equal_area(xy, reference))
    frame = _frame(level, shapely.get_coordinates(lonlat))
    made = shapely.coverage_simplify(np.concatenate([level, frame]), metres)
    made = made[: len(polygons)]
    kept = _found(level, made)
    coordinates, dims = all_coordinates(polygons)
    kind, _, offsets = shapely.to_ragged_array(made)
    return build_shapes(kind, coordinates[kept], offsets, dims)


def mismatched(polygons: np.ndarray) -> np.ndarray:
    """Tell which polygons overlap others or do not meet them vertex by vertex."""
    edges = shapely.coverage_invalid_edges(polygons)
    return np.asarray(~shapely.is_empty(edges))


def _equal_area(lonlat: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return metres on a cylindrical equal-area map of the ellipsoid."""
    geod = geod_of(reference)
    lon, lat = np.radians(lonlat).T
    sine, e = np.sin(lat), np.sqrt(geod.es)
    curve = np.arctanh(e * sine) / e if e > 0.0 else sine
    height = (1.0 - geod.es) * (sine / (1.0 - geod.es * sine * sine) + curve)
    return np.column_stack([geod.a * lon, geod.a / 2.0 * height])


def _frame(level: np.ndarray, lonlat: np.ndarray) -> np.ndarray:
    """Return strips beyond the edges of the world that meet what lies at them.

    A vertex where three polygons meet is never dropped: with a strip outside, that
    is so for the ends of each border at the edge.
    """
    xy = shapely.get_coordinates(level)
    strips = []
    for axis, limit in ((0, 180.0), (1, 90.0)):
        for side in (-1.0, 1.0):
            on = np.abs(lonlat[:, axis] - side * limit) < _SEAM
            edge = np.unique(xy[on], axis=0)
            if len(edge) < 2:
                continue
            away = np.zeros(2)
            away[axis] = side * 1e6
            ring = np.concatenate([edge, edge[::-1] + away])
            strips.append(shapely.Polygon(ring))
    result = np.empty(len(strips), dtype=object)
    result[:] = strips
    return result


def _found(level: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Return which vertex of ``level`` each vertex of ``made`` is."""
    keys = [
        np.column_stack([of, xy])
        for xy, of in (
            shapely.get_coordinates(one, return_index=True) for one in (level, made)
        )
    ]
    _, first, inverse = np.unique(
        np.concatenate(keys), axis=0, return_index=True, return_inverse=True
    )
    return np.asarray(first[inverse.ravel()[len(keys[0]) :]])


def borders(
    polygons: np.ndarray, reference: SpatialReference, chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pairs (i, j) that share a border, and its length in metres, (k,).

    ``i`` are of the chosen rows (a mask), ``j`` any others. The border is what the
    outlines have in common to the last digit; a shared point is none.
    """
    rows = np.flatnonzero(chosen)
    i, j = pairs(polygons[rows], polygons)
    i = rows[i]
    other = i != j
    i, j = i[other], j[other]
    outlines = shapely.boundary(polygons)
    shared = shapely.intersection(outlines[i], outlines[j])
    shared[shapely.get_dimensions(shared) != 1] = shapely.LineString()
    lines, owner = shapely.get_parts(shared, return_index=True)
    lines[shapely.get_dimensions(lines) != 1] = shapely.LineString()
    metres = np.bincount(owner, ground_length(lines, reference), len(i))
    real = metres > 0.0
    return i[real], j[real], metres[real]
