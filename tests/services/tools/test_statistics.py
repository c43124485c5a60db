"""Summary statistics of real attributes against pandas and Python."""

from __future__ import annotations

import statistics

import numpy as np
import pytest

from services.data import cities, countries
from services.errors import InvalidValue, ToolFailed
from services.geometry.features import Field, RecordSet
from services.tools.statistics import frequency, summary_statistics


def test_populations_by_continent_are_those_of_pandas():
    table = countries().records
    made = summary_statistics(table, ["pop_est SUM", "gdp_md_est MEAN"], ["continent"])
    frame = table.attributes.to_pandas().groupby("continent", sort=False)
    expected = frame.agg(
        FREQUENCY=("name", "size"),
        SUM_pop_est=("pop_est", "sum"),
        MEAN_gdp_md_est=("gdp_md_est", "mean"),
    ).reset_index()
    assert [field.name for field in made.fields] == list(expected.columns)
    for name in expected.columns[1:]:
        assert made.numbers(name) == pytest.approx(expected[name].to_numpy(float))
    assert made.column("continent").to_pylist() == expected["continent"].tolist()


def test_without_case_fields_there_is_one_row():
    values = cities().column("population").to_pylist()
    made = summary_statistics(cities(), ["population STD;population MEDIAN"])
    assert made.attributes.to_pylist() == [
        {
            "FREQUENCY": len(values),
            "STD_population": pytest.approx(statistics.stdev(values), rel=1e-12),
            "MEDIAN_population": statistics.median(values),
        }
    ]


def test_two_case_fields_make_a_row_for_each_pair_in_the_order_asked_for():
    table = RecordSet.from_columns({"a": [1, 1, 2], "b": ["x", "x", "x"]})
    made = summary_statistics(table, ["a COUNT"], ["B", "a"])
    assert made.attributes.to_pylist() == [
        {"b": "x", "a": 1, "FREQUENCY": 2, "COUNT_a": 2},
        {"b": "x", "a": 2, "FREQUENCY": 1, "COUNT_a": 1},
    ]


def test_null_is_a_group_of_its_own():
    table = RecordSet.from_columns({"k": ["x", None, None], "v": [1.0, 2.0, None]})
    made = summary_statistics(table, ["v SUM"], ["k"])
    assert made.attributes.to_pylist() == [
        {"k": "x", "FREQUENCY": 1, "SUM_v": 1.0},
        {"k": None, "FREQUENCY": 2, "SUM_v": 2.0},
    ]


def test_empty_table_counts_nothing():
    table = RecordSet.from_columns({"v": []}, [Field("v", "esriFieldTypeDouble")])
    assert summary_statistics(table, ["v SUM"]).attributes.to_pylist() == [
        {"FREQUENCY": 0, "SUM_v": None}
    ]
    assert len(summary_statistics(table, ["v SUM"], ["v"])) == 0


def test_only_the_frequency_is_given_without_statistics():
    made = summary_statistics(cities(), [], ["iso_a3"])
    assert [field.name for field in made.fields] == ["iso_a3", "FREQUENCY"]
    assert sum(made.column("FREQUENCY").to_pylist()) == len(cities())


def test_unknown_field_is_named():
    with pytest.raises(InvalidValue, match="no field 'wealth'"):
        summary_statistics(cities(), ["population SUM"], ["wealth"])


def test_negative_zero_is_in_the_group_of_zero():
    table = RecordSet.from_columns({"k": [0.0, -0.0, 1.0], "v": [1, 2, 4]})
    made = summary_statistics(table, ["v SUM"], ["k"])
    assert made.column("SUM_v").to_pylist() == [3, 4]


def test_frequencies_and_sums_are_those_of_pandas():
    table = countries().records
    made = frequency(table, ["continent"], ["pop_est", "gdp_md_est"])
    frame = table.attributes.to_pandas().groupby("continent", sort=False)
    expected = frame[["pop_est", "gdp_md_est"]].sum()
    assert [one.name for one in made.fields] == [
        "FREQUENCY", "continent", "pop_est", "gdp_md_est",
    ]  # fmt: skip
    assert made.numbers("FREQUENCY").tolist() == frame.size().tolist()
    assert made.column("continent").to_pylist() == expected.index.tolist()
    for name in ("pop_est", "gdp_md_est"):
        assert made.numbers(name) == pytest.approx(expected[name].to_numpy(float))


def test_a_field_may_be_counted_and_added_up():
    table = RecordSet.from_columns({"lanes": [2, 2, None]})
    made = frequency(table, ["lanes"], ["lanes"])
    assert made.attributes.to_pylist() == [
        {"FREQUENCY": 2, "lanes": 2, "lanes_1": 4.0},
        {"FREQUENCY": 1, "lanes": None, "lanes_1": None},
    ]


def test_frequencies_add_up_to_the_rows_and_an_empty_table_has_none():
    made = frequency(cities().records, ["country"])
    assert made.numbers("FREQUENCY").sum() == len(cities())
    assert len(frequency(cities().records.take(np.arange(0)), ["country"])) == 0
    with pytest.raises(ToolFailed, match="Frequency_Fields"):
        frequency(cities().records, [])
