"""Pictures to the bytes of a file, in the formats that export knows."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

from services.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """A format of export: what Pillow calls it, its media type and extension."""

    pillow: str
    media_type: str
    extension: str
    is_transparent: bool = True


_PNG = PictureFormat("PNG", "image/png", "png")
FORMATS = {
    "png": _PNG,
    "png8": _PNG,
    "png24": _PNG,
    "png32": _PNG,
    "jpg": PictureFormat("JPEG", "image/jpeg", "jpg", is_transparent=False),
    "gif": PictureFormat("GIF", "image/gif", "gif"),
    "bmp": PictureFormat("BMP", "image/bmp", "bmp", is_transparent=False),
    "pdf": PictureFormat("PDF", "application/pdf", "pdf", is_transparent=False),
    "svg": PictureFormat("SVG", "image/svg+xml", "svg"),
}
_COLORS = 255


def picture_format(name: str) -> str:
    """Return the canonical name of a format, in any case. Raises InvalidValue."""
    found = name.strip().lower().replace("jpeg", "jpg") or "png"
    if found not in FORMATS:
        raise InvalidValue(f"expected one of {', '.join(FORMATS)}, not {name[:20]!r}")
    return found


def encode(image: Image.Image, name: str, dpi: float = 96.0) -> bytes:
    """Return the file of a picture; ``name`` is one of FORMATS.

    PDF and SVG hold the pixels: nothing in them can be scaled without loss.
    """
    kind = FORMATS[name]
    if not kind.is_transparent:
        image = _on_white(image)
    if name == "svg":
        return _svg(image)
    options: dict[str, Any] = {"dpi": (dpi, dpi)}
    if name == "gif":
        image, more = _on_or_off(image)
        options |= more
    elif name == "png8":
        image = _few_colors(image)
    if kind.pillow == "PDF":
        options = {"resolution": dpi}
    elif kind.pillow == "JPEG":
        options["quality"] = 90
    elif kind.pillow == "PNG":
        options["compress_level"] = 4
    file = io.BytesIO()
    image.save(file, kind.pillow, **options)
    return file.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _few_colors(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.quantize(_COLORS)
    return image.quantize(_COLORS, method=Image.Quantize.FASTOCTREE)


def _on_or_off(image: Image.Image) -> tuple[Image.Image, dict[str, Any]]:
    """Return a picture whose pixels are solid or not there, as GIF has them."""
    few = _on_white(image).quantize(_COLORS)
    if image.mode != "RGBA":
        return few, {}
    empty = image.getchannel("A").point(lambda alpha: 0 if alpha else 255)
    few.paste(_COLORS, mask=empty)
    return few, {"transparency": _COLORS}


def _svg(image: Image.Image) -> bytes:
    width, height = image.size
    data = base64.b64encode(encode(image, "png32")).decode()
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}"><image width="{width}" height="{height}"'
        f' href="data:image/png;base64,{data}"/></svg>'
    )
    return text.encode()
