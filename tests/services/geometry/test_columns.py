"""Two tables side by side, and what a field is for."""

from __future__ import annotations

import numpy as np
import pytest

from services.geometry.columns import (
    append,
    display_field,
    side_by_side,
    unique_name,
)
from services.geometry.features import FeatureSet, Field, RecordSet, as_column


def test_clashing_names_get_a_suffix_in_any_case():
    first = RecordSet.from_columns({"name": ["a"], "name_1": ["b"]})
    second = RecordSet.from_columns({"NAME": ["c"], "other": ["d"]})
    joined = side_by_side(first, np.array([0]), second, np.array([0]))
    assert joined.attributes.to_pylist() == [
        {"name": "a", "name_1": "b", "NAME_2": "c", "other": "d"}
    ]


def test_minus_one_is_a_row_of_nulls():
    first = RecordSet.from_columns({"a": [1, 2]})
    second = RecordSet.from_columns({"b": ["x"]})
    joined = side_by_side(first, np.array([1, -1]), second, np.array([-1, 0]))
    assert joined.attributes.to_pylist() == [{"a": 2, "b": None}, {"a": None, "b": "x"}]


def test_object_ids_become_plain_fields_that_may_be_null():
    ids = RecordSet.from_columns(
        {"OBJECTID": [1], "gid": ["{1}"]},
        [
            Field("OBJECTID", "esriFieldTypeOID", nullable=False),
            Field("gid", "esriFieldTypeGlobalID"),
        ],
    )
    joined = side_by_side(ids, np.array([0, -1]), ids, np.array([0, 0]))
    assert [field.type for field in joined.fields] == [
        "esriFieldTypeBigInteger", "esriFieldTypeGUID"
    ] * 2  # fmt: skip
    assert [field.nullable for field in joined.fields] == [True, True, False, True]


def test_sets_without_fields_join_to_none():
    bare = FeatureSet.of([None, None])
    joined = side_by_side(bare, np.array([0]), bare, np.array([1]))
    assert joined.fields == ()


def test_appended_column_is_renamed_where_its_name_is_taken():
    records = RecordSet.from_columns({"COUNT": [5]})
    field = Field("Count", "esriFieldTypeInteger")
    made = append(records, [(field, as_column(np.array([7])))])
    assert made.attributes.to_pylist() == [{"COUNT": 5, "Count_1": 7}]


@pytest.mark.parametrize("length", [64, 70])
def test_new_names_have_at_most_64_characters(length):
    name = "n" * length
    assert unique_name(name, ()) == "n" * 64
    assert unique_name(name, ("N" * 64,)) == "n" * 62 + "_1"


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ([("code", "String"), ("NAME_EN", "String")], "NAME_EN"),
        ([("size", "Integer"), ("code", "String"), ("note", "String")], "code"),
        ([("name", "Integer")], "OBJECTID"),
        ([], "OBJECTID"),
    ],
)
def test_a_row_is_named_by_a_text(named, shown):
    fields = [Field(name, f"esriFieldType{kind}") for name, kind in named]
    assert display_field(fields, "OBJECTID") == shown
