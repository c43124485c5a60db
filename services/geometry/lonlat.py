"""Geometries as longitude and latitude on WGS 84, cut where they cross 180 degrees."""

from __future__ import annotations

import math

import numpy as np
import shapely

from services.geometry.antimeridian import cut, within_globe
from services.geometry.crs import WGS84, SpatialReference, transform
from services.geometry.ragged import replace_xy
from services.geometry.wrap import world_width, wrap

#: An edge longer than this many degrees goes the other way round the globe.
_HALF_TURN = 180.0


def to_lonlat(geometries: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return geometries in degrees of WGS 84 within -180 ... 180; shape (n,).

    What crosses the antimeridian is cut there (RFC 7946, section 3.1.9); z and m
    stay. None and empty geometries stay as they are. Raises InvalidValue.
    """
    if math.isfinite(world_width(reference)):
        return transform(wrap(geometries, reference), reference, WGS84)
    moved = transform(geometries, reference, WGS84)
    if moved is geometries:
        return moved
    torn = _is_torn(moved)
    if torn.any():
        moved = np.array(moved, dtype=object)
        moved[torn] = _rejoined(moved[torn])
    return moved


def _is_torn(geometries: np.ndarray) -> np.ndarray:
    """Tell which geometries jump from one side of the antimeridian to the other."""
    bounds = shapely.bounds(geometries)
    torn = bounds[:, 2] - bounds[:, 0] > _HALF_TURN
    return np.asarray(torn & (shapely.get_dimensions(geometries) > 0))


def _rejoined(geometries: np.ndarray) -> np.ndarray:
    """Let longitudes run on along each part (190 after 170), then cut at 180."""
    areas = shapely.get_dimensions(geometries) == 2
    result = np.array(geometries, dtype=object)
    for row, geometry in enumerate(geometries):
        starts = np.cumsum([0, *shapely.get_num_coordinates(_parts(geometry))])
        result[row] = replace_xy(
            geometries[row : row + 1],
            lambda xy, starts=starts: _unwound(xy, starts),  # type: ignore[misc]
        )[0]
    result[areas] = cut(within_globe(result[areas]))
    result[~areas] = wrap(result[~areas], WGS84)
    return result


def _parts(geometry: shapely.Geometry) -> np.ndarray:
    parts = shapely.get_parts(geometry)
    if len(parts) and shapely.get_dimensions(parts[0]) == 2:
        return np.asarray(shapely.get_rings(parts))
    return np.asarray(parts)


def _unwound(xy: np.ndarray, starts: np.ndarray) -> np.ndarray:
    turns = np.round(np.diff(xy[:, 0], prepend=xy[0, 0]) / 360.0)
    turns[starts[:-1]] = 0.0
    total = np.cumsum(turns)
    counts = np.diff(starts)
    total -= np.repeat(total[starts[:-1]], counts)
    return np.column_stack([xy[:, 0] - 360.0 * total, xy[:, 1]])
