"""Symbols of Esri JSON: markers (esriSMS, esriPMS), lines (esriSLS), fills (esriSFS,
esriPFS).

Source: developers.arcgis.com, "Symbol objects". Sizes and widths are in points.
"""  # noqa: D205

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from services.drawing.pixmaps import Pixmap, parse_pixmap
from services.errors import InvalidValue

Color = tuple[int, int, int, int]

_MARKERS = ("Circle", "Square", "Diamond", "Cross", "X", "Triangle")
#: Dashes and gaps of a line's styles, in multiples of its width.
_DASHES: dict[str, tuple[float, ...]] = {
    "Solid": (),
    "Dash": (6, 4),
    "Dot": (1, 3),
    "DashDot": (6, 3, 1, 3),
    "DashDotDot": (6, 3, 1, 3, 1, 3),
    "ShortDash": (3, 2),
    "ShortDot": (1, 1),
    "ShortDashDot": (3, 2, 1, 2),
    "ShortDashDotDot": (3, 2, 1, 2, 1, 2),
    "LongDash": (10, 4),
    "LongDashDot": (10, 3, 1, 3),
}
_HATCHES = ("BackwardDiagonal", "Cross", "DiagonalCross", "ForwardDiagonal",
            "Horizontal", "Vertical")  # fmt: skip
_MAX_POINTS = 200.0
KINDS = ("esriSMS", "esriPMS", "esriSLS", "esriSFS", "esriPFS")


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line: colour, width in points, dashes and gaps in multiples of the width."""

    color: Color
    width: float
    dashes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Fill:
    """An area: its colour (None: empty) and its outline (None: without).

    ``hatch`` is the style of lines in the colour, if it is not filled; ``pixmap`` a
    picture that fills it instead, again and again.
    """

    color: Color | None
    outline: Stroke | None
    hatch: str = ""
    pixmap: Pixmap | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """A point: shape, colour, size and offsets in points, outline.

    It is turned by ``angle``, counterclockwise; ``pixmap`` is drawn in place of a
    shape.
    """

    shape: str
    color: Color | None
    size: float
    outline: Stroke | None
    x_offset: float = 0.0
    y_offset: float = 0.0
    angle: float = 0.0
    pixmap: Pixmap | None = None


Symbol = Stroke | Fill | Marker | None


def parse_symbol(raw: Any) -> Symbol:
    """Return the symbol of Esri JSON; None is one that draws nothing.

    Raises InvalidValue.
    """
    if not isinstance(raw, dict):
        raise InvalidValue("a symbol must be an object with a type, such as esriSFS")
    kind = raw.get("type")
    if not isinstance(kind, str) or kind not in _PARSERS:
        names = ", ".join(KINDS[:-1])
        raise InvalidValue(
            f"the symbol type must be {names} or {KINDS[-1]}, not {str(kind)[:40]!r}"
        )
    return _PARSERS[kind](raw)


def faded(symbol: Symbol, share: float) -> Symbol:
    """Return a symbol whose colours keep only a share of their alpha."""
    if symbol is None or share >= 1.0:
        return symbol
    if isinstance(symbol, Stroke):
        return replace(symbol, color=_thinned(symbol.color, share))
    made: Symbol = replace(
        symbol,
        color=symbol.color and _thinned(symbol.color, share),
        outline=faded(symbol.outline, share),  # type: ignore[arg-type]
        pixmap=symbol.pixmap and symbol.pixmap.faded(share),
    )
    return made


def _thinned(color: Color, share: float) -> Color:
    return (*color[:3], round(color[3] * share))


def _marker(raw: dict[str, Any]) -> Marker:
    return Marker(
        _style(raw, "esriSMS", _MARKERS, "Circle"),
        parse_color(raw.get("color")),
        _points(raw, "size", 6.0),
        _outline(raw),
        _points(raw, "xoffset", 0.0, -_MAX_POINTS),
        _points(raw, "yoffset", 0.0, -_MAX_POINTS),
        _angle(raw),
    )


def _picture_marker(raw: dict[str, Any]) -> Marker:
    x = _points(raw, "xoffset", 0.0, -_MAX_POINTS)
    y = _points(raw, "yoffset", 0.0, -_MAX_POINTS)
    pixmap = parse_pixmap(raw, *_size(raw))
    return Marker("", None, pixmap.height, None, x, y, _angle(raw), pixmap)


def _picture_fill(raw: dict[str, Any]) -> Fill:
    return Fill(None, _outline(raw), pixmap=parse_pixmap(raw, *_size(raw)))


def _size(raw: dict[str, Any]) -> tuple[float, float]:
    return _points(raw, "width", 20.0, 1.0), _points(raw, "height", 20.0, 1.0)


def _angle(raw: dict[str, Any]) -> float:
    value = raw.get("angle") or 0.0
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        raise InvalidValue("angle must be a number of degrees")
    return float(value) % 360.0


def _stroke(raw: dict[str, Any]) -> Stroke | None:
    style = _style(raw, "esriSLS", (*_DASHES, "Null"), "Solid")
    color, width = parse_color(raw.get("color")), _points(raw, "width", 1.0)
    if style == "Null" or color is None or not width:
        return None
    return Stroke(color, width, _DASHES[style])


def _fill(raw: dict[str, Any]) -> Fill:
    style = _style(raw, "esriSFS", ("Solid", "Null", *_HATCHES), "Solid")
    color = parse_color(raw.get("color"))
    if style == "Null":
        color = None
    return Fill(color, _outline(raw), style if style in _HATCHES else "")


_PARSERS: dict[Any, Callable[[dict[str, Any]], Symbol]] = {
    "esriSMS": _marker,
    "esriPMS": _picture_marker,
    "esriSLS": _stroke,
    "esriSFS": _fill,
    "esriPFS": _picture_fill,
}


def _outline(raw: dict[str, Any]) -> Stroke | None:
    outline = raw.get("outline")
    if outline is None:
        return None
    if not isinstance(outline, dict) or outline.get("type", "esriSLS") != "esriSLS":
        raise InvalidValue("outline must be a line symbol, of type esriSLS")
    return _stroke(outline)


def _style(
    raw: dict[str, Any], prefix: str, known: tuple[str, ...], default: str
) -> str:
    given = raw.get("style")
    name = default if given is None else str(given).removeprefix(prefix)
    if name not in known:
        names = ", ".join(prefix + one for one in known)
        raise InvalidValue(f"the style of {prefix} must be one of {names}")
    return name


def _points(
    raw: dict[str, Any], name: str, default: float, lowest: float = 0.0
) -> float:
    value = raw.get(name)
    value = default if value is None else value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        raise InvalidValue(f"{name} must be a number of points")
    if not lowest <= value <= _MAX_POINTS:
        raise InvalidValue(f"{name} must lie in {lowest:g} to {_MAX_POINTS:g} points")
    return float(value)


def parse_color(raw: Any) -> Color | None:
    """Return (red, green, blue, alpha) of 0 to 255; None for none.

    Raises InvalidValue.
    """
    if raw is None:
        return None
    parts = raw if isinstance(raw, list) else []
    if len(parts) not in (3, 4) or not all(_is_byte(one) for one in parts):
        raise InvalidValue("color must be [red, green, blue, alpha], each 0 to 255")
    red, green, blue, alpha = [*map(int, parts), 255][:4]
    return red, green, blue, alpha


def _is_byte(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= 255
