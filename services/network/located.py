"""Places on a network, and the graph in which they are nodes too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy import sparse

from services.geometry.nearest import ground_nearest
from services.network.streets import Streets

#: Metres from an end of an edge within which a place is at the node there.
_AT_NODE = 0.01


@dataclass(frozen=True, slots=True)
class Located:
    """Where places lie on edges: number -1 and NaN for those that are too far off.

    ``metres`` is how far each is from the network on the ground.
    """

    edge: np.ndarray
    share: np.ndarray
    metres: np.ndarray

    @property
    def found(self) -> np.ndarray:
        """Which places lie on the network."""
        return np.asarray(self.edge >= 0)


def locate(points: np.ndarray, streets: Streets, reach: float) -> Located:
    """Return the nearest place on an open edge within ``reach`` metres; shape (n,).

    ``points`` are in the reference of the network; None has no place.
    """
    usable = np.flatnonzero(
        np.isfinite(streets.forward) | np.isfinite(streets.backward)
    )
    near = ground_nearest(points, streets.lines[usable], streets.reference, reach)
    found = near.index >= 0
    edge = np.full(len(points), -1)
    edge[found] = usable[near.index[found]]
    share = np.full(len(points), np.nan)
    feet = shapely.points(near.xy[found])
    drawn = shapely.line_locate_point(streets.lines[edge[found]], feet)
    along = streets.measured.share_at(edge[found], drawn)
    close = _AT_NODE / streets.metres[edge[found]]
    along[along < close] = 0.0
    along[along > 1.0 - close] = 1.0
    share[found] = along
    return Located(edge, share, near.metres)


@dataclass(frozen=True, slots=True)
class Graph:
    """A network cut at places: pieces of edges between nodes.

    The nodes of the streets come first, then one for each place. ``matrix`` has the
    cost of the cheapest piece from row to column; ``piece`` finds it.
    """

    streets: Streets
    edge: np.ndarray
    share: np.ndarray
    ends: np.ndarray
    matrix: Any
    arcs: np.ndarray

    def cost(self, piece: np.ndarray, *, along: bool) -> np.ndarray:
        """Return what pieces cost along, or against, their lines.

        A piece of no length, between a node and a place on it, is open both ways.
        """
        whole = self.streets.forward if along else self.streets.backward
        whole = whole[self.edge[piece]]
        part = self.share[piece, 1] - self.share[piece, 0]
        costs = np.where(part > 0, np.inf, 0.0)
        open_ = np.isfinite(whole)
        costs[open_] = whole[open_] * part[open_]
        return costs

    def piece(
        self, start: np.ndarray, end: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the cheapest piece between nodes, and if that is along its line."""
        rows = self.matrix.indptr
        keys = np.repeat(np.arange(len(rows) - 1), np.diff(rows)) * (len(rows) - 1)
        arc = np.searchsorted(keys + self.matrix.indices, start * (len(rows) - 1) + end)
        return self.arcs[arc] // 2, self.arcs[arc] % 2 == 0


def graph_of(streets: Streets, places: Located) -> Graph:
    """Return the graph of streets and places; a place that is not found has no edge."""
    count = len(streets)
    rows = np.flatnonzero(places.found)
    edge = np.concatenate([np.arange(count), places.edge[rows], np.arange(count)])
    share = np.concatenate([np.zeros(count), places.share[rows], np.ones(count)])
    node = np.concatenate(
        [streets.ends[:, 0], streets.nodes + rows, streets.ends[:, 1]]
    )
    rank = np.repeat([0, 1, 2], [count, len(rows), count])
    order = np.lexsort((share, rank, edge))
    edge, share, node = edge[order], share[order], node[order]
    first = np.flatnonzero(edge[1:] == edge[:-1])
    bare = Graph(
        streets,
        edge[first],
        np.column_stack([share[first], share[first + 1]]),
        np.column_stack([node[first], node[first + 1]]),
        None,
        np.empty(0, dtype=np.int64),
    )
    matrix, arcs = _matrix(bare, streets.nodes + len(places.edge))
    return Graph(streets, bare.edge, bare.share, bare.ends, matrix, arcs)


def _matrix(bare: Graph, nodes: int) -> tuple[Any, np.ndarray]:
    """Return the sparse matrix of costs, and what each entry is: 2 x piece + against.

    Of parallel pieces the cheapest counts. A cost of 0 is an entry as well.
    """
    pieces = np.arange(len(bare.edge))
    cost = np.concatenate([bare.cost(pieces, along=way) for way in (True, False)])
    start = np.concatenate([bare.ends[:, 0], bare.ends[:, 1]])
    end = np.concatenate([bare.ends[:, 1], bare.ends[:, 0]])
    arc = np.concatenate([2 * pieces, 2 * pieces + 1])
    open_ = np.isfinite(cost) & (start != end)
    cost, start, end, arc = cost[open_], start[open_], end[open_], arc[open_]
    order = np.lexsort((cost, end, start))
    key = start[order] * nodes + end[order]
    kept = order[np.flatnonzero(np.diff(key, prepend=-1))]
    pointer = np.searchsorted(start[kept], np.arange(nodes + 1))
    matrix = sparse.csr_array((cost[kept], end[kept], pointer), shape=(nodes, nodes))
    return matrix, arc[kept]
