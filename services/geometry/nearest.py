"""The nearest feature of another set, by true distance on the ground."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from shapely import GeometryType

from services.geometry.crs import SpatialReference, transform
from services.geometry.edges import follow_drawn
from services.geometry.parts import is_present
from services.geometry.planes import Planes, earth_centred, geod_of, geographic_of

_POLAR = 6_335_000.0  # metres: no radius of curvature of the earth is smaller
_TOP = 89.9  # degrees: the chart on which candidates are sought ends there
_FAR = 2_000_000.0  # metres from which all longitudes are looked through
_TOLERANCE = 1.0  # metres between an edge as drawn and its pieces
_BLOCK = 4096
_ROUNDS = 3


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
    targets = _Targets.of(others[there], reference)
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


def _drawn(geometries: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return geometries in degrees, centred within -180 ... 180, followed closely."""
    plain = np.asarray(shapely.force_2d(geometries), dtype=object)
    if int(shapely.get_dimensions(plain).max()) == 0:
        lonlat = transform(plain, reference, geographic_of(reference))
    else:
        lonlat = follow_drawn(plain, reference, np.full(len(plain), _TOLERANCE))
    bounds = shapely.bounds(lonlat)
    turns = np.round((bounds[:, 0] + bounds[:, 2]) / 720.0)
    if not turns.any():
        return lonlat
    xy, of = shapely.get_coordinates(lonlat, return_index=True)
    xy[:, 0] -= 360.0 * turns[of]
    return np.asarray(shapely.set_coordinates(lonlat.copy(), xy))


def _chart(lonlat: np.ndarray) -> np.ndarray:
    """Return Mercator coordinates in radians; poles are drawn in to 89.9 degrees."""
    radians = np.radians(lonlat)
    top = math.radians(_TOP)
    y = np.arcsinh(np.tan(np.clip(radians[..., 1], -top, top)))
    return np.stack([radians[..., 0], y], axis=-1)


@dataclass(frozen=True, slots=True)
class _Targets:
    """The edges of the other set; a point is an edge without length.

    ``tree`` holds each edge as often as it can be seen on the chart, ``edge`` says
    which it is; ``areas`` and ``owner_of_area`` do the same for whole polygons.
    """

    lonlat: np.ndarray
    places: np.ndarray
    ends: np.ndarray
    owner: np.ndarray
    tree: shapely.STRtree
    edge: np.ndarray
    areas: shapely.STRtree
    owner_of_area: np.ndarray

    @classmethod
    def of(cls, others: np.ndarray, reference: SpatialReference) -> _Targets:
        drawn = _drawn(others, reference)
        lonlat, ends, owner = _edges(drawn)
        chart = _chart(lonlat)[ends]
        copies, edge = _copies(chart)
        kind = shapely.points if (ends[:, 0] == ends[:, 1]).all() else None
        shapes = kind(copies[:, 0]) if kind else shapely.linestrings(copies)
        areas = np.flatnonzero(shapely.get_dimensions(drawn) == 2)
        whole = shapely.transform(drawn[areas], _chart)
        turns = [shapely.transform(whole, _turned(turn)) for turn in (-1, 0, 1)]
        return cls(
            lonlat, earth_centred(lonlat, geod_of(reference)), ends, owner,
            shapely.STRtree(shapes), edge,
            shapely.STRtree(np.concatenate(turns)), np.tile(areas, 3),
        )  # fmt: skip


def _turned(turn: int):  # type: ignore[no-untyped-def]
    return lambda xy: xy + [2.0 * math.pi * turn, 0.0]


def _edges(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vertices (k, 2), the ends of each edge (e, 2), and its owner (e,)."""
    parts, owners = shapely.get_parts(drawn, return_index=True)
    if int(shapely.get_dimensions(parts).max()) == 0:
        each = np.arange(len(parts))
        return shapely.get_coordinates(parts), np.column_stack([each, each]), owners
    if int(shapely.get_dimensions(parts).max()) == 2:
        parts, of = shapely.get_rings(parts, return_index=True)
        owners = owners[of]
    lonlat, path = shapely.get_coordinates(parts, return_index=True)
    first = np.flatnonzero(path[1:] == path[:-1])
    return lonlat, np.column_stack([first, first + 1]), owners[path[first]]


def _copies(chart: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return edges (e, 2, 2) also a turn east or west, where a feature may look."""
    middle = chart[:, :, 0].mean(axis=1)
    edge, copies = [], []
    for turn in (-2.0 * math.pi, 0.0, 2.0 * math.pi):
        seen = np.flatnonzero(np.abs(middle + turn) <= 2.0 * math.pi)
        edge.append(seen)
        copies.append(chart[seen] + [turn, 0.0])
    return np.concatenate(copies), np.concatenate(edge)


def _nearest(
    geometries: np.ndarray,
    targets: _Targets,
    reference: SpatialReference,
    radius: float,
) -> Nearest:
    geod = geod_of(reference)
    drawn = _drawn(geometries, reference)
    chart = shapely.transform(drawn, _chart)
    is_point = bool((shapely.get_type_id(drawn) == GeometryType.POINT).all())
    start, hit = targets.tree.query_nearest(chart, all_matches=False)
    start, hit = start[np.argsort(start)], hit[np.argsort(start)]
    places = _start_of(chart, targets.tree.geometries[hit], drawn, is_point)
    metres, _ = _to_edges(places, np.arange(len(drawn)), targets.edge[hit], targets, geod)
    limit = np.minimum(metres, radius)
    row, edge = _candidates(chart, drawn, limit, targets)
    row, edge = np.append(row, start), np.append(edge, targets.edge[hit])
    if not is_point:
        places = _best_start(chart, drawn, row, edge, targets, geod)
    best, share, places = _settle(drawn, places, row, edge, targets, geod, is_point)
    found = _located(best, share, places, targets, reference)
    return _touching(found, chart, targets, reference)
