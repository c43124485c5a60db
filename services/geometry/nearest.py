"""The nearest feature of another set, by true distance on the ground."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from shapely import GeometryType

from services.geometry.crs import SpatialReference
from services.geometry.parts import is_present
from services.geometry.planes import Planes, earth_centred, geographic_of
from services.geometry.targets import (
    QUARTER,
    TOP,
    Targets,
    drawn_globally,
    from_chart,
    move_places,
    to_chart,
)

_CURVE = 6_335_000.0  # metres; no radius of curvature of the earth is smaller
_DEGREE = 110_500.0  # metres; no degree of latitude is shorter
_FAR = 500_000.0  # metres from which the chart is no help
_BLOCK = 4096
_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Nearest:
    """For each of n features the nearest of another set.

    ``index`` is its place in the other array, -1 for none; ``metres`` the distance;
    ``xy`` (n, 2) the nearest place on it, in the reference of the features;
    ``azimuth`` the direction there in degrees from north, clockwise, -180 to 180,
    0 where they touch. NaN where there is none.
    """

    index: np.ndarray
    metres: np.ndarray
    xy: np.ndarray
    azimuth: np.ndarray


def ground_nearest(
    geometries: np.ndarray,
    others: np.ndarray,
    reference: SpatialReference,
    radius: float = math.inf,
) -> Nearest:
    """Find the nearest of ``others`` for each geometry, within ``radius`` metres.

    Shape (n,) and (m,), both in ``reference``, points, lines or polygons each. The
    distance is geodesic and right to 1 mm for points, else to 1e-6; edges are taken
    as drawn. Features that touch or overlap are 0 apart. The antimeridian and the
    poles are no obstacle. None and empty geometries have no nearest and are none.

    Candidates come from a tree of edges on a Mercator chart, where what is near on
    the ground is near on the map; the best is chosen on local planes.
    """
    count = len(geometries)
    result = Nearest(
        np.full(count, -1), np.full(count, np.nan), np.full((count, 2), np.nan),
        np.full(count, np.nan),
    )  # fmt: skip
    rows = np.flatnonzero(is_present(geometries))
    there = np.flatnonzero(is_present(others))
    if not len(rows) or not len(there):
        return result
    targets = Targets.of(others[there], reference)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        found = _nearest(geometries[block], targets, reference, radius)
        near = (found.index >= 0) & (found.metres <= radius)
        for whole, part in zip(_arrays(result), _arrays(found), strict=True):
            whole[block[near]] = part[near]
        result.index[block[near]] = there[found.index[near]]
    return result


def _arrays(nearest: Nearest) -> tuple[np.ndarray, ...]:
    return nearest.index, nearest.metres, nearest.xy, nearest.azimuth


def _nearest(
    geometries: np.ndarray,
    targets: Targets,
    reference: SpatialReference,
    radius: float,
) -> Nearest:
    drawn = drawn_globally(geometries, reference)
    chart = shapely.transform(drawn, to_chart)
    row, copy = targets.tree.query_nearest(chart, all_matches=False)
    places = _places(drawn, chart, row, copy, targets)
    metres, share = targets.from_places(places, targets.edge[copy])
    limit, start = np.empty(len(drawn)), np.empty((len(drawn), 2))
    limit[row], start[row] = np.minimum(metres, radius), places
    more = _candidates(drawn, chart, start, limit, targets)
    row, copy = np.append(row, more[0]), np.append(copy, more[1])
    edge = targets.edge[copy]
    places = _places(drawn, chart, row, copy, targets)
    start, best, share = _best(places, row, edge, targets)
    if (shapely.get_type_id(drawn) != GeometryType.POINT).any():
        for _ in range(_ROUNDS):
            there, _ = targets.along(best, share, reference)
            start = _closest(drawn, there, targets.geod)
            start, best, share = _best(start[row], row, edge, targets)
    there, xy = targets.along(best, share, reference)
    azimuth, _, metres = targets.geod.inv(*start.T, *there.T)
    found = Nearest(targets.owner[best], metres, xy, azimuth)
    _mark_touching(found, chart, start, targets, reference)
    return found


def _places(
    drawn: np.ndarray,
    chart: np.ndarray,
    row: np.ndarray,
    copy: np.ndarray,
    targets: Targets,
) -> np.ndarray:
    """Return where each feature is nearest to a target on the chart, in degrees."""
    if (shapely.get_type_id(drawn) == GeometryType.POINT).all():
        return np.asarray(shapely.get_coordinates(drawn)[row])
    lines = shapely.shortest_line(chart[row], targets.tree.geometries[copy])
    return from_chart(shapely.get_coordinates(shapely.get_point(lines, 0)))


def _candidates(
    drawn: np.ndarray,
    chart: np.ndarray,
    start: np.ndarray,
    limit: np.ndarray,
    targets: Targets,
) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of feature and target copy that may be within ``limit`` metres."""
    _, south, _, north = shapely.bounds(drawn).T
    highest = np.maximum(north, -south) + limit / _DEGREE
    far = (highest > TOP) | (limit > _FAR)
    near = np.flatnonzero(~far)
    reach = limit[near] / _CURVE / np.cos(np.radians(highest[near])) + 1e-12
    row, copy = targets.tree.query(chart[near], predicate="dwithin", distance=reach)
    if not far.any():
        return near[row], copy
    lonlat, of = shapely.get_coordinates(drawn, return_index=True)
    own = earth_centred(start, targets.geod)
    apart = earth_centred(lonlat, targets.geod) - own[:, of]
    size = np.zeros(len(drawn))
    np.maximum.at(size, of, np.sqrt((apart * apart).sum(axis=0)))
    far_row, far_copy = targets.within(own[:, far], (limit + size)[far])
    far_row = np.flatnonzero(far)[far_row]
    return np.append(near[row], far_row), np.append(copy, far_copy)


def _best(
    places: np.ndarray, row: np.ndarray, edge: np.ndarray, targets: Targets
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each feature the place, edge and share of its shortest pair."""
    metres, share = targets.from_places(places, edge)
    order = np.lexsort((targets.owner[edge], metres, row))
    first = order[np.flatnonzero(np.diff(row[order], prepend=-1))]
    return places[first], edge[first], share[first]


def _closest(drawn: np.ndarray, there: np.ndarray, geod: pyproj.Geod) -> np.ndarray:
    """Return the place of each feature that is closest to a place on the ground."""
    planes = Planes(there[:, 0], there[:, 1], geod)
    lonlat, of = shapely.get_coordinates(drawn, return_index=True)
    flat = planes.flatten(earth_centred(lonlat, geod), of)
    level = shapely.set_coordinates(drawn.copy(), flat)
    lines = shapely.shortest_line(level, shapely.Point(0.0, 0.0))
    found = shapely.get_coordinates(shapely.get_point(lines, 0))
    metres = np.hypot(*flat.T)
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    far = np.minimum.reduceat(metres, starts) > QUARTER
    if far.any():
        nearest = np.lexsort((metres, of))[starts]
        found[far] = flat[nearest[far]]
    return planes.unflatten(found, np.arange(len(drawn)))


def _mark_touching(
    found: Nearest,
    chart: np.ndarray,
    start: np.ndarray,
    targets: Targets,
    reference: SpatialReference,
) -> None:
    """Put features inside an area at distance 0 of it, and round off what touches."""
    row, area = targets.areas.query(chart, predicate="intersects")
    apart = found.metres[row] > 1e-6
    row, area = row[apart], area[apart]
    found.index[row] = targets.owner_of_area[area]
    found.metres[row] = 0.0
    inside = start[row]
    geographic = geographic_of(reference)
    if not reference.same_place(geographic):
        inside = move_places(inside, geographic, reference)
    found.xy[row] = inside
    touching = found.metres <= 1e-6
    found.metres[touching] = 0.0
    found.azimuth[touching] = 0.0
