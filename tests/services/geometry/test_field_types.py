"""Every type of field goes into a set, through storage, and out again."""

from __future__ import annotations

import pytest

from services.datatypes import data_type
from services.errors import InvalidValue
from services.geometry.features import Field, RecordSet
from services.stored import read_table, write_table
from services.wire import encode

TABLE = data_type("GPRecordSet")
BIG = 2**53 - 1
GUID = "{4E5B7B83-4D0E-4E5E-9C5A-0E3E1B1F4B0A}"


def table(kind, *values, **members):
    """A table of one field ``a`` on the wire."""
    field = {"name": "a", "type": f"esriFieldType{kind}", "alias": "A"} | members
    rows = [{"attributes": {"a": value}} for value in values]
    return {"fields": [field], "features": rows}


@pytest.mark.protocol("6.1 field types in and out")
@pytest.mark.parametrize(
    ("kind", "values", "members"),
    [
        ("OID", [1, 2**31 - 1], {}),
        ("OID", [BIG, 2**63 - 1, -1], {"length": 8}),
        ("SmallInteger", [-(2**15), 2**15 - 1, None], {}),
        ("Integer", [-(2**31), 2**31 - 1, None], {}),
        ("BigInteger", [-(2**63), 2**63 - 1, None], {}),
        ("Single", [0.1, -3.5, None], {}),
        ("Double", [1e-300, 1.7976931348623157e308, None], {}),
        ("String", ["", "x", None], {"length": 50}),
        ("Date", [-2208988800000, 0, None], {}),
        ("DateOnly", ["8/2/2020", "2020-08-02", None], {}),
        ("TimeOnly", ["10:00:00 AM", "22:00:00", None], {}),
        ("TimestampOffset", ["8/2/2020 10:00:00.0000 AM -07:00", None], {}),
        ("GUID", [GUID, GUID.strip("{}"), None], {"length": 38}),
        ("GlobalID", [GUID], {"length": 38, "nullable": False}),
        ("XML", ["<a/>", None], {}),
    ],
)
def test_values_survive_wire_and_storage(tmp_path, kind, values, members):
    sent = table(kind, *values, **members)
    write_table(TABLE.parse(encode(sent)), tmp_path / "a.parquet")
    answered = TABLE.dump(read_table(tmp_path / "a.parquet"))
    assert answered["fields"] == sent["fields"]
    assert answered["features"] == sent["features"]


@pytest.mark.protocol("6.1 64-bit object ids need length 8")
@pytest.mark.parametrize("value", [2**31, -(2**31), 2**63 - 1])
def test_object_ids_of_64_bits_are_to_be_declared(value):
    with pytest.raises(InvalidValue, match=r"field 'a' .*64 bits.*\"length\": 8"):
        TABLE.parse(table("OID", 1, value))


@pytest.mark.protocol("6.1 64-bit object ids need length 8")
def test_a_result_declares_object_ids_of_64_bits():
    field = Field("a", "esriFieldTypeOID")
    wide, narrow = (
        RecordSet.from_columns({"a": [1, one]}, [field]) for one in (BIG, 2)
    )
    assert TABLE.dump(wide)["fields"][0]["length"] == 8
    assert "length" not in TABLE.dump(narrow)["fields"][0]


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        ("SmallInteger", 2**15, "esriFieldTypeSmallInteger"),
        ("Integer", 2**31, "esriFieldTypeInteger"),
        ("BigInteger", 2**63, "esriFieldTypeBigInteger"),
        ("Single", "x", "esriFieldTypeSingle"),
        ("DateOnly", "2/30/2020", "expected a text like 8/2/2020 or 2020-08-02"),
        ("DateOnly", 1596326400000, "expected a text like 8/2/2020"),
        ("TimeOnly", "25:00", "expected a text like 10:00:00 AM"),
        (
            "TimestampOffset",
            "8/2/2020",
            "expected a text like 8/2/2020 10:00:00 AM -07",
        ),
        ("GUID", {}, "esriFieldTypeGUID"),
    ],
)
def test_values_that_do_not_fit_are_refused_with_their_field(kind, value, says):
    with pytest.raises(InvalidValue, match=rf"field 'a' is declared .*{says}"):
        TABLE.parse(table(kind, value))


def test_an_empty_day_is_null():
    made = TABLE.parse(table("DateOnly", "", " 8/2/2020 "))
    assert made.attributes.column("a").to_pylist() == [None, "8/2/2020"]
