"""Sinks of a surface filled up to where water runs out of them."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from services.terrain.flow import NEIGHBOURS, shifted


def filled(heights: np.ndarray) -> np.ndarray:
    """Return heights without sinks: each cell at least as high as its way out.

    Shape (rows, columns), NaN for empty cells; water leaves at the edge and beside
    empty cells. The level of a cell is the lowest pass on any way from it to there.
    On a minimum spanning tree of the cells, an edge as high as the higher of its two,
    the way to the outside is such a way.
    Source: Barnes, Lehman, Mulla (2014), Priority-flood, Computers & Geosciences 62,
    for what is computed; Hu (1961), The maximum capacity route problem, for the tree.
    """
    known = ~np.isnan(heights)
    if not known.any():
        return heights.copy()
    tree, root = _tree(heights, known)
    order, before = breadth_first_order(tree, root, directed=False)
    flat = np.append(heights.ravel(), -np.inf)
    level = flat.tolist()
    for cell, on_the_way in zip(
        order[1:].tolist(), before[order[1:]].tolist(), strict=True
    ):
        level[cell] = max(level[cell], level[on_the_way])
    made = np.array(level[:-1]).reshape(heights.shape)
    return np.where(known, made, np.nan)


def _tree(heights: np.ndarray, known: np.ndarray) -> tuple[coo_array, int]:
    """Return the minimum spanning tree of cells and the outside, which comes last."""
    count = heights.size
    index = np.arange(count, dtype=np.int32).reshape(heights.shape)
    base = float(np.nanmin(heights)) - 1.0  # an edge of 0 would be none
    ends, others, highs = [], [], []
    outlet = np.zeros(heights.shape, dtype=bool)
    for at, (down, right) in enumerate(NEIGHBOURS):
        beside = shifted(heights, down, right)
        outlet |= np.isnan(beside)
        if at < 4:  # each pair of cells once
            pair = known & ~np.isnan(beside)
            ends.append(index[pair])
            others.append(index[pair] + down * heights.shape[1] + right)
            highs.append(np.maximum(heights[pair], beside[pair]))
    outlet &= known
    ends.append(index[outlet])
    others.append(np.full(int(outlet.sum()), count, dtype=np.int32))
    highs.append(heights[outlet])
    graph = coo_array(
        (np.concatenate(highs) - base, (np.concatenate(ends), np.concatenate(others))),
        shape=(count + 1, count + 1),
    )
    return minimum_spanning_tree(graph.tocsr()), count
