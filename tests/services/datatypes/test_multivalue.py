"""GPMultiValue: several values of one data type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.datatypes import data_type
from services.errors import InvalidValue
from services.files import DataFile
from services.geometry.units import LinearUnit
from services.wire import encode

STRINGS = data_type("GPMultiValue:GPString")
LONGS = data_type("GPMultiValue:GPLong")
UNITS = data_type("GPMultiValue:GPLinearUnit")
MILE = LinearUnit(5.0, "esriMiles")


# The array is documented; REST JS joins scalars by commas (gpserver-rest.md 6.7).
@pytest.mark.protocol("6.7 GPMultiValue as array and comma list")
@pytest.mark.parametrize(
    "raw", ["[1, 2]", [1, 2], "1,2", " 1 , 2 ", ["1", "2"], b"[1,2]"], ids=repr
)
def test_arrays_and_comma_lists_are_read(raw):
    assert LONGS.parse(raw) == [1, 2]


@pytest.mark.protocol("6.7 GPMultiValue as a single bare value")
@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (LONGS, 5, [5]),
        (LONGS, "5", [5]),
        (STRINGS, '["Parcels","Street Lights"]', ["Parcels", "Street Lights"]),
        (STRINGS, '["a,b"]', ["a,b"]),
        (STRINGS, "{x}", ["{x}"]),
        (UNITS, {"distance": 5, "units": "esriMiles"}, [MILE]),
        (UNITS, '{"distance": 5, "units": "esriMiles"}', [MILE]),
        (UNITS, "5 Miles,5 Miles", [MILE, MILE]),
        (data_type("GPMultiValue:GPDataFile"), "https://e.org/a,b",
         [DataFile(None, (("url", "https://e.org/a,b"),))]),
    ],
)  # fmt: skip
def test_single_values_count_as_lists(kind, raw, value):
    assert kind.parse(raw) == value


def test_empty_array_is_a_value():
    assert LONGS.parse("[]") == []


@pytest.mark.parametrize(
    "raw",
    ["[1,", "[null]", [None], {}, None, "1;2", '["a"]', [[1]], "[1][2]", b"\xff"],
    ids=repr,
)
def test_what_is_no_list_of_numbers_is_refused(raw):
    with pytest.raises(InvalidValue):
        LONGS.parse(raw)


def test_refused_member_is_named_by_its_place():
    with pytest.raises(InvalidValue, match=r"^value 2: expected a whole number"):
        LONGS.parse([1, 2, "x"])


def test_at_most_ten_thousand_values_are_accepted():
    assert len(LONGS.parse([7] * 10_000)) == 10_000
    with pytest.raises(InvalidValue, match="at most 10000"):
        LONGS.parse([7] * 10_001)


def test_deep_nesting_is_refused_whatever_surrounds_it():
    deep = "[" * 900 + "]" * 900
    for text in (deep, f'["{"]" * 2000}",{deep}]', f"[{' ' * 20_000}{deep}]"):
        with pytest.raises(InvalidValue, match="nested too deep"):
            LONGS.parse(text)


def test_brackets_inside_texts_are_no_nesting():
    assert STRINGS.parse(encode(["[" * 50, '\\"' + "{" * 50])) == [
        "[" * 50,
        '\\"' + "{" * 50,
    ]


def test_features_come_as_a_list_of_sets():
    one = {
        "features": [{"geometry": {"x": 1, "y": 2}}],
        "spatialReference": {"wkid": 4326},
    }
    kind = data_type("GPMultiValue:GPFeatureRecordSetLayer")
    assert [len(value) for value in kind.parse(encode([one, one]))] == [1, 1]
    assert [len(value) for value in kind.parse(encode(one))] == [1]


@given(st.lists(st.text(), max_size=5))
def test_any_texts_survive_a_json_array(texts):
    if not any("\0" in text for text in texts):
        assert STRINGS.parse(encode(texts)) == texts
