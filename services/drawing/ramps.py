"""As many colours as there are classes: of a ramp, or far apart."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np

from services.drawing.colorramps import parse_ramp
from services.drawing.symbols import Color

#: From light to dark, for numbers.
DEFAULT_RAMP = {
    "type": "algorithmic",
    "algorithm": "esriCIELabAlgorithm",
    "fromColor": [229, 245, 249, 255],
    "toColor": [0, 88, 36, 255],
}
_GOLDEN = 0.618033988749895


def ramp(raw: Any, count: int) -> list[Color]:
    """Return so many colours of a ramp. Raises InvalidValue."""
    table = parse_ramp(raw)
    at = np.linspace(0, len(table) - 1, count).round().astype(int)
    colors = np.rint(table[at]).astype(int).tolist()
    return [(red, green, blue, alpha) for red, green, blue, alpha in colors]


def different(count: int) -> list[Color]:
    """Return so many colours whose hues are far apart."""
    made = []
    for at in range(count):
        parts = colorsys.hsv_to_rgb(0.58 + at * _GOLDEN, 0.55, 0.85 - 0.15 * (at % 3))
        red, green, blue = (round(part * 255) for part in parts)
        made.append((red, green, blue, 255))
    return made
