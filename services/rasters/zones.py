"""Statistics of the cells of a raster in polygons, by exactextract."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from exactextract import exact_extract
from exactextract.feature import JSONFeatureSource
from exactextract.raster import NumPyRasterSource

from services.geometry.parts import is_present
from services.rasters.grid import Grid
from services.rasters.ground import cell_metres

#: Polygons that are GeoJSON at a time: their dictionaries take kilobytes each.
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class CellFile:
    """Values and areas of cells in a file, for all who work on a part of the polygons.

    The file holds an array of shape (2, rows, columns), NaN for empty cells; ``bounds``
    are xmin, ymin, xmax, ymax.
    """

    path: Path
    bounds: tuple[float, float, float, float]


def write_cells(grid: Grid, path: Path) -> CellFile:
    """Write the first band, and square metres on the ground, to a ``.npy`` file."""
    np.save(path, _cells(grid))
    return CellFile(path, grid.extent.bounds)


def zonal(
    grid: Grid, shapes: np.ndarray, operations: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """Return the statistics of the first band in each polygon, by name; shape (n,).

    ``shapes`` are valid and in the reference of the grid; ``operations`` maps names to
    those of exactextract. AREA is added: square metres on the ground of the parts of
    cells inside that have a value. NaN where there is no cell; COUNT and AREA are 0.
    """
    return _statistics(_cells(grid), grid.extent.bounds, shapes, operations)


def zonal_in_file(
    shapes: np.ndarray, cells: CellFile, operations: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """Return what ``zonal`` does, of the cells in a file, which is mapped, not read."""
    mapped = np.load(cells.path, mmap_mode="r")
    return _statistics(mapped, cells.bounds, shapes, operations)


def _cells(grid: Grid) -> np.ndarray:
    values = np.where(grid.valid[0], grid.values[0], np.nan).astype(np.float64)
    across, down = cell_metres(grid)
    return np.stack([values, np.where(np.isnan(values), np.nan, across * down)])


def _statistics(
    cells: np.ndarray,
    bounds: tuple[float, float, float, float],
    shapes: np.ndarray,
    operations: Mapping[str, str],
) -> dict[str, np.ndarray]:
    sources = [
        NumPyRasterSource(one, *bounds, nodata=math.nan, name=name)
        for name, one in zip(("value", "area"), cells, strict=True)
    ]
    present = np.flatnonzero(is_present(shapes))
    found = {name: np.full(len(shapes), np.nan) for name in (*operations, "AREA")}
    for start in range(0, len(present), _AT_ONCE):
        part = present[start : start + _AT_ONCE]
        made = exact_extract(
            sources, JSONFeatureSource(_features(shapes[part])),
            [*dict.fromkeys(operations.values())],
        )  # fmt: skip
        rows = [one["properties"] for one in made]
        for name, operation in operations.items():
            found[name][part] = _column(rows, f"value_{operation}")
        found["AREA"][part] = _column(rows, "area_sum")
    for name in ("COUNT", "AREA"):
        found[name] = np.nan_to_num(found[name])
    return found


def _features(shapes: np.ndarray) -> list[dict[str, object]]:
    texts = shapely.to_geojson(shapely.force_2d(shapes))
    return [
        {"type": "Feature", "id": at, "properties": {}, "geometry": json.loads(text)}
        for at, text in enumerate(texts.tolist())
    ]


def _column(rows: list[dict[str, float | None]], name: str) -> np.ndarray:
    return np.array([row.get(name) for row in rows], dtype=np.float64)
