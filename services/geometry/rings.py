"""Rings to polygons: which ring is a shell, and whose hole is another.

Esri JSON lists the rings of a feature in any order. Shells and holes are told by
nesting (even depth = shell), which is right for either orientation and for
islands inside holes; orientation only counts where rings cross.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from services.geometry import ragged

_PAIRS_AT_ONCE = 500_000
_FEW = 64
#: How far a computed vertex may miss an edge, relative to its coordinates.
_ROUNDING = 1e-9


def signed_areas(coordinates: np.ndarray, ring_offsets: np.ndarray) -> np.ndarray:
    """Return the planar area of each closed ring; clockwise rings are negative.

    ``coordinates`` is (k, 2 or more), ``ring_offsets`` (r + 1,); shape (r,) out.
    Source: the shoelace formula, with coordinates relative to each ring's start.
    """
    counts = np.diff(ring_offsets)
    xy = coordinates[:, :2] - np.repeat(coordinates[ring_offsets[:-1], :2], counts, 0)
    cross = np.zeros(len(xy))
    cross[:-1] = xy[:-1, 0] * xy[1:, 1] - xy[1:, 0] * xy[:-1, 1]
    cross[ring_offsets[1:] - 1] = 0.0
    return np.asarray(np.add.reduceat(cross, ring_offsets[:-1]) / 2)


def assemble(
    coordinates: np.ndarray,
    ring_offsets: np.ndarray,
    feature_offsets: np.ndarray,
    dims: str,
) -> np.ndarray:
    """Return one polygon or multipolygon for each feature; shape (n,).

    ``feature_offsets`` (n + 1,) cuts the closed rings into features. A feature
    without rings becomes an empty polygon.
    """
    ring_counts = np.diff(feature_offsets)
    if (ring_counts == 1).all():
        return ragged.polygons(coordinates, ring_offsets, feature_offsets, dims)
    result = np.full(len(ring_counts), shapely.Polygon(), dtype=object)
    if len(ring_offsets) == 1:
        return result
    owner = np.repeat(np.arange(len(ring_counts)), ring_counts)
    parents = _parents(coordinates, ring_offsets, feature_offsets)
    is_hole = _depths(parents) % 2 == 1
    shell = np.where(is_hole, parents, np.arange(len(parents)))
    order = np.lexsort((is_hole, shell))
    shells, sizes = np.unique(shell, return_counts=True)
    made = ragged.polygons(
        *_reorder(coordinates, ring_offsets, order), ragged.offsets_of(sizes), dims
    )
    parts = np.bincount(owner[shells], minlength=len(ring_counts))
    alone = parts[owner[shells]] == 1
    result[owner[shells][alone]] = made[alone]
    if not alone.all():
        shapely.multipolygons(made[~alone], indices=owner[shells][~alone], out=result)
    return result


def _reorder(
    coordinates: np.ndarray, ring_offsets: np.ndarray, order: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the coordinates and offsets with the rings in another order."""
    counts = np.diff(ring_offsets)[order]
    offsets = ragged.offsets_of(counts)
    shift = np.repeat(ring_offsets[order] - offsets[:-1], counts)
    return coordinates[np.arange(offsets[-1]) + shift], offsets


def _parents(
    coordinates: np.ndarray, ring_offsets: np.ndarray, feature_offsets: np.ndarray
) -> np.ndarray:
    """Return for each ring the smallest one of its feature around it, or -1.

    Of two equal rings the first counts as the outer one.
    """
    count = len(ring_offsets) - 1
    flat = np.ascontiguousarray(coordinates[:, :2])
    faces = ragged.polygons(flat, ring_offsets, np.arange(count + 1), "xy")
    areas = signed_areas(coordinates, ring_offsets)
    rank = np.lexsort((-np.arange(count), np.abs(areas))).argsort()
    parents = np.full(count, -1)
    for inner, outer in _candidates(shapely.bounds(faces), rank, feature_offsets):
        shapely.prepare(faces[np.unique(outer)])
        # each ring tries its smallest candidate first, the others where that fails
        at = np.flatnonzero(np.diff(inner, prepend=-1))
        ends = np.append(at[1:], len(inner))
        while len(at):
            found = _is_inside(faces, areas, inner[at], outer[at])
            parents[inner[at[found]]] = outer[at[found]]
            at, ends = at[~found] + 1, ends[~found]
            at, ends = at[at < ends], ends[at < ends]
    return parents


def _candidates(
    bounds: np.ndarray, rank: np.ndarray, feature_offsets: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield pairs of a ring and a larger one of its feature whose bounds hold it.

    The pairs of a ring come together, the smallest other ring first.
    """
    slack = _ROUNDING * np.abs(bounds).max(axis=1, keepdims=True)
    wide = bounds + slack * [-1, -1, 1, 1]
    for inner, outer in _mates(wide, feature_offsets):
        may = rank[outer] > rank[inner]
        for side in (0, 1):
            may &= wide[outer, side] <= bounds[inner, side]
            may &= wide[outer, side + 2] >= bounds[inner, side + 2]
        ring, other = inner[may], outer[may]
        if len(ring):
            order = np.lexsort((rank[other], ring))
            yield ring[order], other[order]


def _mates(
    bounds: np.ndarray, feature_offsets: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the pairs of rings of a feature; of many rings, those that may touch."""
    sizes = np.diff(feature_offsets)
    counts = np.repeat(sizes, sizes)
    start = np.repeat(feature_offsets[:-1], sizes)
    for some in _batches(np.flatnonzero((counts > 1) & (counts <= _FEW)), counts):
        per_ring = counts[some]
        before = np.repeat(ragged.offsets_of(per_ring)[:-1], per_ring)
        inner = np.repeat(some, per_ring)
        yield inner, start[inner] + np.arange(len(inner)) - before
    many = np.flatnonzero(counts > _FEW)
    if not len(many):
        return
    boxes = _side_by_side(bounds, np.repeat(np.arange(len(sizes)), sizes))
    tree = shapely.STRtree(boxes[many])
    for some in _batches(many, counts):
        first, second = tree.query(boxes[some])
        yield some[first], many[second]


def _batches(rings: np.ndarray, counts: np.ndarray) -> list[np.ndarray]:
    """Cut rings so that a batch has at most about ``_PAIRS_AT_ONCE`` pairs."""
    batch = np.cumsum(counts[rings]) // _PAIRS_AT_ONCE
    return np.split(rings, np.flatnonzero(np.diff(batch)) + 1)


def _side_by_side(bounds: np.ndarray, feature: np.ndarray) -> np.ndarray:
    """Return boxes of the bounds, those of different features far from each other."""
    left = np.full(feature.max(initial=0) + 1, np.inf)
    right = -left
    np.minimum.at(left, feature, bounds[:, 0])
    np.maximum.at(right, feature, bounds[:, 2])
    width = np.maximum(right - left, np.finfo(float).tiny)[feature, None]
    x = (bounds[:, [0, 2]] - left[feature, None]) / width + 2 * feature[:, None]
    return np.asarray(
        shapely.box(x[:, 0] - 1e-6, bounds[:, 1], x[:, 1] + 1e-6, bounds[:, 3])
    )


def _is_inside(
    faces: np.ndarray, areas: np.ndarray, inner: np.ndarray, outer: np.ndarray
) -> np.ndarray:
    """Tell of each pair of rings if the first lies within the second.

    A hole that touches its shell misses the edge by a rounding error, so a ring
    may also poke out by that, or cross the other if the two turn opposite ways.
    """
    inside = np.asarray(shapely.covers(faces[outer], faces[inner]))
    rest = np.flatnonzero(~inside)
    amid = shapely.point_on_surface(faces[inner[rest]])
    rest = rest[shapely.intersects(faces[outer[rest]], amid)]
    inside[rest] = areas[inner[rest]] * areas[outer[rest]] < 0
    rest = rest[~inside[rest]]
    if len(rest):
        xy, pair = shapely.get_coordinates(faces[inner[rest]], return_index=True)
        gaps = shapely.distance(faces[outer[rest]][pair], shapely.points(xy))
        is_far = gaps > _ROUNDING * np.abs(xy).max(axis=1)
        inside[rest] = np.bincount(pair, is_far) == 0
    return inside


def _depths(parents: np.ndarray) -> np.ndarray:
    """Return how many rings lie around each ring."""
    root = len(parents)
    above = np.append(np.where(parents < 0, root, parents), root)
    depth = (above != root).astype(int)
    while (above != root).any():  # each turn doubles the way that ``above`` goes
        depth += depth[above]
        above = above[above]
    return np.asarray(depth[:-1])
