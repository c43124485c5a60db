"""What of a layer a map shows, and how much of it can be told, by bounds alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyproj.exceptions import ProjError

from services.drawing.frame import Frame
from services.geometry.crs import SpatialReference, transformer_of

#: Cells across and down in which the layer is looked at.
_CELLS = 128


@dataclass(frozen=True, slots=True, eq=False)
class Overview:
    """A grid over the bounds of a layer, and where its nodes lie on the map.

    ``low`` and ``cell`` are its corner and the size of its cells, in the reference of
    the layer; ``nodes`` has shape (_CELLS + 1, _CELLS + 1, 2), infinite where they lie
    nowhere on the map.
    """

    low: np.ndarray
    cell: np.ndarray
    nodes: np.ndarray

    @classmethod
    def of(
        cls, bounds: np.ndarray, source: SpatialReference, target: SpatialReference
    ) -> Overview:
        """Lay a grid over bounds (n, 4) in ``source``; the map is in ``target``."""
        low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
        cell = np.where(high > low, high - low, 1.0) / _CELLS
        x, y = np.meshgrid(*(low[:, None] + cell[:, None] * np.arange(_CELLS + 1)))
        if not source.same_place(target):
            try:
                x, y = transformer_of(source.crs, target.crs).transform(x, y)
            except ProjError:
                x = y = np.full(x.shape, np.inf)
        return cls(low, cell, np.stack([x, y], axis=2))

    def steps(self, bounds: np.ndarray, frame: Frame) -> np.ndarray:
        """Return how long a pixel is in the layer's reference, round each shape; (n,).

        It is the shorter of the lengths along the axes, at the corners of the cell
        with the shape's middle; 0 if it is not known.
        """
        column, row = self._cells((bounds[:, :2] + bounds[:, 2:]) / 2).T
        with np.errstate(divide="ignore", invalid="ignore"):
            across = np.hypot(*np.moveaxis(np.diff(self.nodes, axis=1), 2, 0))
            down = np.hypot(*np.moveaxis(np.diff(self.nodes, axis=0), 2, 0))
            across, down = across / self.cell[0], down / self.cell[1]
            scale = np.max([across[:-1], across[1:], down[:, :-1], down[:, 1:]], axis=0)
            steps = frame.units_per_pixel / scale[row, column]
        return np.asarray(np.nan_to_num(steps, nan=0.0))

    def seen(
        self, bounds: np.ndarray, frames: Sequence[Frame], margin: float
    ) -> np.ndarray:
        """Tell which shapes may reach into frames with a margin, in pixels; (n,).

        A shape counts if a cell that it touches, or one beside it, does.
        """
        corners = [self.nodes[:-1, :-1], self.nodes[:-1, 1:],
                   self.nodes[1:, :-1], self.nodes[1:, 1:]]  # fmt: skip
        low, high = np.min(corners, axis=0), np.max(corners, axis=0)
        shown = ~np.isfinite(corners).all(axis=(0, 3))
        for frame in frames:
            west, south, east, north = frame.grown(margin)
            shown |= (
                (low[..., 0] <= east) & (high[..., 0] >= west)
                & (low[..., 1] <= north) & (high[..., 1] >= south)
            )  # fmt: skip
        sums = np.zeros((_CELLS + 1, _CELLS + 1), dtype=np.int64)
        sums[1:, 1:] = shown.cumsum(axis=0).cumsum(axis=1)
        left, top = np.maximum(self._cells(bounds[:, :2]) - 1, 0).T
        right, bottom = np.minimum(self._cells(bounds[:, 2:]) + 2, _CELLS).T
        inside = sums[bottom, right] - sums[top, right]
        return np.asarray(inside - sums[bottom, left] + sums[top, left] > 0)

    def _cells(self, places: np.ndarray) -> np.ndarray:
        """Return column and row of places in the layer's reference, (n, 2)."""
        at = (places - self.low) / self.cell
        return np.asarray(np.clip(at, 0, _CELLS - 1).astype(np.int64))
