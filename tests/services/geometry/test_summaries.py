"""Grouped statistics against Python's statistics module and pandas."""

from __future__ import annotations

import statistics

import numpy as np
import pandas as pd
import pytest

from services.data import countries
from services.errors import InvalidValue
from services.geometry.features import Field, RecordSet
from services.geometry.summaries import (
    STATISTICS,
    Weights,
    field_names,
    group_rows,
    parse_statistics,
    summarise,
)

VALUES = [3.5, 1.0, 10.25, 7.0, 2.0]


def table(**columns):
    return RecordSet.from_columns(columns)


def of_one_group(records, text):
    groups = np.zeros(len(records), dtype=int)
    wanted = parse_statistics([text], records)
    return summarise(records, wanted, groups, 1)[0][1].to_pylist()[0]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("SUM", sum(VALUES)),
        ("MEAN", statistics.mean(VALUES)),
        ("MIN", min(VALUES)),
        ("MAX", max(VALUES)),
        ("RANGE", max(VALUES) - min(VALUES)),
        ("STD", statistics.stdev(VALUES)),
        ("VARIANCE", statistics.variance(VALUES)),
        ("MEDIAN", statistics.median(VALUES)),
        ("COUNT", len(VALUES)),
        ("FIRST", VALUES[0]),
        ("LAST", VALUES[-1]),
    ],
)
def test_statistic_leaves_nulls_out(kind, expected):
    records = table(v=[None, *VALUES, None])
    assert of_one_group(records, f"v {kind}") == pytest.approx(expected, rel=1e-12)


def test_every_statistic_is_tested_above():
    tested = test_statistic_leaves_nulls_out.pytestmark[0].args[1]
    assert {row[0] for row in tested} == set(STATISTICS)


@pytest.mark.parametrize("kind", STATISTICS)
def test_without_values_all_is_null_but_the_count(kind):
    records = RecordSet.from_columns({"v": [None]}, [Field("v", "esriFieldTypeDouble")])
    assert of_one_group(records, f"v {kind}") == (0 if kind == "COUNT" else None)


@pytest.mark.parametrize("kind", ["STD", "VARIANCE"])
def test_spread_of_a_single_value_is_null(kind):
    assert of_one_group(table(v=[4.0]), f"v {kind}") is None


def test_median_of_an_even_number_is_between_the_middle_two():
    assert of_one_group(table(v=[4.0, 1.0, 2.0, 9.0]), "v MEDIAN") == 3.0


def test_sum_of_whole_numbers_does_not_overflow():
    records = table(v=np.array([2**62, 2**62, 2**62]))
    assert of_one_group(records, "v SUM") == 3.0 * 2**62


@pytest.mark.parametrize(
    ("pandas_name", "kind"),
    [("sum", "SUM"), ("mean", "MEAN"), ("std", "STD"), ("var", "VARIANCE"),
     ("median", "MEDIAN"), ("min", "MIN"), ("max", "MAX"), ("count", "COUNT")],
)  # fmt: skip
def test_groups_of_real_data_are_those_of_pandas(pandas_name, kind):
    records = countries().records
    groups = group_rows(records, ["continent"], len(records))
    wanted = parse_statistics([f"gdp_md_est {kind}"], records)
    ((_, column),) = summarise(records, wanted, groups.of_row, len(groups))
    frame = records.attributes.to_pandas()
    expected = frame.groupby("continent", sort=False)["gdp_md_est"].agg(pandas_name)
    names = records.column("continent").take(groups.first_row).to_pylist()
    assert names == list(expected.index)
    made = column.to_numpy().astype(float)
    assert made == pytest.approx(expected.to_numpy(), rel=1e-12, nan_ok=True)


def test_text_and_dates_have_a_first_and_a_highest():
    assert of_one_group(table(t=[None, "pear", "fig"]), "t FIRST") == "pear"
    assert of_one_group(table(t=["pear", "fig", None]), "t MIN") == "fig"
    moments = pd.to_datetime(["2024-02-01", "2023-01-01"], utc=True)
    assert of_one_group(table(d=list(moments)), "d MAX") == moments[0]


def test_weights_scale_sums_and_means_only():
    records = table(v=[10.0, 20.0, None])
    weights = Weights(np.array([0.5, 0.25, 1.0]), np.array([3.0, 1.0, 5.0]))
    wanted = parse_statistics(["v SUM; v MEAN; v MAX; v COUNT"], records)
    made = summarise(records, wanted, np.zeros(3, dtype=int), 1, weights)
    # half of 10 and a quarter of 20; three parts of 10 to one of 20
    assert [column.to_pylist()[0] for _, column in made] == [10.0, 12.5, 20.0, 2]


def test_group_without_rows_is_null():
    records = table(v=[1.0])
    wanted = parse_statistics(["v SUM", "v COUNT", "v MEDIAN"], records)
    made = summarise(records, wanted, np.array([1]), 3)
    assert [column.to_pylist() for _, column in made] == [
        [None, 1.0, None], [0, 1, 0], [None, 1.0, None]
    ]  # fmt: skip


def test_groups_come_in_the_order_of_their_first_row_and_null_is_one():
    records = table(a=["y", "x", None, "y", None], b=[1, 1, 2, 2, 2])
    groups = group_rows(records, ["a"], 5)
    assert groups.of_row.tolist() == [0, 1, 2, 0, 2]
    assert groups.first_row.tolist() == [0, 1, 2]
    assert group_rows(records, ["a", "b"], 5).of_row.tolist() == [0, 1, 2, 3, 2]


def test_without_fields_all_rows_are_one_group():
    assert group_rows(table(), [], 3).of_row.tolist() == [0, 0, 0]


def test_result_fields_are_named_and_typed_after_the_source():
    records = RecordSet.from_columns(
        {"pop": [1]}, [Field("pop", "esriFieldTypeInteger", "Population")]
    )
    made = [one.result for one in parse_statistics(["POP mean;pop MAX"], records)]
    assert made == [
        Field("MEAN_pop", "esriFieldTypeDouble", "Mean of Population"),
        Field("MAX_pop", "esriFieldTypeInteger", "Maximum of Population"),
    ]


@pytest.mark.parametrize(
    ("kind", "value", "plain"),
    [
        ("esriFieldTypeOID", 1, "esriFieldTypeBigInteger"),
        ("esriFieldTypeGlobalID", "{1}", "esriFieldTypeGUID"),
    ],
)
def test_first_identifier_identifies_no_row(kind, value, plain):
    records = RecordSet.from_columns({"id": [value]}, [Field("id", kind)])
    (one,) = parse_statistics(["id FIRST"], records)
    assert one.result.type == plain


def test_statistic_asked_for_twice_is_given_once():
    assert len(parse_statistics(["v SUM", "V sum; v SUM ;"], table(v=[1.0]))) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v", "a field name, a space and one of SUM, MEAN"),
        ("v AVERAGE", "not 'v AVERAGE'"),
        ("w SUM", "no field 'w'"),
        ("t MEAN", "MEAN needs a field of numbers; 't' takes MIN, MAX"),
    ],
)
def test_refused_statistic_says_what_was_expected(text, message):
    with pytest.raises(InvalidValue, match=message):
        parse_statistics([text], table(v=[1.0], t=["x"]))


def test_field_names_are_spelled_as_in_the_table_and_each_once():
    assert field_names(table(Name=["x"]), ["name", " NAME "]) == ["Name"]
    assert field_names(table(), None) == []
