"""Vertices that nobody could tell apart, made one, all at once."""

from __future__ import annotations

import numpy as np

from services.geometry.ragged import offsets_of

#: Vertices closer than this, in pixels, are one.
CLOSE = 0.3
#: Fewer vertices than this in a part, on average, are not worth the work.
_MANY = 16
_RING = 4


def thinned(
    xy: np.ndarray, offsets: np.ndarray, step: float, *, are_rings: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return vertices on a grid of ``step``, without those that follow an equal one.

    ``xy`` has shape (n, 2), part i the vertices ``offsets[i]`` to ``offsets[i + 1]``.
    Both ends of a part stay, and four vertices of a ring. Neighbours that share an
    edge still do.
    """
    if len(xy) < _MANY * (len(offsets) - 1):
        return xy, offsets
    starts, counts = offsets[:-1], np.diff(offsets)
    cells = xy / step
    np.rint(cells, out=cells)
    kept = np.ones(len(xy), dtype=bool)
    np.not_equal(cells[1:, 0], cells[:-1, 0], out=kept[1:])
    kept[1:] |= cells[1:, 1] != cells[:-1, 1]
    full = counts > 0
    starts, counts = starts[full], counts[full]
    last = (_RING if are_rings else 2) - 1
    for part in range(last + 1):
        kept[starts + (counts - 1) * part // last] = True
    return cells[kept] * step, offsets_of(kept)[offsets]
