"""Which rows a query selects, in which order, and which of them are on its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.features import Field, RecordSet
from services.query.condition import rows_where
from services.query.layer import Layer
from services.query.query import Order, Query
from services.query.spatial import rows_near
from services.query.timespan import rows_during

_EVERYTHING = ("", "1=1", "1 = 1", "1=1 ")


def selected(query: Query, layer: Layer) -> np.ndarray:
    """Return the indices of the rows that a query selects, in stored order.

    Raises InvalidParameters that names the parameter.
    """
    rows = np.arange(len(layer))
    if query.object_ids is not None:
        rows = rows[np.isin(layer.object_ids, query.object_ids)]
    if query.where.strip() not in _EVERYTHING:
        records = layer.records
        held = named("where", lambda: rows_where(query.where, records))
        rows = rows[held[rows]]
    if query.time is not None:
        span, records = query.time, layer.records
        rows = rows[named("time", lambda: rows_during(records, span))[rows]]
    if query.geometry:
        rows = named("geometry", lambda: rows_near(query, layer, rows))
    return rows


def named(parameter: str, work: Callable[[], Any]) -> Any:
    """Return what ``work`` returns; its InvalidValue is one of this parameter."""
    try:
        return work()
    except InvalidValue as exc:
        raise InvalidParameters([Problem(parameter, str(exc))]) from None


def field_named(parameter: str, records: RecordSet, name: str) -> str:
    """Return a field's name as the records have it, given in any case."""
    found: Field = named(parameter, lambda: records.field(name))
    return found.name


def ordered(
    records: RecordSet, rows: np.ndarray, order: tuple[Order, ...]
) -> np.ndarray:
    """Return the rows (indices) sorted; nulls last, equal ones in stored order."""
    if not order:
        return rows
    columns = named(
        "orderByFields", lambda: [records.column(one.name) for one in order]
    )
    names = [f"k{at}" for at in range(len(order))]
    table = pa.table(columns, names=names).take(pa.array(rows))
    table = table.append_column("row", pa.array(rows, pa.int64()))
    ways = [(name, "descending" if one.descending else "ascending")
            for name, one in zip(names, order, strict=True)]  # fmt: skip
    found = pc.sort_indices(table, sort_keys=[*ways, ("row", "ascending")])
    return np.asarray(rows[np.asarray(found)])


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one answer, and whether there are more behind it."""

    rows: np.ndarray
    has_more: bool


def page_of(query: Query, rows: np.ndarray, most: int) -> Page:
    """Return the page that the offset and the count name, of at most ``most`` rows."""
    most *= query.factor
    size = most if query.count is None else min(query.count, most)
    end = query.offset + size
    return Page(rows[query.offset : end], len(rows) > end and query.count != 0)
