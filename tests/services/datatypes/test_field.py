"""Field: name and type, and what else a client may say."""

from __future__ import annotations

import pytest

from services.datatypes import data_type
from services.errors import InvalidValue
from services.geometry.features import Field

FIELD = data_type("Field")


@pytest.mark.protocol("6.7 Field: name and type are enough")
@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ({"name": "a", "type": "esriFieldTypeDouble"}, Field("a", "esriFieldTypeDouble")),
        ('{"name": "a", "type": "ESRIFIELDTYPEOID", "length": 8.0}',
         Field("a", "esriFieldTypeOID", "a", 8)),
        ({"name": "a", "type": "esriFieldTypeString", "alias": "An A", "editable": False,
          "nullable": "false", "length": 50, "domain": None},
         Field("a", "esriFieldTypeString", "An A", 50, False, False)),
        ({"name": "a", "type": "esriFieldTypeGeometry", "alias": None, "length": None},
         Field("a", "esriFieldTypeGeometry")),
    ],
)  # fmt: skip
def test_fields_are_objects(raw, value):
    assert FIELD.parse(raw) == value


@pytest.mark.protocol("6.7 Field: the answer has all members")
def test_a_field_is_written_with_all_members():
    assert set(FIELD.dump(Field("a"))) == {
        "name", "type", "alias", "editable", "nullable", "length",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"name": None}, "name must be a text"),
        ({"name": ""}, "name must be a text"),
        ({"name": "x" * 65}, "1 to 64 characters"),
        ({"type": "esriFieldTypeColour"}, "unknown field type esriFieldTypeColour"),
        ({"type": None}, "unknown field type None"),
        ({"length": -1}, "length must be a whole number"),
        ({"length": True}, "length must be a whole number"),
        ({"length": "8"}, "length must be a whole number"),
        ({"nullable": "perhaps"}, "nullable: expected true or false"),
        ({"alias": 5}, "expected alias, a text"),
    ],
    ids=str,
)
def test_members_that_do_not_fit_are_named(members, says):
    raw = {"name": "a", "type": "esriFieldTypeDouble"} | members
    with pytest.raises(InvalidValue, match=says):
        FIELD.parse(raw)


@pytest.mark.parametrize(
    "raw", ["POP", "", "[]", [], 5, {}, {"type": "esriFieldTypeOID"}], ids=repr
)
def test_what_is_no_field_is_refused(raw):
    with pytest.raises(InvalidValue, match="expected an object"):
        FIELD.parse(raw)


def test_several_fields_are_a_json_array():
    kind = data_type("GPMultiValue:Field")
    one = '{"name": "a", "type": "esriFieldTypeDouble"}'
    assert kind.parse(f"[{one}, {one}]") == kind.parse(one) * 2
