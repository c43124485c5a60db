"""What is wrong with geometries, by kind, and geometries without it."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np
import shapely

from services.geometry.parts import collect, is_present

Method = Literal["structure", "linework"]


def repaired(
    geometries: np.ndarray, method: Method
) -> tuple[np.ndarray, Counter[str], int]:
    """Return valid geometries, what was wrong by kind, and how many were changed.

    Shape (n,) in and out. Areas are made valid, parts of lines without length go;
    None stays None, and what has nothing left becomes None. z is kept and
    interpolated at new vertices; m of changed areas is lost.
    """
    result = np.array(geometries, dtype=object)
    kinds: Counter[str] = Counter()
    present = is_present(result)
    areas = np.flatnonzero(
        present & (shapely.get_dimensions(result) == 2) & ~shapely.is_valid(result)
    )
    reasons = shapely.is_valid_reason(result[areas])
    kinds.update(str(reason).partition("[")[0].strip() for reason in reasons)
    # linework can only keep what collapses: lines, which then go
    kept = method == "linework"
    made = shapely.make_valid(result[areas], method=method, keep_collapsed=kept)
    result[areas] = _areas_of(made)
    gone = int((~is_present(result[areas])).sum())
    if gone:
        kinds["Area of no size"] += gone
    lines, bad = _without_short(result)
    result[bad] = lines
    if len(bad):
        kinds["Line part without length"] += len(bad)
    result[~is_present(result)] = None
    return result, kinds, len(areas) + len(bad)


def _areas_of(made: np.ndarray) -> np.ndarray:
    """Keep the areas of collections: what is repaired may leave lines and points."""
    parts, owner = shapely.get_parts(made, return_index=True)
    is_area = (shapely.get_dimensions(parts) == 2) & is_present(parts)
    inner, of = shapely.get_parts(parts[is_area], return_index=True)
    return collect(inner, owner[is_area][of], len(made))


def _without_short(geometries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lines that have parts of no length, without them, and their rows."""
    rows = np.flatnonzero(
        is_present(geometries) & (shapely.get_dimensions(geometries) == 1)
    )
    parts, owner = shapely.get_parts(geometries[rows], return_index=True)
    is_short = shapely.length(parts) == 0
    bad = np.unique(owner[is_short])
    kept = ~is_short & np.isin(owner, bad)
    return collect(parts[kept], owner[kept], len(rows))[bad], rows[bad]
