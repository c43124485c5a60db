"""Overlay of two sets of points, lines and areas: who meets whom, and the pieces.

All work is planar, in one spatial reference that both sets share: edges are
straight lines between vertices in that reference, as they are drawn. Put
geometries that may cross the antimeridian through ``wrap.wrap`` first. None and
empty geometries meet nothing. Areas must be valid. Z is interpolated at new
vertices; m is not known there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from services.geometry.parts import of_dimension, union_by_group

#: For each predicate, the one of the spatial index and if the sides change places
#: for it. The index prepares its query side, so containers go there.
PREDICATES: dict[str, tuple[str, bool]] = {
    "intersects": ("intersects", False),
    "contains": ("contains", False),
    "contains_properly": ("contains_properly", False),
    "covers": ("covers", False),
    "within": ("contains", True),
    "within_properly": ("contains_properly", True),
    "covered_by": ("covers", True),
    "touches": ("touches", False),
    "crosses": ("crosses", False),
    "overlaps": ("overlaps", False),
    "equals": ("intersects", False),
}


@dataclass(frozen=True, slots=True)
class Pieces:
    """What an overlay made: geometries, and the row of each side they came from.

    All are of shape (k,). A row of -1 means that this side is not in the piece.
    """

    geometries: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def __len__(self) -> int:
        return len(self.geometries)


def pairs(
    first: np.ndarray, second: np.ndarray, predicate: str = "intersects"
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows (i, j) for which ``first[i]`` predicate ``second[j]`` holds.

    ``predicate`` is a key of PREDICATES. Sorted by i, then j.
    """
    name, swapped = PREDICATES[predicate]
    if name == "intersects":
        swapped = _vertices(second) > _vertices(first)
    query, tree = (second, first) if swapped else (first, second)
    asked, found = shapely.STRtree(tree).query(query, predicate=name)
    i, j = (found, asked) if swapped else (asked, found)
    if predicate == "equals":
        same = (shapely.bounds(first[i]) == shapely.bounds(second[j])).all(axis=1)
        i, j = i[same], j[same]
        same = shapely.equals(first[i], second[j])
        i, j = i[same], j[same]
    order = np.lexsort((j, i))
    return i[order], j[order]


def _vertices(geometries: np.ndarray) -> float:
    """Return the mean number of vertices; the heavier side is worth preparing."""
    counts = shapely.get_num_coordinates(geometries)
    return float(counts.mean()) if len(counts) else 0.0


def clip(geometries: np.ndarray, clippers: np.ndarray) -> np.ndarray:
    """Return what lies in any of the clippers. Shape (n,) in and out.

    None where nothing of the geometry's own dimension is left.
    """
    result = np.full(len(geometries), None, dtype=object)
    inside = np.unique(pairs(geometries, clippers, "covered_by")[0])
    result[inside] = geometries[inside]
    rest = np.setdiff1d(np.arange(len(geometries)), inside)
    rows, masks = _masks(geometries[rest], clippers)
    rows = rest[rows]
    result[rows] = _keep_dimension(
        shapely.intersection(geometries[rows], masks), geometries[rows]
    )
    return result


def erase(geometries: np.ndarray, erasers: np.ndarray) -> np.ndarray:
    """Return what lies in none of the erasers. Shape (n,) in and out.

    None where nothing is left; a geometry that no eraser meets stays as it is.
    An eraser of a lower dimension takes nothing away.
    """
    result = np.array(geometries, dtype=object)
    inside = np.unique(pairs(geometries, erasers, "covered_by")[0])
    result[inside] = None
    rows, masks = _masks(result, erasers)
    result[rows] = _keep_dimension(
        shapely.difference(result[rows], masks), result[rows]
    )
    return result


def _masks(geometries: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows that others meet, and for each the union of just those others.

    Others of a lower dimension than the geometry are left out.
    """
    i, j = pairs(geometries, others)
    dimension = shapely.get_dimensions
    fit = dimension(others)[j] >= dimension(geometries)[i]
    rows, group = np.unique(i[fit], return_inverse=True)
    members = others[j[fit]]
    several = (np.bincount(group) > 1)[group] if len(group) else group
    several = np.flatnonzero(several)
    members[several] = _near(members[several], geometries[i[fit][several]])
    return rows, union_by_group(members, group, len(rows))


def _near(others: np.ndarray, geometries: np.ndarray) -> np.ndarray:
    """Cut each of the others to the surroundings of its geometry. Shape (n,) out.

    To unite whole countries for every parcel on a border would take most of the
    time. The cut lies outside the geometry, so it leaves no mark on the result.
    """
    low, high = np.hsplit(shapely.bounds(geometries), 2)
    margin = np.maximum((high - low) * 0.01, np.spacing(np.maximum(-low, high)) * 1e6)
    frames = np.hstack([low - margin, high + margin])
    bounds = shapely.bounds(others)
    larger = (bounds[:, :2] < frames[:, :2]) | (bounds[:, 2:] > frames[:, 2:])
    chosen = larger.any(axis=1)
    result = np.array(others, dtype=object)
    result[chosen] = _keep_dimension(
        shapely.intersection(others[chosen], shapely.box(*frames[chosen].T)),
        others[chosen],
    )
    return result


def _keep_dimension(made: np.ndarray, source: np.ndarray) -> np.ndarray:
    return of_dimension(made, shapely.get_dimensions(source))


def intersection(first: np.ndarray, second: np.ndarray) -> Pieces:
    """Return a piece for each pair that shares more than an edge.

    A piece has the lower dimension of its two sides: a line in an area is a line.
    Sorted by row of the first side, then of the second.
    """
    i, j = pairs(first, second)
    made = _common(first[i], second[j])
    shared = ~shapely.is_missing(made)
    return Pieces(made[shared], i[shared], j[shared])


def _common(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return what pairs that meet share; None where it is just an edge.

    Where one side covers the other the piece is the other, unless that lacks the z or
    m of the one. Most pairs of a fine and
    a coarse layer are of that kind, and a look at a prepared geometry costs a
    fraction of an overlay. A single point is covered by whatever it meets.
    """
    kinds = shapely.get_dimensions(left), shapely.get_dimensions(right)
    inner, outer = (shapely.get_type_id(one) == 0 for one in (left, right))
    outer &= ~inner
    result = np.where(inner, left, right)
    rest = np.flatnonzero(~(inner | outer))
    inner[rest], outer[rest] = _covered(left[rest], right[rest])
    for has in (shapely.has_z, shapely.has_m):
        inner[rest] &= has(left[rest]) | ~has(right[rest])
        outer[rest] &= has(right[rest]) | ~has(left[rest])
    result[inner] = left[inner]
    crossing = np.flatnonzero(~(inner | outer))
    result[crossing] = of_dimension(
        shapely.intersection(left[crossing], right[crossing]),
        np.minimum(*kinds)[crossing],
    )
    return result


def _covered(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tell where the right side covers the left one, and the reverse."""
    shapely.prepare(left)
    shapely.prepare(right)
    return shapely.covers(right, left), shapely.covers(left, right)


def identity(first: np.ndarray, second: np.ndarray) -> Pieces:
    """Return the shared pieces, then what is left of the first side alone."""
    shared = intersection(first, second)
    return joined(shared, remainder(first, second), np.array([]))


def union(first: np.ndarray, second: np.ndarray) -> Pieces:
    """Return the shared pieces, then the rest of the first and of the second side.

    Areas that overlap within one side are not cut against each other.
    """
    shared = intersection(first, second)
    return joined(shared, remainder(first, second), remainder(second, first))


def symmetrical_difference(first: np.ndarray, second: np.ndarray) -> Pieces:
    """Return what is left of the first side, then what is left of the second."""
    nothing = np.array([], dtype=np.int64)
    none = Pieces(np.array([], dtype=object), nothing, nothing)
    return joined(none, remainder(first, second), remainder(second, first))


def remainder(geometries: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return what of geometries lies in none of the others; None where nothing is."""
    return of_dimension(erase(geometries, others), shapely.get_dimensions(geometries))


def joined(shared: Pieces, left: np.ndarray, right: np.ndarray) -> Pieces:
    """Put shared pieces and remainders (None where nothing is left) together."""
    i = np.flatnonzero(~shapely.is_missing(left))
    j = np.flatnonzero(~shapely.is_missing(right))
    return Pieces(
        np.concatenate([shared.geometries, left[i], right[j]]),
        np.concatenate([shared.first, i, np.full(len(j), -1)]),
        np.concatenate([shared.second, np.full(len(i), -1), j]),
    )
