"""Block: the pixels of a part of a raster, ready for a picture or an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.rasters.description import BandStatistics


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """What is known of all of a raster; ``sample`` reads a small version of it."""

    statistics: tuple[BandStatistics, ...]
    sample: Callable[[], Block]

    def of_bands(self, bands: Sequence[int]) -> Whole:
        """Return what is known of some bands alone."""
        statistics = tuple(self.statistics[at] for at in bands)

        def sample() -> Block:
            made = self.sample()
            wanted = list(bands)
            return replace(made, values=made.values[wanted], valid=made.valid[wanted])

        return Whole(statistics, sample)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Values of shape (bands, rows, columns), and which of them are there.

    ``cell_metres`` are the width and height of a pixel on the ground, one number or an
    array that goes with (rows, columns). ``whole`` is that of the raster the values
    are from, None once they were computed; ``alpha``, of shape (rows, columns), 0 to
    1, is that of colours.
    """

    values: np.ndarray
    valid: np.ndarray
    cell_metres: tuple[float | np.ndarray, float | np.ndarray] = (1.0, 1.0)
    whole: Whole | None = None
    alpha: np.ndarray | None = None

    @property
    def there(self) -> np.ndarray:
        """Which pixels have a value in every band; shape (rows, columns)."""
        return np.asarray(self.valid.all(axis=0))

    def cut(self, margin: int) -> Block:
        """Return the block without so many pixels on each side."""
        if not margin:
            return self
        inner = (..., slice(margin, -margin), slice(margin, -margin))
        alpha = None if self.alpha is None else self.alpha[inner]
        return replace(
            self, values=self.values[inner], valid=self.valid[inner], alpha=alpha
        )
