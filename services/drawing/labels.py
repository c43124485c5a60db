"""``labelingInfo`` of a layer: which text is written at which feature, and how.

Source: developers.arcgis.com, "Labeling objects". An expression is fields and texts in
a row: ``[NAME] CONCAT " (" CONCAT [POP] CONCAT ")"``, or in Arcade
``$feature.NAME + TextFormatting.NewLine + $feature.POP``. There are no functions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.drawing.symbols import Color, parse_color
from services.errors import InvalidValue
from services.geometry.features import RecordSet
from services.query.condition import rows_where
from services.query.where import parse_where

_MAX_CLASSES = 20
_MAX_TEXT = 1000
_MAX_POINTS = 200.0
#: Of a label beside a point: how far its middle goes, in halves of its size.
_BESIDE = {
    f"{up}{side}": (across, down)
    for up, down in (("Above", -1), ("Center", 0), ("Below", 1))
    for side, across in (("Left", -1), ("Center", 0), ("Right", 1))
}
_POINT, _LINE = "esriServerPointLabelPlacement", "esriServerLinePlacement"
_LINES = {
    f"{where}{how}": down
    for where, down in (("Above", -1), ("Center", 0), ("Below", 1))
    for how in ("Along", "Before", "After", "Start", "End")
}
_AREA = "esriServerPolygonPlacementAlwaysHorizontal"
_TOKEN = re.compile(
    r"""\s*(?:\[(?P<field>[^\[\]]+)\] | \{(?P<braced>[^{}]+)\}
    | \$feature\.(?P<dotted>\w+) | \$feature\[(?P<q>["'])(?P<keyed>.+?)(?P=q)\]
    | (?P<break>NEWLINE | TextFormatting\.NewLine)
    | "(?P<text>[^"]*)" | '(?P<plain>[^']*)' | (?P<join>CONCAT\b|[+&]))\s*""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TextSymbol:
    """Colour, size in points, halo and offsets of a text."""

    color: Color
    size: float = 10.0
    is_bold: bool = False
    halo: Color | None = None
    halo_size: float = 0.0
    x_offset: float = 0.0
    y_offset: float = 0.0


@dataclass(frozen=True, slots=True)
class LabelClass:
    """Labels of some features: ``pieces`` are (is a field, its name or the text).

    ``beside`` is where the text goes, (across, down) in halves of its size; ``along``
    turns it with its line. It shows at scales of 1 : ``min_scale`` to ``max_scale``,
    0 for no bound.
    """

    pieces: tuple[tuple[bool, str], ...]
    symbol: TextSymbol
    beside: tuple[int, int] | None = None
    along: bool = False
    where: str = ""
    min_scale: float = 0.0
    max_scale: float = 0.0

    def shows_at(self, scale: float) -> bool:
        """Tell if the labels are shown at a scale's denominator."""
        far = self.min_scale and scale > self.min_scale
        return not (far or scale < self.max_scale)

    def chosen(self, records: RecordSet) -> np.ndarray:
        """Tell which rows have such a label; shape (n,). Raises InvalidValue."""
        if not self.where:
            return np.ones(len(records), dtype=bool)
        return rows_where(self.where, records)

    def texts(self, records: RecordSet) -> list[str]:
        """Return the text of each row, "" for none. Raises InvalidValue."""
        columns = [
            _written(records.column(text)) if is_field else pa.scalar(text)
            for is_field, text in self.pieces
        ]
        joined = pc.binary_join_element_wise(
            *columns, "", null_handling="replace", null_replacement=""
        )
        texts: list[str] = joined.to_pylist()
        return texts


def _written(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, format="%Y-%m-%d")
    return column.cast(pa.string())


def parse_labeling_info(raw: Any) -> tuple[LabelClass, ...]:
    """Read ``labelingInfo``: a list of label classes, or null. Raises InvalidValue."""
    if raw is None:
        return ()
    if not isinstance(raw, list) or len(raw) > _MAX_CLASSES:
        raise InvalidValue(f"labelingInfo must be a list of at most {_MAX_CLASSES}")
    made = []
    for at, one in enumerate(raw):
        try:
            made.append(_label_class(one))
        except InvalidValue as exc:
            raise InvalidValue(f"labelingInfo[{at}]: {exc}") from None
    return tuple(made)


def _label_class(raw: Any) -> LabelClass:
    if not isinstance(raw, dict):
        raise InvalidValue("a label class must be an object")
    placement = str(raw.get("labelPlacement") or "")
    beside, along = _placed(placement)
    where = raw.get("where") or ""
    if not isinstance(where, str):
        raise InvalidValue("where must be a text")
    if where:
        parse_where(where)
    scales = [_number(raw, name, 0.0, 1e12) for name in ("minScale", "maxScale")]
    return LabelClass(
        _pieces(_expression(raw)), parse_text_symbol(raw.get("symbol")), beside, along,
        where, *scales,
    )  # fmt: skip


def _placed(name: str) -> tuple[tuple[int, int] | None, bool]:
    """Return where a placement puts a text, and if it is turned with its line."""
    if name in ("", _AREA):
        return None, False
    if name.startswith(_POINT) and name.removeprefix(_POINT) in _BESIDE:
        return _BESIDE[name.removeprefix(_POINT)], False
    if name.startswith(_LINE) and name.removeprefix(_LINE) in _LINES:
        return (0, _LINES[name.removeprefix(_LINE)]), True
    raise InvalidValue(
        f"labelPlacement must be {_POINT}AboveRight or its like, {_LINE}AboveAlong or"
        f" its like, or {_AREA}, not {name[:60]!r}"
    )


def _expression(raw: dict[str, Any]) -> str:
    info = raw.get("labelExpressionInfo")
    if isinstance(info, dict):
        text = info.get("expression") or info.get("value")
    else:
        text = raw.get("labelExpression")
    if not isinstance(text, str) or not text.strip():
        raise InvalidValue("labelExpression must be a text such as [NAME]")
    return text


def _pieces(text: str) -> tuple[tuple[bool, str], ...]:
    """Return the fields and texts of an expression. Raises InvalidValue."""
    told = f"expected [FIELD] or $feature.FIELD, not {text[:60]!r}"
    if len(text) > _MAX_TEXT:
        raise InvalidValue(f"an expression may have at most {_MAX_TEXT} characters")
    text = text.removeprefix("return ").strip().rstrip(";")
    pieces: list[tuple[bool, str]] = []
    at, wants_join = 0, False
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or bool(found["join"]) != wants_join:
            raise InvalidValue(
                f"{told}: fields and texts in quotes, joined by + or CONCAT"
            )
        at, wants_join = found.end(), not wants_join
        if found["join"]:
            continue
        name = found["field"] or found["braced"] or found["dotted"] or found["keyed"]
        if name:
            pieces.append((True, name.strip()))
        elif found["break"]:
            pieces.append((False, "\n"))
        else:
            pieces.append((False, found["text"] or found["plain"] or ""))
    if not wants_join:
        raise InvalidValue(told)
    return tuple(pieces)


def parse_text_symbol(raw: Any) -> TextSymbol:
    """Return the text symbol (esriTS) of Esri JSON. Raises InvalidValue."""
    if not isinstance(raw, dict) or raw.get("type") != "esriTS":
        raise InvalidValue("the symbol of a label must be of type esriTS")
    font = raw.get("font") or {}
    if not isinstance(font, dict):
        raise InvalidValue('font must be an object such as {"size": 10}')
    return TextSymbol(
        parse_color(raw.get("color")) or (0, 0, 0, 255),
        _number(font, "size", 10.0, _MAX_POINTS, 1.0),
        font.get("weight") in ("bold", "bolder"),
        parse_color(raw.get("haloColor")),
        _number(raw, "haloSize", 0.0, 20.0),
        _number(raw, "xoffset", 0.0, _MAX_POINTS, -_MAX_POINTS),
        _number(raw, "yoffset", 0.0, _MAX_POINTS, -_MAX_POINTS),
    )


def _number(
    raw: dict[str, Any], name: str, default: float, most: float, least: float = 0.0
) -> float:
    value = raw.get(name)
    value = default if value is None else value
    if type(value) not in (int, float) or not least <= value <= most:
        raise InvalidValue(f"{name} must be a number of {least:g} to {most:g}")
    return float(value)
