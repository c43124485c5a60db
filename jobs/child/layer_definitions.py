"""layerDefs and time: which features of a map count; no Django in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from services.drawing.dynamic import DynamicLayer, parse_dynamic_layers
from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.columns import time_field
from services.geometry.features import RecordSet
from services.query.condition import rows_where
from services.query.timespan import Span, parse_span, rows_during
from services.query.where import parse_where
from services.wire import decode

_EXPECTED = 'expected {"0": "a where clause"} or 0:a where clause;1:another'


def parse_definitions(text: str, ids: Sequence[int]) -> dict[int, str]:
    """Return the where clause of each layer that has one.

    Reads ``{"0": "…"}``, ``[{"layerId": 0, "where": "…"}]`` and ``0:…;1:…``. Raises
    InvalidValue, also for a layer that is not there.
    """
    found = _pairs(decode(text)) if text[:1] in ("{", "[") else _simple(text)
    unknown = [number for number in found if number not in ids]
    if unknown:
        raise InvalidValue(f"there is no layer {unknown[0]}")
    wheres = {number: where for number, where in found.items() if where.strip()}
    for where in wheres.values():
        parse_where(where)
    return wheres


def _pairs(raw: object) -> dict[int, str]:
    if isinstance(raw, list):
        raw = {
            str(one.get("layerId")): one.get("where")
            for one in raw
            if isinstance(one, dict)
        }
    if not isinstance(raw, dict):
        raise InvalidValue(_EXPECTED)
    found = {}
    for number, where in raw.items():
        if not str(number).isdecimal() or not isinstance(where, str):
            raise InvalidValue(_EXPECTED)
        found[int(number)] = where
    return found


def _simple(text: str) -> dict[int, str]:
    found = {}
    for part in text.split(";"):
        number, colon, where = part.partition(":")
        if not colon or not number.strip().isdecimal():
            raise InvalidValue(_EXPECTED)
        found[int(number)] = where
    return found


def counted(
    records: RecordSet,
    where: str | None,
    span: Span | None = None,
    named: str = "layerDefs",
) -> np.ndarray | None:
    """Return the rows that a where clause holds for and whose date is in a span.

    None if all are. Rows without dates are there at any time. Raises
    InvalidParameters, about the parameter ``named``.
    """
    held = None
    if span is not None and time_field(records.fields):
        held = rows_during(records, span)
    if where:
        try:
            chosen = rows_where(where, records)
        except InvalidValue as exc:
            raise InvalidParameters([Problem(named, str(exc))]) from None
        held = chosen if held is None else held & chosen
    return None if held is None else np.flatnonzero(held)


def span_of(small: Mapping[str, str]) -> Span | None:
    """Return the span of time in a form, None without one. Raises InvalidParameters."""
    text = small.get("time", "").strip()
    try:
        return parse_span(text) if text else None
    except InvalidValue as exc:
        raise InvalidParameters([Problem("time", str(exc))]) from None


def definitions_of(small: Mapping[str, str], ids: Sequence[int]) -> dict[int, str]:
    """Return the definitions in a form. Raises InvalidParameters."""
    text = small.get("layerDefs", "").strip()
    try:
        return parse_definitions(text, ids) if text else {}
    except InvalidValue as exc:
        raise InvalidParameters([Problem("layerDefs", str(exc))]) from None


def dynamic_layers_of(
    small: Mapping[str, str], layers: Sequence[Mapping[str, Any]]
) -> tuple[DynamicLayer, ...] | None:
    """Return the dynamic layers in a form, None without. Raises InvalidParameters."""
    text = small.get("dynamicLayers", "").strip()
    ids = [one["id"] for one in layers]
    rasters = [one["id"] for one in layers if "raster" in one]
    try:
        return parse_dynamic_layers(text, ids, rasters) if text else None
    except InvalidValue as exc:
        raise InvalidParameters([Problem("dynamicLayers", str(exc))]) from None


def chosen_rows(
    records: RecordSet, where: str | None, span: Span | None, dynamic: str
) -> np.ndarray | None:
    """Return the rows that layerDefs, time and a dynamic layer leave; None: all."""
    first = counted(records, where, span)
    second = counted(records, dynamic, named="dynamicLayers")
    if first is None or second is None:
        return second if first is None else first
    return np.intersect1d(first, second, assume_unique=True)
