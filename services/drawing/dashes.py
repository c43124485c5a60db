"""Lines cut into dashes, all at once."""

from __future__ import annotations

import numpy as np


def dashed(
    xy: np.ndarray, offsets: np.ndarray, pattern: tuple[float, ...]
) -> list[list[float]]:
    """Return the dashes of lines, each a flat list of x, y.

    ``xy`` holds the vertices of all lines, shape (n, 2); line i has those from
    ``offsets[i]`` to ``offsets[i + 1]``. ``pattern`` is dash, gap, dash, gap... in
    pixels; each line begins with a dash.
    """
    steps = np.hypot(*np.diff(xy, axis=0).T)
    steps[offsets[1:-1] - 1] = 1.0  # apart, so that no dash runs into the next line
    along = np.concatenate([[0.0], np.cumsum(steps)])
    begin, end = along[offsets[:-1]], along[offsets[1:] - 1]
    period = float(sum(pattern))
    counts = np.ceil((end - begin) / period).astype(int)
    line = np.repeat(np.arange(len(counts)), counts)
    first = np.repeat(np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    base = begin[line] + (np.arange(len(line)) - first) * period
    starts, stops, offset = [], [], 0.0
    for dash, gap in zip(pattern[::2], pattern[1::2], strict=True):
        starts.append(base + offset)
        stops.append(np.minimum(base + offset + dash, end[line]))
        offset += dash + gap
    start, stop = np.concatenate(starts), np.concatenate(stops)
    kept = start < stop
    return _between(xy, along, start[kept], stop[kept])


def _between(
    xy: np.ndarray, along: np.ndarray, start: np.ndarray, stop: np.ndarray
) -> list[list[float]]:
    """Return the pieces of the running line between distances, as flat lists."""
    ends = [
        np.stack([np.interp(at, along, xy[:, 0]), np.interp(at, along, xy[:, 1])], 1)
        for at in (start, stop)
    ]
    low = (2 * np.searchsorted(along, start, side="right")).tolist()
    high = (2 * np.searchsorted(along, stop, side="left")).tolist()
    flat = xy.ravel().tolist()
    rows = zip(ends[0].tolist(), low, high, ends[1].tolist(), strict=True)
    return [[*first, *flat[a:b], *last] for first, a, b, last in rows]
