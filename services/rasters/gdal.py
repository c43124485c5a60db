"""GDAL for rasters, shut in: a few drivers, local files, no network, no side files.

Importing this module loads rasterio, whose wheels bring a GDAL of their own beside
that of pyogrio; no handle goes from one to the other.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rasterio
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT

from services.errors import InvalidValue
from services.reading.content import extension_of, head_of, require_content

#: The drivers that may open a file with an extension: GDAL itself would look at the
#: content alone, and some of its drivers follow what a file says to other files.
DRIVERS = {
    "tif": "GTiff",
    "tiff": "GTiff",
    "png": "PNG",
    "jpg": "JPEG",
    "jpeg": "JPEG",
}
#: What GDAL says of a file that it cannot read.
REFUSALS = RasterioError
_SETTINGS = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_NUM_THREADS": "1",
    "GDAL_CACHEMAX": 64,
    "GTIFF_SRS_SOURCE": "EPSG",
}


@contextmanager
def shut_in(**more: Any) -> Iterator[None]:
    """Let GDAL work by our settings, and keep what it warns of out of the log."""
    quiet = warnings.catch_warnings(action="ignore")
    with rasterio.Env(**_SETTINGS, **more), quiet:
        yield


@contextmanager
def opened(path: Path, **options: Any) -> Iterator[rasterio.DatasetReader]:
    """Open a raster file for reading. Raises InvalidValue for one that is none."""
    extension = extension_of(path.name)
    driver = DRIVERS.get(extension)
    if driver is None:
        known = ", ".join(f".{one}" for one in DRIVERS)
        raise InvalidValue(f"expected a raster file of one of the types {known}")
    require_content(extension, head_of(path))
    with shut_in():
        try:
            dataset = rasterio.open(path, driver=driver, **options)
        except REFUSALS:
            raise broken() from None
        with dataset:
            yield dataset


def broken() -> InvalidValue:
    """Return the refusal of a file that GDAL cannot read."""
    return InvalidValue("the file is broken or not what its extension says")


__all__ = ["DRIVERS", "REFUSALS", "WarpedVRT", "broken", "opened", "shut_in"]
