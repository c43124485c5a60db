"""What raster tools share: the sample heights, numbers with NaN, strips, limits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from services.data import elevation
from services.errors import ToolFailed
from services.geometry.crs import WGS84
from services.geometry.extents import Extent
from services.imagery.block import Block
from services.rasters.grid import Grid, valid_cells
from services.rasters.ground import cell_metres
from services.tool import Context

#: Cells of one band that tools work on; a run of the default 2 GB has room for them.
MAX_CELLS = 25_000_000
#: Said of the raster that may be left out.
SAMPLE_HELP = (
    "Without one, the heights that are shipped with the portal: 403 x 344 cells of"
    " 3 arc-seconds around the Jacksboro fault, Tennessee (SRTM)."
)
#: Said of it by tools that make a feature of each cell or group of cells.
STEPS_HELP = (
    "Without one, 100 x 100 cells of the heights that are shipped with the portal"
    " (SRTM), in steps of 100 m."
)
_STRIP_CELLS = 1_000_000


def sample_heights() -> Grid:
    """Return the heights that are shipped with the portal."""
    shipped = elevation()
    where = Extent(shipped.west, shipped.south, shipped.east, shipped.north, WGS84)
    return Grid.of(shipped.values.astype(np.float32), where, float("nan"))


def sample_steps() -> Grid:
    """Return the middle of the sample heights in steps of 100 m, whole numbers."""
    whole = sample_heights()
    part, cell, box = (slice(130, 230), slice(150, 250)), whole.cell_size, whole.extent
    where = Extent(
        box.xmin + 150 * cell[0], box.ymax - 230 * cell[1], box.xmin + 250 * cell[0],
        box.ymax - 130 * cell[1], box.spatial_reference,
    )  # fmt: skip
    return Grid.of((whole.values[0][part] // 100 * 100).astype(np.int16), where)


def given_or_sample(
    raster: Grid | None,
    context: Context | None,
    name: str = "Input_Raster",
    most: int = MAX_CELLS,
    sample: Callable[[], Grid] = sample_heights,
) -> Grid:
    """Return a raster or, with a warning, the sample heights. Raises ToolFailed."""
    if raster is None:
        if context is not None:
            context.warn(
                f"{name} was not given: the sample heights around the Jacksboro fault,"
                " Tennessee, were used"
            )
        return sample()
    require_cells(raster.values[0].size, name, most)
    return raster


def require_cells(count: int, name: str, most: int = MAX_CELLS) -> None:
    """Raise ToolFailed, naming the parameter, for more cells than a tool takes."""
    if count > most:
        raise ToolFailed(f"{name}: expected at most {most:,} cells, not {count:,}")


def require_smaller(cell_size: float | None, box: Extent) -> None:
    """Raise ToolFailed for a cell larger than the raster, which GDAL seeks for ever."""
    side = max(box.xmax - box.xmin, box.ymax - box.ymin)
    if cell_size is not None and cell_size > side:
        raise ToolFailed(
            f"Cell_Size: expected at most the side of the raster, {side:.6g}, not"
            f" {cell_size:.6g}"
        )


def numbers(grid: Grid, band: int = 0) -> np.ndarray:
    """Return a band as float64, empty cells NaN; shape (rows, columns)."""
    return np.where(grid.valid[band], grid.values[band], np.nan).astype(np.float64)


def like(grid: Grid, values: np.ndarray, nodata: float | None = float("nan")) -> Grid:
    """Return a grid of one band in the place of another.

    What is float64 becomes float32, unless a number is too large for that.
    """
    if values.dtype == np.float64:
        with np.errstate(over="ignore"):
            single = values.astype(np.float32)
        if np.array_equal(np.isinf(single), np.isinf(values)):
            values = single
    return Grid.of(values, grid.extent, nodata)


def by_strips(
    grid: Grid, function: Callable[[Block], np.ndarray], context: Context | None
) -> np.ndarray:
    """Return what a function of neighbours makes of the first band, as float32.

    Empty cells stay empty (NaN). The function gets some rows at a time, with one more
    on either side, and the ground size of the cells.
    """
    _, rows, columns = grid.values.shape
    across, down = cell_metres(grid)
    made = np.empty((rows, columns), dtype=np.float32)
    step = max(1, _STRIP_CELLS // columns)
    for top in range(0, rows, step):
        first, last = max(0, top - 1), min(rows, top + step + 1)
        part = slice(first, last)
        valid = valid_cells(grid.values[:1, part], grid.nodata)
        block = Block(grid.values[:1, part], valid, (across[part], down[part]))
        found = np.where(valid[0], function(block), np.nan)
        made[top : top + step] = found[top - first : top - first + step]
        if context is not None:
            context.progress(100 * min(top + step, rows) / rows)
    return made


def telling(
    context: Context | None, at: int = 0, steps: int = 1
) -> Callable[[float], None]:
    """Return what tells the progress, 0 to 100, of one of some steps to the run."""

    def tell(percent: float) -> None:
        if context is not None:
            context.progress((100 * at + percent) / steps)

    return tell


def where_it_lies(heights: Grid) -> str:
    """Return the extent of heights in words."""
    west, south, east, north = heights.extent.bounds
    wkid = heights.spatial_reference.wkid
    return (
        f"the heights lie between x {west:.6g} and {east:.6g}, y {south:.6g} and"
        f" {north:.6g} (wkid {wkid or 'unknown'})"
    )
