"""Rasters at rest: Cloud Optimised GeoTIFFs, with what is known of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.transform import from_bounds
from rasterio.windows import Window

from services.rasters.description import BandStatistics, RasterDescription
from services.rasters.gdal import shut_in
from services.rasters.grid import Grid, valid_cells
from services.rasters.pixeltypes import PIXEL_TYPES, pixel_type_of, stored_type
from services.rasters.reading import Located, located, read_grid

_STRIP_CELLS = 4_000_000


def write_grid(grid: Grid, path: Path) -> RasterDescription:
    """Write a grid as a Cloud Optimised GeoTIFF; return what is in it."""
    dtype = stored_type(grid.values)
    count, height, width = grid.values.shape
    with (
        shut_in(),
        rasterio.open(
            path, "w", **_options(dtype), width=width, height=height, count=count,
            dtype=dtype, nodata=grid.nodata, crs=grid.spatial_reference.crs.to_wkt(),
            transform=from_bounds(*grid.extent.bounds, width, height),
        ) as dataset,
    ):  # fmt: skip
        dataset.write(grid.values.astype(dtype, copy=False))
        for at, name in enumerate(grid.bands, 1):
            dataset.set_band_description(at, name)
    return RasterDescription(
        width,
        height,
        pixel_type_of(dtype),
        grid.extent,
        grid.bands or tuple(f"Band_{at}" for at in range(1, count + 1)),
        statistics_of(_bands_of(grid)),
        grid.nodata,
    )


def write_copy(source: Path, path: Path) -> RasterDescription:
    """Write the raster of a file as a Cloud Optimised GeoTIFF, piece by piece.

    Raises InvalidValue for a file that is no raster that says where it lies.
    """
    with located(source) as found:
        dtype = np.dtype(found.dataset.dtypes[0])
        is_known = dtype in PIXEL_TYPES.values()
        if is_known:
            rasterio.shutil.copy(found.dataset, path, **_options(dtype))
    if not is_known:  # whole numbers of 64 bits, which no image service has
        return write_grid(read_grid(source), path)
    return describe_raster(path)


def _options(dtype: np.dtype) -> dict[str, Any]:
    """Return how a COG is written: whole numbers may be classes, these keep theirs."""
    averaged = dtype.kind == "f"
    return {
        "driver": "COG",
        "compress": "DEFLATE",
        "predictor": "YES",
        "blocksize": 256,
        "overview_resampling": "AVERAGE" if averaged else "NEAREST",
        "bigtiff": "IF_SAFER",
        "statistics": "YES",
        "num_threads": "1",
    }


def describe_raster(path: Path) -> RasterDescription:
    """Return what is in a raster file; reads all of it, a strip at a time."""
    with located(path) as found:
        dataset = found.dataset
        return RasterDescription(
            dataset.width,
            dataset.height,
            pixel_type_of(np.dtype(dataset.dtypes[0])),
            found.extent,
            found.names,
            tuple(statistics_of([_strips(found, at)])[0] for at in found.bands),
            dataset.nodata,
        )


def _bands_of(grid: Grid) -> list[Iterator[np.ndarray]]:
    return [_numbers(values, grid.nodata) for values in grid.values]


def _numbers(values: np.ndarray, nodata: float | None) -> Iterator[np.ndarray]:
    """Yield the numbers of a band in memory, empty cells left out, row by row."""
    rows = max(1, _STRIP_CELLS // values.shape[1])
    for top in range(0, len(values), rows):
        strip = values[top : top + rows]
        yield strip[valid_cells(strip, nodata)]


def _strips(found: Located, band: int) -> Iterator[np.ndarray]:
    """Yield the numbers of a band, empty pixels left out, some rows at a time."""
    dataset = found.dataset
    rows = max(1, _STRIP_CELLS // dataset.width)
    for top in range(0, dataset.height, rows):
        window = Window(0, top, dataset.width, min(rows, dataset.height - top))
        values = dataset.read(band, window=window)
        known = valid_cells(values, dataset.nodata)
        if found.has_mask:
            known &= dataset.dataset_mask(window=window) > 0
        yield values[known]


def statistics_of(bands: list[Iterator[np.ndarray]]) -> tuple[BandStatistics, ...]:
    """Return the statistics of bands, each given as pieces of its numbers.

    The deviation is that of all numbers, not of a sample of more (ddof = 0).
    """
    return tuple(_statistics(pieces) for pieces in bands)


def _statistics(pieces: Iterator[np.ndarray]) -> BandStatistics:
    """Merge the moments of pieces. Source: Chan, Golub, LeVeque (1979)."""
    low, high, count, mean, squares = math.inf, -math.inf, 0, 0.0, 0.0
    for piece in pieces:
        numbers = piece.astype(np.float64)
        numbers = numbers[np.isfinite(numbers)]
        if not numbers.size:
            continue
        low, high = min(low, numbers.min()), max(high, numbers.max())
        apart = float(numbers.mean()) - mean
        total = count + numbers.size
        squares += float(np.square(numbers - numbers.mean()).sum())
        squares += apart**2 * count * numbers.size / total
        mean += apart * numbers.size / total
        count = total
    if not count:
        return BandStatistics(0.0, 0.0, 0.0, 0.0, 0)
    return BandStatistics(
        float(low), float(high), mean, math.sqrt(squares / count), count
    )
