"""Functions on pixels, as raster functions have them: block in, block out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from services.errors import InvalidValue
from services.imagery.block import Block


class Function(Protocol):
    """One step; ``margin`` are the pixels that it wants around its block."""

    @property
    def margin(self) -> int:
        """How many pixels beyond the edges count."""

    def apply(self, block: Block) -> Block:
        """Return the block that is made of one. Raises InvalidValue."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Functions, one after another."""

    steps: tuple[Function, ...] = ()

    @property
    def margin(self) -> int:
        """How many pixels beyond the edges all of them want together."""
        return sum(one.margin for one in self.steps)

    def apply(self, block: Block) -> Block:
        """Return what the last of them makes."""
        for one in self.steps:
            block = one.apply(block)
        return block


@dataclass(frozen=True, slots=True)
class ExtractBand:
    """Some bands, by their numbers from 0, in the order that is asked."""

    bands: tuple[int, ...]
    margin: int = 0

    def apply(self, block: Block) -> Block:
        wanted = list(self.bands)
        if max(wanted) >= len(block.values):
            raise InvalidValue(
                f"there is no band {max(wanted)}: the raster has {len(block.values)},"
                " counted from 0"
            )
        return replace(
            block,
            values=block.values[wanted],
            valid=block.valid[wanted],
            whole=block.whole and block.whole.of_bands(wanted),
        )


@dataclass(frozen=True, slots=True)
class Remap:
    """Numbers for ranges of others; a range has its low end, not its high one.

    What lies in none keeps its value if ``keeps_others``, else it is empty.
    """

    ranges: tuple[tuple[float, float], ...]
    outputs: tuple[float, ...]
    empty: tuple[tuple[float, float], ...] = ()
    keeps_others: bool = True
    margin: int = 0

    def apply(self, block: Block) -> Block:
        given = block.values.astype(np.float64)
        made, valid = given.copy(), block.valid.copy()
        matched = np.zeros(given.shape, dtype=bool)
        for (low, high), output in zip(self.ranges, self.outputs, strict=True):
            inside = (given >= low) & (given < high) & ~matched
            made[inside] = output
            matched |= inside
        for low, high in self.empty:
            valid &= ~((given >= low) & (given <= high) & ~matched)
        if not self.keeps_others:
            valid &= matched
        return replace(block, values=made, valid=valid, whole=None)


@dataclass(frozen=True, slots=True, eq=False)
class Colormap:
    """A colour for each of some values; pixels of other values are empty.

    ``values`` rise, ``colors`` have shape (n, 4), 0 to 255. A value counts that is as
    near as ``tolerance``.
    """

    values: np.ndarray
    colors: np.ndarray
    tolerance: float = 1e-6
    margin: int = 0

    def apply(self, block: Block) -> Block:
        given = block.values[0].astype(np.float64)
        at = np.searchsorted(self.values, given - self.tolerance)
        at = np.minimum(at, len(self.values) - 1)
        known = np.abs(self.values[at] - given) <= self.tolerance
        return colored(block, self.colors[at], known & block.valid[0])


@dataclass(frozen=True, slots=True, eq=False)
class Ramp:
    """Colours of a ramp for values of 0 to 255, as Stretch makes them."""

    colors: np.ndarray = field(repr=False)
    margin: int = 0

    def apply(self, block: Block) -> Block:
        last = len(self.colors) - 1
        given = np.nan_to_num(block.values[0].astype(np.float64))
        at = np.clip(np.rint(given * last / 255.0), 0, last)
        return colored(block, self.colors[at.astype(int)], block.valid[0])


def colored(block: Block, colors: np.ndarray, valid: np.ndarray) -> Block:
    """Return a block of red, green and blue; alpha of 0 is nothing.

    ``colors`` has shape (rows, columns, 4).
    """
    valid = valid & (colors[..., 3] > 0)
    return replace(
        block,
        values=np.moveaxis(colors[..., :3], 2, 0),
        valid=np.broadcast_to(valid, (3, *valid.shape)),
        alpha=colors[..., 3] / 255.0,
        whole=None,
    )


def bands_of(raw: Sequence[int]) -> ExtractBand:
    """Return what takes bands out. Raises InvalidValue for no numbers of bands."""
    if not raw or not all(type(one) is int and 0 <= one < 10_000 for one in raw):
        raise InvalidValue("expected the numbers of bands, from 0")
    return ExtractBand(tuple(raw))
