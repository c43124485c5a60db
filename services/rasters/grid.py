"""Grid: a raster as tools see it, numbers in cells that lie in a rectangle."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from services.geometry.crs import SpatialReference
from services.geometry.extents import Extent
from services.rasters.pixeltypes import fits, stored_type


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Numbers in cells; ``values`` has shape (bands, rows, columns), row 0 is north.

    ``extent`` is that of the outer edges of the outer cells and names the spatial
    reference. Cells of the value ``nodata`` are empty, and so are those that are NaN.
    ``bands`` are the names of the bands.
    """

    values: np.ndarray
    extent: Extent
    nodata: float | None = None
    bands: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.values.ndim != 3 or not self.values.size:
            raise ValueError("a grid needs values of shape (bands, rows, columns)")
        if self.extent.spatial_reference is None:
            raise ValueError("the extent of a grid names its spatial reference")
        if not (self.extent.xmin < self.extent.xmax and
                self.extent.ymin < self.extent.ymax):  # fmt: skip
            raise ValueError("the extent of a grid has a width and a height")
        if self.bands and len(self.bands) != len(self.values):
            raise ValueError("each band has a name, or none has")
        dtype = stored_type(self.values)
        if self.nodata is not None and not fits(self.nodata, dtype):
            raise ValueError(f"no cell of {dtype} can have the value {self.nodata}")

    @classmethod
    def of(
        cls, values: np.ndarray, extent: Extent, nodata: float | None = None
    ) -> Grid:
        """Return a grid of one band of shape (rows, columns), or of several."""
        return cls(values[np.newaxis] if values.ndim == 2 else values, extent, nodata)

    @property
    def spatial_reference(self) -> SpatialReference:
        """The spatial reference of the extent."""
        reference = self.extent.spatial_reference
        assert reference is not None  # noqa: S101  (the constructor has asked)
        return reference

    @property
    def cell_size(self) -> tuple[float, float]:
        """Width and height of a cell in units of the reference."""
        _, rows, columns = self.values.shape
        box = self.extent
        return (box.xmax - box.xmin) / columns, (box.ymax - box.ymin) / rows

    @property
    def valid(self) -> np.ndarray:
        """Which cells are not empty, in the shape of the values."""
        return valid_cells(self.values, self.nodata)


def valid_cells(values: np.ndarray, nodata: float | None) -> np.ndarray:
    """Tell which values are numbers, and not the one that marks empty cells."""
    known = np.ones(values.shape, dtype=bool)
    if values.dtype.kind == "f":
        known = ~np.isnan(values)
    if nodata is not None and not math.isnan(nodata):
        known &= values != nodata
    return known
