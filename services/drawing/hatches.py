"""Lines that fill an area: the styles of esriSFS that are not solid."""

from __future__ import annotations

import numpy as np

_SPACE = 6.0  # points from line to line
_WIDTH = 0.75
_DIAGONAL = np.sqrt(0.5)
#: Of each style, the directions across its lines, y downwards.
_ACROSS: dict[str, tuple[tuple[float, float], ...]] = {
    "Horizontal": ((0.0, 1.0),),
    "Vertical": ((1.0, 0.0),),
    "Cross": ((0.0, 1.0), (1.0, 0.0)),
    "ForwardDiagonal": ((_DIAGONAL, -_DIAGONAL),),
    "BackwardDiagonal": ((_DIAGONAL, _DIAGONAL),),
    "DiagonalCross": ((_DIAGONAL, -_DIAGONAL), (_DIAGONAL, _DIAGONAL)),
}


def hatched(style: str, width: int, height: int, pixels_per_point: float) -> np.ndarray:
    """Return how thick the lines of a style cover pixels, 0 to 1, (height, width)."""
    x, y = np.arange(width), np.arange(height)[:, None]
    space = _SPACE * pixels_per_point
    half = max(_WIDTH * pixels_per_point, 1.0) / 2
    made = np.zeros((height, width), dtype=np.float32)
    for across, down in _ACROSS[style]:
        away = np.abs((x * across + y * down) % space - space / 2)
        np.maximum(made, np.clip(half + 0.5 - away, 0.0, 1.0), out=made)
    return made
