"""Spans of time: as clients write them, and the rows whose date lies within one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.datatypes.base import shown
from services.errors import InvalidValue
from services.geometry.columns import time_field
from services.geometry.features import RecordSet
from services.moments import milliseconds_in

#: The first and the last millisecond since 1970; None for an open end.
Span = tuple[int | None, int | None]


def parse_span(text: str) -> Span:
    """Read ``1199145600000`` or ``1199145600000,null``. Raises InvalidValue."""
    pieces = [piece.strip() for piece in text.split(",")]
    try:
        ends = [None if piece.lower() == "null" else milliseconds_in(piece)
                for piece in pieces]  # fmt: skip
    except ValueError:
        ends = []
    if len(ends) not in (1, 2):
        raise InvalidValue(
            "expected a moment in milliseconds since 1970, or two with a comma between"
            f" them; null for an open end, not {shown(text)}"
        )
    return ends[0], ends[-1]


def rows_during(records: RecordSet, span: Span) -> np.ndarray:
    """Tell of each row if its date lies within a span, its ends included; shape (n,).

    Raises InvalidValue if there is no field of dates.
    """
    name = time_field(records.fields)
    if not name:
        raise InvalidValue("the layer has no field of dates")
    moments = records.column(name).cast(pa.int64())
    first, last = span
    held = pc.is_valid(moments)
    if first is not None:
        held = pc.and_(held, pc.greater_equal(moments, first))
    if last is not None:
        held = pc.and_(held, pc.less_equal(moments, last))
    return np.asarray(pc.fill_null(held, False), dtype=bool)


def time_info(name: str, first: int | None, last: int | None) -> dict[str, Any]:
    """Return what a layer says of its time: the field, its first and last moment."""
    return {
        "startTimeField": name,
        "endTimeField": None,
        "trackIdField": None,
        "timeExtent": [first, last],
        "timeReference": None,
    }
