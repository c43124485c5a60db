"""Geodesic circles around points, many at a time."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import shapely
from shapely import GeometryType

from services.geometry.antimeridian import WORLD, cut, from_globe, place, to_globe
from services.geometry.crs import SpatialReference
from services.geometry.planes import Planes, geod_of

#: Metres from which a circle reaches every place: half the way round, less the
#: spot around the antipode where geodesics cross each other.
WHOLE_EARTH = 19_900_000.0

# Radius in parts of the way to the pole up to which few azimuths fix a circle.
_FEW = 0.05
_HIGH = 89.0  # degrees of latitude from which a projection may have no place
_BLOCK = 2048
# Rows of one matrix product: few, so that the library starts no threads for it;
# they would spin between products and take the processor from other runs.
_PRODUCT = 64


def circles(
    lonlat: np.ndarray,
    metres: np.ndarray,
    reference: SpatialReference,
    vertices: int = 64,
) -> np.ndarray:
    """Return polygons in ``reference`` with vertices ``metres`` from their centres.

    Shape (n,) for centres (n, 2) in degrees on the datum of ``reference`` and
    positive radii (n,). The vertices are evenly spaced in azimuth and right to 1 mm.
    Circles over the antimeridian or a pole come as ``antimeridian.from_globe`` says.
    """
    geod = geod_of(reference)
    lon = np.remainder(lonlat[:, 0] + 180.0, 360.0) - 180.0
    planes = Planes(lon, lonlat[:, 1], geod)
    share = metres / np.maximum(planes.to_nearer_pole(), 1e-3)
    few, polar = share < _FEW, share >= 1.0
    result = np.empty(len(lonlat), dtype=object)
    degrees = np.ones(len(lonlat), dtype=bool)
    for rows in _blocks(np.flatnonzero(few)):
        rings, near_edge = _rings(
            planes.take(rows), metres[rows], share[rows], vertices
        )
        degrees[rows] = near_edge
        result[rows[near_edge]] = cut(_polygons(rings[near_edge]))
        plain = rings[~near_edge] if near_edge.any() else rings
        placed = place(plain.reshape(-1, 2), reference)
        result[rows[~near_edge]] = _polygons(placed.reshape(plain.shape))
    for rows in _blocks(np.flatnonzero(~few & ~polar)):
        flat = _flat_circles(metres[rows], vertices + 1).reshape(-1, 2)
        rings = planes.take(rows).unflatten(flat, _repeat(len(rows), vertices + 1))
        result[rows] = cut(_polygons(rings.reshape(len(rows), -1, 2)))
    rows = np.flatnonzero(polar)
    flat = _flat_circles(np.minimum(metres[rows], WHOLE_EARTH), vertices + 1)
    result[rows] = to_globe(_polygons(flat), planes.take(rows))
    result[metres >= WHOLE_EARTH] = WORLD
    result[degrees] = from_globe(result[degrees], reference)
    return result


def _blocks(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]


def _repeat(count: int, times: int) -> np.ndarray:
    return np.repeat(np.arange(count), times)


def _flat_circles(metres: np.ndarray, vertices: int) -> np.ndarray:
    """Return closed rings (n, vertices, 2) in planes of their own."""
    azimuths = 2.0 * np.pi * np.arange(vertices) / (vertices - 1)
    azimuths[-1] = 0.0
    unit = np.column_stack([np.sin(azimuths), np.cos(azimuths)])
    return np.asarray(metres[:, np.newaxis, np.newaxis] * unit)


def _rings(
    planes: Planes, metres: np.ndarray, share: np.ndarray, vertices: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return closed rings (n, v + 1, 2) in degrees, and which may leave the map.

    Around a point, latitude is an even and longitude an odd function of azimuth, and
    the term of order k is smaller than share^k: a dozen azimuths on half the circle
    fix them to 1e-12, and the rest is one matrix product.
    """
    count, biggest = len(planes), max(float(share.max()), 1e-9)
    nodes = min(max(math.ceil(27.6 / -math.log(biggest)) + 1, 4), 12)
    azimuths = np.pi * (np.arange(nodes) + 0.5) / nodes
    unit = np.column_stack([np.sin(azimuths), np.cos(azimuths)])
    flat = (metres[:, np.newaxis, np.newaxis] * unit).reshape(-1, 2)
    found = planes.unflatten(flat, _repeat(count, nodes)).reshape(count, nodes, 2)
    centres = np.column_stack([planes.lon, planes.lat])[:, np.newaxis]
    found -= centres
    high = np.abs(planes.lat) + np.abs(found[:, :, 1]).max(axis=1) * 1.2 > _HIGH
    beyond = np.abs(planes.lon) + np.abs(found[:, :, 0]).max(axis=1) * 1.2 > 180.0
    found, weights = found.reshape(count, -1), _weights(nodes, vertices)
    flat_rings = np.empty((count, weights.shape[1]))
    for start in range(0, count, _PRODUCT):
        rows = slice(start, start + _PRODUCT)
        np.matmul(found[rows], weights, out=flat_rings[rows])
    rings = flat_rings.reshape(count, vertices + 1, 2)
    rings += centres
    rings[:, -1] = rings[:, 0]
    return rings, high | beyond


@lru_cache(maxsize=64)
def _weights(nodes: int, vertices: int) -> np.ndarray:
    """Return what each node counts for at each vertex.

    Rows are longitude and latitude of each node in turn, columns those of each
    vertex: interpolation of odd and of even functions of azimuth.
    """
    at = np.pi * (np.arange(nodes) + 0.5) / nodes
    to = 2.0 * np.pi * np.arange(vertices + 1) / vertices
    orders = np.arange(1, nodes)
    weights = np.zeros((nodes, 2, vertices + 1, 2))
    weights[:, 0, :, 0] = np.sin(np.outer(at, orders)) @ np.sin(np.outer(orders, to))
    weights[:, 0, :, 0] += np.outer(np.sin(nodes * at), np.sin(nodes * to)) / 2.0
    weights[:, 1, :, 1] = np.cos(np.outer(at, orders)) @ np.cos(np.outer(orders, to))
    weights[:, 1, :, 1] += 0.5
    return (weights * (2.0 / nodes)).reshape(2 * nodes, 2 * (vertices + 1))


def _polygons(rings: np.ndarray) -> np.ndarray:
    """Return polygons of (n, v, 2) closed rings."""
    count, vertices, _ = rings.shape
    each = np.arange(count + 1)
    made = shapely.from_ragged_array(
        GeometryType.POLYGON, rings.reshape(-1, 2), (each * vertices, each)
    )
    return np.asarray(made)
