"""Fields against SQLite, pandas and geodesic measures of pyproj."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from services.data import cities, countries
from services.errors import InvalidParameters, ToolFailed
from services.geometry.features import FeatureSet, Field, RecordSet
from services.tools.fields import (
    add_field,
    calculate_field,
    field_statistics,
    join_field,
)
from tests.services.tools.recorder import Recorder

GEOD = Geod(ellps="WGS84")
MOMENT = datetime(2024, 2, 29, 13, 5, 7, tzinfo=UTC)
ODD = FeatureSet.of(
    [shapely.Point(0, 0)] * 3,
    {"OBJECTID": [1, 2, 3], "n": [4, None, -9], "x": [0.0, 2.5, None],
     "t": ["  Ab ", None, "Größe"], "when": [MOMENT, None, MOMENT]},
    fields=[Field("OBJECTID", "esriFieldTypeOID"), Field("n", "esriFieldTypeInteger"),
            Field("x", "esriFieldTypeDouble"), Field("t"),
            Field("when", "esriFieldTypeDate")],
)  # fmt: skip


def calculated(expression, source=ODD):
    return calculate_field(source, "made", expression).column("made").to_pylist()


@pytest.fixture(scope="module")
def sqlite():
    connection = sqlite3.connect(":memory:")
    rows = countries().attributes.to_pylist()
    connection.execute(
        "CREATE TABLE c (name TEXT, continent TEXT, iso_a3 TEXT, pop_est REAL,"
        " gdp_md_est REAL)"
    )
    connection.executemany(
        "INSERT INTO c VALUES (?, ?, ?, ?, ?)", [tuple(row.values()) for row in rows]
    )
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "expression",
    [
        "pop_est / 1000 + gdp_md_est * 2 - 1",
        "gdp_md_est / (pop_est - pop_est)",
        "ROUND(gdp_md_est / pop_est, 4)",
        "ABS(pop_est - 5e7)",
        "CASE WHEN pop_est > 1e8 THEN 'huge' WHEN pop_est > 1e7 THEN 'large' END",
        "CASE continent WHEN 'Europe' THEN 1 WHEN 'Asia' THEN 2 ELSE 0 END",
        "COALESCE(iso_a3, UPPER(SUBSTR(name, 1, 3)) || '?')",
        "NULLIF(iso_a3, 'FRA') || '-' || continent",
        "LENGTH(name) * 10",
        "REPLACE(name, 'land', 'stan')",
        "SUBSTR(name, 3)",
        "TRIM('  ' || name || ' ')",
        "LTRIM('  ' || name || ' ') || '|' || RTRIM(name || '  ')",
        "name LIKE 'A%' OR continent IN ('Europe', 'Asia') AND NOT pop_est < 1e7",
        "iso_a3 IS NULL",
        "iso_a3 = 'FRA'",
        "pop_est BETWEEN 1e6 AND 1e7",
        "pop_est % 1000",
        "-gdp_md_est",
    ],
)
def test_values_are_those_of_sqlite(sqlite, expression):
    expected = [row[0] for row in sqlite.execute(f"SELECT {expression} FROM c")]
    found = calculated(expression, countries())
    for mine, theirs in zip(found, expected, strict=True):
        assert mine == (
            theirs if isinstance(theirs, str | None) else pytest.approx(theirs)
        )
    assert len(found) == 177


@pytest.mark.parametrize(
    ("expression", "function"),
    [
        ("SQRT(x)", np.sqrt), ("EXP(x)", np.exp), ("LN(x)", np.log),
        ("LOG10(x)", np.log10), ("FLOOR(x)", np.floor), ("CEILING(x)", np.ceil),
        ("SIN(x)", np.sin), ("COS(x)", np.cos), ("TAN(x)", np.tan),
        ("ATAN(x)", np.arctan), ("SIGN(x)", np.sign), ("POWER(x, 3)", lambda x: x**3),
        ("MOD(x, 0.7)", lambda x: np.fmod(x, 0.7)), ("RADIANS(x)", np.radians),
        ("DEGREES(x)", np.degrees), ("ASIN(x / 10)", lambda x: np.arcsin(x / 10)),
        ("ACOS(x / 10)", lambda x: np.arccos(x / 10)), ("PI() * x", lambda x: np.pi * x),
        ("ATAN2(x, 2)", lambda x: np.arctan2(x, 2)),
    ],
)  # fmt: skip
def test_functions_of_numbers_are_those_of_numpy(expression, function):
    values = np.array([-2.5, -0.5, 0.0, 0.25, 1.0, 7.75])
    source = FeatureSet.of([shapely.Point(0, 0)] * 6, {"x": values})
    with np.errstate(all="ignore"):
        expected = function(values)
    expected = [
        None if not np.isfinite(one) else pytest.approx(one) for one in expected
    ]
    assert calculated(expression, source) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("n + x", [4.0, None, None]), ("n / x", [None, None, None]),
        ("7 / 2", [3.5] * 3), ("ROUND(0.5)", [1.0] * 3), ("ROUND(-1250, -2)", [-1300.0] * 3),
        ("NULL + 1", [None] * 3), ("n", [4, None, -9]), ("NULL", [None] * 3),
        ("LEFT(TRIM(t), 1)", ["A", None, "G"]), ("RIGHT(t, 2)", ["b ", None, "ße"]),
        ("LOWER(t)", ["  ab ", None, "größe"]), ("CONCAT(t, n)", ["  Ab 4", None, "Größe-9"]),
        ("LEAST(n, x)", [0.0, None, None]), ("GREATEST(n, 0)", [4, None, 0]),
        ("CAST(x AS TEXT)", ["0", "2.5", None]), ("CAST('12' AS INT) + 1", [13.0] * 3),
        ("CAST(x AS INT)", [0, 3, None]), ("CAST(t AS VARCHAR(3))", ["  A", None, "Grö"]),
        ("CASE WHEN n > 0 THEN n ELSE x END", [4.0, 2.5, None]),
        ("IF(n > 0, 'yes', 'no')", ["yes", "no", "no"]), ("TRUE", [1] * 3),
        ("YEAR(\"when\")", [2024, None, 2024]), ("EXTRACT(MINUTE FROM \"when\")", [5, None, 5]),
        ("\"when\" - DATE '2024-02-28'", [pytest.approx(1.545220, abs=1e-6), None] * 1
         + [pytest.approx(1.545220, abs=1e-6)]),
        ("DAY(\"when\" + 1)", [1, None, 1]), ("MONTH(\"when\" - 29)", [1, None, 1]),
        ("WEEK(\"when\")", [9, None, 9]),
        ("CAST(\"when\" AS TEXT)", ["2024-02-29T13:05:07Z", None, "2024-02-29T13:05:07Z"]),
        ("CAST('2024-02-29 13:05:07' AS TIMESTAMP) = \"when\"", [1, None, 1]),
        ("$x + $y", [0.0] * 3),
    ],
)  # fmt: skip
def test_expressions_follow_standard_sql(expression, expected):
    assert calculated(expression) == expected


def test_words_of_geometry_are_measured_on_the_ground():
    area = calculated("$area", countries())
    expected = [abs(GEOD.geometry_area_perimeter(one)[0])
                for one in countries().geometries]  # fmt: skip
    assert area == pytest.approx(expected, rel=1e-6)
    line = shapely.LineString([(24, 60), (25, 61)])
    assert calculated("$LENGTH", FeatureSet.of([line])) == [
        pytest.approx(GEOD.geometry_length(line), rel=1e-6)
    ]


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("__import__('os').system('x')", "must hold no"),
        ("eval(n)", "must hold no function but ABS"),
        ("(SELECT 1)", "must hold no subquery"),
        ("n; DROP TABLE c", "must be one expression, without a semicolon"),
        ("n +", "is not an expression such as"), ("", "is not an expression"),
        ("nope + 1", "there is no field 'nope'"), ("c.n", "must hold no table"),
        ("t * 2", "expected a number, not t, which is a text"),
        ("UPPER(n)", "expected a text, not n, which is a number"),
        ("CASE WHEN n > 0 THEN 1 ELSE 'a' END", "gives a number here and a text there"),
        ("LEFT(t, n)", "takes a value that is written down"),
        ("SUBSTRING(t, 0)", "counts from 1"), ("$area", "there is no $area here"),
        ("CAST(n AS BLOB)", "CAST knows"), ("EXTRACT(CENTURY FROM n)", "EXTRACT knows"),
        ("\"when\" * 2", "takes only [+] and - days"), ("n -- note", "must hold no comment"),
        ("CASE n WHEN 1 THEN t", "is not an expression"), ("CEILING(x, 2)", "must hold no"),
        ("+".join("n" * 60), "nested deeper"), ("n" * 3000, "at most 2000"),
        ("CASE n END", "is not an expression|must hold|expected"),
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused_with_a_reason(expression, says):
    says = says.replace("$", r"\$")
    with pytest.raises(InvalidParameters, match=f"'Expression': .*({says})"):
        calculated(expression)


def nested(depth, wrap):
    text = "n"
    for _ in range(depth):
        text = wrap(text)
    return text


@pytest.mark.parametrize(
    "expression",
    [
        nested(15, lambda x: f"CASE {x} WHEN 1 THEN 2 WHEN 3 THEN 4 WHEN 5 THEN 6 END"),
        nested(15, lambda x: f"NULLIF({x}, 7)"),
        nested(9, lambda x: f"({x} BETWEEN 0 AND 1)"),
    ],
)
def test_deep_nesting_takes_no_longer_than_its_length(expression, monkeypatch):
    seen = []
    column = RecordSet.column
    monkeypatch.setattr(
        RecordSet, "column", lambda *args: seen.append(args[1]) or column(*args)
    )
    calculated(expression)
    assert seen.count("n") == 1


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("CAST(t AS VARCHAR(MAX))", "takes a value that is written down"),
        ("CAST(n AS VARCHAR(99999999999999999999))", "at most 1,000,000,000"),
        ("LEFT(t, 99999999999999999999)", "at most 1,000,000,000"),
        ("RIGHT(t, 99999999999999999999)", "at most 1,000,000,000"),
        ("SUBSTRING(t, 1, 99999999999999999999)", "at most 1,000,000,000"),
        ("ROUND(n, 99999999999999999999)", "at most 1,000,000,000"),
    ],
)
def test_numbers_too_large_to_count_with_are_refused(expression, says):
    with pytest.raises(InvalidParameters, match=says):
        calculated(expression)


@pytest.mark.parametrize(
    "expression",
    ["1e999", "COALESCE(NULL, 1e999)", "LEAST(NULL, NULL)", "\"when\" + 1e9",
     "\"when\" + 1e300", "DATE '9999-12-31' + 1", "DATE '0001-01-01' - 1",
     "YEAR(\"when\" + 1e8)"],
)  # fmt: skip
def test_what_has_no_value_is_null(expression):
    assert calculated(expression) == [None] * 3


TERMS = st.recursive(
    st.sampled_from(["n", "x", "2.0", "0.0", "NULL", "(LENGTH(t) * 1.0)", "-1.5"]),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(
        lambda parts: f"({' '.join(parts)})"
    ),
    max_leaves=6,
)


@given(TERMS)
def test_any_arithmetic_is_what_sqlite_makes_of_it(expression):
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE c (n REAL, x REAL, t TEXT)")
        rows = [(row["n"], row["x"], row["t"]) for row in ODD.attributes.to_pylist()]
        connection.executemany("INSERT INTO c VALUES (?, ?, ?)", rows)
        made = [row[0] for row in connection.execute(f"SELECT {expression} FROM c")]
    assert [one if one is None else float(one) for one in calculated(expression)] == [
        one if one is None else pytest.approx(one) for one in made
    ]


def test_values_become_the_type_of_the_field():
    context = Recorder()
    made = calculate_field(ODD, "N", "x * 1e6 * 1e6", context=context)
    assert made.column("n").to_pylist() == [0, None, None]
    assert made.field("n").type == "esriFieldTypeInteger"
    assert context.warnings == [
        "n: 1 values are no number for esriFieldTypeInteger and became null"
    ]
    assert context.messages == ["2 of 3 values are null"]
    assert [one.name for one in made.fields] == [one.name for one in ODD.fields]


@pytest.mark.parametrize(
    ("expression", "kind", "expected"),
    [("n / 2", None, "Double"), ("t", None, "String"), ("\"when\"", None, "Date"),
     ("n > 0", None, "Integer"), ("n", "SHORT", "SmallInteger"), ("n", "TEXT", "String"),
     ("NULL", None, "String"), ("t", "DATE", "Date")],
)  # fmt: skip
def test_a_new_field_has_the_type_of_its_values_or_the_one_asked_for(
    expression, kind, expected
):
    made = calculate_field(ODD, "made", expression, kind)
    assert made.fields[-1].type == f"esriFieldType{expected}"


def test_identifiers_are_not_calculated_and_nothing_stays_nothing():
    with pytest.raises(ToolFailed, match="OBJECTID identifies"):
        calculate_field(ODD, "objectid", "n")
    empty = ODD.take(np.array([], dtype=int))
    assert len(calculate_field(empty, "made", "CASE WHEN n > 1 THEN t END")) == 0


@pytest.mark.parametrize(
    ("kind", "default", "expected"),
    [("TEXT", "a", "a"), ("SHORT", "7", 7), ("DOUBLE", "2.5", 2.5), ("LONG", "", None),
     ("DATE", "2024-02-29 13:05:07", MOMENT), ("DATEONLY", "2024-02-29", "2024-02-29")],
)  # fmt: skip
def test_an_added_field_has_its_value_in_all_rows(kind, default, expected):
    made = add_field(ODD, "new", kind, field_alias="New one", default_value=default)
    assert made.column("new").to_pylist() == [expected] * 3
    assert made.fields[-1].alias == "New one"


def test_fields_that_cannot_be_are_refused():
    with pytest.raises(ToolFailed, match="there is a field 'N' already"):
        add_field(ODD, "N")
    with pytest.raises(ToolFailed, match="1 to 64 characters"):
        add_field(ODD, " ")
    with pytest.raises(ToolFailed, match="'x' does not fit"):
        add_field(ODD, "new", "LONG", default_value="x")
    with pytest.raises(ToolFailed, match="is for TEXT"):
        add_field(ODD, "new", "LONG", 5)
    assert len(add_field(ODD.take(np.array([], dtype=int)), "new")) == 0


def test_a_join_is_the_left_merge_of_pandas():
    context = Recorder()
    made = join_field(
        countries(),
        "iso_a3",
        cities().records,
        "ISO_A3",
        ["name", "population"],
        context,
    )
    left, right = countries().attributes.to_pandas(), cities().attributes.to_pandas()
    first = right.dropna(subset=["iso_a3"]).drop_duplicates("iso_a3")
    frame = left.merge(first, on="iso_a3", how="left", suffixes=("", "_1"))
    names = [one if isinstance(one, str) else None for one in frame["name_1"]]
    assert made.column("name_1").to_pylist() == names
    count = int(frame["name_1"].notna().sum())
    assert context.messages == [f"{count} of 177 features have a row"]
    many = len(right.dropna(subset=["iso_a3"])) - len(first)
    assert context.warnings[0].startswith(f"{many} rows of the table have the key")


def test_numbers_are_equal_by_value_and_null_equals_nothing():
    table = RecordSet.from_columns({"key": [4.0, -9.0, None, 4.0], "v": list("abcd")})
    made = join_field(ODD, "n", table, "key")
    assert made.column("v").to_pylist() == ["a", None, "b"]
    with pytest.raises(ToolFailed, match="must both be numbers, texts or dates"):
        join_field(ODD, "t", table, "key")


def test_a_join_with_an_empty_table_gives_nulls():
    table = RecordSet.from_columns(
        {"key": pa.array([], pa.string()), "v": pa.array([], pa.string())}
    )
    assert join_field(ODD, "t", table, "key").column("v").null_count == 3
    empty = ODD.take(np.array([], dtype=int))
    assert len(join_field(empty, "t", table, "key")) == 0


def test_statistics_of_fields_are_those_of_pandas():
    made = field_statistics(countries().records).attributes.to_pandas()
    frame = countries().attributes.to_pandas()
    for _, row in made.iterrows():
        column = frame[row["FIELDNAME"]]
        assert row["COUNT"] == column.count()
        assert row["NULLS"] == column.isna().sum()
        assert row["UNIQUE"] == column.nunique()
        if row["FIELDTYPE"] in ("Integer", "Double"):
            told = column.describe()
            found = [
                row[name]
                for name in ("MEAN", "STD", "MIN", "Q1", "MEDIAN", "Q3", "MAX")
            ]
            assert found == pytest.approx(told.tolist()[1:], rel=1e-12)
            assert row["SUM"] == pytest.approx(column.sum())
        else:
            assert row["MIN_TEXT"] == column.dropna().min()
            assert row["MAX_TEXT"] == column.dropna().max()
            assert np.isnan(row["MEAN"])


def test_statistics_of_a_single_value_and_of_none():
    made = field_statistics(ODD.take(np.array([1])).records, ["x", "when", "n"])
    rows = made.attributes.to_pylist()
    assert (rows[0]["STD"], rows[0]["MEDIAN"], rows[0]["MIN_TEXT"]) == (
        None,
        2.5,
        "2.5",
    )
    assert (rows[1]["COUNT"], rows[1]["MIN_TEXT"]) == (0, None)
    assert (rows[2]["NULLS"], rows[2]["MEAN"], rows[2]["Q1"]) == (1, None, None)
    dates = field_statistics(ODD.records, ["WHEN"]).attributes.to_pylist()[0]
    assert (dates["UNIQUE"], dates["MAX_TEXT"]) == (1, "2024-02-29T13:05:07Z")
