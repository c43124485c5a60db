"""Parts of geometries: keep one dimension, collect by owner, union by group."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import GeometryType

_COLLECT = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)

#: A part is a sliver if it is thinner than this many units in the last place of
#: its largest coordinate: intersection points of edges are rounded about so much.
_SLIVER_ULPS = 16


def is_present(geometries: np.ndarray) -> np.ndarray:
    """Tell which geometries are neither None nor empty. Shape (n,) out."""
    missing = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    return np.asarray(~missing)


def dimension_of(geometries: np.ndarray) -> int:
    """Return the highest dimension of a set (0 point, 1 line, 2 area); -1 if none."""
    return int(shapely.get_dimensions(geometries).max(initial=-1))


def is_broken(geometries: np.ndarray) -> np.ndarray:
    """Tell which geometries are areas that are not valid. Shape (n,) out."""
    areas = shapely.get_dimensions(geometries) == 2
    return np.asarray(areas & ~shapely.is_valid(geometries))


def valid(geometries: np.ndarray, broken: np.ndarray | None = None) -> np.ndarray:
    """Return valid areas for invalid ones; all else as it is. Shape (n,) in and out.

    Only areas can be repaired; a self-crossing line is valid. None stays None.
    ``broken`` is what ``is_broken`` said, where that is known already.
    """
    bad = is_broken(geometries) if broken is None else broken
    if not bad.any():
        return geometries
    result = np.array(geometries, dtype=object)
    result[bad] = shapely.make_valid(
        result[bad], method="structure", keep_collapsed=False
    )
    return result


def of_dimension(geometries: np.ndarray, dimensions: np.ndarray | int) -> np.ndarray:
    """Keep only the valid parts of the given dimension; None where none is left.

    Shape (n,) in and out; ``dimensions`` is one for all or (n,). Overlays of areas
    that share an edge leave lines and points, and rounding leaves areas thinner
    than the precision of their coordinates: both go.
    """
    result = valid(np.array(geometries, dtype=object))
    wanted = np.broadcast_to(np.asarray(dimensions), result.shape)
    result[~is_present(result) | (shapely.get_dimensions(result) < wanted)] = None
    parts, owner = _flat_parts(result)
    unfit = (shapely.get_dimensions(parts) != wanted[owner]) | _is_sliver(parts)
    changed = np.zeros(len(result), dtype=bool)
    changed[owner[unfit]] = True
    kept = ~unfit & changed[owner]
    result[changed] = collect(parts[kept], owner[kept], len(result))[changed]
    return result


def _flat_parts(geometries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return single parts and their owners, through collections of collections."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    while (shapely.get_type_id(parts) >= GeometryType.MULTIPOINT).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    return parts, owner


def _is_sliver(parts: np.ndarray) -> np.ndarray:
    """Tell which parts are areas of no width or lines of no length."""
    extent = np.abs(shapely.bounds(parts)).max(axis=1, initial=0)
    rounding = _SLIVER_ULPS * np.spacing(np.nan_to_num(extent))
    length = shapely.length(parts)
    kind = shapely.get_dimensions(parts)
    thin = (kind == 2) & (2 * shapely.area(parts) <= rounding * length)
    return np.asarray(thin | ((kind == 1) & (length <= rounding)))


def collect(parts: np.ndarray, owner: np.ndarray, count: int) -> np.ndarray:
    """Return one geometry for each owner 0..count-1, None for an owner without parts.

    ``owner`` is sorted; the parts of one owner have one dimension. A single part
    stays single. Areas are only put side by side, not dissolved.
    """
    result = np.full(count, None, dtype=object)
    several = np.bincount(owner, minlength=count) > 1
    alone = ~several[owner]
    result[owner[alone]] = parts[alone]
    kind = shapely.get_dimensions(parts)
    for dimension, multi in enumerate(_COLLECT):
        chosen = ~alone & (kind == dimension)
        if chosen.any():
            multi(parts[chosen], indices=owner[chosen], out=result)
    return result


def as_multipoints(geometries: np.ndarray) -> np.ndarray:
    """Return points as multipoints of one; all else as it is. Shape (n,)."""
    result = np.array(geometries, dtype=object)
    single = shapely.get_type_id(result) == GeometryType.POINT
    result[single] = shapely.multipoints(result[single][:, None])
    return result


def union_by_group(
    geometries: np.ndarray, groups: np.ndarray, count: int
) -> np.ndarray:
    """Return the union of the geometries of each group 0..count-1; shape (count,).

    None and empty geometries count for nothing; a group without others is None.
    An area that is alone in its group stays as it is; lines are always noded.
    """
    present = np.flatnonzero(is_present(geometries))
    order = present[np.argsort(groups[present], kind="stable")]
    members, owner = geometries[order], groups[order]
    several = (np.bincount(owner, minlength=count) > 1)[owner]
    several |= shapely.get_dimensions(members) < 2
    result = np.full(count, None, dtype=object)
    result[owner[~several]] = members[~several]
    if several.any():
        shapely.geometrycollections(
            members[several], indices=owner[several], out=result
        )
        united = np.unique(owner[several])
        result[united] = shapely.union_all(result[united][:, None], axis=1)
    return result
