"""View: which pixels are wanted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from services.drawing.frame import METRES_PER_DEGREE
from services.geometry.crs import SpatialReference

NEAREST = "RSP_NearestNeighbor"
#: Source: developers.arcgis.com, "Export image", interpolation.
INTERPOLATIONS = (NEAREST, "RSP_BilinearInterpolation", "RSP_CubicConvolution",
                  "RSP_Majority")  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """A rectangle in a reference, how many pixels it has, and how they are found."""

    bounds: tuple[float, float, float, float]
    reference: SpatialReference
    width: int
    height: int
    interpolation: str = NEAREST

    @property
    def pixel_size(self) -> tuple[float, float]:
        """Width and height of a pixel in units of the reference."""
        west, south, east, north = self.bounds
        return (east - west) / self.width, (north - south) / self.height

    def grown(self, pixels: int) -> View:
        """Return the view with so many pixels more on each side."""
        across, down = (pixels * one for one in self.pixel_size)
        west, south, east, north = self.bounds
        bounds = (west - across, south - down, east + across, north + down)
        width, height = self.width + 2 * pixels, self.height + 2 * pixels
        return View(bounds, self.reference, width, height, self.interpolation)

    def rows(self, top: int, bottom: int) -> View:
        """Return some rows of the view, counted from the north."""
        west, _, east, north = self.bounds
        down = self.pixel_size[1]
        bounds = (west, north - bottom * down, east, north - top * down)
        size = self.width, bottom - top
        return View(bounds, self.reference, *size, self.interpolation)

    def cell_metres(self) -> tuple[float, float]:
        """Width and height of a pixel on the ground, in metres."""
        across, down = self.pixel_size
        if not self.reference.is_geographic:
            metres = self.reference.metres_per_unit
            return across * metres, down * metres
        middle = math.radians(max(-89.0, min(89.0, sum(self.bounds[1::2]) / 2)))
        metres = METRES_PER_DEGREE
        return across * metres * math.cos(middle), down * metres
