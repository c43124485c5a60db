"""GPValueTable and GPComposite: types that are made of others."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from services.datatypes import data_type
from services.datatypes.column import Column
from services.datatypes.composite import GPComposite
from services.datatypes.multivalue import GPMultiValue
from services.datatypes.rule import Rule
from services.datatypes.valuetable import MAX_ROWS, GPValueTable
from services.errors import InvalidValue
from services.geometry.units import LinearUnit
from services.texts import HiddenText


class Row(NamedTuple):
    """A row as a tool declares it."""

    id: int
    text: str
    share: float | None = 0.5


COLUMNS = (
    Column(data_type("GPLong"), "Id"),
    Column(data_type("GPString"), "Text"),
    Column(data_type("GPDouble"), "Share", "The share", False, Rule(maximum=1)),
)
TABLE = GPValueTable(COLUMNS)


def composite(*names: str, **rule: Any) -> GPComposite:
    return GPComposite(
        tuple(Column(data_type(one), rule=Rule(**rule)) for one in names)
    )


@pytest.mark.protocol("6.7 GPValueTable: empty cells")
@pytest.mark.parametrize(
    "raw",
    [
        '[[1, "", null], [2, "x", 0.5]]',
        [[1, "", ""], ["2", "x", 0.5]],
        [{"Id": 1, "Text": ""}, {"id": 2, "TEXT": "x", "Share": 0.5}],
        [[1, "", None], {"Id": 2, "Text": "x", "Share": 0.5}],
    ],
    ids=str,
)
def test_rows_are_arrays_or_objects(raw):
    assert TABLE.parse(raw) == [(1, "", None), (2, "x", 0.5)]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (None, "expected an array of rows, each with the columns Id, Text, Share"),
        ("1,x,0.5", "expected an array of rows"),
        ([1, "x", 0.5], "row 0: expected an array of cells or an object, not 1"),
        ([[1, "x"]], "row 0: has 2 cells; the 3 columns are Id, Text, Share"),
        ([[1, "x", 0, 0]], "row 0: has 4 cells"),
        ([[None, "x", 0]], "row 0: column Id: a value is required"),
        ([["", "x", 0]], "row 0: column Id: a value is required"),
        ([[1, None, 0]], "row 0: column Text: a value is required"),
        ([[1, "x", 0], [1.5, "x", 0]], "row 1: column Id: expected a whole number"),
        ([[1, "x", 2]], "row 0: column Share: out of range: must be at most 1"),
        ([{"Ids": 1}], "row 0: there is no column ids; they are Id, Text, Share"),
        ([[1, "x", 0]] * (MAX_ROWS + 1), "at most 10000 are accepted"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_row_is_refused_with_its_place(raw, says):
    with pytest.raises(InvalidValue, match=says):
        TABLE.parse(raw)


def test_a_tool_gets_its_own_rows_with_their_defaults():
    kind = GPValueTable(COLUMNS, Row)
    rows = kind.native(kind.parse([[1, "a", None], [2, "b", 1]]))
    assert rows == [Row(1, "a", 0.5), Row(2, "b", 1.0)]
    assert rows[0].share == 0.5
    assert kind == TABLE


@pytest.mark.protocol("6.7 GPComposite: types are tried in order, a tag decides")
@pytest.mark.parametrize(
    ("names", "raw", "value"),
    [
        (("GPLong", "GPString"), "5", 5),
        (("GPString", "GPLong"), "5", "5"),
        (("GPLong", "GPString"), "5.5", "5.5"),
        (("GPLong", "GPString"), '{"a": 1}', '{"a": 1}'),
        (("GPLong", "GPString"), '{"a"', '{"a"'),
        (("GPString", "GPLong"), {"dataType": "GPLong", "value": 5}, 5),
        (("GPLong", "GPString"), '{"dataType": "GPString", "value": "5"}', "5"),
        (("GPDouble", "GPLinearUnit"), '{"distance": 5, "units": "esrimiles"}',
         LinearUnit(5.0, "esriMiles")),
        (("GPDouble", "GPLinearUnit"), "5 Miles", LinearUnit(5.0, "esriMiles")),
    ],
)  # fmt: skip
def test_a_value_is_of_the_first_type_that_reads_it(names, raw, value):
    found = composite(*names).parse(raw)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("x", "expected a value of type GPLong or GPLinearUnit, not x"),
        (None, "expected a value of type GPLong or GPLinearUnit"),
        (
            {"dataType": "GPString", "value": "5"},
            "dataType must be one of GPLong, GPLinearUnit, not GPString",
        ),
        ({"dataType": None, "value": "5"}, "dataType must be one of"),
        ({"dataType": "GPLong", "value": "x"}, "expected a whole number"),
        ("11", "out of range: must be at most 10"),
        ("11 Meters", "out of range: must be at most 10 metres"),
    ],
    ids=str,
)
def test_what_is_of_no_type_is_refused(raw, says):
    with pytest.raises(InvalidValue, match=says):
        composite("GPLong", "GPLinearUnit", maximum=10).parse(raw)


@pytest.mark.protocol("6.7 GPComposite answers the real type")
@pytest.mark.parametrize(
    ("names", "value", "kind"),
    [
        (("GPLong", "GPBoolean"), True, "GPBoolean"),
        (("GPBoolean", "GPLong"), 1, "GPLong"),
        (("GPString", "GPDouble"), 1, "GPDouble"),
        (("GPString", "GPStringHidden"), HiddenText("x"), "GPStringHidden"),
        (("GPDate", "GPString"), None, "GPDate"),
    ],
)
def test_the_type_of_a_value_is_told_by_its_python_type(names, value, kind):
    assert composite(*names).kind_of(value).name == kind


def test_a_value_of_no_type_is_no_value():
    with pytest.raises(TypeError):
        composite("GPLong", "GPDate").dump("x")


def test_a_list_of_composites_may_come_with_commas():
    several = GPMultiValue(composite("GPLong", "GPString"))
    assert several.parse("1, a,2") == [1, "a", 2]


def test_a_refusal_repeats_nothing_that_may_be_hidden():
    secret = composite("GPLong", "GPStringHidden")
    assert secret.is_secret
    with pytest.raises(InvalidValue) as refusal:
        secret.parse({"pass": "sesame"})
    assert "sesame" not in str(refusal.value)
    table = GPValueTable((Column(data_type("GPStringHidden"), "Key"),))
    for raw in ("sesame", ["sesame"], [["sesame", 1]]):
        with pytest.raises(InvalidValue) as refusal:
            table.parse(raw)
        assert "sesame" not in str(refusal.value)


@pytest.mark.parametrize("kind", [TABLE, composite("GPLong", "GPString", minimum=1.5),
                                  GPMultiValue(composite("GPLong", "GPDate"))], ids=lambda one: one.name)  # fmt: skip
def test_types_with_columns_survive_their_own_json(kind):
    again = data_type(kind.name, [one.to_json() for one in kind.columns])
    assert again == kind
    assert hash(again) == hash(kind)
    assert again != data_type("GPLong")
