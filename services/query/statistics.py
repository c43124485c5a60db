"""Sums, means and their like of a table, for all rows or for each group of rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.datatypes.base import shown
from services.errors import InvalidValue
from services.geometry.features import Field, RecordSet
from services.wire import decode

_NAME = re.compile(r"[^\W\d]\w{0,63}")
_MAX_STATISTICS = 64
_LIST = "list"
_LINEAR, _DISCRETE = "percentile_cont", "percentile_disc"
_PERCENTILES = (_LINEAR, _DISCRETE)
_NUMERIC = ("sum", "avg", "stddev", "var", *_PERCENTILES)
#: Arrow's aggregation for each of ours; deviations are those of a sample, as in SQL.
_AGGREGATIONS: dict[str, tuple[str, Any]] = {
    "count": ("count", pc.CountOptions(mode="only_valid")),
    "sum": ("sum", None),
    "min": ("min", None),
    "max": ("max", None),
    "avg": ("mean", None),
    "stddev": ("stddev", pc.VarianceOptions(ddof=1, min_count=2)),
    "var": ("variance", pc.VarianceOptions(ddof=1, min_count=2)),
}
_TYPES = (*_AGGREGATIONS, *_PERCENTILES)


@dataclass(frozen=True, slots=True)
class Statistic:
    """One statistic of a field; ``share`` (0 to 1) is that of a percentile."""

    kind: str
    field: str
    name: str
    share: float = 0.5
    descending: bool = False


def parse_statistics(text: str) -> tuple[Statistic, ...]:
    """Read ``outStatistics``: a JSON list of definitions. Raises InvalidValue."""
    raw = decode(text)
    if isinstance(raw, dict):
        raw = [raw]
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise InvalidValue("expected a list of statistic definitions")
    if not 0 < len(raw) <= _MAX_STATISTICS:
        raise InvalidValue(f"expected 1 to {_MAX_STATISTICS} definitions")
    made = tuple(map(_statistic, raw))
    names = [one.name.lower() for one in made]
    if len(set(names)) < len(names):
        raise InvalidValue("two statistics have the same outStatisticFieldName")
    return made


def _statistic(raw: dict[str, Any]) -> Statistic:
    kind = str(raw.get("statisticType", "")).lower()
    if kind not in _TYPES:
        given = shown(raw.get("statisticType"))
        raise InvalidValue(
            f"statisticType must be one of {', '.join(_TYPES)}, not {given}"
        )
    on = raw.get("onStatisticField")
    if not isinstance(on, str) or not on:
        raise InvalidValue("each definition needs an onStatisticField")
    name = raw.get("outStatisticFieldName") or f"{kind}_{on}"[:64]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidValue(
            "outStatisticFieldName must be a name of letters, digits and underscores,"
            f" not {shown(name)}"
        )
    if kind not in _PERCENTILES:
        return Statistic(kind, on, name)
    options = raw.get("statisticParameters")
    parameters: dict[str, Any] = options if isinstance(options, dict) else {}
    share: Any = parameters.get("value")
    if type(share) not in (int, float) or not 0 <= share <= 1:
        raise InvalidValue(
            "a percentile needs statisticParameters with a value of 0 to 1"
        )
    descending = str(parameters.get("orderBy", "")).upper() == "DESC"
    return Statistic(kind, on, name, float(share), descending)


def summed_up(
    records: RecordSet, groups: tuple[str, ...], wanted: tuple[Statistic, ...]
) -> RecordSet:
    """Return one row for each group, in the order in which groups first occur.

    Without groups there is one row. Nulls do not count. Raises InvalidValue for
    unknown fields and for a sum of what is no number.
    """
    keys = [records.field(name) for name in groups]
    fields = [records.field(one.field) for one in wanted]
    for one, field in zip(wanted, fields, strict=True):
        if one.kind in _NUMERIC and not (field.is_numeric or _is_id(field)):
            raise InvalidValue(
                f"{one.kind} of '{field.name}': the field is not numeric"
            )
    named = {key.name.lower() for key in keys}
    for one in wanted:
        if one.name.lower() in named:
            raise InvalidValue(
                f"outStatisticFieldName '{one.name}' is a field to group by"
            )
    columns = [records.attributes.column(key.name) for key in keys]
    names = [f"k{at}" for at in range(len(keys))]
    values = [_values(records.attributes.column(field.name)) for field in fields]
    table = pa.table(
        [*columns, *values], names=[*names, *(f"v{at}" for at in range(len(values)))]
    )
    made = _aggregated(table, names, wanted)
    results = [_result(one, made.column(f"v{at}_{_task(one)[0]}"))
               for at, one in enumerate(wanted)]  # fmt: skip
    described = [_field(one, field) for one, field in zip(wanted, fields, strict=True)]
    columns = [made.column(name) for name in names]
    columns += [
        column.cast(field.arrow_type, safe=False)
        for column, field in zip(results, described, strict=True)
    ]
    all_fields = (*keys, *described)
    return RecordSet(
        all_fields, pa.table(columns, names=[field.name for field in all_fields])
    )


def _aggregated(
    table: pa.Table, keys: list[str], wanted: tuple[Statistic, ...]
) -> pa.Table:
    """Return a row for each group: the keys, and ``v0_sum`` and the like.

    Arrow makes lists, which percentiles need, of groups only: the one list of a
    whole table is put together here.
    """
    tasks = [(f"v{at}", *_task(one)) for at, one in enumerate(wanted)]
    plain = [one for one in tasks if keys or one[1] != _LIST]
    made = table.group_by(keys, use_threads=False).aggregate(plain)
    for name, kind, _ in tasks:
        if not keys and kind == _LIST:
            values = table.column(name).combine_chunks()
            whole = pa.ListArray.from_arrays(pa.array([0, len(values)]), values)
            column = pa.chunked_array([whole])
            made = (
                made.append_column(f"{name}_{_LIST}", column)
                if made.num_columns
                else pa.table([column], names=[f"{name}_{_LIST}"])
            )
    return made


def distinct(records: RecordSet, names: tuple[str, ...]) -> RecordSet:
    """Return the different rows of these fields, in the order of their first."""
    table = records.attributes.select(list(names))
    made = table.group_by(list(names), use_threads=False).aggregate([])
    fields = tuple(records.field(name) for name in names)
    return RecordSet(fields, made.select(list(names)))


def _is_id(field: Field) -> bool:
    return field.type == "esriFieldTypeOID"


def _values(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


def _task(one: Statistic) -> tuple[str, Any]:
    return _AGGREGATIONS.get(one.kind, (_LIST, None))


def _result(one: Statistic, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if one.kind in _PERCENTILES:
        return pa.chunked_array([pa.array(_percentiles(one, column), from_pandas=True)])
    return column


def _percentiles(one: Statistic, lists: pa.ChunkedArray) -> np.ndarray:
    """Return a percentile of each list, NaN of an empty one.

    Continuous: between the two nearest values. Discrete: the first value whose
    share of the values is as large (SQL's PERCENTILE_CONT and PERCENTILE_DISC).
    """
    flat = lists.combine_chunks()
    owner = np.asarray(pc.list_parent_indices(flat))
    values = np.asarray(pc.list_flatten(flat).cast(pa.float64(), safe=False))
    known = ~np.isnan(values)
    owner, values = owner[known], values[known]
    order = np.lexsort((-values if one.descending else values, owner))
    values = values[order]
    counts = np.bincount(owner, minlength=len(flat))
    starts = np.cumsum(counts) - counts
    last = np.maximum(counts - 1, 0)
    if one.kind == _DISCRETE:
        place = np.clip(np.ceil(one.share * counts) - 1, 0, last)
    else:
        place = one.share * last
    result = np.full(len(flat), np.nan)
    full = counts > 0
    low = (starts + np.floor(place).astype(int))[full]
    high = (starts + np.ceil(place).astype(int))[full]
    part = (place - np.floor(place))[full]
    result[full] = values[low] + (values[high] - values[low]) * part
    return result


def _field(one: Statistic, source: Field) -> Field:
    if one.kind == "count":
        return Field(one.name, "esriFieldTypeInteger")
    if one.kind in ("min", "max"):
        kind = "esriFieldTypeInteger" if _is_id(source) else source.type
        return Field(one.name, kind, length=source.length)
    return Field(one.name, "esriFieldTypeDouble")
