"""Polygons that adjoin: thinned together, put together, merged into neighbours."""

from __future__ import annotations

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.coverage import borders, mismatched, thin_coverage
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet
from services.geometry.ground import ground_buffer
from services.geometry.measure import ground_area
from services.geometry.nearness import near_pairs
from services.geometry.parts import is_present, union_by_group
from services.tool import Context
from services.tools._inputs import ready


def thinned_together(
    features: FeatureSet, metres: float, context: Context | None
) -> np.ndarray:
    """Return polygons with fewer vertices whose common borders stay common."""
    if features.geometry_type != "esriGeometryPolygon":
        raise ToolFailed("Method SHARED_BORDERS needs polygons")
    made = np.array(ready(features, context), dtype=object)
    rows = np.flatnonzero(is_present(made))
    if not len(rows):
        return made
    odd = int(mismatched(np.asarray(shapely.force_2d(made[rows]))).sum())
    if odd and context is not None:
        noun = "polygon overlaps" if odd == 1 else "polygons overlap"
        context.warn(
            f"{odd} {noun} others or have other vertices on a common border: these"
            " borders may come apart"
        )
    made[rows] = thin_coverage(made[rows], features.spatial_reference, metres)
    return made


def clusters(
    polygons: np.ndarray, reference: SpatialReference, metres: float
) -> np.ndarray:
    """Return the number of the cluster of each polygon: 0, 1, ... by its first one.

    Polygons that are not further apart than ``metres`` on the ground are in one.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    i, j = near_pairs(polygons, polygons, reference, metres)
    count = len(polygons)
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(count, count))
    labels = connected_components(graph, directed=False)[1]
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[inverse])


def closed_up(
    polygons: np.ndarray, groups: np.ndarray, reference: SpatialReference, metres: float
) -> np.ndarray:
    """Return one shape for each group: grown by half the distance, and shrunk back.

    A group of one stays as it is. Source: Serra (1982), Image Analysis and
    Mathematical Morphology, chapter 2 (closing).
    """
    count = int(groups.max(initial=-1)) + 1
    several = np.bincount(groups, minlength=count) > 1
    whole = union_by_group(polygons, groups, count)
    member = several[groups]
    grown = ground_buffer(polygons[member], reference, metres / 2.0)
    joined = union_by_group(grown, groups[member], count)[several]
    shrunk = ground_buffer(joined, reference, -metres / 2.0)
    whole[several] = shapely.union(whole[several], shrunk)
    return whole


def without_holes(
    polygons: np.ndarray, holes_below: float, reference: SpatialReference
) -> np.ndarray:
    """Return polygons whose holes of less than so many square metres are filled."""
    parts, owner = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    hole = np.diff(part, prepend=-1) == 0
    areas = np.asarray(shapely.polygons(rings[hole]))
    small = ground_area(areas, reference) < holes_below
    filled, of = areas[small], owner[part[hole][small]]
    rows = np.concatenate([np.arange(len(polygons)), of])
    return union_by_group(np.concatenate([polygons, filled]), rows, len(polygons))


def absorbers(
    polygons: np.ndarray,
    small: np.ndarray,
    areas: np.ndarray,
    reference: SpatialReference,
    by_area: bool,
) -> np.ndarray:
    """Return the row that each polygon goes to: itself, or for a small one another.

    That with the longest common border, or the largest area, of those that are not
    small; a small one among small ones goes where its neighbours go. One that has no
    such neighbour stays.
    """
    i, j, metres = borders(polygons, reference, small)
    goal = np.arange(len(polygons))
    settled = ~small
    while True:
        open_ = ~settled[i] & settled[j]
        if not open_.any():
            return goal
        pair, inverse = np.unique(
            np.column_stack([i[open_], goal[j[open_]]]), axis=0, return_inverse=True
        )
        length = np.bincount(inverse.ravel(), metres[open_])
        worth = areas[pair[:, 1]] if by_area else length
        order = np.lexsort((-worth, pair[:, 0]))
        best = pair[order[np.flatnonzero(np.diff(pair[order, 0], prepend=-1))]]
        goal[best[:, 0]] = best[:, 1]
        settled[best[:, 0]] = True
