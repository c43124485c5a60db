"""layerDefs and time: which features of a map count; no Django in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.columns import time_field
from services.geometry.features import FeatureSet, Field
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


def selected(
    features: FeatureSet, where: str | None, object_id: str, span: Span | None = None
) -> FeatureSet:
    """Return the features that a where clause holds for and whose date is in a span.

    A set without the field ``object_id`` gets it, 1 to n, before it is asked; one
    without dates is there at any time. Raises InvalidParameters.
    """
    if object_id not in features.attributes.column_names:
        numbers = np.arange(1, len(features) + 1)
        field = Field(object_id, "esriFieldTypeOID")
        features = features.with_column(object_id, numbers, field)
    if span is not None and time_field(features.fields):
        features = features.take(np.flatnonzero(rows_during(features.records, span)))
    if not where:
        return features
    try:
        return features.take(rows_where(where, features.records))
    except InvalidValue as exc:
        raise InvalidParameters([Problem("layerDefs", str(exc))]) from None


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
