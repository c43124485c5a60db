"""Geometries in another reference, whole where one of the two maps is torn or ends."""

from __future__ import annotations

import math

import numpy as np
import shapely

from services.geometry.antimeridian import cut_to_mercator, is_endless, within_globe
from services.geometry.crs import WGS84, SpatialReference, transform
from services.geometry.planes import geographic_of
from services.geometry.wrap import world_width, wrap


def reproject(
    geometries: np.ndarray,
    source: SpatialReference,
    target: SpatialReference,
    notes: list[str] | None = None,
) -> np.ndarray:
    """Project geometries; lines and areas stay what they are at the map's edges.

    Shape (n,) in and out; None stays None; z is kept, m of what is not cut. What
    crosses the antimeridian is cut there, so that no edge runs back across the whole
    map; an area round a pole gets the pole. A Mercator map, which has no poles, ends
    at 89.5 degrees. Any other vertex outside ``target`` raises InvalidValue. What a
    user should know of a datum shift is appended to ``notes``.
    """
    if source.same_place(target):
        return geometries
    shapes = np.array(wrap(geometries, source), dtype=object)
    whole = math.isfinite(world_width(source))  # such a map is not torn once wrapped
    if whole and not is_endless(target):
        return transform(shapes, source, target, notes)
    geographic = geographic_of(source)
    lonlat = np.array(transform(shapes, source, geographic), dtype=object)
    changed = np.zeros(len(shapes), dtype=bool) if whole else _is_torn(lonlat)
    for dimension in (1, 2):
        rows = np.flatnonzero(changed & (shapely.get_dimensions(shapes) == dimension))
        if len(rows):
            lonlat[rows] = _mended(shapes[rows], lonlat[rows], source)
    if is_endless(target):
        changed |= cut_to_mercator(lonlat)
    shapes[~changed] = transform(shapes[~changed], source, target, notes)
    if changed.any():  # their datum shift is the same: told once
        told = None if not changed.all() else notes
        shapes[changed] = transform(lonlat[changed], geographic, target, told)
    return shapes


def _is_torn(lonlat: np.ndarray) -> np.ndarray:
    """Tell which lines and areas may have an edge over the antimeridian."""
    coordinates, of = shapely.get_coordinates(lonlat, return_index=True)
    far = np.abs(np.diff(coordinates[:, 0])) > 180.0
    far &= of[1:] == of[:-1]
    torn = np.zeros(len(lonlat), dtype=bool)
    torn[of[1:][far]] = True
    return np.asarray(torn & (shapely.get_dimensions(lonlat) > 0))


def _mended(
    shapes: np.ndarray, lonlat: np.ndarray, source: SpatialReference
) -> np.ndarray:
    """Return lines or areas in degrees, cut at the antimeridian where they cross it.

    Whether an edge crosses it or runs the long way round is told by its middle in
    ``source``.
    """
    has_z = bool(shapely.has_z(lonlat).any())
    level = np.asarray((shapely.force_3d if has_z else shapely.force_2d)(lonlat))
    kind, degrees, offsets = shapely.to_ragged_array(level)
    xy = shapely.get_coordinates(shapes)
    middles = (xy[1:] + xy[:-1]) / 2
    steps = np.diff(degrees[:, 0])
    steps[offsets[0][1:-1] - 1] = 0.0
    far = np.flatnonzero(np.abs(steps) > 180.0)
    turns = np.zeros(len(steps))
    points = np.asarray(shapely.points(middles[far]))
    seen = shapely.get_x(transform(points, source, geographic_of(source)))
    turns[far] = np.round(steps[far] / 360.0)
    short = degrees[far, 0] + (steps[far] - 360.0 * turns[far]) / 2
    aside = np.remainder(seen - short + 180.0, 360.0) - 180.0
    turns[far[np.abs(aside) > 90.0]] = 0.0
    shift = np.concatenate([[0.0], np.cumsum(turns)])
    shift -= np.repeat(shift[offsets[0][:-1]], np.diff(offsets[0]))
    degrees[:, 0] -= 360.0 * shift
    running = np.asarray(shapely.from_ragged_array(kind, degrees, offsets))
    if shapely.get_dimensions(running).max() == 2:
        return within_globe(running)
    return wrap(running, WGS84)
