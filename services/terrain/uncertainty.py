"""Heights that are not known for certain, and what is seen over them all the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from services.terrain.viewshed import Bend, Field, visible_cells


def error_field(
    shape: tuple[int, int], deviation: float, cells: float, random: np.random.Generator
) -> np.ndarray:
    """Return one realisation of normal errors that are alike near each other.

    White noise smoothed by a Gaussian of ``cells`` cells: errors d cells apart are
    correlated by exp(-d^2 / (4 cells^2)). Mean 0, standard deviation ``deviation``;
    opposite edges of the field go into each other. 0 cells leave the noise as it is.
    """
    from scipy.ndimage import gaussian_filter

    noise = random.standard_normal(shape)
    if not cells:
        return np.asarray(noise * deviation)
    smooth = gaussian_filter(noise, cells, mode="wrap", truncate=6.0)
    # a sum of noise weighted by a Gaussian of variance s^2 has variance 1 / (4 pi s^2)
    return np.asarray(smooth * (2.0 * np.sqrt(np.pi) * cells * deviation))


def seen_share(
    views: Sequence[Field], errors: Iterable[np.ndarray], metres: float, bend: Bend
) -> np.ndarray:
    """Return in what share of realisations each cell is seen from any of the views.

    Errors, at least one field of the shape of the heights, are added to the ground, and
    to the eyes that stand on it. Shape (rows, columns), 0 to 1.
    """
    share = np.zeros(views[0].heights.shape)
    count = 0
    for error in errors:
        seen = np.zeros(share.shape, dtype=bool)
        for one in views:
            raised = replace(
                one,
                heights=one.heights + error,
                eye=one.eye + float(error[one.row, one.column]),
            )
            seen |= visible_cells(raised, metres, 0.0, bend, _silent)
        share += seen
        count += 1
    return share / count


def _silent(_: float) -> None:
    pass
