"""New values for ranges of values."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def reclassified(
    values: np.ndarray, rows: Iterable[tuple[float, float, float]], *, keep: bool
) -> np.ndarray:
    """Return values, NaN for none, with new ones by rows of start, end and new value.

    A row holds from its start to before its end; the end that is the highest of all,
    and that of a row with both the same, belongs to it. The first row that holds a
    value counts. What no row holds stays, or without ``keep`` becomes NaN.
    """
    rows = list(rows)
    made = values.copy() if keep else np.full_like(values, np.nan)
    highest = max(end for _, end, _ in rows)
    for start, end, new in reversed(rows):
        is_closed = end in (highest, start)
        below = values <= end if is_closed else values < end
        made[(values >= start) & below] = new
    return made
