"""Several rasters on the same cells made one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from services.geometry.extents import Extent
from services.rasters.grid import Grid
from services.rasters.warp import Frame, floating, projected_frame, settled


def union_frame(grids: Sequence[Grid]) -> Frame:
    """Return the cells of the first grid, carried on to the extent of all."""
    first = grids[0]
    reference, (width, height) = first.spatial_reference, first.cell_size
    boxes = np.array([_bounds(one, first) for one in grids])
    west, north = first.extent.xmin, first.extent.ymax
    left = np.floor((boxes[:, 0].min() - west) / width + 1e-6)
    right = np.ceil((boxes[:, 2].max() - west) / width - 1e-6)
    top = np.floor((north - boxes[:, 3].max()) / height + 1e-6)
    bottom = np.ceil((north - boxes[:, 1].min()) / height - 1e-6)
    where = Extent(
        west + left * width, north - bottom * height, west + right * width,
        north - top * height, reference,
    )  # fmt: skip
    return Frame(where, int(bottom - top), int(right - left))


def _bounds(grid: Grid, first: Grid) -> tuple[float, float, float, float]:
    if grid.spatial_reference.same_place(first.spatial_reference):
        return grid.extent.bounds
    return projected_frame(grid, first.spatial_reference, None).extent.bounds


@dataclass(slots=True)
class Overlap:
    """Adds grids of the same cells; where several have a value, ``operator`` decides.

    FIRST, LAST, MEAN, MINIMUM or MAXIMUM; empty cells never count. ``first`` is the
    grid whose type of numbers the result has.
    """

    operator: str
    first: Grid
    _made: np.ndarray | None = field(default=None, init=False)
    _count: np.ndarray | None = field(default=None, init=False)

    def add(self, grid: Grid) -> None:
        """Take the cells of one more grid in."""
        values = floating(grid)
        if self._made is None or self._count is None:
            self._made, self._count = values, (~np.isnan(values)).astype(np.uint16)
            return
        made, known = self._made, ~np.isnan(values)
        if self.operator == "FIRST":
            np.copyto(made, values, where=np.isnan(made), casting="same_kind")
        elif self.operator == "LAST":
            np.copyto(made, values, where=known, casting="same_kind")
        elif self.operator == "MEAN":
            self._made = np.where(np.isnan(made), 0, made) + np.where(known, values, 0)
            self._made[(self._count == 0) & ~known] = np.nan
        else:
            lower = self.operator == "MINIMUM"
            self._made = np.fmin(made, values) if lower else np.fmax(made, values)
        self._count += known

    def result(self, extent: Extent) -> Grid:
        """Return what has become of all; there was at least one."""
        assert self._made is not None  # noqa: S101
        assert self._count is not None  # noqa: S101
        made = self._made
        if self.operator == "MEAN":
            made = made / np.maximum(self._count, 1)
        return settled(made, self.first, extent)
