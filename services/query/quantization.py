"""Coordinates on the grid of a client's screen: whole numbers, each a step further."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from services.geometry.esridump import dump_geometries, parts_of
from services.geometry.ragged import replace_xy
from services.query.query import Quantization

_UNIT = (0.0, 0.0, 1.0, 1.0)
_STEPS = 10_000  # across the extent, if the client names no tolerance
_RING = shapely.GeometryType.LINEARRING
_LISTS = ("rings", "paths")


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid with its origin in the upper left; y counts downwards."""

    west: float
    north: float
    step: float

    def numbers(self, xy: np.ndarray) -> np.ndarray:
        """Return the columns and rows of coordinates, shape (k, 2), as floats."""
        origin = np.array([self.west, self.north])
        return np.asarray(np.rint((xy - origin) / [self.step, -self.step]))

    def snapped(self, shapes: np.ndarray) -> np.ndarray:
        """Return shapes moved to the grid, without vertices that say nothing new."""

        def snap(coordinates: np.ndarray) -> np.ndarray:
            made = self.numbers(coordinates) * [self.step, -self.step]
            return np.asarray(made + np.array([self.west, self.north]))

        moved = replace_xy(shapes, snap)
        if shapely.has_z(moved).any() or shapely.has_m(moved).any():
            return moved
        lines = (shapely.get_dimensions(moved) > 0) & ~_collapsed(moved)
        moved[lines] = shapely.remove_repeated_points(moved[lines], 0.0)
        return moved

    def to_json(self) -> dict[str, Any]:
        """Return ``transform`` of a feature set."""
        return {
            "originPosition": "upperLeft",
            "scale": [self.step, self.step],
            "translate": [self.west, self.north],
        }


def _collapsed(shapes: np.ndarray) -> np.ndarray:
    """Tell which shapes have a part that too few different vertices are left of.

    They stay as they are: without the repeated ones they would be no geometries.
    """
    parts, owner = parts_of(shapes)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    moves = (np.diff(xy, axis=0) != 0).any(axis=1) & (np.diff(part) == 0)
    steps = np.bincount(part[1:][moves], minlength=len(parts))
    least = np.where(shapely.get_type_id(parts) == _RING, 3, 1)
    result = np.zeros(len(shapes), dtype=bool)
    result[owner[steps < least]] = True
    return result


def grid_of(asked: Quantization, bounds: np.ndarray) -> Grid:
    """Return the grid that is asked for; its extent is round ``bounds`` (n, 4) if none.

    A row of ``bounds`` may be NaN.
    """
    known = bounds[~np.isnan(bounds[:, 0])]
    sides = asked.extent or _UNIT
    if asked.extent is None and len(known):
        low, high = known[:, :2].min(axis=0), known[:, 2:].max(axis=0)
        sides = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    west, south, east, north = sides
    step = asked.tolerance or max(east - west, north - south) / _STEPS or 1.0
    return Grid(west, north, step)


def dump_quantized(
    shapes: np.ndarray, geometry_type: str, grid: Grid, has_z: bool, has_m: bool
) -> list[dict[str, Any] | None]:
    """Return Esri JSON geometries in whole numbers of the grid.

    The first vertex of a part counts from the origin, others from the one before.
    """
    if geometry_type == "esriGeometryPoint":
        on_grid = replace_xy(shapes, grid.numbers)
        return dump_geometries(on_grid, geometry_type, has_z, has_m)
    documents = dump_geometries(shapes, geometry_type, has_z, has_m)
    for document in filter(None, documents):
        for key in _LISTS:
            if key in document:
                document[key] = [_steps(part, grid) for part in document[key]]
        if "points" in document:
            document["points"] = _steps(document["points"], grid)
    return documents


def _steps(part: np.ndarray, grid: Grid) -> np.ndarray:
    numbers = grid.numbers(part[:, :2])
    steps = np.diff(numbers, axis=0, prepend=np.zeros((1, 2))).astype(np.int64)
    return np.column_stack([steps, part[:, 2:]]) if part.shape[1] > 2 else steps
