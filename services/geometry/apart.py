"""How far apart pairs of features are on the ground, and between which places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import GeometryType

from services.geometry.antimeridian import place
from services.geometry.crs import SpatialReference
from services.geometry.planes import Planes, earth_centred, geod_of
from services.geometry.targets import drawn_globally

_RADIUS = 6_371_000.0
_VERTICES = 2_000_000  # laid flat at once


@dataclass(frozen=True, slots=True)
class Apart:
    """For each of k pairs the distance in metres and the places it is between.

    ``start`` lies on the first feature, ``end`` on the second, (k, 2) in the
    reference of both. ``azimuth`` is the direction from start to end in degrees from
    north, clockwise, -180 to 180; 0 where they touch.
    """

    metres: np.ndarray
    start: np.ndarray
    end: np.ndarray
    azimuth: np.ndarray


def ground_apart(
    first: np.ndarray, second: np.ndarray, reference: SpatialReference
) -> Apart:
    """Measure from each geometry to that at the same place of the other array.

    Shape (k,) each, none None or empty, in ``reference``; edges are taken as drawn.
    The distance is geodesic: exact between points, else between the places that are
    closest in a plane around their middle, which is within 1e-6 up to 1,000 km and
    1e-3 at any distance. Features that share a point are 0 apart.
    """
    geod, ends = geod_of(reference), np.empty((2, len(first), 2))
    for rows in _blocks(first, second):
        sides = [_Side.read(one[rows], reference) for one in (first, second)]
        if all(side.are_points for side in sides):
            ends[:, rows] = [side.lonlat for side in sides]
            continue
        centre = _sphere_middles(sides)[0]
        lat = np.arctan2(centre[2], np.hypot(*centre[:2]) * (1.0 - geod.es))
        lon = np.arctan2(centre[1], centre[0])
        planes = Planes(np.degrees(lon), np.degrees(lat), geod)
        lines = _between([planes.flatten(one.places, one.of) for one in sides], sides)
        found = [planes.unflatten(xy, np.arange(len(rows))) for xy in lines]
        ends[:, rows] = found
    ends[..., 0] = np.remainder(ends[..., 0] + 180.0, 360.0) - 180.0
    start, end = ends
    azimuth, _, metres = geod.inv(*start.T, *end.T)
    touching = metres <= 1e-6
    metres[touching], azimuth[touching] = 0.0, 0.0
    return Apart(metres, place(start, reference), place(end, reference), azimuth)


def rough_apart(
    first: np.ndarray, second: np.ndarray, reference: SpatialReference
) -> np.ndarray:
    """Return about how many metres pairs are apart, (k,): on a sphere, within 1 %."""
    metres = np.empty(len(first))
    for rows in _blocks(first, second):
        sides = [_Side.read(one[rows], reference) for one in (first, second)]
        metres[rows] = _sphere_middles(sides)[1]
    return metres


def _blocks(first: np.ndarray, second: np.ndarray) -> list[np.ndarray]:
    sizes = shapely.get_num_coordinates(first) + shapely.get_num_coordinates(second)
    block = np.cumsum(sizes) // _VERTICES
    return [np.flatnonzero(block == number) for number in np.unique(block)]


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of pairs: shapes in degrees, their vertices, and the owner of each."""

    shapes: np.ndarray
    lonlat: np.ndarray
    places: np.ndarray
    of: np.ndarray

    @classmethod
    def read(cls, shapes: np.ndarray, reference: SpatialReference) -> _Side:
        drawn = drawn_globally(shapes, reference)
        lonlat, of = shapely.get_coordinates(drawn, return_index=True)
        return cls(drawn, lonlat, earth_centred(lonlat, geod_of(reference)), of)

    @property
    def are_points(self) -> bool:
        return bool((shapely.get_type_id(self.shapes) == GeometryType.POINT).all())


def _between(flat: list[np.ndarray], sides: list[_Side]) -> list[np.ndarray]:
    """Return both ends (k, 2) of the shortest lines between shapes laid flat."""
    level = [
        shapely.set_coordinates(side.shapes.copy(), xy)
        for side, xy in zip(sides, flat, strict=True)
    ]
    lines = shapely.shortest_line(*level)
    return [shapely.get_coordinates(shapely.get_point(lines, end)) for end in (0, 1)]


def _sphere_middles(sides: list[_Side]) -> tuple[np.ndarray, np.ndarray]:
    """Return the middles between pairs, unit vectors (3, k), and metres, on a sphere.

    Found twice in equidistant planes: around the middle of both, then around the
    middle of the shortest line.
    """
    units = [side.places / np.linalg.norm(side.places, axis=0) for side in sides]
    centre = np.sum([_mean(*pair) for pair in zip(units, sides, strict=True)], axis=0)
    for _ in range(2):
        centre = centre / np.maximum(np.linalg.norm(centre, axis=0), 1e-12)
        east = np.stack([-centre[1], centre[0], np.zeros_like(centre[0])])
        east[0, np.hypot(*centre[:2]) < 1e-12] = 1.0
        east /= np.linalg.norm(east, axis=0)
        north = np.cross(centre, east, axis=0)
        flat = []
        for unit, side in zip(units, sides, strict=True):
            x, y, up = (
                (unit * axis[:, side.of]).sum(axis=0) for axis in (east, north, centre)
            )
            reach = np.hypot(x, y)
            scale = _RADIUS * np.arctan2(reach, up) / np.maximum(reach, 1e-15)
            flat.append(np.column_stack([x, y]) * scale[:, np.newaxis])
        start, end = _between(flat, sides)
        metres = np.hypot(*(end - start).T)
        x, y = ((start + end) / (2.0 * _RADIUS)).T
        angle = np.hypot(x, y)
        along = np.sinc(angle / np.pi)
        centre = np.cos(angle) * centre + along * (x * east + y * north)
    return centre, metres


def _mean(units: np.ndarray, side: _Side) -> np.ndarray:
    """Return the mean of the vertices of each shape, (3, k)."""
    count = len(side.shapes)
    sums = [np.bincount(side.of, axis, count) for axis in units]
    return np.asarray(sums) / np.bincount(side.of, minlength=count)
