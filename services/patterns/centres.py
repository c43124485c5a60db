"""Centres of places and the ellipse around them, on the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from services.geometry.antimeridian import from_globe, to_globe
from services.geometry.planes import Planes
from services.patterns.places import Places

_MEAN_STEPS = 100
_MEDIAN_STEPS = 2000
#: Metres below which a centre has arrived, and a place counts as in the centre.
_CLOSE = 1e-4
_VERTICES = 360


@dataclass(frozen=True, slots=True)
class Ellipses:
    """Standard deviations (k, 2), across and along the main axis, and its azimuth.

    Metres, and degrees clockwise from north in 0..180.
    """

    centres: Planes
    deviations: np.ndarray
    azimuth: np.ndarray


def mean_centres(
    places: Places, group: np.ndarray, weights: np.ndarray, count: int
) -> Planes:
    """Return the place with the smallest sum of squared distances, for each group.

    ``group`` (k,) is 0..count-1, no group without a weight above 0. In the plane
    around it the weighted mean is the centre itself; it is found by steps to the
    mean. Good for places within half a globe of each other.
    """
    total = np.bincount(group, weights, count)
    sums = [np.bincount(group, weights * axis, count) / total for axis in places.xyz.T]
    planes = _at(np.asarray(sums), places.geod)
    for _ in range(_MEAN_STEPS):
        flat = places.flat(planes, group)
        step = _means(flat, weights, group, count)
        planes = _moved(planes, step)
        if np.abs(step).max(initial=0.0) < _CLOSE:
            break
    return planes


def median_centres(
    places: Places, group: np.ndarray, weights: np.ndarray, count: int
) -> Planes:
    """Return the place with the smallest sum of distances, for each group.

    Places closer than 0.1 mm to the centre count as that far away.
    Source: Weiszfeld (1937), Tohoku Mathematical Journal 43, in the plane around
    each step's centre.
    """
    start = mean_centres(places, group, weights, count)
    lonlat = np.column_stack([start.lon, start.lat])
    active = np.arange(count)
    for _ in range(_MEDIAN_STEPS):
        flat = places.flat(start, group)
        pull = weights / np.maximum(np.hypot(*flat.T), _CLOSE)
        step = _means(flat, pull, group, len(active))
        start = _moved(start, step)
        lonlat[active] = np.column_stack([start.lon, start.lat])
        moving = np.abs(step).max(axis=1) >= _CLOSE
        if not moving.any():
            break
        active, start = active[moving], start.take(moving)
        kept = moving[group]
        places, weights = places.take(kept), weights[kept]
        group = (np.cumsum(moving) - 1)[group[kept]]
    return Planes(lonlat[:, 0], lonlat[:, 1], places.geod)


def total_distance(
    places: Places, group: np.ndarray, weights: np.ndarray, planes: Planes
) -> np.ndarray:
    """Return the sum of weighted metres to the centre of each group; shape (count,)."""
    metres = np.hypot(*places.flat(planes, group).T)
    return np.bincount(group, weights * metres, len(planes))


def deviational_ellipses(
    places: Places, group: np.ndarray, weights: np.ndarray, count: int
) -> Ellipses:
    """Return the standard deviational ellipse of each group of places.

    The roots of the eigenvalues of the weighted covariance (divisor: the sum of
    weights), times the square root of 2, which lets the ellipse of one deviation
    hold 63 % of places that are spread normally.
    Source: Yuill (1971), The Standard Deviational Ellipse, Geografiska Annaler B 53;
    Wang, Shi, Miao (2015), PLoS ONE 10(3) e0118537, for the factor.
    """
    planes = mean_centres(places, group, weights, count)
    x, y = places.flat(planes, group).T
    total = np.bincount(group, weights, count)
    xx, xy, yy = (
        np.bincount(group, weights * one, count) / total
        for one in (x * x, x * y, y * y)
    )
    spread = np.hypot(xx - yy, 2.0 * xy)
    long, short = xx + yy + spread, np.maximum(xx + yy - spread, 0.0)
    azimuth = np.degrees(np.arctan2(2.0 * xy, yy - xx)) / 2.0 % 180.0
    return Ellipses(planes, np.sqrt(np.column_stack([short, long])), azimuth)


def drawn(
    ellipses: Ellipses, size: float, places: Places, chosen: np.ndarray
) -> np.ndarray:
    """Return the chosen ones as polygons of ``size`` deviations, in their reference."""
    turn = np.linspace(0.0, 2.0 * np.pi, _VERTICES, endpoint=False)
    short, long = size * ellipses.deviations[chosen].T
    across, along = np.outer(short, np.cos(turn)), np.outer(long, np.sin(turn))
    azimuth = np.radians(ellipses.azimuth[chosen])[:, None]
    east = along * np.sin(azimuth) + across * np.cos(azimuth)
    north = along * np.cos(azimuth) - across * np.sin(azimuth)
    flat = shapely.polygons(np.stack([east, north], axis=-1))
    planes = ellipses.centres.take(chosen)
    return from_globe(to_globe(flat, planes), places.reference)


def _means(
    flat: np.ndarray, weights: np.ndarray, group: np.ndarray, count: int
) -> np.ndarray:
    total = np.bincount(group, weights, count)
    sums = [np.bincount(group, weights * axis, count) for axis in flat.T]
    return np.column_stack(sums) / total[:, None]


def _moved(planes: Planes, step: np.ndarray) -> Planes:
    lon, lat = planes.unflatten(step, np.arange(len(planes))).T
    return Planes(lon, lat, planes.geod)


def _at(xyz: np.ndarray, geod: pyproj.Geod) -> Planes:
    """Return planes whose centres lie above or below places in the earth, (3, k)."""
    x, y, z = xyz
    lat = np.degrees(np.arctan2(z, np.hypot(x, y) * (1.0 - geod.es)))
    return Planes(np.degrees(np.arctan2(y, x)), lat, geod)
