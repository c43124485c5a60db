"""One frame for longitudes: geometries beyond the antimeridian brought back."""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely.errors import GEOSException

from services.geometry.crs import SpatialReference
from services.geometry.parts import collect, of_dimension, union_by_group, valid
from services.geometry.ragged import replace_xy

#: Projections of a whole world whose x goes on beyond the antimeridian; the
#: radius is that of the sphere they are drawn on (EPSG Guidance Note 7-2).
_WEB_MERCATOR = (3857, 3785)
_WEB_MERCATOR_RADIUS = 6378137.0
_MOST_WORLDS = 3


def world_width(reference: SpatialReference) -> float:
    """Return how far apart two copies of a place are in x; infinite if never."""
    if reference.is_geographic:
        radians: float = reference.crs.axis_info[0].unit_conversion_factor
        return 2 * math.pi / radians
    if reference.latest_wkid in _WEB_MERCATOR:
        return 2 * math.pi * _WEB_MERCATOR_RADIUS
    return math.inf


def world_copies(
    bounds: tuple[float, float, float, float], reference: SpatialReference
) -> list[tuple[float, float, float, float]]:
    """Return a rectangle as seen from each copy of the world that it shows.

    At most four: what is wider repeats itself.
    """
    width = world_width(reference)
    if not math.isfinite(width):
        return [bounds]
    west, south, east, north = bounds
    first, last = (math.floor(side / width + 0.5) for side in (west, east))
    return [
        (west - turn * width, south, east - turn * width, north)
        for turn in range(first, min(last, first + _MOST_WORLDS) + 1)
    ]


def wrap(geometries: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Bring what lies beyond 180 degrees east or west back into -180..180.

    So 170..190 becomes 170..180 with -180..-170, and meets what others wrote as
    -180..-170. Shape (n,) in and out; geometries within the range, and all those
    of a projected reference that has no copies of the world, stay as they are.
    """
    half = world_width(reference) / 2
    bounds = shapely.bounds(geometries)
    slack = half * 1e-12 if math.isfinite(half) else 0.0
    beyond = (bounds[:, 0] < -half - slack) | (bounds[:, 2] > half + slack)
    if not beyond.any():
        return geometries
    result = np.array(geometries, dtype=object)
    areas = beyond & (shapely.get_dimensions(result) == 2)
    lines = beyond & (shapely.get_dimensions(result) == 1)
    points = beyond & ~areas & ~lines
    result[points] = replace_xy(result[points], lambda xy: _wrap_points(xy, half))
    for chosen, dimension in ((lines, 1), (areas, 2)):
        if chosen.any():
            result[chosen] = _wrap_strips(valid(result[chosen]), half, dimension)
    return result


def _wrap_points(xy: np.ndarray, half: float) -> np.ndarray:
    x = xy[:, 0]
    inside = np.abs(x) <= half
    wrapped = np.where(inside, x, (x + half) % (2 * half) - half)
    return np.column_stack([wrapped, xy[:, 1]])


def _wrap_strips(geometries: np.ndarray, half: float, dimension: int) -> np.ndarray:
    """Cut at every antimeridian and move each strip home. Shape (n,) out."""
    bounds = shapely.bounds(geometries)
    low, high = bounds[:, 1].min() - 1, bounds[:, 3].max() + 1
    first = int(np.floor((bounds[:, 0].min() + half) / (2 * half)))
    last = int(np.ceil((bounds[:, 2].max() - half) / (2 * half)))
    pieces, owner = [], []
    for strip in range(first, last + 1):
        shift = 2 * half * strip
        frame = shapely.box(shift - half, low, shift + half, high)
        cut = of_dimension(shapely.intersection(geometries, frame), dimension)
        held = np.flatnonzero(~shapely.is_missing(cut))
        pieces.append(_shifted(cut[held], -shift))
        owner.append(held)
    return _merge(np.concatenate(pieces), np.concatenate(owner), len(geometries))


def _shifted(geometries: np.ndarray, by: float) -> np.ndarray:
    return replace_xy(geometries, lambda xy: xy + np.array([by, 0.0]))


def _merge(pieces: np.ndarray, owner: np.ndarray, count: int) -> np.ndarray:
    """Put the strips of each geometry together; areas of over 360 degrees overlap."""
    if shapely.get_dimensions(pieces).max(initial=-1) == 2:
        return union_by_group(pieces, owner, count)
    order = np.argsort(owner, kind="stable")
    parts, inner = shapely.get_parts(pieces[order], return_index=True)
    return collect(parts, owner[order][inner], count)


def clipped(
    shapes: np.ndarray, bounds: tuple[float, float, float, float]
) -> np.ndarray:
    """Return what lies in a rectangle of shapes (n,) in its reference; may be empty."""
    try:
        return np.asarray(shapely.clip_by_rect(shapes, *bounds))
    except GEOSException:  # invalid areas
        return np.asarray(shapely.clip_by_rect(shapely.make_valid(shapes), *bounds))
