"""Rasters brought onto other cells: another size, another place, another reference."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import rasterio.warp
from affine import Affine
from rasterio.enums import Resampling

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.geometry.extents import Extent
from services.rasters.gdal import REFUSALS, shut_in
from services.rasters.grid import Grid
from services.rasters.pixeltypes import converted, stored_type

#: How new cells come from old ones, by the names of the field.
METHODS = {
    "NEAREST": Resampling.nearest,
    "BILINEAR": Resampling.bilinear,
    "CUBIC": Resampling.cubic,
    "AVERAGE": Resampling.average,
    "MAJORITY": Resampling.mode,
    "MINIMUM": Resampling.min,
    "MAXIMUM": Resampling.max,
    "MEDIAN": Resampling.med,
}


@dataclass(frozen=True, slots=True)
class Frame:
    """Cells to fill: the extent of all, which has a reference, and how many."""

    extent: Extent
    rows: int
    columns: int

    @classmethod
    def of(cls, grid: Grid) -> Frame:
        """Return the cells of a grid."""
        return cls(grid.extent, *grid.values.shape[1:])

    @property
    def transform(self) -> Affine:
        """What leads from columns and rows to places."""
        box = self.extent
        across = (box.xmax - box.xmin) / self.columns
        down = (box.ymax - box.ymin) / self.rows
        return Affine(across, 0.0, box.xmin, 0.0, -down, box.ymax)


def floating(grid: Grid) -> np.ndarray:
    """Return the values as floats, empty cells NaN; whole numbers lose nothing."""
    dtype = stored_type(grid.values)
    is_small = dtype.itemsize <= 2 or dtype == np.float32
    values = grid.values.astype(np.float32 if is_small else np.float64)
    values[~grid.valid] = np.nan
    return values


def settled(values: np.ndarray, grid: Grid, extent: Extent) -> Grid:
    """Return floats as a grid of the numbers another one has, as far as it can.

    Whole numbers stay whole if no cell is empty or the other grid marks empty cells.
    """
    dtype = stored_type(grid.values)
    empty = np.isnan(values)
    nodata = grid.nodata if grid.nodata is not None else math.nan
    if dtype.kind != "f" and empty.any() and math.isnan(nodata):
        return Grid(values, extent, nodata, grid.bands)
    if not math.isnan(nodata):
        values = np.where(empty, nodata, values)
    made = converted(values, dtype)
    return Grid(made, extent, grid.nodata if dtype.kind != "f" else nodata, grid.bands)


def onto(grid: Grid, frame: Frame, method: str) -> Grid:
    """Return a grid on other cells, by a method of ``METHODS``; empty beyond its edge.

    Raises InvalidValue where nothing leads from one reference to the other.
    """
    source, target = grid.spatial_reference, frame.extent.spatial_reference or (
        grid.spatial_reference
    )  # fmt: skip
    values = floating(grid)
    made = np.full((len(values), frame.rows, frame.columns), np.nan, values.dtype)
    try:
        with shut_in():
            rasterio.warp.reproject(
                values, made,
                src_transform=Frame.of(grid).transform, src_crs=source.crs.to_wkt(),
                dst_transform=frame.transform, dst_crs=target.crs.to_wkt(),
                src_nodata=math.nan, dst_nodata=math.nan, resampling=METHODS[method],
            )  # fmt: skip
    except REFUSALS:
        raise InvalidValue(_no_way(target)) from None
    return settled(made, grid, frame.extent)


def same_cells(grid: Grid, other: Grid) -> bool:
    """Tell if two grids lie on the same cells, within a thousandth of one."""
    slack = 1e-3 * min(other.cell_size)
    apart = np.subtract(grid.extent.bounds, other.extent.bounds)
    return (
        grid.values.shape[1:] == other.values.shape[1:]
        and grid.spatial_reference.same_place(other.spatial_reference)
        and bool(np.abs(apart).max() < slack)
    )


def nearest_cells(grid: Grid, other: Grid) -> Grid:
    """Return the first band of a grid on the cells of another, by the nearest cell."""
    first = Grid(grid.values[:1], grid.extent, grid.nodata)
    return onto(first, Frame.of(other), "NEAREST")


def projected_frame(
    grid: Grid, target: SpatialReference, cell_size: float | None
) -> Frame:
    """Return the cells that a grid fills in another reference.

    Without a cell size they are about as large on the ground as its own. Raises
    InvalidValue where nothing leads there.
    """
    _, rows, columns = grid.values.shape
    try:
        with shut_in():
            transform, width, height = rasterio.warp.calculate_default_transform(
                grid.spatial_reference.crs.to_wkt(), target.crs.to_wkt(), columns, rows,
                *grid.extent.bounds, resolution=cell_size,
            )  # fmt: skip
    except REFUSALS:
        raise InvalidValue(_no_way(target)) from None
    if width < 1 or height < 1:
        raise InvalidValue(_no_way(target))
    west, north = transform.c, transform.f
    east, south = west + transform.a * width, north + transform.e * height
    return Frame(Extent(west, south, east, north, target), height, width)


def _no_way(target: SpatialReference) -> str:
    name = target.wkid or "given by wkt"
    return f"the raster has no place in spatial reference {name}"
