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
    if len(ends) < len(starts):  # a search from each of the fewer is enough
        turned = cost_matrix(graph, ends, starts, limit, backwards=not backwards,
                             told=told)  # fmt: skip
        return turned.T
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
    limit: float = np.inf,
    told: Callable[[float], None] = lambda _: None,
) -> Ways:
    """Return the cheapest way from each start to the end beside it, nodes (k,).

    A way that costs more than ``limit`` is none. Searched from whichever are fewer,
    starts or ends.
    """
    turned = len(np.unique(ends)) < len(np.unique(starts))
    matrix = graph.matrix.T.tocsr() if turned else graph.matrix
    near, far = (ends, starts) if turned else (starts, ends)
    sources, row = np.unique(near, return_inverse=True)
    order = np.argsort(row, kind="stable")
    cost, parts = np.empty(len(starts)), [(np.empty(0, dtype=np.int64),) * 3]
    for block in _blocks(len(sources), graph):
        told(block.start / len(sources))
        costs, before = dijkstra(
            matrix, indices=sources[block], limit=limit, return_predecessors=True
        )
        chosen = order[slice(*np.searchsorted(row[order], (block.start, block.stop)))]
        at = row[chosen] - block.start
        cost[chosen] = costs[at, far[chosen]]
        way, start, end = _traced(before, at, far[chosen], turned=turned)
        parts.append((chosen[way], start, end))
    way, start, end = (np.concatenate(one) for one in zip(*parts, strict=True))
    order = np.argsort(way, kind="stable")
    return Ways(cost, way[order], *graph.piece(start[order], end[order]))


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
    before: np.ndarray, row: np.ndarray, far: np.ndarray, *, turned: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the steps of all ways in the order of walking, found in lock step.

    ``before`` has the node before each node as seen from source ``row``; ``turned``
    if that is the one after it, the source being the end.
    """
    at, moving = np.array(far), np.arange(len(far))
    steps = [(moving[:0], moving[:0], moving[:0])]
    while len(moving):
        other = before[row[moving], at[moving]].astype(np.int64)
        moving, other = moving[other >= 0], other[other >= 0]
        here = at[moving]
        steps.append((moving, here, other) if turned else (moving, other, here))
        at[moving] = other
    walked = steps if turned else steps[::-1]
    way, start, end = (np.concatenate(one) for one in zip(*walked, strict=True))
    return way, start, end
