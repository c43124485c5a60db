"""Block: the pixels of a part of a raster, ready for a picture or an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.rasters.description import BandStatistics


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """What is known of all of a raster; ``sample`` reads a small version of it."""

    statistics: tuple[BandStatistics, ...]
    sample: Callable[[], Block]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Values of shape (bands, rows, columns), and which of them are there.

    ``cell_metres`` are the width and height of a pixel on the ground. ``whole`` is
    that of the raster the values are from, None once they were computed.
    """

    values: np.ndarray
    valid: np.ndarray
    cell_metres: tuple[float, float] = (1.0, 1.0)
    whole: Whole | None = None

    @property
    def there(self) -> np.ndarray:
        """Which pixels have a value in every band; shape (rows, columns)."""
        return np.asarray(self.valid.all(axis=0))
