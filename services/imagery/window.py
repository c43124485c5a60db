"""A part of a stored raster in any reference and size, its overviews used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import from_bounds

from services.drawing.frame import bounds_in
from services.errors import InvalidValue
from services.geometry.extents import Extent
from services.geometry.wrap import world_copies
from services.imagery.block import Block, Whole
from services.imagery.view import NEAREST, View
from services.rasters.description import RasterDescription
from services.rasters.gdal import WarpedVRT, opened
from services.rasters.grid import valid_cells

_RESAMPLINGS = {
    NEAREST: Resampling.nearest,
    "RSP_BilinearInterpolation": Resampling.bilinear,
    "RSP_CubicConvolution": Resampling.cubic,
    "RSP_Majority": Resampling.mode,
}
_SAMPLE = 512


def read_view(
    path: Path,
    about: RasterDescription,
    view: View,
    bands: Sequence[int] | None = None,
    nodata: float | None = None,
) -> Block:
    """Return the pixels of a view; ``bands`` are numbers from 0, all by default.

    Pixels outside of the raster, and those of the value ``nodata``, are not there.
    """
    chosen = [at + 1 for at in (range(len(about.bands)) if bands is None else bands)]
    values, valid = _read(path, about, view, chosen)
    if nodata is not None:
        valid &= valid_cells(values, nodata)
    whole = Whole(
        tuple(about.statistics[at - 1] for at in chosen),
        lambda: read_view(path, about, _overview(about), bands, nodata),
    )
    return Block(values, valid, view.cell_metres(), whole)


def _overview(about: RasterDescription) -> View:
    """Return a view of all of a raster with few pixels."""
    width, height = (min(one, _SAMPLE) for one in (about.width, about.height))
    reference = about.spatial_reference
    return View(about.extent.bounds, reference, width, height)


def _read(
    path: Path, about: RasterDescription, view: View, bands: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return values and validity of a view, of each copy of the world that it shows."""
    made: tuple[np.ndarray, np.ndarray] | None = None
    for bounds in world_copies(view.bounds, view.reference):
        one = View(bounds, view.reference, view.width, view.height, view.interpolation)
        values, valid = _read_one(path, about, one, bands)
        if made is not None:
            values, valid = np.where(valid, values, made[0]), valid | made[1]
        made = values, valid
    if made is None:
        raise InvalidValue("the rectangle is too large")
    return made


def _read_one(
    path: Path, about: RasterDescription, view: View, bands: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    options: dict[str, Any] = {}
    level = _level(path, about, view)
    if level is not None:
        options["overview_level"] = level
    with opened(path, **options) as dataset:
        return _warped(dataset, view, bands)


def _warped(
    dataset: rasterio.DatasetReader, view: View, bands: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    nodata = dataset.nodata
    given = {"nodata": nodata} if nodata is not None else {"add_alpha": True}
    if nodata is None and dataset.colorinterp[-1].name == "alpha":
        given = {}
    with WarpedVRT(
        dataset,
        crs=view.reference.crs.to_wkt(),
        transform=from_bounds(*view.bounds, view.width, view.height),
        width=view.width,
        height=view.height,
        resampling=_RESAMPLINGS[view.interpolation],
        **given,
    ) as warped:
        values = warped.read(bands)
        if nodata is not None:
            return values, valid_cells(values, nodata)
        known = warped.read(warped.count) > 0
    valid = np.broadcast_to(known, values.shape) & valid_cells(values, None)
    return values, valid


def _level(path: Path, about: RasterDescription, view: View) -> int | None:
    """Return the smallest overview that still has a pixel for each of the view's."""
    try:
        near = bounds_in(Extent(*view.bounds), view.reference, about.spatial_reference)
    except InvalidValue:
        return None
    across, down = about.cell_size
    shrink = min((near[2] - near[0]) / view.width / across,
                 (near[3] - near[1]) / view.height / down)  # fmt: skip
    if shrink < 2:
        return None
    with opened(path) as dataset:
        levels = dataset.overviews(1)
    fitting = [at for at, factor in enumerate(levels) if factor <= shrink]
    return fitting[-1] if fitting else None


def value_at(
    path: Path, about: RasterDescription, x: float, y: float
) -> list[float | None]:
    """Return the values of the pixel at a place of the raster's own reference.

    None is a band without a value there; a place outside has none of any.
    """
    west, north = about.extent.xmin, about.extent.ymax
    across, down = about.cell_size
    column, row = math.floor((x - west) / across), math.floor((north - y) / down)
    if x == about.extent.xmax:
        column = about.width - 1
    if y == about.extent.ymin:
        row = about.height - 1
    count = len(about.bands)
    if not (0 <= column < about.width and 0 <= row < about.height):
        return [None] * count
    window = ((row, row + 1), (column, column + 1))
    with opened(path) as dataset:
        values = dataset.read(list(range(1, count + 1)), window=window)
        valid = valid_cells(values, dataset.nodata)
        valid &= dataset.dataset_mask(window=window) > 0
    pairs = zip(values[:, 0, 0].tolist(), valid[:, 0, 0].tolist(), strict=True)
    return [value if there else None for value, there in pairs]
