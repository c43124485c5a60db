"""Cells and points in a regular order on the ground.

They lie in an equal-area plane around the middle of what they cover, so each cell has
the same area on the ground wherever it lies; lengths are true at the middle and off by
d^2 / 8R^2 at a distance d: 0.03 % at 300 km, 0.3 % at 1000 km.
Source: Snyder (1987), USGS PP 1395, chapter 24 (Lambert azimuthal equal-area).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyproj
import shapely
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import LambertAzimuthalEqualAreaConversion

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference, transform
from services.geometry.edges import follow_drawn
from services.geometry.parts import union_by_group
from services.geometry.planes import Planes, earth_centred, geod_of, geographic_of
from services.geometry.reproject import reproject
from services.geometry.wrap import wrap

#: Metres from the middle up to which places are laid out: the plane tears at the
#: antipode, and cells become thin long before.
_REACH = 5_000_000.0
_CLOSE = 1.0  # metres that a drawn edge may stray
_EDGE = 5_000.0  # metres of an edge from which it gets vertices between its ends
_PIECES = 16


@dataclass(frozen=True, slots=True)
class Ground:
    """An equal-area plane in metres, and drawn geometries in it, shape (n,)."""

    plane: SpatialReference
    shapes: np.ndarray
    reference: SpatialReference

    @classmethod
    def under(cls, geometries: np.ndarray, reference: SpatialReference) -> Self:
        """Lay points, lines or polygons out, all of one kind, none None or empty.

        Raises InvalidValue where they reach further than 5,000 km from their middle.
        """
        geod, geographic = geod_of(reference), geographic_of(reference)
        drawn = wrap(np.asarray(shapely.force_2d(geometries)), reference)
        parts, owner = shapely.get_parts(drawn, return_index=True)
        lonlat = follow_drawn(parts, reference, np.full(len(parts), _CLOSE))
        xy = shapely.get_coordinates(lonlat)
        middle = Planes.around(earth_centred(xy, geod), np.zeros(1, dtype=int), geod)
        lon, lat = float(middle.lon[0]), float(middle.lat[0])
        _, _, metres = geod.inv(
            np.full(len(xy), lon), np.full(len(xy), lat), xy[:, 0], xy[:, 1]
        )
        if np.max(metres) > _REACH:
            raise InvalidValue(
                f"reaches {np.max(metres) / 1000:.0f} km from its middle; at most"
                f" {_REACH / 1000:.0f} km are laid out"
            )
        plane = _plane(lon, lat, geographic)
        flat = transform(lonlat, geographic, plane)
        return cls(plane, union_by_group(flat, owner, len(drawn)), reference)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of all shapes, in metres."""
        west, south, east, north = shapely.total_bounds(self.shapes).tolist()
        return west, south, east, north

    def back(self, geometries: np.ndarray) -> np.ndarray:
        """Return geometries of the plane in the spatial reference of the input."""
        return reproject(geometries, self.plane, self.reference)


def _plane(lon: float, lat: float, geographic: SpatialReference) -> SpatialReference:
    conversion = LambertAzimuthalEqualAreaConversion(lat, lon)
    crs = ProjectedCRS(conversion, geodetic_crs=pyproj.CRS(geographic.crs))
    return SpatialReference(None, crs.to_wkt())


def count_of(
    bounds: tuple[float, float, float, float], width: float, height: float
) -> tuple[int, int]:
    """Return how many columns and rows of cells cover the bounds."""
    west, south, east, north = bounds
    columns = max(1, math.ceil((east - west) / width - 1e-9))
    rows = max(1, math.ceil((north - south) / height - 1e-9))
    return columns, rows


@dataclass(frozen=True, slots=True)
class Cells:
    """Polygons in the plane, with their row from the south and column from the west."""

    polygons: np.ndarray
    rows: np.ndarray
    columns: np.ndarray

    def take(self, kept: np.ndarray) -> Cells:
        """Return those of a mask."""
        return Cells(self.polygons[kept], self.rows[kept], self.columns[kept])


def rectangles(
    bounds: tuple[float, float, float, float], width: float, height: float
) -> Cells:
    """Return cells that cover the bounds, which they have in their middle."""
    columns, rows = count_of(bounds, width, height)
    west = (bounds[0] + bounds[2] - columns * width) / 2
    south = (bounds[1] + bounds[3] - rows * height) / 2
    row, column = (one.ravel() for one in np.indices((rows, columns)))
    corner = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    x = west + width * (column[:, None] + corner[:, 0])
    y = south + height * (row[:, None] + corner[:, 1])
    return Cells(_polygons(np.stack([x, y], axis=2)), row, column)


def hexagon_count(
    bounds: tuple[float, float, float, float], area: float
) -> tuple[int, int]:
    """Return how many columns and rows ``hexagons`` makes."""
    side = math.sqrt(2.0 * area / (3.0 * math.sqrt(3.0)))
    columns, rows = count_of(bounds, 1.5 * side, math.sqrt(3.0) * side)
    return columns + 1, rows + 1


def hexagons(bounds: tuple[float, float, float, float], area: float) -> Cells:
    """Return hexagons of an area in square metres that cover the bounds.

    Two sides run east and west; odd columns lie half a hexagon further north. The
    area is 3/2 sqrt(3) times the square of a side.
    """
    side = math.sqrt(2.0 * area / (3.0 * math.sqrt(3.0)))
    height = math.sqrt(3.0) * side
    columns, rows = hexagon_count(bounds, area)
    west = (bounds[0] + bounds[2] - (columns - 1) * 1.5 * side) / 2
    south = (bounds[1] + bounds[3] - (rows - 0.5) * height) / 2
    row, column = (one.ravel() for one in np.indices((rows, columns)))
    # corners in half sides and half heights: neighbours compute the same numbers
    corner = np.array([[-2, 0], [-1, -1], [1, -1], [2, 0], [1, 1], [-1, 1]])
    x = west + side / 2 * (3 * column[:, None] + corner[:, 0])
    y = south + height / 2 * (2 * row[:, None] + column[:, None] % 2 + corner[:, 1])
    return Cells(_polygons(np.stack([x, y], axis=2)), row, column)


def centres(bounds: tuple[float, float, float, float], distance: float) -> np.ndarray:
    """Return the middles (k, 2) of squares that cover the bounds."""
    columns, rows = count_of(bounds, distance, distance)
    west = (bounds[0] + bounds[2] - (columns - 1) * distance) / 2
    south = (bounds[1] + bounds[3] - (rows - 1) * distance) / 2
    row, column = (one.ravel() for one in np.indices((rows, columns)))
    return np.column_stack([west + distance * column, south + distance * row])


def _polygons(corners: np.ndarray) -> np.ndarray:
    """Return polygons of corners (n, k, 2); long edges get vertices between."""
    following = np.roll(corners, -1, axis=1)
    longest = np.hypot(*np.moveaxis(following - corners, 2, 0)).max(initial=0.0)
    pieces = min(_PIECES, max(1, math.ceil(longest / _EDGE)))
    share = np.arange(pieces) / pieces
    filled = (
        corners[:, :, None] * (1.0 - share[:, None])
        + following[:, :, None] * share[:, None]
    ).reshape(len(corners), -1, 2)
    # to the micrometre, so that an edge is the same from both of its sides
    return np.asarray(shapely.polygons(np.round(filled, 6)))
