"""Where clauses: refused, or a tree of few nodes that chooses rows."""

from __future__ import annotations

import contextlib

import pyarrow as pa

from services.errors import InvalidParameters, InvalidValue
from services.geometry.features import Field, RecordSet
from services.query.condition import rows_where
from services.query.parameters import parse_query
from services.query.where import parse_where
from tests.corpus import cases

SEEDS = [
    *(str(case["value"]).encode() for case in cases("query") if "value" in case),
    b"a = 1", b"name LIKE 'A%' ESCAPE '!'", b"NOT (a >= 2.5 OR b IS NOT NULL)",
    b"day > TIMESTAMP '2024-01-01 00:00:00'", b"a IN (1, 2, NULL)", b"UPPER(name) <> 'B'",
    b"a BETWEEN -1 AND 1e3", b'"name" = \'it\'\'s\'', b"a + 1 / 0 = a * 2 - 3",
    b"day = DATE '2024-01-01'", b"name = N'x'", b"a = CAST(1 AS INT)", b"a = :x", b"a = ?",
]  # fmt: skip
RECORDS = RecordSet(
    (
        Field("OBJECTID", "esriFieldTypeOID"),
        Field("a", "esriFieldTypeDouble"),
        Field("name", "esriFieldTypeString", length=20),
        Field("day", "esriFieldTypeDate"),
    ),
    pa.table(
        {
            "OBJECTID": pa.array([1, 2, 3], pa.int64()),
            "a": pa.array([1.0, None, -2.5]),
            "name": pa.array(["A", "b%", None]),
            "day": pa.array([0, None, 1_700_000_000_000], pa.timestamp("ms", tz="UTC")),
        }
    ),
)


def check(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        parse_where(text)
        held = rows_where(text, RECORDS)
    except InvalidValue:
        pass
    else:
        assert held.shape == (3,)
    for name in ("orderByFields", "outFields", "outStatistics", "objectIds", "time"):
        with contextlib.suppress(InvalidParameters):
            parse_query({name: text})
