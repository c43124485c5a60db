"""Kernel density: how many per square kilometre, smoothed over a radius."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy.spatial import cKDTree

from services.geometry.crs import SpatialReference
from services.geometry.extents import Extent
from services.geometry.planes import Planes
from services.geometry.wrap import world_width
from services.patterns.centres import mean_centres
from services.patterns.places import RADIUS, Places, chord_of, xy_of, xyz_of

_CORNERS = 16  # of the polygon around a circle
_TILES = (4, 64)  # least and most rows and columns of cells worked on at once
_BLOCK = 2048  # places at once: arrays of at most 64 MB


def default_radius(places: Places, weights: np.ndarray) -> float:
    """Return metres by the rule of thumb for a search radius.

    0.9 min(SD, sqrt(1 / ln 2) Dm) n^-0.2, where SD is the standard distance from the
    mean centre, Dm the median distance from it, n the number of places, or the sum
    of weights. 0 if all are in one place.
    Source: Silverman (1986), Density Estimation, equation 3.31, for two dimensions.
    """
    group = np.zeros(len(places), dtype=np.int64)
    centre = mean_centres(places, group, weights, 1)
    metres = np.hypot(*places.flat(centre, group).T)
    total = weights.sum()
    standard = np.sqrt((weights * metres**2).sum() / total)
    order = np.argsort(metres)
    half = np.searchsorted(np.cumsum(weights[order]), total / 2.0)
    middle = np.median(metres) if (weights == weights[0]).all() else metres[order[half]]
    narrow = min(standard, np.sqrt(1.0 / np.log(2.0)) * middle) or standard
    return float(0.9 * narrow * total**-0.2)


def extent_around(places: Places, metres: float) -> Extent:
    """Return the rectangle of what lies within ``metres`` of places.

    Over the antimeridian it runs on (170 to 190) where that is narrower; round a
    pole it spans all longitudes.
    """
    reference, width = places.reference, world_width(places.reference)
    lonlat = places.lonlat
    own = xy_of(lonlat, reference)
    if np.isfinite(width):
        turned = np.remainder(own[:, 0], width)
        if np.ptp(turned) < np.ptp(own[:, 0]):
            own[:, 0] = turned
    planes = Planes(lonlat[:, 0], lonlat[:, 1], places.geod)
    angle = np.arange(_CORNERS) * 2.0 * np.pi / _CORNERS
    ring = metres / np.cos(np.pi / _CORNERS) * np.stack([np.sin(angle), np.cos(angle)])
    of = np.repeat(np.arange(len(places)), _CORNERS)
    xy = xy_of(planes.unflatten(np.tile(ring.T, (len(places), 1)), of), reference)
    if np.isfinite(width):
        xy[:, 0] += width * np.round((own[of, 0] - xy[:, 0]) / width)
        over = planes.to_nearer_pole() < metres
        if over.any():
            sides = own[:, 0].mean() + np.array([-0.5, 0.5]) * width
            xy = np.concatenate([xy, _polar(lonlat[over, 1], sides, reference)])
    (west, south), (east, north) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
    return Extent(west, south, east, north, reference)


def _polar(
    lat: np.ndarray, sides: np.ndarray, reference: SpatialReference
) -> np.ndarray:
    """Return the western and eastern end of the poles that are reached, (k, 2).

    A Mercator map has none: there the ends lie at the places themselves.
    """
    ends = np.copysign(90.0, lat) if reference.is_geographic else lat
    y = xy_of(np.column_stack([np.zeros(len(lat)), ends]), reference)[:, 1]
    return np.column_stack([np.repeat(sides, len(lat)), np.tile(y, 2)])


def kernel_density(
    places: Places,
    weights: np.ndarray,
    metres: float,
    extent: Extent,
    shape: tuple[int, int],
    told: Callable[[float], None] = lambda _: None,
) -> np.ndarray:
    """Return the density per square kilometre at the centres of cells, ``shape``.

    The quartic kernel 3 / (pi r^2) (1 - (d / r)^2)^2 of ground distance d, times the
    weight of each place, within r = ``metres``: all of a place's kernel adds up to
    its weight. ``told`` hears the share that is done, 0 to 1.
    Source: Silverman (1986), Density Estimation, equation 4.5.
    """
    tree, chord = cKDTree(places.xyz), chord_of(metres)
    density = np.zeros(shape)
    tiles = list(_tiles(shape, _tile_of(extent, shape, metres)))
    for number, (rows, columns) in enumerate(tiles):
        told(number / len(tiles))
        cells = _centres(extent, shape, rows, columns)
        middle = cells[len(cells) // 2]
        cells = cells - middle
        reach = np.sqrt((cells * cells).sum(axis=1).max()) + chord
        near = np.array(tree.query_ball_point(middle, reach), dtype=np.int64)
        total = np.zeros(len(cells))
        for start in range(0, len(near), _BLOCK):
            block = near[start : start + _BLOCK]
            total += (
                _kernels(cells, places.xyz[block] - middle, metres) @ weights[block]
            )
        density[rows, columns] = total.reshape(rows.stop - rows.start, -1)
    return density * (3.0 / np.pi / metres**2 * 1e6)


def _kernels(cells: np.ndarray, places: np.ndarray, metres: float) -> np.ndarray:
    """Return (1 - (d / r)^2)^2 for each pair, 0 beyond the radius.

    The square of an arc by that of its chord, right to 1e-6 up to 2,000 km.
    """
    square = cells @ (-2.0 * places.T)
    square += (cells * cells).sum(axis=1)[:, None]
    square += (places * places).sum(axis=1)
    bend = square / RADIUS**2
    square *= 1.0 + bend / 12.0 * (1.0 + bend / 7.5)
    inside = np.maximum(1.0 - square / metres**2, 0.0)
    return np.asarray(inside * inside)


def _tile_of(extent: Extent, shape: tuple[int, int], metres: float) -> int:
    """Return how many rows and columns to work on at once: about as wide as a disc."""
    row, column = shape[0] // 2, shape[1] // 2
    middle = _centres(extent, shape, slice(row, row + 2), slice(column, column + 1))
    cell = float(np.sqrt((np.diff(middle, axis=0) ** 2).sum()))
    return int(np.clip(np.ceil(2.0 * metres / cell), *_TILES))


def _tiles(shape: tuple[int, int], side: int) -> Iterator[tuple[slice, slice]]:
    for row in range(0, shape[0], side):
        for column in range(0, shape[1], side):
            yield (
                slice(row, min(row + side, shape[0])),
                slice(column, min(column + side, shape[1])),
            )


def _centres(
    extent: Extent, shape: tuple[int, int], rows: slice, columns: slice
) -> np.ndarray:
    """Return the middles of cells as metres from the centre of the earth, (k, 3)."""
    high, wide = extent.ymax - extent.ymin, extent.xmax - extent.xmin
    y = extent.ymax - (np.arange(rows.start, rows.stop) + 0.5) * high / shape[0]
    x = extent.xmin + (np.arange(columns.start, columns.stop) + 0.5) * wide / shape[1]
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    assert extent.spatial_reference is not None  # noqa: S101  (extent_around gave it)
    return xyz_of(grid, extent.spatial_reference)
