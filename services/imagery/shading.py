"""Hillshade and shaded relief.

Source: Esri, "How Hillshade works" (B. K. P. Horn, 1981); several lights by R. K. Mark,
"A multidirectional, oblique-weighted, shaded-relief image of the Island of Hawaii",
USGS Open-File Report 92-422, 1992.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from services.imagery.block import Block
from services.imagery.functions import Ramp, colored
from services.imagery.stretch import Stretch

_LIGHTS = (225.0, 270.0, 315.0, 360.0)
_LOW_LIGHT = 30.0


@dataclass(frozen=True, slots=True)
class Hillshade:
    """Light from the side on heights: 0 to 255.

    ``azimuth`` and ``altitude`` of the light are degrees; ``pixel_power`` and
    ``pixel_factor`` raise heights as pixels grow (0: not).
    """

    azimuth: float = 315.0
    altitude: float = 45.0
    z_factor: float = 1.0
    is_multiple: bool = False
    pixel_power: float = 0.0
    pixel_factor: float = 0.0
    margin: int = 1

    def apply(self, block: Block) -> Block:
        shade = self.shade(block)
        return replace(
            block, values=shade[np.newaxis], valid=block.valid[:1], whole=None
        )

    def shade(self, block: Block) -> np.ndarray:
        """Return the light of each pixel of the first band, 0 to 255."""
        east, south = slopes(block)
        across = block.cell_metres[0]
        factor: float | np.ndarray = self.z_factor
        if self.pixel_factor:
            factor += across**self.pixel_power * self.pixel_factor
        east, south = east * factor, south * factor
        if not self.is_multiple:
            return _light(east, south, self.azimuth, self.altitude)
        aspect = np.arctan2(south, -east)
        total = np.zeros(east.shape)
        for azimuth in _LIGHTS:
            apart = aspect - math.radians(90.0 - azimuth)
            total += np.sin(apart) ** 2 * _light(east, south, azimuth, _LOW_LIGHT)
        return np.asarray(np.clip(total / 2.0, 0.0, 255.0))


def slopes(block: Block) -> tuple[np.ndarray, np.ndarray]:
    """Return the rise of the first band to the east and to the south, per metre."""
    heights = np.where(block.valid[0], block.values[0], np.nan).astype(np.float64)
    padded = np.pad(heights, 1, mode="edge")
    rows, columns = heights.shape

    def near(down: int, right: int) -> np.ndarray:
        found = padded[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
        return np.where(np.isnan(found), heights, found)  # no neighbour: level

    across, down = block.cell_metres
    east = (near(-1, 1) + 2 * near(0, 1) + near(1, 1)) - (
        near(-1, -1) + 2 * near(0, -1) + near(1, -1)
    )
    south = (near(1, -1) + 2 * near(1, 0) + near(1, 1)) - (
        near(-1, -1) + 2 * near(-1, 0) + near(-1, 1)
    )
    return np.nan_to_num(east / (8 * across)), np.nan_to_num(south / (8 * down))


def _light(
    east: np.ndarray, south: np.ndarray, azimuth: float, altitude: float
) -> np.ndarray:
    zenith, towards = math.radians(90.0 - altitude), math.radians(90.0 - azimuth)
    slope, aspect = np.arctan(np.hypot(east, south)), np.arctan2(south, -east)
    made = math.cos(zenith) * np.cos(slope) + math.sin(zenith) * np.sin(slope) * np.cos(
        towards - aspect
    )
    return np.asarray(np.clip(255.0 * made, 0.0, 255.0))


@dataclass(frozen=True, slots=True, eq=False)
class ShadedRelief:
    """The colours of heights in the light of a hillshade."""

    hillshade: Hillshade
    colors: np.ndarray = field(repr=False)
    margin: int = 1

    def apply(self, block: Block) -> Block:
        first = replace(block, values=block.values[:1], valid=block.valid[:1])
        tinted = Ramp(self.colors).apply(Stretch().apply(first))
        light = self.hillshade.shade(first) / 255.0
        rgba = np.concatenate(
            [tinted.values * light, tinted.alpha[np.newaxis] * 255.0]  # type: ignore[index]
        )
        return colored(block, np.moveaxis(rgba, 0, 2), tinted.there)
