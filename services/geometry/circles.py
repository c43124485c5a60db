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
_TORN = 0.01  # units of a projection
_BLOCK = 2048
# Rows of one matrix product: few, so that the library starts no threads for it;
# they would spin between products and take the processor from other runs.
_PRODUCT = 32


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
        nodes = _nodes(planes.take(rows), metres[rows], share[rows])
        edge = _near_edge(nodes)
        inner = nodes[~edge]
        placed = place(inner.reshape(-1, 2), reference).reshape(inner.shape)
        rings = _rings(placed, vertices)
        torn = _is_torn(rings, planes.take(rows[~edge]), metres[rows[~edge]], reference)
        result[rows[~edge]] = _polygons(rings)
        edge[np.flatnonzero(~edge)[torn]] = True
        result[rows[edge]] = cut(_polygons(_rings(nodes[edge], vertices)))
        degrees[rows] = edge
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


def _nodes(planes: Planes, metres: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return as many places (n, k, 2) on each circle, in degrees, as fix it.

    Around a point any coordinate is a sum of sines and cosines of multiples of the
    azimuth, and the term of order k is smaller than share^k: 9 places are enough
    for a circle of 1 km, 25 where the pole is 20 radii away.
    """
    biggest = max(float(share.max(initial=0.0)), 1e-9)
    order = min(max(math.ceil(27.6 / -math.log(biggest)) + 1, 4), 12)
    count = 2 * order + 1
    flat = _flat_circles(metres, count + 1)[:, :-1].reshape(-1, 2)
    lonlat = planes.unflatten(flat, _repeat(len(planes), count))
    return lonlat.reshape(len(planes), count, 2)


def _near_edge(nodes: np.ndarray) -> np.ndarray:
    """Tell which circles may leave -180 ... 180 or come near a pole."""
    low, high = nodes.min(axis=1), nodes.max(axis=1)
    spare = (high - low) * 0.1
    beyond = np.maximum(high + spare, spare - low) > [180.0, _HIGH]
    return np.asarray(beyond.any(axis=1))


def _is_torn(
    rings: np.ndarray, planes: Planes, metres: np.ndarray, reference: SpatialReference
) -> np.ndarray:
    """Tell which rings few places do not fix, since a map is torn there.

    One vertex of each is worked out in full and compared.
    """
    if reference.is_geographic or not len(rings):
        return np.zeros(len(rings), dtype=bool)
    vertices = rings.shape[1]
    at = vertices // 3
    flat = _flat_circles(metres, vertices)[:, at]
    sure = place(planes.unflatten(flat, np.arange(len(rings))), reference)
    return np.asarray(np.hypot(*(rings[:, at] - sure).T) > _TORN)


def _rings(nodes: np.ndarray, vertices: int) -> np.ndarray:
    """Return closed rings (n, v + 1, 2) through few places on each circle."""
    count, weights = len(nodes), _weights(nodes.shape[1], vertices)
    origin = nodes[:, :1]
    small = (nodes - origin).reshape(count, len(weights))
    flat = np.empty((count, weights.shape[1]))
    for start in range(0, count, _PRODUCT):
        rows = slice(start, start + _PRODUCT)
        np.matmul(small[rows], weights, out=flat[rows])
    rings = flat.reshape(count, vertices + 1, 2)
    rings += origin
    rings[:, -1] = rings[:, 0]
    return np.asarray(rings)


@lru_cache(maxsize=64)
def _weights(nodes: int, vertices: int) -> np.ndarray:
    """Return what each of evenly spaced nodes counts for at each vertex.

    Rows are x and y of each node in turn, columns those of each vertex. Trigonometric
    interpolation of an odd number of nodes, by the kernel of Dirichlet.
    """
    at = np.arange(nodes) / nodes
    to = np.arange(vertices + 1) / vertices
    orders = np.arange(1, nodes // 2 + 1)
    turns = 2.0 * np.pi * (to - at[:, np.newaxis])
    kernel = (1.0 + 2.0 * np.cos(turns[..., np.newaxis] * orders).sum(axis=-1)) / nodes
    weights = np.zeros((nodes, 2, vertices + 1, 2))
    weights[:, 0, :, 0] = weights[:, 1, :, 1] = kernel
    return weights.reshape(2 * nodes, 2 * (vertices + 1))


def _polygons(rings: np.ndarray) -> np.ndarray:
    """Return polygons of (n, v, 2) closed rings."""
    count, vertices, _ = rings.shape
    each = np.arange(count + 1)
    made = shapely.from_ragged_array(
        GeometryType.POLYGON, rings.reshape(-1, 2), (each * vertices, each)
    )
    return np.asarray(made)
