"""The fonts of sheets, DejaVu Sans Condensed, and how long texts are in them.

They have the Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew and Arabic scripts.
Source: https://dejavu-fonts.github.io; see services/drawing/fonts.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from services.drawing.fonts import font, font_file
from services.layout.elements import POINT

FAMILY = "DejaVu Sans Condensed"
_MEASURED = 100  # pixels: advances do not depend on the size but for rounding
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return the millimetres of a line of text of ``size`` points."""
    pixels = font(_MEASURED, bold=bold).getlength(text)
    return float(pixels) / _MEASURED * size * POINT


def fitted(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """Return the text, or as much of it as fits in ``width`` and an ellipsis."""
    if width_of(text, size, bold=bold) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        shown = text[:middle].rstrip() + _ELLIPSIS
        fits = width_of(shown, size, bold=bold) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + _ELLIPSIS


def plain(text: str, most: int = 500) -> str:
    """Return a text as one line without control characters, cut to ``most``."""
    kept = "".join(c if c.isprintable() else " " for c in text[: 2 * most])
    return " ".join(kept.split())[:most]


def is_right_to_left(text: str) -> bool:
    """Tell if a text begins on the right: by its first letter."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return False


@lru_cache(maxsize=1)
def _known() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(font_file(bold=False), lazy=True) as opened:
        return frozenset(opened.getBestCmap())


def unknown_characters(text: str) -> str:
    """Return the characters that the fonts do not have, each once."""
    if text.isascii():
        return ""
    lacking = (c for c in text if ord(c) not in _known() and c.isprintable())
    return "".join(dict.fromkeys(lacking))
