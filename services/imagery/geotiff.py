"""Blocks to the bytes of a GeoTIFF."""

from __future__ import annotations

import numpy as np
from rasterio.io import MemoryFile
from rasterio.transform import from_bounds

from services.imagery.block import Block
from services.imagery.view import View
from services.rasters.gdal import shut_in
from services.rasters.pixeltypes import converted, fits, stored_type


def geotiff_of(
    block: Block, view: View, dtype: np.dtype | None, nodata: float | None
) -> bytes:
    """Return a GeoTIFF of a block; empty pixels have the value ``nodata``.

    Without one, or if the type cannot hold it, they are NaN, or 0 behind a mask where
    numbers are whole.
    """
    kind = stored_type(block.values) if dtype is None else dtype
    values, valid = converted(block.values, kind), block.valid
    if nodata is None or not fits(nodata, kind):
        nodata = float("nan") if kind.kind == "f" and not valid.all() else None
    values = np.where(valid, values, kind.type(0 if nodata is None else nodata))
    with (
        shut_in(GDAL_TIFF_INTERNAL_MASK=True),
        MemoryFile() as memory,
    ):
        with memory.open(
            driver="GTiff", width=view.width, height=view.height, count=len(values),
            dtype=kind, nodata=nodata, crs=view.reference.crs.to_wkt(),
            transform=from_bounds(*view.bounds, view.width, view.height),
            compress="DEFLATE", predictor=3 if kind.kind == "f" else 2, tiled=True,
        ) as dataset:  # fmt: skip
            dataset.write(values)
            if nodata is None and not valid.all():
                dataset.write_mask(valid.all(axis=0))
        return bytes(memory.read())
