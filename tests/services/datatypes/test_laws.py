"""What holds for every data type: values survive the wire, bad ones are refused."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.datatypes import DATA_TYPES, data_type_for, data_type_names
from services.datatypes import data_type as plain_data_type
from services.datatypes.base import DataType
from services.datatypes.column import Column
from services.datatypes.composite import GPComposite
from services.datatypes.multivalue import GPMultiValue
from services.datatypes.valuetable import GPValueTable
from services.errors import InvalidValue
from services.files import DataFile
from services.geometry.crs import SpatialReference
from services.geometry.extents import Envelope, Extent
from services.geometry.features import Field, RecordSet
from services.geometry.references import CoordinateSystem
from services.geometry.units import ArealUnit, LinearUnit, TimeUnit
from services.texts import HiddenText, SQLExpression
from services.wire import encode
from tests.shapes import SHAPES, features

TABLE = RecordSet.from_columns(
    {"name": ["a", None], "size": [1.5, None], "since": [datetime(1969, 7, 20, tzinfo=UTC)] * 2},
    [Field("name", length=50), Field("since", "esriFieldTypeDate", "Since", None, False)],
)  # fmt: skip
UTM = SpatialReference(32632).crs.to_wkt("WKT1_ESRI")
POINTS = features("POINT (1 2)", name=["a"])
MILES = LinearUnit(5.0, "esriMiles")
SAMPLES: dict[str, list[Any]] = {
    "GPString": ["", "plain", '"q" \\ / \n', "{}", "Ünïcode \U0001f30d"],
    "GPLong": [0, -7, 4503599627370495],
    "GPDouble": [0.0, -1.5, 1e-300, 1.7976931348623157e308],
    "GPBoolean": [True, False],
    "GPDate": [datetime(1900, 1, 1, tzinfo=UTC), datetime(2024, 5, 31, 14, 0, 0, 7000, tzinfo=UTC)],
    "GPLinearUnit": [LinearUnit(5.0, "esriMiles"), LinearUnit(-1e9, "esriUnknownUnits")],
    "GPArealUnit": [ArealUnit(50.0, "esriSquareInchesUS")],
    "GPTimeUnit": [TimeUnit(3.0, "esriTimeUnitsYears")],
    "GPFeatureRecordSetLayer": [features(text, None, name=["a", None]) for text in SHAPES.values()],
    "GPRecordSet": [TABLE, TABLE.take(np.array([], dtype=int))],
    "GPDataFile": [DataFile(None, (("url", "https://example.org/a"),)), DataFile(None, (("itemID", "i1"),))],
    "Field": [Field("POP", "esriFieldTypeDouble"), Field("n", "esriFieldTypeOID", "Number", 8, False, False)],
    "GPSQLExpression": [SQLExpression("POP > 5 AND NAME = 'O''Brien'"), SQLExpression("[a]")],
    "GPStringHidden": [HiddenText(""), HiddenText(" p@ss, [word] ")],
    "GPSpatialReference": [SpatialReference(102100), SpatialReference(3857, None, 5621), SpatialReference(None, UTM)],
    "GPCoordinateSystem": [CoordinateSystem(4326, None, 115700), CoordinateSystem(None, UTM)],
    "GPExtent": [Extent(0.0, -1.5, 0.0, 1e9), Extent(1.0, 2.0, 3.0, 4.0, SpatialReference(102100), 0.0, 9.5, -1.0, 1.0)],
    "GPEnvelope": [Envelope(1.0, 2.0, 3.0, 4.0, SpatialReference(None, UTM), mmax=7.0)],
    "GPComposite": [7, MILES, datetime(2024, 5, 31, tzinfo=UTC), POINTS],
}  # fmt: skip
SAMPLES |= {f"GPMultiValue:{name}": [values, []] for name, values in SAMPLES.items()}
SAMPLES["GPValueTable"] = [[], [(1, "", MILES, [1.5]), (2, "x", None, None)]]

COMPOSITE = GPComposite(tuple(map(Column, map(plain_data_type, (
    "GPLong", "GPLinearUnit", "GPDate", "GPFeatureRecordSetLayer")))))  # fmt: skip
TABLE_TYPE = GPValueTable((
    Column(plain_data_type("GPLong"), "id"),
    Column(plain_data_type("GPString"), "text"),
    Column(plain_data_type("GPLinearUnit"), "far", required=False),
    Column(plain_data_type("GPMultiValue:GPDouble"), "numbers", required=False),
))  # fmt: skip
WITH_COLUMNS: dict[str, DataType[Any]] = {
    kind.name: kind for kind in (COMPOSITE, GPMultiValue(COMPOSITE), TABLE_TYPE)
}
CASES = [
    pytest.param(name, value, id=f"{name}-{index}")
    for name, values in SAMPLES.items()
    for index, value in enumerate(values)
]

NAMES = [*data_type_names(), *WITH_COLUMNS]
#: What is a text takes any JSON for one.
TEXTS = {"GPString", "GPStringHidden", "GPSQLExpression", "GPMultiValue:GPString",
         "GPMultiValue:GPStringHidden", "GPMultiValue:GPSQLExpression"}  # fmt: skip


def data_type(name: str) -> DataType[Any]:
    """Return the data type of a name, one with columns from above."""
    return WITH_COLUMNS.get(name) or plain_data_type(name)


#: Values that fit no data type, or would break a careless one; text is GPString.
BAD: list[Any] = [b"\xff\xfe", "\0", "\ud800", None, object()]
BAD_JSON = ['{"a":', "[1", "{", '{"a":1,"a":2}', '{"a": NaN}', '{"a": 1e999}',
            '{"a":' * 900 + "1" + "}" * 900]  # fmt: skip
BAD_CASES = [
    pytest.param(name, raw, id=f"{name}-{index}")
    for name in NAMES
    for index, raw in enumerate(BAD + BAD_JSON * (name not in TEXTS))
]


@pytest.mark.parametrize(("name", "value"), CASES)
def test_dumped_value_parses_back(name, value):
    kind = data_type(name)
    assert kind.parse(kind.dump(value)) == value


@pytest.mark.parametrize(("name", "value"), CASES)
def test_json_text_of_dumped_value_parses_back(name, value):
    kind = data_type(name)
    dumped = kind.dump(value)
    text = dumped if isinstance(dumped, str) else encode(dumped)
    assert kind.parse(text) == value


@pytest.mark.parametrize(("name", "value"), CASES)
def test_dump_fits_the_json_schema(name, value):
    kind = data_type(name)
    check(json.loads(encode(kind.dump(value))), kind.json_schema())


@pytest.mark.parametrize("name", NAMES)
def test_schema_refuses_what_is_no_dump(name):
    with pytest.raises(AssertionError):
        check(None, data_type(name).json_schema())


@pytest.mark.parametrize(("name", "raw"), BAD_CASES)
def test_bad_values_raise_invalid_value_and_nothing_else(name, raw):
    with pytest.raises(InvalidValue):
        data_type(name).parse(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["features", "fields", "geometry", "attributes", "x", "rings",
                         "spatialReference", "wkid", "name", "type", "layers", "url",
                         "featureSet", "layerDefinition", "extent", "date", "format",
                         "distance", "units", "geometryType", "paths", "points", "hasZ",
                         "dataType", "value", "alias", "length", "vcsWkid", "wkt", "xmin",
                         "ymin", "xmax", "ymax", "id", "text", "far", "numbers"]),
        inner, max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(JSON, st.sampled_from(NAMES))
def test_any_json_is_read_or_refused(raw, name):
    with suppress(InvalidValue):
        data_type(name).parse(raw)


@settings(max_examples=200, deadline=None)
@given(st.text() | st.binary(), st.sampled_from(NAMES))
def test_any_text_is_read_or_refused(raw, name):
    with suppress(InvalidValue):
        data_type(name).parse(raw)


@pytest.mark.parametrize("kind", DATA_TYPES, ids=lambda kind: kind.name)
def test_every_type_is_found_by_its_names(kind):
    assert data_type(kind.name) is kind
    assert data_type_for(kind.python_type) is kind
    assert data_type(f"GPMultiValue:{kind.name}").member is kind


# JavaScript clients test `"url" in value`, which breaks on null (gpserver-rest 6.1).
@pytest.mark.protocol("clients 1.9 outputs that were not produced")
@pytest.mark.parametrize(
    ("name", "missing"),
    [("GPFeatureRecordSetLayer", {}), ("GPRecordSet", {}), ("GPDataFile", {}),
     ("GPMultiValue:GPLong", []), ("GPValueTable", []), ("GPLong", None),
     ("GPComposite", None)],
)  # fmt: skip
def test_missing_output_is_what_clients_bear(name, missing):
    assert data_type(name).missing == missing


_TYPES = {"string": str, "boolean": bool, "object": dict, "array": list,
          "null": type(None)}  # fmt: skip


def check(value: Any, schema: dict[str, Any]) -> None:
    """Assert that a value fits a schema: the part of draft 7 that the types use."""
    if "anyOf" in schema:
        assert any(_fits(value, one) for one in schema["anyOf"])
        return
    kind = schema["type"]
    if kind in ("integer", "number"):
        kinds = int if kind == "integer" else (int, float)
        assert isinstance(value, kinds)
        assert not isinstance(value, bool)
        assert schema.get("minimum", value) <= value <= schema.get("maximum", value)
        return
    assert isinstance(value, _TYPES[kind])
    if "enum" in schema:
        assert value in schema["enum"]
    if kind == "array" and "items" in schema:
        _check_items(value, schema)
    if kind == "object":
        _check_members(value, schema)


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    try:
        check(value, schema)
    except AssertionError:
        return False
    return True


def _check_items(value: list[Any], schema: dict[str, Any]) -> None:
    assert schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
    items = schema["items"]
    each = items if isinstance(items, list) else [items] * len(value)
    for item, one in zip(value, each, strict=True):
        check(item, one)


def _check_members(value: dict[str, Any], schema: dict[str, Any]) -> None:
    properties = schema.get("properties", {})
    assert set(schema.get("required", ())) <= set(value)
    assert len(value) >= schema.get("minProperties", 0)
    if schema.get("additionalProperties") is False:
        assert set(value) <= set(properties)
    for name, member in properties.items():
        if name in value:
            check(value[name], member)
