"""Cheapest ways through a graph: their costs, and the lines that they take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

from services.network.located import Graph

#: Numbers held at a time: costs from some starts to all nodes.
_MOST = 8_000_000


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways (k,): costs, infinite where there is none, and the pieces they take.

    ``way``, ``piece``, ``along`` (p,) list the pieces in the order of walking, way by
    way; ``along`` is False where a piece is walked against its line.
    """

    cost: np.ndarray
    way: np.ndarray
    piece: np.ndarray
    along: np.ndarray


def cost_matrix(
    graph: Graph,
    starts: np.ndarray,
    ends: np.ndarray,
    limit: float = np.inf,
    *,
    backwards: bool = False,
    told: Callable[[float], None] = lambda _: None,
) -> np.ndarray:
    """Return the cost from each start to each end, (s, e); infinite above ``limit``.

    ``starts`` and ``ends`` are nodes. ``backwards`` gives that from end to start.
    """
    matrix = graph.matrix.T.tocsr() if backwards else graph.matrix
    costs = np.empty((len(starts), len(ends)))
    for block in _blocks(len(starts), graph):
        told(block.start / len(starts))
        found = dijkstra(matrix, indices=starts[block], limit=limit)
        costs[block] = found[:, ends]
    return costs


def ways(
    graph: Graph,
    starts: np.ndarray,
    ends: np.ndarray,
    told: Callable[[float], None] = lambda _: None,
) -> Ways:
    """Return the cheapest way from each start to the end beside it, nodes (k,)."""
    cost, parts = np.empty(len(starts)), []
    for block in _blocks(len(starts), graph):
        told(block.start / len(starts))
        sources, row = np.unique(starts[block], return_inverse=True)
        costs, before = dijkstra(
            graph.matrix, indices=sources, return_predecessors=True
        )
        cost[block] = costs[row, ends[block]]
        way, start, end = _traced(before, row, ends[block])
        parts.append((way + block.start, *graph.piece(start, end)))
    way, piece, along = (np.concatenate(one) for one in zip(*parts, strict=True))
    return Ways(cost, way, piece, along)


def lines_of(graph: Graph, found: Ways, group: np.ndarray, count: int) -> np.ndarray:
    """Return one line for each group of ways, ways in their order; shape (count,).

    None for a group without pieces: its ways end where they start.
    """
    begin, end = (graph.share[found.piece, side] for side in (0, 1))
    edge = graph.edge[found.piece]
    xy, part = graph.streets.measured.parts(
        edge, np.where(found.along, begin, end), np.where(found.along, end, begin)
    )
    owner = group[found.way[part]]
    # where one piece ends the next begins; but a line has two vertices at least
    again = np.zeros(len(xy), dtype=bool)
    again[1:] = (owner[1:] == owner[:-1]) & (xy[1:] == xy[:-1]).all(axis=1)
    single = np.bincount(owner[~again], minlength=count)[owner] < 2
    kept = ~again | single
    lines = np.full(count, None, dtype=object)
    if kept.any():
        order = np.argsort(owner[kept], kind="stable")
        shapely.linestrings(xy[kept][order], indices=owner[kept][order], out=lines)
    return lines


def lengths_of(graph: Graph, found: Ways, group: np.ndarray, count: int) -> np.ndarray:
    """Return metres on the ground along the ways of each group; shape (count,)."""
    part = graph.share[found.piece, 1] - graph.share[found.piece, 0]
    metres = graph.streets.metres[graph.edge[found.piece]] * part
    return np.bincount(group[found.way], metres, count).astype(float)


def _blocks(count: int, graph: Graph) -> Iterator[slice]:
    size = max(_MOST // max(graph.matrix.shape[0], 1), 1)
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def _traced(
    before: np.ndarray, row: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the steps of all ways, walked back from their ends in lock step.

    ``before`` has the node before each node on the way from source ``row``.
    """
    at, moving = np.array(ends), np.arange(len(ends))
    steps = []
    while len(moving):
        previous = before[row[moving], at[moving]]
        moving, previous = moving[previous >= 0], previous[previous >= 0]
        steps.append((moving, previous, at[moving]))
        at[moving] = previous
    if not steps:
        return (np.empty(0, dtype=np.int64),) * 3
    way, start, end = (np.concatenate(one[::-1]) for one in zip(*steps, strict=True))
    order = np.argsort(way, kind="stable")
    return way[order], start[order].astype(np.int64), end[order].astype(np.int64)
