"""Entries of a legend: small pictures with a label; no Django in here."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from PIL import Image

from services.drawing.files import encode

#: Width and height of a picture in a legend, in pixels.
SWATCH = 20


def legend_entry(label: str, picture: Image.Image) -> dict[str, Any]:
    """Return the entry of a legend."""
    data = encode(picture, "png32")
    return {
        "label": label,
        "url": hashlib.sha256(data).hexdigest()[:32],
        "imageData": base64.b64encode(data).decode(),
        "contentType": "image/png",
        "height": picture.height,
        "width": picture.width,
    }
