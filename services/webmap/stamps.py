"""Texts and small pictures at places of a map: Esri's esriTS and esriPMS symbols."""

from __future__ import annotations

import base64
import binascii
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from PIL import Image, ImageDraw, UnidentifiedImageError

from services.drawing.fonts import font
from services.drawing.frame import Frame
from services.drawing.symbols import Color, parse_color
from services.errors import InvalidValue
from services.geometry.features import FeatureSet
from services.geometry.reproject import reproject
from services.layout.elements import BLACK
from services.layout.fonts import plain

_MAX_PIXELS = 512 * 512
_MAX_POINTS = 200.0
_ACROSS = {"left": "l", "center": "m", "right": "r"}
_DOWN = {"top": "a", "middle": "m", "bottom": "d", "baseline": "s"}


@dataclass(frozen=True, slots=True)
class Stamp:
    """A text or a picture at each point of features; sizes and offsets in points."""

    features: FeatureSet
    size: tuple[float, float]
    offset: tuple[float, float] = (0.0, 0.0)
    text: str = ""
    picture: Image.Image | None = field(default=None, compare=False)
    color: Color = BLACK
    halo: Color | None = None
    bold: bool = False
    anchor: str = "mm"


def stamp_of(symbol: dict[str, Any], features: FeatureSet) -> Stamp:
    """Return the stamp of an esriTS or esriPMS symbol. Raises InvalidValue."""
    offset = _points(symbol, "xoffset", 0.0), _points(symbol, "yoffset", 0.0)
    if symbol.get("type") == "esriPMS":
        picture = _picture(symbol.get("imageData"))
        size = _points(symbol, "width", 12.0), _points(symbol, "height", 12.0)
        return Stamp(features, size, offset, picture=picture)
    given = symbol.get("font")
    look = given if isinstance(given, dict) else {}
    height = _points(look, "size", 9.0)
    across = _ACROSS.get(str(symbol.get("horizontalAlignment")), "m")
    down = _DOWN.get(str(symbol.get("verticalAlignment")), "s")
    return Stamp(
        features,
        (height, height),
        offset,
        plain(str(symbol.get("text") or "")),
        color=parse_color(symbol.get("color")) or BLACK,
        halo=parse_color(symbol.get("haloColor")) if symbol.get("haloSize") else None,
        bold=look.get("weight") in ("bold", "bolder"),
        anchor=across + down,
    )


def _points(raw: dict[str, Any], name: str, default: float) -> float:
    value = raw.get(name)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return default
    return float(max(-_MAX_POINTS, min(value, _MAX_POINTS)))


def _picture(data: Any) -> Image.Image:
    if not isinstance(data, str):
        raise InvalidValue("has picture symbols without imageData")
    return opened_picture(data, _MAX_PIXELS)


def opened_picture(data: str, most: int) -> Image.Image:
    """Return a picture of base64 text as RGBA. Raises InvalidValue."""
    try:
        found = Image.open(
            io.BytesIO(base64.b64decode(data, validate=False)),
            formats=("PNG", "JPEG", "GIF"),
        )
        if found.width * found.height > most:
            raise InvalidValue(f"has a picture of more than {most} pixels")
        return found.convert("RGBA")
    except (binascii.Error, UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise InvalidValue("has a picture that cannot be read") from None


def put_stamps(
    image: Image.Image, stamps: Sequence[Stamp], frame: Frame, rotation: float
) -> None:
    """Stamp a map that was drawn in a frame, and turned; the last are on top."""
    for stamp in stamps:
        for x, y in _places(stamp, frame, rotation):
            if stamp.picture is not None:
                _put_picture(image, stamp, frame, (x, y))
            else:
                _put_text(image, stamp, frame, (x, y))


def _places(stamp: Stamp, frame: Frame, rotation: float) -> list[list[float]]:
    """Return where the stamps go in pixels: those of points in sight."""
    features = stamp.features
    shapes = reproject(
        shapely.force_2d(features.geometries),
        features.spatial_reference,
        frame.reference,
    )
    xy = frame.pixels(shapely.get_coordinates(shapes))
    middle = np.array([frame.width / 2, frame.height / 2])
    turn = math.radians(rotation)
    matrix = np.array(
        [[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]
    )
    xy = (xy - middle) @ matrix + middle
    xy = xy + np.array([stamp.offset[0], -stamp.offset[1]]) * frame.pixels_per_point
    margin = 200.0
    seen = (xy > -margin).all(axis=1) & (xy < 2 * middle + margin).all(axis=1)
    places: list[list[float]] = xy[seen].tolist()
    return places


def _put_picture(
    image: Image.Image, stamp: Stamp, frame: Frame, place: tuple[float, float]
) -> None:
    assert stamp.picture is not None  # noqa: S101
    factor = frame.pixels_per_point
    size = tuple(max(1, round(abs(one) * factor)) for one in stamp.size)
    shown = stamp.picture.resize(size, Image.Resampling.LANCZOS)  # type: ignore[arg-type]
    corner = round(place[0] - size[0] / 2), round(place[1] - size[1] / 2)
    image.paste(shown, corner, shown)


def _put_text(
    image: Image.Image, stamp: Stamp, frame: Frame, place: tuple[float, float]
) -> None:
    halo = stamp.halo
    factor = frame.pixels_per_point
    ImageDraw.Draw(image).text(
        place,
        stamp.text,
        stamp.color[:3],
        font(abs(stamp.size[0]) * factor or 1.0, bold=stamp.bold),
        anchor=stamp.anchor,
        stroke_width=round(1.0 * factor) if halo else 0,
        stroke_fill=halo[:3] if halo else None,
    )
