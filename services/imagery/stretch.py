"""Stretch: numbers of any range to 0 to 255, for eyes.

Source: Esri, "Stretch function" and the raster stretch renderer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from services.errors import InvalidValue
from services.imagery.block import Block
from services.rasters.description import BandStatistics

NONE, MIN_MAX, DEVIATIONS, EQUALIZE, PERCENT = (
    "none", "minMax", "standardDeviation", "histogramEqualization", "percentClip"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stretch:
    """How numbers are spread.

    ``statistics`` of bands (min, max, mean, deviation) stand in for the raster's own;
    ``is_local`` takes those of the pixels in sight. ``percents`` are cut off at the
    low and the high end. ``gammas`` above 1 brighten the middle.
    """

    kind: str = MIN_MAX
    statistics: tuple[BandStatistics, ...] = ()
    is_local: bool = False
    deviations: float = 2.0
    percents: tuple[float, float] = (0.25, 0.25)
    gammas: tuple[float, ...] = ()
    output: tuple[float, float] = (0.0, 255.0)
    margin: int = 0

    def apply(self, block: Block) -> Block:
        made = np.zeros(block.values.shape, dtype=np.float64)
        valid = block.valid & np.isfinite(block.values)
        low, high = self.output
        for at, (values, known) in enumerate(zip(block.values, valid, strict=True)):
            numbers = values.astype(np.float64)
            numbers[~known] = 0.0
            if self.kind == NONE:
                made[at] = np.clip(numbers, low, high)
                continue
            share = self._share(block, at, numbers)
            if self.gammas:
                share = share ** (1.0 / self.gammas[min(at, len(self.gammas) - 1)])
            made[at] = low + share * (high - low)
        return replace(block, values=made, valid=valid, whole=None)

    def _share(self, block: Block, at: int, numbers: np.ndarray) -> np.ndarray:
        """Return where numbers of a band lie between its ends, 0 to 1."""
        if self.kind == EQUALIZE:
            known = np.sort(self._sample(block, at))
            found = np.searchsorted(known, numbers, side="right")
            return np.asarray(found / max(1, len(known)))
        low, high = self.ends(block, at)
        if not high > low:
            return np.full(numbers.shape, 0.5)
        return np.clip((numbers - low) / (high - low), 0.0, 1.0)

    def ends(self, block: Block, at: int) -> tuple[float, float]:
        """Return the numbers of a band that become the lowest and the highest."""
        if self.kind == PERCENT:
            known = self._sample(block, at)
            if not len(known):
                return 0.0, 0.0
            low, high = self.percents
            found = np.percentile(known, [low, 100.0 - high])
            return float(found[0]), float(found[1])
        about = self._statistics(block, at)
        if self.kind == DEVIATIONS:
            reach = self.deviations * about.deviation
            low, high = about.mean - reach, about.mean + reach
            return max(low, about.minimum), min(high, about.maximum)
        return about.minimum, about.maximum

    def _statistics(self, block: Block, at: int) -> BandStatistics:
        if self.statistics:
            return self.statistics[min(at, len(self.statistics) - 1)]
        if block.whole is not None and not self.is_local:
            return block.whole.statistics[at]
        known = _known(block, at)
        if not len(known):
            return BandStatistics(0.0, 0.0, 0.0, 0.0, 0)
        return BandStatistics(
            float(known.min()), float(known.max()), float(known.mean()),
            float(known.std()), len(known),
        )  # fmt: skip

    def _sample(self, block: Block, at: int) -> np.ndarray:
        if block.whole is not None and not self.is_local:
            return _known(block.whole.sample(), at)
        return _known(block, at)


def _known(block: Block, at: int) -> np.ndarray:
    numbers = block.values[at][block.valid[at]].astype(np.float64)
    return np.asarray(numbers[np.isfinite(numbers)])


def require_percents(low: float, high: float) -> tuple[float, float]:
    """Return both ends. Raises InvalidValue if nothing is left between them."""
    if not (low >= 0 and high >= 0 and low + high < 100):
        raise InvalidValue("the percents must be 0 or more, and below 100 together")
    return low, high
