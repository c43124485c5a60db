"""Renderers of Esri JSON: which feature is drawn with which symbol.

``simple``, ``uniqueValue`` and ``classBreaks``; source: developers.arcgis.com,
"Renderer objects" and "drawingInfo".
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.drawing.labels import LabelClass, parse_labeling_info
from services.drawing.source import Source
from services.drawing.symbols import Symbol, faded, parse_symbol
from services.errors import InvalidValue

#: How class breaks may be of something else than the field itself.
NORMALIZED = ("esriNormalizeNone", "esriNormalizeByField", "esriNormalizeByLog",
              "esriNormalizeByPercentOfTotal")  # fmt: skip
_KINDS = ("simple", "uniqueValue", "classBreaks")
_NULL = "<Null>"
_MAX_RULES = 1000

_EDGE = {
    "type": "esriSLS",
    "style": "esriSLSSolid",
    "color": [255, 255, 255, 220],
    "width": 1,
}
#: Symbols that stand out on light and on dark maps alike.
_POINT = {
    "type": "esriSMS",
    "style": "esriSMSCircle",
    "color": [0, 121, 193, 255],
    "size": 8,
    "angle": 0,
    "xoffset": 0,
    "yoffset": 0,
    "outline": _EDGE,
}
_LINE = {
    "type": "esriSLS",
    "style": "esriSLSSolid",
    "color": [0, 121, 193, 255],
    "width": 2.25,
}
_AREA = {
    "type": "esriSFS",
    "style": "esriSFSSolid",
    "color": [0, 121, 193, 110],
    "outline": _LINE | {"width": 1.5},
}
_SYMBOLS = {
    "esriGeometryPoint": _POINT,
    "esriGeometryMultipoint": _POINT,
    "esriGeometryPolyline": _LINE,
    "esriGeometryPolygon": _AREA,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A symbol, with the JSON, the label and the values that a legend shows of it."""

    symbol: Symbol
    document: dict[str, Any]
    label: str = ""
    values: tuple[str | float, ...] = ()


@dataclass(frozen=True, slots=True)
class Renderer:
    """Rules, and how a feature finds its own; the last is for all others, if any.

    ``bounds`` are the lower bound and the upper ones of class breaks: of a field, of
    its quotient, its logarithm, or its share in a total.
    """

    kind: str
    rules: tuple[Rule, ...]
    has_default: bool = False
    fields: tuple[str, ...] = ()
    delimiter: str = ","
    bounds: tuple[float, ...] = ()
    divide_by: str = ""
    is_log: bool = False
    total: float = 0.0

    def choose(self, features: Source) -> np.ndarray:
        """Return the index of the rule of each feature, -1 for none; shape (n,).

        Raises InvalidValue for a field that the features do not have.
        """
        count, other = len(features), len(self.rules) - 1 if self.has_default else -1
        if self.kind == "simple" or not count:
            return np.zeros(count, dtype=int)
        classify = self._by_value if self.kind == "uniqueValue" else self._by_number
        found = classify(features)
        return np.where(found < 0, other, found)

    def _by_value(self, features: Source) -> np.ndarray:
        columns = [features.column(name).cast(pa.string()) for name in self.fields]
        joined = pc.binary_join_element_wise(
            *columns, self.delimiter, null_handling="replace", null_replacement=_NULL
        )
        values = [
            (one, at) for at, rule in enumerate(self.rules) for one in rule.values
        ]
        known = pa.array([one for one, _ in values], pa.string())
        of = np.array([*(at for _, at in values), -1])
        index = pc.fill_null(pc.index_in(joined, known), len(values))
        return np.asarray(of[index.to_numpy()])

    def _by_number(self, features: Source) -> np.ndarray:
        numbers = features.numbers(self.fields[0])
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.divide_by:
                numbers = numbers / features.numbers(self.divide_by)
            elif self.is_log:
                numbers = np.log10(numbers)
            elif self.total:
                numbers = numbers / self.total * 100.0
        found = np.searchsorted(self.bounds[1:], numbers, side="left")
        outside = ~(numbers >= self.bounds[0]) | (numbers > self.bounds[-1])
        return np.where(outside, -1, found)


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a layer is drawn."""

    renderer: Renderer
    labels: tuple[LabelClass, ...] = ()


def default_drawing_info(geometry_type: str) -> dict[str, Any]:
    """Return the drawing information of a layer that nobody gave one."""
    symbol = _SYMBOLS[geometry_type]
    renderer = {"type": "simple", "symbol": symbol, "label": "", "description": ""}
    return {"renderer": renderer, "transparency": 0, "labelingInfo": None}


def parse_drawing_info(raw: Any) -> Drawing:
    """Read ``{"renderer": {...}, "transparency": 0 to 100}``. Raises InvalidValue.

    The transparency of a layer is that of each of its symbols: where two features of a
    layer overlap, both show. ``labelingInfo`` is a list of label classes.
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("renderer"), dict):
        raise InvalidValue('drawing info must be an object such as {"renderer": {...}}')
    transparency = raw.get("transparency") or 0
    is_number = isinstance(transparency, int | float)
    if not is_number or not 0 <= transparency <= 100:
        raise InvalidValue("transparency must be a number of 0 to 100")
    renderer, share = _renderer(raw["renderer"]), 1 - transparency / 100
    rules = tuple(replace(one, symbol=faded(one.symbol, share))
                  for one in renderer.rules)  # fmt: skip
    labels = parse_labeling_info(raw.get("labelingInfo"))
    shown = labels if raw.get("showLabels") is not False else ()
    return Drawing(replace(renderer, rules=rules), shown)


def _renderer(raw: dict[str, Any]) -> Renderer:
    kind = raw.get("type")
    if kind == "simple":
        return Renderer("simple", (_rule(raw, "symbol", raw.get("label")),))
    if kind not in _KINDS:
        raise InvalidValue(f"the renderer's type must be one of {', '.join(_KINDS)}")
    made = _unique_values(raw) if kind == "uniqueValue" else _class_breaks(raw)
    if raw.get("defaultSymbol") is None:
        return made
    other = _rule(raw, "defaultSymbol", raw.get("defaultLabel"))
    return replace(made, rules=(*made.rules, other), has_default=True)


def _rule(
    raw: dict[str, Any],
    key: str,
    label: Any,
    values: tuple[str | float, ...] = (),
    at: str = "",
) -> Rule:
    """Return the rule with the symbol at ``key``; ``at`` is where ``raw`` stands."""
    try:
        symbol = parse_symbol(raw.get(key))
    except InvalidValue as exc:
        raise InvalidValue(f"{at}{key}: {exc}") from None
    return Rule(symbol, raw[key], str(label or "")[:200], values)


def _unique_values(raw: dict[str, Any]) -> Renderer:
    names = [raw.get(f"field{at}") for at in (1, 2, 3)]
    rules = []
    for at, one in _entries(raw, "uniqueValueInfos"):
        if "value" not in one:
            raise InvalidValue(f"{at}value is missing")
        text = _text(one["value"])
        rules.append(_rule(one, "symbol", one.get("label") or text, (text,), at))
    return Renderer(
        "uniqueValue",
        tuple(rules),
        fields=tuple(_field(one, "field1") for one in names if one or one is names[0]),
        delimiter=str(raw.get("fieldDelimiter") or ","),
    )


def _text(value: Any) -> str:
    if value is None:
        return _NULL
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _class_breaks(raw: dict[str, Any]) -> Renderer:
    rules, bounds = [], [_number(raw.get("minValue", -math.inf), "minValue")]
    for at, one in _entries(raw, "classBreakInfos"):
        bounds.append(_number(one.get("classMaxValue"), f"{at}classMaxValue"))
        label = one.get("label") or f"{bounds[-1]:g}"
        rules.append(_rule(one, "symbol", label, (bounds[-1],), at))
    if bounds != sorted(bounds):
        raise InvalidValue("minValue and classMaxValue must not fall")
    how = raw.get("normalizationType") or NORMALIZED[0]
    if how not in NORMALIZED:
        raise InvalidValue(f"normalizationType must be one of {', '.join(NORMALIZED)}")
    name, total = "normalizationField", 0.0
    if how == NORMALIZED[3]:
        total = _number(raw.get("normalizationTotal"), "normalizationTotal")
    return Renderer(
        "classBreaks",
        tuple(rules),
        fields=(_field(raw.get("field"), "field"),),
        bounds=tuple(bounds),
        divide_by=_field(raw.get(name), name) if how == NORMALIZED[1] else "",
        is_log=how == NORMALIZED[2],
        total=total,
    )


def _entries(raw: dict[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects of a list, each with the text that says where it stands."""
    entries = raw.get(key)
    if (
        not isinstance(entries, list)
        or not 0 < len(entries) <= _MAX_RULES
        or not all(isinstance(one, dict) for one in entries)
    ):
        raise InvalidValue(f"{key} must be a list of 1 to {_MAX_RULES} objects")
    return [(f"{key}[{at}].", one) for at, one in enumerate(entries)]


def _field(raw: Any, name: str) -> str:
    if not isinstance(raw, str) or not raw:
        raise InvalidValue(f"{name} must be the name of a field")
    return raw


def _number(raw: Any, name: str) -> float:
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        raise InvalidValue(f"{name} must be a number")
    return float(raw)
