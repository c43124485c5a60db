"""Rings to polygons: which ring is a shell, and whose hole is another.

Esri JSON lists the rings of a feature in any order. Shells and holes are told by
nesting (even depth = shell), which is right for either orientation and for
islands inside holes; orientation alone is not trusted.
"""

from __future__ import annotations

import numpy as np
import shapely

from services.geometry import ragged

_PAIRS_AT_ONCE = 1_000_000


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
        *_reorder(coordinates, ring_offsets, order), _offsets(sizes), dims
    )
    parts = np.bincount(owner[shells], minlength=len(ring_counts))
    alone = parts[owner[shells]] == 1
    result[owner[shells][alone]] = made[alone]
    if not alone.all():
        shapely.multipolygons(made[~alone], indices=owner[shells][~alone], out=result)
    return result


def _offsets(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts)])


def _reorder(
    coordinates: np.ndarray, ring_offsets: np.ndarray, order: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the coordinates and offsets with the rings in another order."""
    counts = np.diff(ring_offsets)[order]
    offsets = _offsets(counts)
    shift = np.repeat(ring_offsets[order] - offsets[:-1], counts)
    return coordinates[np.arange(offsets[-1]) + shift], offsets


def _candidates(feature_offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return all ordered pairs of different rings of the same feature."""
    counts = np.diff(feature_offsets)
    first = np.arange(feature_offsets[-1])
    per_ring = np.repeat(counts, counts)
    inner = np.repeat(first, per_ring)
    within = np.arange(len(inner)) - np.repeat(_offsets(per_ring)[:-1], per_ring)
    outer = np.repeat(np.repeat(feature_offsets[:-1], counts), per_ring) + within
    different = inner != outer
    return inner[different], outer[different]


def _parents(
    coordinates: np.ndarray, ring_offsets: np.ndarray, feature_offsets: np.ndarray
) -> np.ndarray:
    """Return for each ring the smallest one of its feature that covers it, or -1.

    Of two equal rings the first counts as the outer one.
    """
    count = len(ring_offsets) - 1
    flat = np.ascontiguousarray(coordinates[:, :2])
    faces = ragged.polygons(flat, ring_offsets, np.arange(count + 1), "xy")
    areas = np.abs(signed_areas(coordinates, ring_offsets))
    rank = np.lexsort((-np.arange(count), areas)).argsort()
    parents = np.full(count, -1)
    bounds = shapely.bounds(faces)
    for start, end in _batches(feature_offsets):
        offsets = feature_offsets[start : end + 1]
        inner, outer = _candidates(offsets - offsets[0])
        inner, outer = inner + offsets[0], outer + offsets[0]
        may = rank[outer] > rank[inner]
        may &= (bounds[outer, :2] <= bounds[inner, :2]).all(axis=1)
        may &= (bounds[outer, 2:] >= bounds[inner, 2:]).all(axis=1)
        inner, outer = inner[may], outer[may]
        covered = shapely.covers(faces[outer], faces[inner])
        inner, outer = inner[covered], outer[covered]
        by_size = np.argsort(-rank[outer], kind="stable")
        parents[inner[by_size]] = outer[by_size]  # the smallest is written last
    return parents


def _batches(feature_offsets: np.ndarray) -> list[tuple[int, int]]:
    """Cut the features so that a batch holds about a million pairs of rings."""
    pairs = np.cumsum(np.diff(feature_offsets) ** 2)
    batch = pairs // _PAIRS_AT_ONCE
    starts = np.flatnonzero(np.diff(batch, prepend=-1))
    ends = [*starts[1:].tolist(), len(batch)]
    return list(zip(starts.tolist(), ends, strict=True))


def _depths(parents: np.ndarray) -> np.ndarray:
    """Return how many rings lie around each ring."""
    depth = np.zeros(len(parents), dtype=int)
    above = parents
    while (above >= 0).any():
        depth += above >= 0
        above = np.where(above >= 0, parents[above], -1)
    return depth
