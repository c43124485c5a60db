"""Groups of rows and their statistics: one place for every tool that sums up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.errors import InvalidValue
from services.geometry.columns import take_or_null
from services.geometry.features import Field, RecordSet

#: Statistics by name, and what they are called in an alias.
STATISTICS: dict[str, str] = {
    "SUM": "Sum",
    "MEAN": "Mean",
    "MIN": "Minimum",
    "MAX": "Maximum",
    "RANGE": "Range",
    "STD": "Standard deviation",
    "COUNT": "Count",
    "FIRST": "First",
    "LAST": "Last",
    "MEDIAN": "Median",
    "VARIANCE": "Variance",
}
_ANY_FIELD = ("MIN", "MAX", "COUNT", "FIRST", "LAST")
_KEEP_TYPE = ("MIN", "MAX", "FIRST", "LAST")

#: Sample statistics (n - 1 below the line); null for a single value.
_SAMPLE = pc.VarianceOptions(ddof=1, min_count=2)
_AGGREGATIONS: dict[str, tuple[Any, Any]] = {
    "SUM": ("sum", None),
    "MEAN": ("mean", None),
    "MIN": ("min", None),
    "MAX": ("max", None),
    "STD": ("stddev", _SAMPLE),
    "COUNT": ("count", None),
    "FIRST": ("first", None),
    "LAST": ("last", None),
    "VARIANCE": ("variance", _SAMPLE),
}


@dataclass(frozen=True, slots=True)
class Statistic:
    """A statistic of a field, e.g. the MEAN of ``pop_est``."""

    field: Field
    kind: str

    @property
    def result(self) -> Field:
        """The field of the result, e.g. ``MEAN_pop_est``."""
        name = f"{self.kind}_{self.field.name}"
        alias = f"{STATISTICS[self.kind]} of {self.field.alias or self.field.name}"
        if self.kind == "COUNT":
            return Field(name, "esriFieldTypeBigInteger", alias)
        if self.kind not in _KEEP_TYPE:
            return Field(name, "esriFieldTypeDouble", alias)
        kind = self.field.type
        if kind == "esriFieldTypeOID":
            kind = "esriFieldTypeBigInteger"
        if kind == "esriFieldTypeGlobalID":
            kind = "esriFieldTypeGUID"
        return Field(name, kind, alias, self.field.length)


def parse_statistics(
    texts: Sequence[str] | None, records: RecordSet
) -> tuple[Statistic, ...]:
    """Read ``FIELD STATISTIC`` texts, such as ``pop_est SUM``.

    One text may hold several, parted by semicolons. What is asked for twice is
    given once. Raises InvalidValue for an unknown field or statistic, and for a
    sum or mean of what is not a number.
    """
    found: dict[Statistic, None] = {}
    for text in ";".join(texts or ()).split(";"):
        if text.strip():
            found[_parse_statistic(text.strip(), records)] = None
    return tuple(found)


def _parse_statistic(text: str, records: RecordSet) -> Statistic:
    name, _, kind = text.rpartition(" ")
    kind = kind.upper()
    if not name or kind not in STATISTICS:
        raise InvalidValue(
            "a statistic is a field name, a space and one of"
            f" {', '.join(STATISTICS)}; not '{text[:100]}'"
        )
    field = records.field(name.strip())
    if kind not in _ANY_FIELD and not field.is_numeric:
        raise InvalidValue(
            f"{kind} needs a field of numbers; '{field.name}' takes"
            f" {', '.join(_ANY_FIELD)}"
        )
    return Statistic(field, kind)


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows that belong together: the group of each row, the first row of each."""

    of_row: np.ndarray
    first_row: np.ndarray

    def __len__(self) -> int:
        return len(self.first_row)


def group_rows(records: RecordSet, names: Sequence[str], rows: int) -> Groups:
    """Group ``rows`` rows by equal values in the fields of these names.

    Groups come in the order of their first row. Null equals null. Without names
    all rows are one group, and so is an empty table. Raises InvalidValue.
    """
    if not names:
        return Groups(np.zeros(rows, dtype=np.int64), np.zeros(1, dtype=np.int64))
    codes = np.zeros(rows, dtype=np.int64)
    for name in names:
        column = records.column(name).combine_chunks()
        if pa.types.is_floating(column.type):
            column = pc.add(column, 0.0)  # -0.0 is 0.0
        values = column.dictionary_encode(null_encoding="encode").indices.to_numpy()
        codes = codes * (int(values.max(initial=0)) + 1) + values
        codes = np.unique(codes, return_inverse=True)[1]
    _, first, group = np.unique(codes, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return Groups(rank[group], np.sort(first))


def field_names(records: RecordSet, names: Sequence[str] | None) -> list[str]:
    """Return the fields of these names as they are spelled, each once.

    Raises InvalidValue for an unknown name.
    """
    return list(dict.fromkeys(records.field(name.strip()).name for name in names or ()))


@dataclass(frozen=True, slots=True)
class Weights:
    """How much of each row counts: ``shares`` for sums, ``sizes`` for means.

    Both are of shape (n,). A share is the part of a feature that lies inside,
    0 to 1; a size is that part's length or area.
    """

    shares: np.ndarray
    sizes: np.ndarray


def summarise(
    records: RecordSet,
    statistics: Sequence[Statistic],
    groups: np.ndarray,
    count: int,
    weights: Weights | None = None,
) -> list[tuple[Field, pa.ChunkedArray[Any]]]:
    """Return one column of ``count`` rows for each statistic.

    ``groups`` (n,) is the group of each row. Nulls are left out; without a value
    a COUNT is 0 and all else null. FIRST and LAST follow the order of the rows;
    the MEDIAN is exact. With weights SUM is the sum of value x share and MEAN the
    mean weighted by size; the others stay plain.
    """
    return [
        (one.result, _statistic(one, records.column(one.field.name), groups, count,
                                weights))
        for one in statistics
    ]  # fmt: skip


def _statistic(
    statistic: Statistic,
    column: pa.ChunkedArray[Any],
    groups: np.ndarray,
    count: int,
    weights: Weights | None,
) -> pa.ChunkedArray[Any]:
    kind = statistic.kind
    if kind not in _ANY_FIELD:
        # not safe: a whole number above 2**53 is rounded, not refused
        column = column.cast(pa.float64(), safe=False)
        if kind == "MEDIAN":
            return _median(column, groups, count)
        if weights is not None and kind in ("SUM", "MEAN"):
            return _weighted(kind, column, groups, count, weights)
        if kind == "RANGE":
            low, high = (
                _aggregate(column, groups, count, one) for one in ("MIN", "MAX")
            )
            return pc.subtract(high, low)
    result = _aggregate(column, groups, count, kind)
    return result.fill_null(pa.scalar(0)) if kind == "COUNT" else result


def _aggregate(
    column: pa.ChunkedArray[Any], groups: np.ndarray, count: int, kind: str
) -> pa.ChunkedArray[Any]:
    # one thread: first and last mean the order of the rows
    table = pa.table([pa.array(groups), column.combine_chunks()], ["group", "value"])
    name, options = _AGGREGATIONS[kind]
    made = table.group_by("group", use_threads=False).aggregate(
        [("value", name, options)]
    )
    at = np.full(count, -1)
    at[made.column("group").to_numpy()] = np.arange(made.num_rows)
    return take_or_null(made.select([f"value_{name}"]), at).column(0)


def _present(
    column: pa.ChunkedArray[Any], groups: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mask of values that are no null, the values, and their groups."""
    present = column.is_valid().to_numpy()
    return present, column.drop_null().to_numpy(), groups[present]


def _median(
    column: pa.ChunkedArray[Any], groups: np.ndarray, count: int
) -> pa.ChunkedArray[Any]:
    _, values, owner = _present(column, groups)
    values = values[np.lexsort((values, owner))]
    sizes = np.bincount(owner, minlength=count)
    begin = np.cumsum(sizes) - sizes
    result = np.full(count, np.nan)
    held = sizes > 0
    low = values[(begin + (sizes - 1) // 2)[held]]
    result[held] = low + (values[(begin + sizes // 2)[held]] - low) / 2
    return pa.chunked_array([pa.array(result, from_pandas=True)])


def _weighted(
    kind: str,
    column: pa.ChunkedArray[Any],
    groups: np.ndarray,
    count: int,
    weights: Weights,
) -> pa.ChunkedArray[Any]:
    present, values, owner = _present(column, groups)
    by_row = (weights.shares if kind == "SUM" else weights.sizes)[present]
    total = np.bincount(owner, values * by_row, count)
    below = np.bincount(owner, by_row, count)
    held = np.bincount(owner, minlength=count) > 0
    if kind == "MEAN":
        held &= below > 0
        total = np.divide(total, below, out=np.zeros(count), where=held)
    return pa.chunked_array([pa.array(total, mask=~held)])
