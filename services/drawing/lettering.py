"""Texts to pixels: how thick the letters and the halo round them cover each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from services.drawing.fonts import font
from services.drawing.labels import TextSymbol

_MAX_CHARACTERS = 200
_SPACING = 2


@dataclass(frozen=True, slots=True, eq=False)
class Lettering:
    """A text as drawn: two masks of one shape, (height, width), 0 to 1."""

    letters: np.ndarray
    halo: np.ndarray | None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.letters.shape[1], self.letters.shape[0]


def lettered(
    text: str, symbol: TextSymbol, pixels_per_point: float, degrees: float = 0.0
) -> Lettering:
    """Return a text, of several lines perhaps, turned counterclockwise."""
    text = text[:_MAX_CHARACTERS].replace("\0", "")
    chosen = font(max(1, round(symbol.size * pixels_per_point)), bold=symbol.is_bold)
    border = round(symbol.halo_size * pixels_per_point) if symbol.halo else 0
    drawing = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = drawing.multiline_textbbox(
        (0, 0), text, chosen, spacing=_SPACING, stroke_width=border
    )
    size = (max(1, int(right - left) + 2), max(1, int(bottom - top) + 2))

    def mask(stroke: int) -> np.ndarray:
        image = Image.new("L", size)
        ImageDraw.Draw(image).multiline_text(
            (1 - left, 1 - top), text, 255, chosen, spacing=_SPACING, align="center",
            stroke_width=stroke,
        )  # fmt: skip
        if degrees:
            image = image.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
        return np.asarray(image, dtype=np.float32) / 255.0

    return Lettering(mask(0), mask(border) if border else None)
