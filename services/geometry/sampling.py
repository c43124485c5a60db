"""Random places in polygons, spread evenly over the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from services.geometry.crs import SpatialReference, transformer_of
from services.geometry.parts import is_present
from services.geometry.planes import earth_centred, geod_of, geographic_of

#: Rounds after which a polygon is given up: no double precision point lies in it.
_MAX_ROUNDS = 60

#: Metres below which a triangle is small.
_SMALL = 100_000.0

#: Where else the scale of a large triangle is looked at: edges' middles, centre.
_PROBES = np.array([[3, 3, 0], [3, 0, 3], [0, 3, 3], [2, 2, 2]]) / 6.0


def ground_scale(xy: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return square metres of ground under one square unit of the plane.

    ``xy`` is (k, 2) in ``reference``; shape (k,) out; 0 where the projection has no
    inverse. It is the cross product of the two steps that one unit east and one
    unit north make on the ellipsoid, so it holds for any projection and at poles.
    """
    geod, target = geod_of(reference), geographic_of(reference)
    if reference.same_place(target):
        return _degree_scale(xy[:, 1], geod)
    step = 1e-5 if reference.is_geographic else 1.0 / reference.metres_per_unit
    transformer = transformer_of(reference.crs, target.crs)
    places = []
    for offset in ([0.0, 0.0], [step, 0.0], [0.0, step]):
        moved = xy + offset
        moved = np.column_stack(transformer.transform(moved[:, 0], moved[:, 1]))
        moved[~np.isfinite(moved).all(axis=1)] = np.nan
        places.append(earth_centred(moved, geod))
    (ax, ay, az), (bx, by, bz) = (place - places[0] for place in places[1:])
    cross = (ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
    area = np.sqrt(sum(one * one for one in cross)) / step**2
    return np.asarray(np.nan_to_num(area))


def _degree_scale(lat: np.ndarray, geod: pyproj.Geod) -> np.ndarray:
    """Return square metres of a square degree: M N cos(lat).

    Source: Snyder (1987), USGS PP 1395, chapter 4.
    """
    lat = np.radians(lat)
    flat = 1 - geod.es * np.sin(lat) ** 2
    radii = geod.a**2 * (1 - geod.es) / flat**2
    return np.asarray(np.radians(1) ** 2 * radii * np.abs(np.cos(lat)))


@dataclass(frozen=True, slots=True)
class _Triangles:
    """Triangles that fill polygons: corners (t, 3, 2), owner and bounds (t,).

    ``bound`` is at least the ground scale anywhere in the triangle. ``ends`` cuts
    0..n into one stretch for each triangle, those of polygon p within p..p + 1, as
    long as the area times the bound.
    """

    corners: np.ndarray
    bound: np.ndarray
    ends: np.ndarray


def random_points(
    polygons: np.ndarray,
    number: int,
    reference: SpatialReference,
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw ``number`` points in each polygon, every patch of ground equally likely.

    Returns coordinates (k, 2) and the polygon of each (k,), sorted by polygon. The
    points lie strictly inside, edges straight as drawn. None, empty and invalid
    polygons get no points; nor do those too thin for any coordinates to lie in.

    A polygon is cut into triangles; one is drawn by area times the highest ground
    scale in it, a place in it evenly, and kept with the chance of scale by highest.
    """
    polygons = np.array(polygons, dtype=object)
    polygons[~shapely.is_valid(polygons)] = None
    triangles, missing = _triangulate(polygons, number, reference)
    shapely.prepare(polygons)
    found, owners = [np.empty((0, 2))], [np.empty(0, dtype=np.int64)]
    for _ in range(_MAX_ROUNDS):
        if not missing.any():
            break
        tries = np.where(missing > 0, missing + missing // 4 + 4, 0)
        owner = np.repeat(np.arange(len(polygons)), tries)
        xy, owner = _candidates(triangles, owner, reference, generator)
        inside = shapely.contains_xy(polygons[owner], xy[:, 0], xy[:, 1])
        xy, owner = xy[inside], owner[inside]
        kept = _rank(owner, len(polygons)) < missing[owner]
        found.append(xy[kept])
        owners.append(owner[kept])
        missing = missing - np.bincount(owner[kept], minlength=len(polygons))
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    return np.concatenate(found)[order], owner[order]


def _triangulate(
    polygons: np.ndarray, number: int, reference: SpatialReference
) -> tuple[_Triangles, np.ndarray]:
    """Return the triangles, and how many points each polygon is to get."""
    rows = np.flatnonzero(is_present(polygons))
    made = shapely.constrained_delaunay_triangles(polygons[rows])
    parts, at = shapely.get_parts(made, return_index=True)
    corners = shapely.get_coordinates(parts).reshape(-1, 4, 2)[:, :3]
    owner = rows[at]
    bound = _bound(corners, reference)
    (ax, ay), (bx, by) = (corners[:, i].T - corners[:, 0].T for i in (1, 2))
    weight = np.abs(ax * by - ay * bx) / 2 * bound
    total = np.bincount(owner, weight, len(polygons))
    usable = weight > 0
    corners, bound, owner = corners[usable], bound[usable], owner[usable]
    stretch = weight[usable] / total[owner]
    begin = np.concatenate([[0.0], np.cumsum(stretch)])
    first = np.searchsorted(owner, owner)
    ends = owner + begin[1:] - begin[first]
    return _Triangles(corners, bound, ends), np.where(total > 0, number, 0)


def _bound(corners: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return what the ground scale nowhere in each triangle exceeds; shape (t,).

    Within a small triangle the scale is nearly linear and its corners tell enough.
    """
    scale = ground_scale(corners.reshape(-1, 2), reference).reshape(-1, 3)
    middle = ground_scale(corners.mean(axis=1), reference)  # corners may all be poles
    high = np.maximum(scale.max(axis=1, initial=0), middle)
    low = np.minimum(scale.min(axis=1, initial=np.inf), middle)
    extent = np.ptp(corners, axis=1).max(axis=1, initial=0)
    large = np.flatnonzero((extent * np.sqrt(high) > _SMALL) | (low == 0))
    probes = np.einsum("pc,tcd->tpd", _PROBES, corners[large])
    scale = ground_scale(probes.reshape(-1, 2), reference).reshape(-1, len(_PROBES))
    high[large] = np.maximum(high[large], scale.max(axis=1, initial=0))
    low[large] = np.minimum(low[large], scale.min(axis=1, initial=np.inf))
    # a parabola between two probes rises by less than a quarter of their spread
    return np.asarray(high + (high - low) / 4)


def _candidates(
    triangles: _Triangles,
    owner: np.ndarray,
    reference: SpatialReference,
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw places in the triangles of these polygons; keep them by ground scale."""
    # a hair below 1, so that rounding never reaches the next polygon
    drawn = owner + generator.random(len(owner)) * (1 - 1e-9)
    chosen = np.searchsorted(triangles.ends, drawn, side="right")
    u, v = generator.random((2, len(owner), 1))
    folded = u + v > 1
    u, v = np.where(folded, 1 - u, u), np.where(folded, 1 - v, v)
    a, b, c = np.moveaxis(triangles.corners[chosen], 1, 0)
    xy = a + u * (b - a) + v * (c - a)
    chance = ground_scale(xy, reference) / triangles.bound[chosen]
    kept = generator.random(len(owner)) < chance
    return xy[kept], owner[kept]


def _rank(owner: np.ndarray, count: int) -> np.ndarray:
    """Return 0, 1, 2 … within each run of a sorted ``owner``."""
    sizes = np.bincount(owner, minlength=count)
    return np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
