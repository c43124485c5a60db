"""The fonts of pictures and sheets: DejaVu Sans Condensed, see ``fonts/LICENSE``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

_FOLDER = Path(__file__).parent / "fonts"
_FILES = {False: "DejaVuSansCondensed.ttf", True: "DejaVuSansCondensed-Bold.ttf"}


def font_file(*, bold: bool) -> Path:
    """Return the file of a font."""
    return _FOLDER / _FILES[bold]


@lru_cache(maxsize=64)
def font(pixels: float, *, bold: bool) -> ImageFont.FreeTypeFont:
    """Return the font for pictures, of so many pixels."""
    return ImageFont.truetype(font_file(bold=bold), pixels)
