"""Renderers of web maps, made such that they can be drawn: others become plain ones."""

from __future__ import annotations

from typing import Any

from services.drawing.renderers import (
    Drawing,
    default_drawing_info,
    parse_drawing_info,
)
from services.drawing.symbols import parse_symbol
from services.errors import InvalidValue

#: Symbols that are stamped on the map, not drawn as shapes.
STAMPED = ("esriTS", "esriPMS")
_ENTRIES = {"uniqueValue": "uniqueValueInfos", "classBreaks": "classBreakInfos"}


def drawing_of(
    info: Any, geometry_type: str, opacity: float, notes: list[str]
) -> Drawing:
    """Return how a layer is drawn; what cannot be is plain, with a note."""
    plain = default_drawing_info(geometry_type)
    renderer = info.get("renderer") if isinstance(info, dict) else None
    if not isinstance(renderer, dict):
        return parse_drawing_info(plain | {"transparency": 100 * (1 - opacity)})
    transparency = _transparency(info, opacity)
    try:
        drawn = {
            "renderer": _simplified(renderer, geometry_type, notes),
            "transparency": transparency,
        }
        drawing = parse_drawing_info(drawn)
    except InvalidValue as exc:
        notes.append(f"is drawn plainly: {exc}")
        return parse_drawing_info(plain | {"transparency": transparency})
    try:
        labels = info.get("labelingInfo")
        return parse_drawing_info(drawn | {"labelingInfo": labels})
    except InvalidValue as exc:
        notes.append(f"has no labels: {exc}")
        return drawing


def _transparency(info: dict[str, Any], opacity: float) -> float:
    own = info.get("transparency")
    is_share = isinstance(own, int | float) and 0 <= own <= 100
    share = 1.0 - own / 100.0 if is_share and own is not None else 1.0
    return 100.0 * (1.0 - share * opacity)


def _simplified(
    renderer: dict[str, Any], geometry_type: str, notes: list[str]
) -> dict[str, Any]:
    made = dict(renderer)
    for key in ("symbol", "defaultSymbol"):
        if made.get(key) is not None or (
            key == "symbol" and made.get("type") == "simple"
        ):
            made[key] = simple_symbol(made.get(key), geometry_type, notes)
    entries = _ENTRIES.get(str(made.get("type")))
    given = made.get(entries) if entries else None
    if entries and isinstance(given, list):
        made[entries] = [
            one | {"symbol": simple_symbol(one.get("symbol"), geometry_type, notes)}
            for one in given
            if isinstance(one, dict)
        ]
    return made


def simple_symbol(raw: Any, geometry_type: str, notes: list[str]) -> dict[str, Any]:
    """Return a symbol that can be drawn: the given one, or a plain one with a note."""
    plain: dict[str, Any] = default_drawing_info(geometry_type)["renderer"]["symbol"]
    if not isinstance(raw, dict):
        return plain
    if raw.get("type") == "esriPFS":
        notes.append("has picture fills, which are drawn as plain ones")
        return plain | {"outline": raw.get("outline")}
    try:
        parse_symbol(raw)
    except InvalidValue:
        kind = str(raw.get("type"))[:40]
        if kind not in STAMPED:
            notes.append(f"has symbols of the type {kind}, which are drawn plainly")
        return plain
    return raw
