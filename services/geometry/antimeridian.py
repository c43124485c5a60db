"""Polygons that cross the antimeridian or cover a pole, cut to -180 ... 180."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import shapely

from services.geometry.crs import (
    WGS84,
    SpatialReference,
    outside,
    transform,
    transformer_of,
)
from services.geometry.edges import closing_turns
from services.geometry.parts import union_by_group, valid
from services.geometry.planes import Planes, earth_centred, geographic_of
from services.geometry.wrap import wrap

WORLD = shapely.box(-180.0, -90.0, 180.0, 90.0)

# Degrees of longitude that one edge may span where a polygon reaches over a pole.
_STEP = 3.0
_HALVINGS = 26
_ENDLESS_LAT = 89.5  # where a Mercator map ends that would be endless at 90


def union_by(parts: np.ndarray, owners: np.ndarray, count: int) -> np.ndarray:
    """Union polygons into one for each owner; without any an empty one."""
    result = union_by_group(parts, owners, count)
    result[shapely.is_missing(result)] = shapely.Polygon()
    return result


def cut(polygons: np.ndarray) -> np.ndarray:
    """Move what lies beyond 180 degrees east or west to the other side.

    Shape (n,) in and out, in degrees.
    """
    bounds = shapely.bounds(polygons)
    beyond = (bounds[:, 0] < -180.0) | (bounds[:, 2] > 180.0)
    if not beyond.any():
        return polygons
    result = polygons.copy()
    wrapped = wrap(valid(polygons[beyond]), WGS84)
    result[beyond] = shapely.transform(wrapped, _clip)  # rounding: 180.0000000000001
    result[shapely.is_missing(result)] = shapely.Polygon()
    return result


def _clip(lonlat: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(lonlat, [-180.0, -90.0], [180.0, 90.0]))


def within_globe(polygons: np.ndarray) -> np.ndarray:
    """Return drawn polygons within -180 ... 180; shape (n,) in and out.

    Longitudes run on along each ring (190 after 170). A ring that has to be closed
    by a whole turn goes round a pole: the one on the side of its mean latitude.
    """
    bounds = shapely.bounds(polygons)
    inside = (bounds[:, 0] >= -180.0) & (bounds[:, 2] <= 180.0)
    inside &= bounds[:, 2] - bounds[:, 0] < 360.0 - 1e-9
    result = polygons.copy()
    for row in np.flatnonzero(~inside):
        result[row] = _assemble(polygons[row], _drawn_region)
    return result


def _assemble(
    geometry: shapely.Geometry, region: Callable[[np.ndarray], shapely.Geometry]
) -> shapely.Geometry:
    """Return a polygon of which ``region`` says what each ring encloses."""
    parts = []
    for polygon in shapely.get_parts(geometry):
        shell = region(shapely.get_coordinates(polygon.exterior))
        holes = [region(shapely.get_coordinates(ring)) for ring in polygon.interiors]
        parts.append(shapely.difference(shell, shapely.union_all(holes)))
    return shapely.union_all(parts)


def _drawn_region(lonlat: np.ndarray) -> shapely.Geometry:
    closing = np.flatnonzero(closing_turns(lonlat, np.array([0, len(lonlat)])))
    if len(closing) == 1:
        at = closing[0] + 1
        around = np.concatenate([lonlat[at:-1], lonlat[:at]])
        return _cap(around, float(np.copysign(90.0, around[:, 1].mean())))
    return cut(np.array([shapely.Polygon(lonlat)], dtype=object))[0]


def to_globe(flat: np.ndarray, planes: Planes) -> np.ndarray:
    """Return polygons in degrees within -180 ... 180 of polygons in local planes.

    Shape (n,) in and out, polygon ``i`` in plane ``i``; empty stays empty.
    """
    coordinates, of = shapely.get_coordinates(flat, return_index=True)
    if not len(of):
        return flat
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    reach = np.zeros(len(flat))
    reach[of[starts]] = np.maximum.reduceat(np.hypot(*coordinates.T), starts)
    polar = reach >= planes.to_nearer_pole()
    moved = shapely.set_coordinates(flat.copy(), planes.unflatten(coordinates, of))
    for row in np.flatnonzero(polar):
        moved[row] = _over_pole(flat[row], planes.take(np.array([row])))
    return cut(moved)


def _over_pole(geometry: shapely.Geometry, plane: Planes) -> shapely.Geometry:
    """Return a flat polygon that may cover poles, in degrees."""
    ends = earth_centred(np.array([[0.0, -90.0], [0.0, 90.0]]), plane.geod)
    poles = plane.flatten(ends, np.zeros(2, dtype=int))

    def region(flat: np.ndarray) -> shapely.Geometry:
        lonlat = _follow(flat, plane)
        south, north = shapely.contains_xy(shapely.Polygon(flat), poles)
        if abs(lonlat[-1, 0] - lonlat[0, 0]) > 180.0:
            return _cap(lonlat, 90.0 if north else -90.0)
        inside = cut(np.array([shapely.Polygon(lonlat)], dtype=object))[0]
        return shapely.difference(WORLD, inside) if south and north else inside

    return _assemble(geometry, region)


def _cap(lonlat: np.ndarray, pole: float) -> shapely.Geometry:
    """Return what lies between a line once round the globe and a pole."""
    # in steps, for an edge of more than 180 degrees would be read the short way round
    along = np.linspace(lonlat[-1, 0], lonlat[0, 0], 9)
    ends = np.column_stack([along, np.full(9, pole)])
    cap = shapely.Polygon(np.concatenate([lonlat, ends]))
    return shapely.union_all(cut(np.array([cap], dtype=object)))


def _follow(flat: np.ndarray, plane: Planes) -> np.ndarray:
    """Return a ring in degrees, its longitudes running on, close enough at poles."""
    for _ in range(_HALVINGS):
        lonlat = plane.unflatten(flat, np.zeros(len(flat), dtype=int))
        steps = np.remainder(np.diff(lonlat[:, 0]) + 180.0, 360.0) - 180.0
        wide = np.abs(steps) > _STEP
        wide &= np.hypot(*np.diff(flat, axis=0).T) > 1e-3
        if not wide.any():
            break
        middles = (flat[:-1] + flat[1:])[wide] / 2
        flat = np.insert(flat, np.flatnonzero(wide) + 1, middles, axis=0)
    first = np.remainder(lonlat[0, 0] + 180.0, 360.0) - 180.0
    lonlat[:, 0] = first + np.concatenate([[0.0], np.cumsum(steps)])
    turns = np.round((lonlat[-1, 0] - first) / 360.0)
    lonlat[-1] = lonlat[0] + [360.0 * turns, 0.0]
    return lonlat


def place(lonlat: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return degrees (k, 2) in ``reference``. Raises InvalidValue as ``transform``."""
    geographic = geographic_of(reference)
    if reference.same_place(geographic):
        return lonlat
    moved = np.empty_like(lonlat)
    transformer = transformer_of(geographic.crs, reference.crs)
    moved[:, 0], moved[:, 1] = transformer.transform(lonlat[:, 0], lonlat[:, 1])
    lost = outside(moved, reference)
    if lost.any():
        transform(np.asarray(shapely.points(lonlat[lost][:1])), geographic, reference)
    return moved


def from_globe(polygons: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return polygons in degrees within -180 ... 180 in ``reference``; shape (n,).

    A projection that goes on across the antimeridian gets its polygons whole again;
    a Mercator map ends at 89.5 degrees. Raises InvalidValue for what lies outside.
    """
    geographic = geographic_of(reference)
    if reference.same_place(geographic):
        return polygons
    seamless, endless = _edges_of(reference)
    west, south, east, north = shapely.bounds(polygons).T
    if endless:
        polygons = polygons.copy()
        cut_to_mercator(polygons)
    moved = transform(polygons, geographic, reference)
    if seamless:
        cut = (np.maximum(east, -west) >= 180.0) | (np.maximum(north, -south) >= 90.0)
        if cut.any():
            whole = shapely.make_valid(
                moved[cut], method="structure", keep_collapsed=False
            )
            # to the millimetre, which closes the slit; a union of one would not
            grid = 1e-3 / reference.metres_per_unit
            moved[cut] = shapely.set_precision(shapely.set_precision(whole, grid), 0.0)
    return moved


def cut_to_mercator(lonlat: np.ndarray) -> np.ndarray:
    """Cut lines and areas, in place, to latitudes that a Mercator map has.

    ``lonlat`` is (n,) in degrees within -180 ... 180; returns which were cut.
    """
    _, south, _, north = shapely.bounds(lonlat).T
    high = (np.maximum(north, -south) > _ENDLESS_LAT) & (
        shapely.get_dimensions(lonlat) > 0
    )
    if high.any():
        window = shapely.box(-180.0, -_ENDLESS_LAT, 180.0, _ENDLESS_LAT)
        lonlat[high] = shapely.intersection(valid(lonlat[high]), window)
    return np.asarray(high)


@lru_cache(maxsize=128)
def is_endless(reference: SpatialReference) -> bool:
    """Tell if a projection has no place for the poles, as Mercator's."""
    operation = reference.crs.coordinate_operation
    method = operation.method_name if operation else ""
    return bool(method.startswith(("Mercator", "Popular Visualisation")))


@lru_cache(maxsize=128)
def _edges_of(reference: SpatialReference) -> tuple[bool, bool]:
    """Tell if a projection goes on across the antimeridian, and if it has no poles."""
    move = transformer_of(geographic_of(reference).crs, reference.crs).transform
    sides = np.array([-180.0, 180.0])
    for lat in (0.0, 45.0, -45.0, 80.0, -80.0):
        x, y = move(sides * (1 - 1e-9), np.full(2, lat))
        ends = np.column_stack([x, y])
        if not outside(ends, reference).any():
            gap = np.hypot(*(ends[1] - ends[0])) * reference.metres_per_unit
            break
    else:
        gap = np.inf
    return bool(gap < 1.0), is_endless(reference)
