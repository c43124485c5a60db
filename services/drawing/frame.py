"""The part of the world that a picture shows, and where its places lie in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.geometry.extents import Extent
from services.geometry.reproject import reproject

#: Metres in a degree at the equator of WGS 84: 2 π 6378137 / 360.
METRES_PER_DEGREE = 2 * math.pi * 6378137.0 / 360.0
#: As Esri and its tiling schemes count: 0.0002 percent less than the true number.
_INCHES_PER_METRE = 39.37
_SMALLEST = 1e-9
_STEPS = 16


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle of the map in ``reference``, and its size in pixels.

    Both have the same shape: a unit of the map is as long across as down.
    """

    bounds: tuple[float, float, float, float]
    reference: SpatialReference
    width: int
    height: int
    dpi: float = 96.0

    @property
    def units_per_pixel(self) -> float:
        """Map units in one pixel."""
        return (self.bounds[2] - self.bounds[0]) / self.width

    @property
    def pixels_per_point(self) -> float:
        """Pixels in a point, 1/72 inch."""
        return self.dpi / 72.0

    @property
    def scale(self) -> float:
        """The denominator of the map's scale at its dpi; degrees as at the equator."""
        return self.units_per_pixel * scale_of_unit(self.reference, self.dpi)

    def pixels(self, xy: np.ndarray) -> np.ndarray:
        """Return places of the map, shape (n, 2), in pixels from the upper left."""
        origin = np.array([self.bounds[0], self.bounds[3]])
        moved = (xy - origin) * np.array([1.0, -1.0]) / self.units_per_pixel
        return np.asarray(moved)

    def grown(self, pixels: float) -> tuple[float, float, float, float]:
        """Return the bounds with a margin on all sides."""
        margin = pixels * self.units_per_pixel
        west, south, east, north = self.bounds
        return west - margin, south - margin, east + margin, north + margin

    def extent(self) -> Extent:
        """Return the bounds as an extent."""
        return Extent(*self.bounds, spatial_reference=self.reference)


def scale_of_unit(reference: SpatialReference, dpi: float) -> float:
    """Return the scale's denominator where one map unit is one pixel."""
    is_degrees = reference.is_geographic
    metres = METRES_PER_DEGREE if is_degrees else reference.metres_per_unit
    return metres * dpi * _INCHES_PER_METRE


def fit(
    bounds: tuple[float, float, float, float], width: int, height: int
) -> tuple[float, float, float, float]:
    """Return the smallest bounds of the picture's shape around bounds.

    The centre stays. Bounds without any size get some. Raises InvalidValue for bounds
    that are too large or too small for numbers.
    """
    west, south, east, north = bounds
    least = _SMALLEST * max(1.0, *map(abs, bounds))
    per_pixel = max((east - west) / width, (north - south) / height, least)
    x, y = (west + east) / 2, (south + north) / 2
    half = per_pixel * width / 2, per_pixel * height / 2
    made = x - half[0], y - half[1], x + half[0], y + half[1]
    if not all(map(math.isfinite, made)):
        raise InvalidValue("the rectangle is too large")
    return made


def bounds_in(
    extent: Extent, source: SpatialReference, target: SpatialReference
) -> tuple[float, float, float, float]:
    """Return the bounds of a rectangle in another reference, edges followed.

    Raises InvalidValue if it does not lie there.
    """
    if source.same_place(target):
        return extent.bounds
    west, south, east, north = extent.bounds
    x, y = np.meshgrid(
        np.linspace(west, east, _STEPS), np.linspace(south, north, _STEPS)
    )
    points = np.asarray(shapely.points(x.ravel(), y.ravel()))
    try:
        moved = reproject(points, source, target)
    except InvalidValue:
        raise InvalidValue(
            "the rectangle does not lie in the asked reference"
        ) from None
    made = shapely.total_bounds(moved)
    if not np.isfinite(made).all():
        raise InvalidValue("the rectangle does not lie in the asked reference")
    return float(made[0]), float(made[1]), float(made[2]), float(made[3])
