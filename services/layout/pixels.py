"""Sheets to pictures."""

from __future__ import annotations

from collections.abc import Sequence

import aggdraw
from PIL import Image, ImageDraw

from services.drawing.fonts import font
from services.drawing.symbols import Color
from services.layout.elements import (
    INCH,
    POINT,
    Area,
    Element,
    Line,
    Picture,
    Sheet,
    Text,
)

_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def to_image(sheet: Sheet, dpi: float) -> Image.Image:
    """Return a sheet on white paper as RGB."""
    scale = dpi / INCH
    size = max(1, round(sheet.width * scale)), max(1, round(sheet.height * scale))
    image = Image.new("RGB", size, "white")
    waiting: list[Line | Area] = []
    for element in sheet.elements:
        if isinstance(element, Line | Area):
            waiting.append(element)
            continue
        _strokes(image, waiting, scale)
        waiting = []
        if isinstance(element, Text):
            _text(image, element, scale)
        else:
            _picture(image, element, scale)
    _strokes(image, waiting, scale)
    return image


def _strokes(image: Image.Image, elements: Sequence[Element], scale: float) -> None:
    if not elements:
        return
    draw = aggdraw.Draw(image)
    for one in elements:
        if isinstance(one, Line):
            draw.line(_flat(one.points, scale), _pen(one.color, one.width, scale))
        elif isinstance(one, Area):
            pen = one.outline and _pen(one.outline, one.width, scale)
            brush = one.fill and aggdraw.Brush(one.fill[:3], one.fill[3])
            draw.polygon(_flat(one.points, scale), pen, brush)
    draw.flush()


def _flat(points: Sequence[tuple[float, float]], scale: float) -> list[float]:
    return [part * scale for point in points for part in point]


def _pen(color: Color, width: float, scale: float) -> aggdraw.Pen:
    return aggdraw.Pen(color[:3], max(width * POINT * scale, 0.5), color[3])


def _text(image: Image.Image, one: Text, scale: float) -> None:
    ImageDraw.Draw(image).text(
        (one.x * scale, one.y * scale),
        one.text,
        one.color[:3],
        font(one.size * POINT * scale, bold=one.bold),
        anchor=_ANCHORS[one.anchor],
    )


def _picture(image: Image.Image, one: Picture, scale: float) -> None:
    left, top = round(one.x * scale), round(one.y * scale)
    size = round(one.width * scale), round(one.height * scale)
    shown = one.image
    if shown.size != size:
        shown = shown.resize(size, Image.Resampling.LANCZOS)
    mask = shown if shown.mode == "RGBA" else None
    image.paste(shown.convert("RGB"), (left, top), mask)
