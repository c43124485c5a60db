"""Geodesic circles around points, many at a time."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pyproj
import shapely
from shapely import GeometryType

from services.geometry.antimeridian import WORLD, cut, to_globe
from services.geometry.planes import Planes

#: Metres from which a circle reaches every place: half the way round, less the
#: spot around the antipode where geodesics cross each other.
WHOLE_EARTH = 19_900_000.0

# Radius in parts of the way to the pole up to which few azimuths fix a circle.
_FEW = 0.05
_BLOCK = 4096


def circles(
    lonlat: np.ndarray, metres: np.ndarray, geod: pyproj.Geod, vertices: int = 64
) -> np.ndarray:
    """Return polygons in degrees whose vertices lie ``metres`` from their centres.

    Shape (n,) for centres (n, 2) and positive radii (n,). The vertices are evenly
    spaced in azimuth and right to 1 mm. Circles over the antimeridian come in parts
    within -180 ... 180; those over a pole reach to it.
    """
    planes = Planes(
        np.remainder(lonlat[:, 0] + 180.0, 360.0) - 180.0, lonlat[:, 1], geod
    )
    share = metres / np.maximum(planes.to_nearer_pole(), 1e-3)
    result = np.empty(len(lonlat), dtype=object)
    few, polar = share < _FEW, share >= 1.0
    for rows in _blocks(np.flatnonzero(few)):
        result[rows] = _from_few(planes.take(rows), metres[rows], share[rows], vertices)
    for rows in _blocks(np.flatnonzero(~few & ~polar)):
        flat = _flat_circles(metres[rows], vertices).reshape(-1, 2)
        lonlat = planes.take(rows).unflatten(flat, _repeat(len(rows), vertices))
        result[rows] = _close(lonlat.reshape(-1, vertices, 2))
    rows = np.flatnonzero(polar)
    flat = _flat_circles(np.minimum(metres[rows], WHOLE_EARTH), vertices)
    result[rows] = to_globe(shapely.polygons(flat), planes.take(rows))
    result[metres >= WHOLE_EARTH] = WORLD
    return result


def _blocks(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]


def _repeat(count: int, times: int) -> np.ndarray:
    return np.repeat(np.arange(count), times)


def _flat_circles(metres: np.ndarray, vertices: int) -> np.ndarray:
    azimuths = 2.0 * np.pi * np.arange(vertices) / vertices
    unit = np.column_stack([np.sin(azimuths), np.cos(azimuths)])
    return np.asarray(metres[:, np.newaxis, np.newaxis] * unit)


def _from_few(
    planes: Planes, metres: np.ndarray, share: np.ndarray, vertices: int
) -> np.ndarray:
    """Return circles interpolated from a few azimuths.

    Around a point, latitude is an even and longitude an odd function of azimuth, and
    the term of order k is smaller than share^k: a dozen azimuths on half the circle
    fix them to 1e-12, and the rest is one matrix product.
    """
    biggest = max(float(share.max()), 1e-9)
    nodes = min(max(math.ceil(27.6 / -math.log(biggest)) + 1, 4), 12)
    azimuths = np.pi * (np.arange(nodes) + 0.5) / nodes
    unit = np.column_stack([np.sin(azimuths), np.cos(azimuths)])
    flat = (metres[:, np.newaxis, np.newaxis] * unit).reshape(-1, 2)
    lonlat = planes.unflatten(flat, _repeat(len(metres), nodes))
    lonlat = lonlat.reshape(-1, nodes, 2)
    odd, even = _weights(nodes, vertices)
    ring = np.empty((len(metres), vertices, 2))
    centre = planes.lon[:, np.newaxis]
    np.matmul(lonlat[:, :, 0] - centre, odd, out=ring[:, :, 0])
    ring[:, :, 0] += centre
    centre = planes.lat[:, np.newaxis]
    np.matmul(lonlat[:, :, 1] - centre, even, out=ring[:, :, 1])
    ring[:, :, 1] += centre
    return _close(ring)


@lru_cache(maxsize=64)
def _weights(nodes: int, vertices: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what each node counts for at each vertex, odd and even functions."""
    at = np.pi * (np.arange(nodes) + 0.5) / nodes
    to = 2.0 * np.pi * np.arange(vertices) / vertices
    orders = np.arange(1, nodes)
    scale = 2.0 / nodes
    odd = scale * np.sin(np.outer(at, orders)) @ np.sin(np.outer(orders, to))
    last = np.outer(np.sin(nodes * at), np.sin(nodes * to)) / nodes
    even = scale * np.cos(np.outer(at, orders)) @ np.cos(np.outer(orders, to))
    return odd + last, even + 1.0 / nodes


def _close(rings: np.ndarray) -> np.ndarray:
    """Return polygons of (n, v, 2) open rings, cut at the antimeridian."""
    count, vertices, _ = rings.shape
    closed = np.empty((count, vertices + 1, 2))
    closed[:, :-1] = rings
    closed[:, -1] = rings[:, 0]
    each = np.arange(count + 1)
    polygons = np.asarray(
        shapely.from_ragged_array(
            GeometryType.POLYGON,
            closed.reshape(-1, 2),
            (each * (vertices + 1), each),
        )
    )
    lon = rings[:, :, 0]
    if lon.min(initial=0.0) >= -180.0 and lon.max(initial=0.0) <= 180.0:
        return polygons
    return cut(polygons)
