"""Where water runs: to one of eight neighbours, by the codes of the field.

East is 1, then clockwise south-east 2, south 4, south-west 8, west 16, north-west 32,
north 64, north-east 128. Source: Jenson and Domingue (1988), Extracting topographic
structure from digital elevation data, PE&RS 54.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

#: Steps (down, right) to the neighbours, in the order of the codes.
NEIGHBOURS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))
CODES = tuple(1 << at for at in range(8))


def shifted(values: np.ndarray, down: int, right: int) -> np.ndarray:
    """Return for each cell the value of a neighbour; NaN beyond the edge."""
    rows, columns = values.shape
    padded = np.full((rows + 2, columns + 2), np.nan)
    padded[1:-1, 1:-1] = values
    return padded[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]


def _silent(_: float) -> None:
    """Tell nobody how far the work is."""


def directions(
    heights: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
    progress: Callable[[float], None] = _silent,
) -> np.ndarray:
    """Return the code of the neighbour to which each cell falls most steeply.

    ``across`` and ``down``, metres of a cell, go with ``heights``. Of neighbours as
    steep the first code counts. Level ground drains to the neighbour from which the
    way out over it is shortest; a cell at the edge, or beside an empty one, with
    nothing lower flows out there. 0: a sink, or an empty cell (NaN).
    """
    known = ~np.isnan(heights)
    steepest = np.zeros(heights.shape)
    codes = np.zeros(heights.shape, dtype=np.uint8)
    outward = np.zeros(heights.shape, dtype=np.uint8)
    for code, (south, east) in zip(CODES, NEIGHBOURS, strict=True):
        beside = shifted(heights, south, east)
        apart = np.hypot(east * across, south * down)
        fall = np.where(np.isnan(beside), 0.0, (heights - beside) / apart)
        better = fall > steepest
        steepest = np.where(better, fall, steepest)
        codes[better] = code
        outward[np.isnan(beside) & (outward == 0)] = code
        progress(50.0 * (CODES.index(code) + 1) / len(CODES))
    codes[codes == 0] = outward[codes == 0]
    codes[~known] = 0
    _drain_level(heights, codes, progress)
    return codes


def _drain_level(
    heights: np.ndarray, codes: np.ndarray, progress: Callable[[float], None]
) -> None:
    """Give cells without a code that of a way over level ground, from its end on."""
    rows, columns = heights.shape
    flat, made = heights.ravel(), codes.ravel()
    front = np.flatnonzero(made)
    waiting = (made == 0) & ~np.isnan(flat)
    left = total = int(waiting.sum())
    while len(front) and left:
        row, column = np.divmod(front, columns)
        reached = []
        for code, (south, east) in zip(CODES[::-1], NEIGHBOURS[::-1], strict=True):
            there = row - south, column - east  # whose neighbour by the code is here
            inside = (there[0] >= 0) & (there[0] < rows)
            inside &= (there[1] >= 0) & (there[1] < columns)
            other = there[0][inside] * columns + there[1][inside]
            level = waiting[other] & (flat[other] == flat[front[inside]])
            made[other[level]] = code
            reached.append(other[level])
        front = np.unique(np.concatenate(reached))
        waiting[front] = False
        left -= len(front)
        progress(100.0 - 50.0 * left / total)
    codes[...] = made.reshape(codes.shape)


def receivers(codes: np.ndarray) -> np.ndarray:
    """Return the flat index of the cell each cell flows to; its own if it is an end.

    Ends are sinks and cells that flow beyond the edge. Codes that are none of the
    eight count as ends. Shape (cells,).
    """
    rows, columns = codes.shape
    row, column = np.mgrid[:rows, :columns]
    target = np.arange(codes.size).reshape(codes.shape)
    own = target.copy()
    for code, (south, east) in zip(CODES, NEIGHBOURS, strict=True):
        there = row + south, column + east
        inside = (there[0] >= 0) & (there[0] < rows)
        inside &= (there[1] >= 0) & (there[1] < columns)
        flows = (codes == code) & inside
        target[flows] = own[flows] + south * columns + east
    return np.asarray(target.ravel())


def accumulated(
    to: np.ndarray, weights: np.ndarray, progress: Callable[[float], None] = _silent
) -> np.ndarray:
    """Return the sum of the weights of all cells upstream, without the cell's own.

    ``to`` are ``receivers``. Raises ValueError for water that runs in a circle.
    """
    ends = to == np.arange(len(to))
    missing = np.bincount(to[~ends], minlength=len(to))
    total = np.zeros(len(to))
    ready = np.flatnonzero(missing == 0)
    done = 0
    while len(ready):
        done += len(ready)
        moving = ready[~ends[ready]]
        below = to[moving]
        np.add.at(total, below, total[moving] + weights[moving])
        np.subtract.at(missing, below, 1)
        below = np.unique(below)
        ready = below[missing[below] == 0]
        progress(100.0 * done / len(to))
    if done < len(to):
        raise ValueError("the flow directions run in a circle")
    return total


def basins(to: np.ndarray, pours: np.ndarray) -> np.ndarray:
    """Return for each cell the first pour point on its way down, -1 for none.

    ``pours`` are flat indices; the answer is their place in that array. Water that runs
    in a circle never arrives.
    """
    root = to.copy()
    root[pours] = pours
    for _ in range(len(to).bit_length() + 1):
        further = root[root]
        if np.array_equal(further, root):
            break
        root = further
    number = np.full(len(to), -1)
    number[pours[::-1]] = np.arange(len(pours))[::-1]
    return np.asarray(number[root])
