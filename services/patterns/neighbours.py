"""Who is whose neighbour: sparse matrices of weights between features."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import shapely
from scipy import sparse
from scipy.spatial import cKDTree

from services.errors import ToolFailed
from services.patterns.places import Places, arc_of, chord_of

Relation = Literal[
    "FIXED_DISTANCE_BAND",
    "INVERSE_DISTANCE",
    "K_NEAREST_NEIGHBORS",
    "CONTIGUITY_EDGES_ONLY",
    "CONTIGUITY_EDGES_CORNERS",
]

#: Most neighbours of all features together; a pair counts twice. A run of the default
#: 2 GB has room for them.
MAX_LINKS = 10_000_000
#: Metres below which inverse distance does not grow any more.
_NEAREST = 1.0


def nearest_metres(places: Places) -> np.ndarray:
    """Return metres to the nearest other place, shape (k,); 0 for one in the same."""
    chord, _ = cKDTree(places.xyz).query(places.xyz, k=2)
    return arc_of(chord[:, 1])


def within_band(places: Places, metres: float) -> Any:
    """Return weights of 1 between places not further apart than ``metres``."""
    return _binary(*_pairs(places, metres)[:2], len(places))


def by_inverse_distance(places: Places, metres: float) -> Any:
    """Return weights of 1 / metres up to a distance; what is closer counts as 1 m."""
    i, j, apart = _pairs(places, metres)
    return _matrix(i, j, 1.0 / np.maximum(apart, _NEAREST), len(places))


def nearest_few(places: Places, number: int) -> Any:
    """Return weights of 1 from each place to its ``number`` nearest others."""
    if number >= len(places):
        raise ToolFailed(
            f"Number_Of_Neighbors must be less than the number of features"
            f" ({len(places)}), not {number}"
        )
    if number * len(places) > MAX_LINKS:
        raise ToolFailed(f"Number_Of_Neighbors: {_too_many(number * len(places))}")
    tree, count = cKDTree(places.xyz), len(places)
    _, found = tree.query(places.xyz, k=number + 1)
    # where several share one place, the place itself need not come first
    own = found == np.arange(count)[:, None]
    own[~own.any(axis=1), -1] = True
    neighbours = found[~own]
    return _binary(np.repeat(np.arange(count), number), neighbours, count)


def touching(shapes: np.ndarray, *, corners: bool) -> Any:
    """Return weights of 1 between polygons that share a border, or also a corner.

    Polygons that overlap are neighbours.
    """
    i, j = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    i, j = i[i != j], j[i != j]
    if not corners:
        common = shapely.intersection(shapes[i], shapes[j])
        longer = shapely.length(common) > 0
        i, j = i[longer], j[longer]
    return _binary(i, j, len(shapes))


def default_band(places: Places) -> float:
    """Return the metres at which each place has a neighbour: the largest gap."""
    # a hair more, lest rounding leave the loneliest place alone
    return float(nearest_metres(places).max()) * (1.0 + 1e-9)


def row_standardised(weights: Any) -> Any:
    """Return weights that add up to 1 for each feature that has neighbours."""
    total = np.asarray(weights.sum(axis=1)).ravel()
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    return sparse.diags_array(scale) @ weights


def _pairs(places: Places, metres: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    tree, chord = cKDTree(places.xyz), chord_of(metres)
    links = int(tree.count_neighbors(tree, chord)) - len(places)
    if links > MAX_LINKS:
        raise ToolFailed(f"Distance_Band: {_too_many(links)}")
    pairs = tree.query_pairs(chord, output_type="ndarray")
    step = places.xyz[pairs[:, 0]]
    step -= places.xyz[pairs[:, 1]]
    apart = arc_of(np.sqrt(np.einsum("ij,ij->i", step, step)))
    i, j = np.concatenate([pairs, pairs[:, ::-1]]).T
    return i, j, np.concatenate([apart, apart])


def _too_many(links: int) -> str:
    return f"makes {links} pairs of neighbours; at most {MAX_LINKS} are weighed"


def _binary(i: np.ndarray, j: np.ndarray, count: int) -> Any:
    return _matrix(i, j, np.ones(len(i)), count)


def _matrix(i: np.ndarray, j: np.ndarray, weights: np.ndarray, count: int) -> Any:
    return sparse.csr_array((weights, (i, j)), shape=(count, count))
