"""Colour ramps of Esri JSON as tables of 256 colours.

Source: developers.arcgis.com, "Color ramp objects"; the colour spaces by CIE 15:2004
(L*a*b*, white point D65) and IEC 61966-2-1 (sRGB).
"""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np

from services.drawing.symbols import parse_color
from services.errors import InvalidValue

SIZE = 256
_MOST_PARTS = 64
_ALGORITHMS = ("esriCIELabAlgorithm", "esriHSVAlgorithm", "esriLabLChAlgorithm")
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _TO_XYZ.sum(axis=1)
_DARK = 6 / 29


def parse_ramp(raw: Any) -> np.ndarray:
    """Return the colours of a ramp from low to high, shape (256, 4), 0 to 255.

    Raises InvalidValue.
    """
    if not isinstance(raw, dict) or raw.get("type") not in ("algorithmic", "multipart"):
        raise InvalidValue(
            'a color ramp must be an object of type "algorithmic" or "multipart"'
        )
    if raw["type"] == "algorithmic":
        return _algorithmic(raw, SIZE).astype(np.float32)
    parts = raw.get("colorRamps")
    if not isinstance(parts, list) or not 0 < len(parts) <= _MOST_PARTS:
        raise InvalidValue(f"colorRamps must be a list of 1 to {_MOST_PARTS} ramps")
    edges = np.linspace(0, SIZE, len(parts) + 1).round().astype(int)
    pieces = []
    for part, count in zip(parts, np.diff(edges), strict=True):
        if not isinstance(part, dict):
            raise InvalidValue("each of colorRamps must be an object")
        pieces.append(_algorithmic(part, int(count)))
    return np.concatenate(pieces).astype(np.float32)


def _algorithmic(raw: dict[str, Any], count: int) -> np.ndarray:
    algorithm = raw.get("algorithm") or _ALGORITHMS[0]
    if algorithm not in _ALGORITHMS:
        raise InvalidValue(f"algorithm must be one of {', '.join(_ALGORITHMS)}")
    ends = []
    for name in ("fromColor", "toColor"):
        color = parse_color(raw.get(name))
        if color is None:
            raise InvalidValue(f"a color ramp needs {name}")
        ends.append(np.array(color, dtype=float))
    share = np.linspace(0.0, 1.0, count)[:, np.newaxis]
    first, last = ends
    if algorithm == "esriHSVAlgorithm":
        rgb = _through_hsv(first[:3], last[:3], share)
    else:
        rgb = _through_lab(first[:3], last[:3], share, "LCh" in algorithm)
    alpha = first[3] + (last[3] - first[3]) * share
    return np.hstack([np.clip(rgb, 0.0, 255.0), alpha])


def _through_hsv(first: np.ndarray, last: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Mix by hue (the shorter way round), saturation and value."""
    ends = [np.array(colorsys.rgb_to_hsv(*(one / 255.0))) for one in (first, last)]
    for grey, other in ((0, 1), (1, 0)):
        if not ends[grey][1]:  # grey has the hue of the other end
            ends[grey][0] = ends[other][0]
    turn = ends[1] - ends[0]
    turn[0] -= np.round(turn[0])
    mixed = ends[0] + turn * share
    mixed[:, 0] %= 1.0
    return 255.0 * np.array([colorsys.hsv_to_rgb(*one) for one in mixed])


def _through_lab(
    first: np.ndarray, last: np.ndarray, share: np.ndarray, by_hue: bool
) -> np.ndarray:
    ends = [to_lab(one[np.newaxis])[0] for one in (first, last)]
    if not by_hue:
        return from_lab(ends[0] + (ends[1] - ends[0]) * share)
    chroma = [float(np.hypot(one[1], one[2])) for one in ends]
    hue = [float(np.arctan2(one[2], one[1])) for one in ends]
    for grey, other in ((0, 1), (1, 0)):
        if chroma[grey] < 1e-3:
            hue[grey] = hue[other]
    turn = (hue[1] - hue[0] + np.pi) % (2 * np.pi) - np.pi
    strength = chroma[0] + (chroma[1] - chroma[0]) * share
    angle = hue[0] + turn * share
    light = ends[0][0] + (ends[1][0] - ends[0][0]) * share
    mixed = [light, strength * np.cos(angle), strength * np.sin(angle)]
    return from_lab(np.hstack(mixed))


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """Return sRGB colours of 0 to 255, shape (n, 3), as L*, a*, b*."""
    share = rgb / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > _DARK**3, np.cbrt(xyz), xyz / (3 * _DARK**2) + 4 / 29)
    x, y, z = f.T
    return np.column_stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def from_lab(lab: np.ndarray) -> np.ndarray:
    """Return colours of L*, a*, b*, shape (n, 3), as sRGB of 0 to 255."""
    y = (lab[:, 0] + 16) / 116
    f = np.column_stack([y + lab[:, 1] / 500, y, y - lab[:, 2] / 200])
    xyz = np.where(f > _DARK, f**3, 3 * _DARK**2 * (f - 4 / 29)) * _WHITE
    linear = np.clip(xyz @ np.linalg.inv(_TO_XYZ).T, 0.0, None)
    curved = 1.055 * linear ** (1 / 2.4) - 0.055
    return np.asarray(255.0 * np.where(linear <= 0.0031308, 12.92 * linear, curved))
