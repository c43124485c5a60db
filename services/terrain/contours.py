"""Contours of a grid, by contourpy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
from contourpy import LineType, contour_generator

from services.errors import ToolFailed
from services.geometry.ragged import lines


def contour_levels(
    values: np.ndarray, interval: float, base: float, most: int
) -> np.ndarray:
    """Return base + k * interval for all whole k within the values; NaN count not.

    Raises ToolFailed, naming Interval, for more than ``most``.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return np.zeros(0)
    first = np.ceil((known.min() - base) / interval)
    last = np.floor((known.max() - base) / interval)
    if last - first >= most:
        raise ToolFailed(
            f"Interval: expected at most {most:,} heights; {interval:g} makes"
            f" {last - first + 1:,.0f}"
        )
    return np.asarray(base + interval * np.arange(first, last + 1))


def contour_lines(
    x: np.ndarray,
    y: np.ndarray,
    values: np.ndarray,
    levels: np.ndarray,
    progress: Callable[[float], None],
) -> tuple[np.ndarray, np.ndarray]:
    """Return one line or multiline for each level, and the level of each.

    ``values`` (rows, columns) are heights at ``x`` (columns,) and ``y`` (rows,), NaN
    for none: a square with an empty corner has no contour but in its other half.
    Between cells heights are linear. Levels that are met nowhere are left out.
    """
    generator = contour_generator(
        x, y, np.ma.masked_invalid(values), line_type=LineType.ChunkCombinedOffset,
        corner_mask=True,
    )  # fmt: skip
    made, kept = [], []
    for at, level in enumerate(levels.tolist()):
        [points], [offsets] = generator.lines(level)
        progress(100 * (at + 1) / len(levels))
        if points is None:
            continue
        parts = lines(points, offsets.astype(np.int64), "xy")
        parts = parts[shapely.length(parts) > 0]
        if len(parts):
            alone = len(parts) == 1
            made.append(parts[0] if alone else shapely.multilinestrings(parts))
            kept.append(level)
    found = np.empty(len(made), dtype=object)
    found[:] = made
    return found, np.array(kept)
