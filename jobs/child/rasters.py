"""Rasters that a tool made, to files that are kept; no Django in here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.child.keeping import free_name, keep_file
from services.errors import InvalidValue
from services.files import Raster
from services.rasters.description import RasterDescription
from services.rasters.grid import Grid


def keep_raster(
    raster: Grid | Raster, folder: Path, stem: str, notes: list[str]
) -> dict[str, Any]:
    """Keep a raster as a Cloud Optimised GeoTIFF; return its manifest entry.

    A grid gets the name ``stem``, a file keeps its own. A file that does not say where
    it lies, or that nothing here can read, is kept as it came, and a note tells so.
    """
    # GDAL: loaded for rasters only
    from services.rasters.storing import write_copy, write_grid

    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(raster, Grid):
        target = free_name(folder, f"{stem}.tif")
        return _entry(target, write_grid(raster, target))
    if raster.path is None:
        raise ValueError("the raster has no content")
    target = free_name(folder, f"{raster.path.stem}.tif")
    try:
        return _entry(target, write_copy(raster.path, target))
    except InvalidValue as exc:
        target.unlink(missing_ok=True)
        notes.append(f"{stem}: the raster is kept as it came: {exc}")
        return keep_file(raster, folder)


def _entry(path: Path, about: RasterDescription) -> dict[str, Any]:
    return {
        "kind": "file",
        "file": path.name,
        "bytes": path.stat().st_size,
        "format": "tif",
        "raster": about.to_json(),
    }
