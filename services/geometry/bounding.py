"""Shapes around features and their centres, measured on the ground."""

from __future__ import annotations

from typing import Literal

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.antimeridian import cut, from_globe, to_globe
from services.geometry.circles import circles
from services.geometry.crs import SpatialReference, transform
from services.geometry.edges import follow_drawn
from services.geometry.local import Flat, lay_flat
from services.geometry.planes import Planes, earth_centred, geod_of, geographic_of

Bounding = Literal["ENVELOPE", "RECTANGLE_BY_AREA", "CONVEX_HULL", "CIRCLE"]

_TOLERANCE = 1.0  # metres between an edge as drawn and its pieces
_HALF = 9_500_000.0  # metres: beyond, a feature covers more than half the globe
_RADIUS = 6_371_000.0
_CIRCLE_VERTICES = 360


def bounding_shapes(
    geometries: np.ndarray, reference: SpatialReference, kind: Bounding
) -> np.ndarray:
    """Return the smallest shape of a kind around each geometry.

    Shape (n,), none None or empty, all points, all lines or all polygons. Measured
    in a plane around each; an ENVELOPE is along the axes of ``reference``, over the
    antimeridian if that is shorter. What has no area (the hull of a line) gives an
    empty polygon. Raises ToolFailed for what reaches over half the globe.
    """
    plain = np.asarray(shapely.force_2d(geometries), dtype=object)
    if kind == "ENVELOPE":
        return _envelopes(plain, reference)
    flat = _laid_flat(plain, reference)
    if (flat.reach > _HALF).any():
        raise ToolFailed(
            "a feature reaches over more than half the globe; only ENVELOPE fits it"
        )
    if kind == "CIRCLE":
        return _circles(flat, reference)
    rectangle = kind == "RECTANGLE_BY_AREA"
    around = shapely.oriented_envelope if rectangle else shapely.convex_hull
    made = to_globe(_drawn_closely(around(flat.geometries), flat), flat.planes)
    return from_globe(made, reference)


def concave_hulls(
    points: np.ndarray, reference: SpatialReference, ratio: float, holes: bool
) -> np.ndarray:
    """Return the concave hull of each multipoint, (n,), none None or empty.

    ``ratio`` is that of the longest edge of the hull between the shortest (0) and the
    longest (1, the convex hull) edge of the Delaunay triangles, measured in a plane
    around each. What has no area gives an empty polygon. Raises ToolFailed for what
    reaches over half the globe.
    Source: Duckham et al. (2008), Pattern Recognition 41.
    """
    flat = _laid_flat(np.asarray(shapely.force_2d(points), dtype=object), reference)
    if (flat.reach > _HALF).any():
        raise ToolFailed("a group reaches over more than half the globe")
    made = shapely.concave_hull(flat.geometries, ratio=ratio, allow_holes=holes)
    return from_globe(to_globe(_drawn_closely(made, flat), flat.planes), reference)


def ground_centroids(geometries: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return the centre of gravity of each geometry in ``reference``; shape (n, 2).

    Of areas in an equal-area plane around each (Snyder 1987, chapter 24), of lines
    by length, of points the mean. NaN for None and empty.
    """
    result = np.full((len(geometries), 2), np.nan)
    rows = np.flatnonzero(
        ~shapely.is_missing(geometries) & ~shapely.is_empty(geometries)
    )
    if not len(rows):
        return result
    plain = np.asarray(shapely.force_2d(geometries[rows]), dtype=object)
    flat = _laid_flat(plain, reference)
    level = flat.geometries
    if (shapely.get_dimensions(level) == 2).any():
        level = shapely.transform(level, lambda xy: xy * _shrunk(np.hypot(*xy.T)))
    centre = shapely.get_coordinates(shapely.centroid(level))
    if (shapely.get_dimensions(level) == 2).any():
        centre = centre * _stretched(np.hypot(*centre.T))
    lonlat = flat.planes.unflatten(centre, np.arange(len(rows)))
    lonlat[:, 0] -= 360.0 * np.round(lonlat[:, 0] / 360.0)
    points = np.asarray(shapely.points(lonlat))
    moved = transform(points, geographic_of(reference), reference)
    result[rows] = shapely.get_coordinates(moved)
    return result


def _shrunk(reach: np.ndarray) -> np.ndarray:
    """Return what turns equal distance into equal area, (k, 1)."""
    angle = reach / (2.0 * _RADIUS)
    return np.asarray(np.sinc(angle / np.pi))[:, np.newaxis]


def _stretched(reach: np.ndarray) -> np.ndarray:
    share = np.minimum(reach / (2.0 * _RADIUS), 1.0)
    angle = np.arcsin(share)
    whole = np.divide(angle, share, out=np.ones_like(share), where=share > 0)
    return np.asarray(whole)[:, np.newaxis]


def _laid_flat(plain: np.ndarray, reference: SpatialReference) -> Flat:
    tolerance = np.full(len(plain), _TOLERANCE)
    return lay_flat(follow_drawn(plain, reference, tolerance), geod_of(reference))


def _drawn_closely(shapes: np.ndarray, flat: Flat) -> np.ndarray:
    """Give long edges vertices, so that drawn they leave the plane's by 0.01 %."""
    areas = np.where(shapely.get_dimensions(shapes) == 2, shapes, shapely.Polygon())
    steep = np.abs(np.tan(np.radians(np.clip(flat.planes.lat, -89.0, 89.0))))
    longest = np.sqrt(8e-4 * _RADIUS * np.maximum(flat.reach, 1.0) / (1.0 + steep))
    return np.asarray(shapely.segmentize(areas, longest))


def _circles(flat: Flat, reference: SpatialReference) -> np.ndarray:
    """Return the smallest circles: found twice, the second time from their centre."""
    geod = geod_of(reference)
    xy, of = shapely.get_coordinates(flat.geometries, return_index=True)
    places = earth_centred(flat.planes.unflatten(xy, of), geod)
    planes, level = flat.planes, flat.geometries
    for _ in range(2):
        radii = shapely.minimum_bounding_radius(level)
        middle = shapely.centroid(shapely.minimum_bounding_circle(level))
        at = np.flatnonzero(~shapely.is_empty(middle))  # a single place has no circle
        flat_centres = np.zeros((len(level), 2))
        flat_centres[at] = shapely.get_coordinates(middle)
        centres = planes.unflatten(flat_centres, np.arange(len(level)))
        planes = Planes(centres[:, 0], centres[:, 1], geod)
        level = shapely.set_coordinates(level.copy(), planes.flatten(places, of))
    made = np.full(len(radii), shapely.Polygon(), dtype=object)
    round_ = radii > 0.0
    made[round_] = circles(centres[round_], radii[round_], reference, _CIRCLE_VERTICES)
    return made


def _envelopes(plain: np.ndarray, reference: SpatialReference) -> np.ndarray:
    bounds = shapely.bounds(plain)
    if reference.is_geographic:
        flat = _laid_flat(plain, reference)
        xy, of = shapely.get_coordinates(plain, return_index=True)
        centre = flat.planes.lon[of]
        near = centre + np.remainder(xy[:, 0] - centre + 180.0, 360.0) - 180.0
        starts = np.flatnonzero(np.diff(of, prepend=-1))
        west, east = (
            np.minimum.reduceat(near, starts),
            np.maximum.reduceat(near, starts),
        )
        shorter = east - west < np.minimum(bounds[:, 2] - bounds[:, 0], 180.0)
        bounds[shorter, 0], bounds[shorter, 2] = west[shorter], east[shorter]
    made = np.asarray(shapely.box(*bounds.T))
    made[shapely.area(made) == 0.0] = shapely.Polygon()
    return cut(made) if reference.is_geographic else made
