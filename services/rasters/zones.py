"""Statistics of the cells of a raster in polygons, by exactextract."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

import numpy as np
import shapely
from exactextract import exact_extract
from exactextract.feature import JSONFeatureSource
from exactextract.raster import NumPyRasterSource

from services.geometry.parts import is_present
from services.rasters.grid import Grid
from services.rasters.ground import cell_metres


def zonal(
    grid: Grid, shapes: np.ndarray, operations: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """Return the statistics of the first band in each polygon, by name; shape (n,).

    ``shapes`` are valid and in the reference of the grid; ``operations`` maps names to
    those of exactextract. AREA is added: square metres on the ground of the parts of
    cells inside that have a value. NaN where there is no cell; COUNT and AREA are 0.
    """
    values = np.where(grid.valid[0], grid.values[0], np.nan).astype(np.float64)
    across, down = cell_metres(grid)
    areas = np.where(np.isnan(values), np.nan, across * down)
    sources = [
        NumPyRasterSource(one, *grid.extent.bounds, nodata=math.nan, name=name)
        for name, one in (("value", values), ("area", areas))
    ]
    present = np.flatnonzero(is_present(shapes))
    found = {name: np.full(len(shapes), np.nan) for name in (*operations, "AREA")}
    if len(present):
        made = exact_extract(
            sources, JSONFeatureSource(_features(shapes[present])),
            [*dict.fromkeys(operations.values())],
        )  # fmt: skip
        rows = [one["properties"] for one in made]
        for name, operation in operations.items():
            found[name][present] = _column(rows, f"value_{operation}")
        found["AREA"][present] = _column(rows, "area_sum")
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
