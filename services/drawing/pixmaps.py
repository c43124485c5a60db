"""Pictures in symbols: base64 in a document to pixels of a size."""

from __future__ import annotations

import base64
import binascii
import io
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from services.errors import InvalidValue

_MAX_TEXT = 400_000
_MAX_SIDE = 1024
_FORMATS = ("PNG", "JPEG", "GIF")


@dataclass(frozen=True, slots=True)
class Pixmap:
    """The bytes of a picture, its size in points, and what is left of its alpha."""

    data: bytes
    width: float
    height: float
    share: float = 1.0

    def faded(self, share: float) -> Pixmap:
        """Return it with a share of its alpha."""
        return replace(self, share=self.share * share)

    def pixels(self, pixels_per_point: float, degrees: float = 0.0) -> np.ndarray:
        """Return it at a resolution, turned counterclockwise, alpha multiplied in.

        Shape (height, width, 4), 0 to 255. Raises InvalidValue if it is damaged.
        """
        size = (max(1, round(self.width * pixels_per_point)),
                max(1, round(self.height * pixels_per_point)))  # fmt: skip
        try:
            image = _opened(self.data).convert("RGBA")
        except (OSError, SyntaxError, ValueError):
            raise InvalidValue("imageData holds a damaged picture") from None
        pixels = np.asarray(image, dtype=np.float32)
        alpha = pixels[..., 3:] / 255.0
        flat = np.concatenate([pixels[..., :3] * alpha, pixels[..., 3:]], axis=2)
        made = Image.fromarray(np.rint(flat).astype(np.uint8), "RGBA")
        made = made.resize(size, Image.Resampling.BOX if min(size) < 8
                           else Image.Resampling.BILINEAR)  # fmt: skip
        if degrees:
            made = made.rotate(degrees, Image.Resampling.BILINEAR, expand=True)
        return np.asarray(made, dtype=np.float32) * self.share


def parse_pixmap(raw: dict[str, Any], width: float, height: float) -> Pixmap:
    """Return the picture of a symbol. Raises InvalidValue.

    Nothing is fetched: what only has a ``url`` is refused.
    """
    text = raw.get("imageData")
    if not isinstance(text, str) or not text:
        raise InvalidValue(
            "a picture symbol needs imageData in base64: its url is not fetched"
        )
    if len(text) > _MAX_TEXT:
        raise InvalidValue(f"imageData may have at most {_MAX_TEXT} characters")
    try:
        data = base64.b64decode(text, validate=True)
        size = _opened(data).size  # reads the head alone
    except (binascii.Error, UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise InvalidValue("imageData must be a PNG, JPEG or GIF in base64") from None
    if max(size) > _MAX_SIDE:
        raise InvalidValue(f"imageData may have at most {_MAX_SIDE} pixels a side")
    return Pixmap(data, width, height)


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=_FORMATS)
