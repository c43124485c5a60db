"""Sheets to SVG: texts as texts, without style sheets or scripts."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import Literal

from services.drawing.symbols import Color
from services.layout.elements import POINT, Area, Element, Line, Picture, Sheet, Text
from services.layout.fonts import FAMILY, is_right_to_left


def to_svg(sheet: Sheet, *, inline: bool = False) -> str:
    """Return a sheet as an SVG document, or as an element of an HTML page."""
    size = f'viewBox="0 0 {sheet.width:g} {sheet.height:g}"'
    if inline:
        size += ' width="100%"'
    else:
        size += f' width="{sheet.width:g}mm" height="{sheet.height:g}mm"'
    body = "".join(_element(one) for one in sheet.elements)
    paper = f'<rect width="{sheet.width:g}" height="{sheet.height:g}" fill="#ffffff"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"'
        f' font-family="{FAMILY}, DejaVu Sans, sans-serif">'
        f"<title>{_safe(sheet.about)}</title>{paper}{body}</svg>"
    )


_MIRRORED: dict[str, Literal["start", "middle", "end"]] = {
    "start": "end",
    "middle": "middle",
    "end": "start",
}


def _safe(text: str) -> str:
    return escape("".join(c if c.isprintable() else " " for c in text))


def _element(one: Element) -> str:
    if isinstance(one, Text):
        weight = ' font-weight="bold"' if one.bold else ""
        anchor = one.anchor
        if is_right_to_left(one.text):  # such texts start on their right
            anchor, weight = _MIRRORED[anchor], weight + ' direction="rtl"'
        return (
            f'<text x="{one.x:.3f}" y="{one.y:.3f}" text-anchor="{anchor}"'
            f' font-size="{one.size * POINT:.3f}"{weight}{_paint("fill", one.color)}>'
            f"{_safe(one.text)}</text>"
        )
    if isinstance(one, Picture):
        return _picture(one)
    points = " ".join(f"{x:.3f},{y:.3f}" for x, y in one.points)
    if isinstance(one, Line):
        paint = ' fill="none"' + _stroke(one.color, one.width)
        return f'<polyline points="{points}"{paint}/>'
    return f'<polygon points="{points}"{_area_paint(one)}/>'


def _area_paint(one: Area) -> str:
    fill = _paint("fill", one.fill) if one.fill else ' fill="none"'
    return fill + (_stroke(one.outline, one.width) if one.outline else "")


def _stroke(color: Color, width: float) -> str:
    return _paint("stroke", color) + f' stroke-width="{width * POINT:.3f}"'


def _paint(name: str, color: Color) -> str:
    red, green, blue, alpha = color
    faint = f' {name}-opacity="{alpha / 255:.3f}"' if alpha < 255 else ""
    return f' {name}="#{red:02x}{green:02x}{blue:02x}"{faint}'


def _picture(one: Picture) -> str:
    file = io.BytesIO()
    one.image.save(file, "PNG", compress_level=6)
    data = base64.b64encode(file.getvalue()).decode()
    return (
        f'<image x="{one.x:.3f}" y="{one.y:.3f}" width="{one.width:.3f}"'
        f' height="{one.height:.3f}" preserveAspectRatio="none"'
        f' href="data:image/png;base64,{data}">'
        f"<title>{_safe(one.about)}</title></image>"
    )
