"""Lines as a network: nodes where they meet, edges between, the cost of each way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from services.errors import ToolFailed
from services.geometry.crs import SpatialReference, transform
from services.geometry.drawn import drawn_length
from services.geometry.parts import is_present
from services.geometry.planes import earth_centred, geod_of, geographic_of
from services.network.cutting import Measured

#: Pairs of ends that the tolerance may join: half a gigabyte.
_MAX_PAIRS = 10_000_000


@dataclass(frozen=True, slots=True)
class Streets:
    """Edges between nodes; edge ``i`` is ``lines[i]`` of the feature ``owner[i]``.

    ``ends`` (e, 2) are the nodes at its start and end, ``metres`` its length on the
    ground, ``forward`` and ``backward`` what it costs along and against the line,
    infinite where it may not be used.
    """

    lines: np.ndarray
    measured: Measured
    owner: np.ndarray
    ends: np.ndarray
    nodes: int
    metres: np.ndarray
    forward: np.ndarray
    backward: np.ndarray
    reference: SpatialReference

    def __len__(self) -> int:
        return len(self.lines)


@dataclass(frozen=True, slots=True)
class Rates:
    """What lines cost, an entry for each feature.

    ``per_metre`` is NaN where ``whole``, the cost of all of a feature, counts
    instead; ``along`` and ``against`` tell which ways are open.
    """

    per_metre: np.ndarray
    whole: np.ndarray
    along: np.ndarray
    against: np.ndarray


def build(
    geometries: np.ndarray,
    reference: SpatialReference,
    rates: Rates,
    tolerance: float,
    *,
    every_vertex: bool = False,
) -> Streets:
    """Return the network of lines (n,); None, empty and lines of no length are none.

    Ends within ``tolerance`` metres of each other are one node, and so are those
    that a chain of such ends links. With ``every_vertex`` lines meet at all vertices,
    each segment being an edge; else only at their ends, however they cross.
    """
    lines, owner = _single_lines(geometries, every_vertex=every_vertex)
    metres = drawn_length(lines, reference)
    long = metres > 0
    lines, owner, metres = lines[long], owner[long], metres[long]
    total = np.bincount(owner, metres, len(geometries))
    cost = rates.per_metre[owner] * metres
    share = metres / total[owner]
    cost = np.where(np.isnan(rates.per_metre[owner]), rates.whole[owner] * share, cost)
    ends = _nodes(lines, reference, tolerance)
    return Streets(
        lines,
        Measured.of(lines, reference),
        owner,
        ends,
        int(ends.max(initial=-1)) + 1,
        metres,
        np.where(rates.along[owner], cost, np.inf),
        np.where(rates.against[owner], cost, np.inf),
        reference,
    )


def _single_lines(
    geometries: np.ndarray, *, every_vertex: bool
) -> tuple[np.ndarray, np.ndarray]:
    rows = np.flatnonzero(is_present(geometries))
    plain = np.asarray(shapely.force_2d(geometries[rows]), dtype=object)
    parts, of = shapely.get_parts(plain, return_index=True)
    if every_vertex:
        xy, line = shapely.get_coordinates(parts, return_index=True)
        first = np.flatnonzero(line[1:] == line[:-1])
        pairs = np.stack([xy[first], xy[first + 1]], axis=1)
        parts, of = shapely.linestrings(pairs), of[line[first]]
    return np.asarray(parts, dtype=object), rows[of]


def _nodes(
    lines: np.ndarray, reference: SpatialReference, tolerance: float
) -> np.ndarray:
    """Return the node at the start and at the end of each line, shape (e, 2).

    Raises ToolFailed, naming Snap_Tolerance, for one that joins all with all.
    """
    tips = np.stack([shapely.get_point(lines, 0), shapely.get_point(lines, -1)], axis=1)
    lonlat = transform(tips.ravel(), reference, geographic_of(reference))
    places = earth_centred(shapely.get_coordinates(lonlat), geod_of(reference)).T
    # a hair of tolerance always: the same place written by two lines
    unique, at = np.unique(np.round(places, 3), axis=0, return_inverse=True)
    at = at.ravel()
    if tolerance > 0 and len(unique):
        tree = cKDTree(unique)
        pairs = (int(tree.count_neighbors(tree, tolerance)) - len(unique)) // 2
        if pairs > _MAX_PAIRS:
            raise ToolFailed(
                f"Snap_Tolerance: {pairs:,} pairs of ends are within {tolerance:g} m;"
                f" at most {_MAX_PAIRS:,} are joined. Give a shorter one"
            )
        near = tree.query_pairs(tolerance, output_type="ndarray")
        links = sparse.coo_array(
            (np.ones(len(near)), near.T), shape=(len(unique), len(unique))
        )
        at = connected_components(links, directed=False)[1][at]
    return np.asarray(at).reshape(-1, 2)
