"""Parameter and Schema: the gate between raw and typed values."""

from __future__ import annotations

import orjson
import pytest

from services.datatypes import data_type
from services.errors import InvalidParameters, InvalidValue
from services.geometry.features import Field
from services.geometry.units import LinearUnit
from services.registry import registry
from services.schema import Parameter, Schema, check_parameter

METRES = {"distance": 1.0, "units": "esriMeters"}


def parameter(kind="GPLong", **members):
    """A parameter named A."""
    return Parameter("A", data_type(kind), **members)


@pytest.mark.protocol("4 what is left out takes its default")
@pytest.mark.parametrize("raw", [None, "", b""], ids=repr)
def test_omitted_input_takes_its_default(raw):
    assert parameter(default=7).parse(raw) == 7
    assert parameter(required=False).parse(raw) is None
    with pytest.raises(InvalidValue, match="a value is required"):
        parameter().parse(raw)


def test_example_never_stands_in():
    with pytest.raises(InvalidValue, match="required"):
        parameter(example=5).parse("")


@pytest.mark.protocol("3 what is hidden cannot be sent")
@pytest.mark.parametrize("kind", ["hidden", "constant"])
def test_hidden_and_constant_inputs_cannot_be_sent(kind):
    assert parameter(default=7, **{kind: True}).parse("8") == 7


@pytest.mark.parametrize(
    ("kind", "raw"),
    [("GPLong", "11"), ("GPDouble", "-0.1"), ("GPMultiValue:GPLong", "[1, 11]"),
     ("GPLinearUnit", "1 Kilometers"), ("GPLinearUnit", "-1 Meters")],
)  # fmt: skip
def test_numbers_out_of_bounds_are_refused(kind, raw):
    with pytest.raises(InvalidValue, match="out of range: must be at"):
        parameter(kind, minimum=0, maximum=10).parse(raw)


@pytest.mark.parametrize(("raw", "value"), [("0", 0), ("10", 10)])
def test_bounds_themselves_are_accepted(raw, value):
    assert parameter(minimum=0, maximum=10).parse(raw) == value


def test_distance_is_compared_in_metres():
    # A foot is 0.3048 m.
    bounded = parameter("GPLinearUnit", maximum=0.3048)
    assert bounded.parse("1 Feet") == LinearUnit(1, "esriFeet")
    with pytest.raises(InvalidValue, match=r"at most 0\.3048 metres"):
        bounded.parse("1.001 Feet")


def test_large_bounds_are_written_in_full():
    with pytest.raises(InvalidValue, match=r"at most 1234567$"):
        parameter(maximum=1234567).parse("1234568")


@pytest.mark.protocol("3 choiceList is heeded")
def test_only_the_choices_are_accepted_by_their_exact_text():
    chosen = parameter("GPString", choices=("ALL", "SOME"))
    assert chosen.parse("ALL") == "ALL"
    for raw in ("all", " ALL", "ALL\n", '["ALL"]'):
        with pytest.raises(InvalidValue, match="choices ALL, SOME"):
            chosen.parse(raw)
    several = parameter("GPMultiValue:GPString", choices=("ALL", "SOME"))
    assert several.parse("ALL,SOME") == ["ALL", "SOME"]


def test_geometry_of_another_type_is_refused_unless_the_set_is_empty():
    lines = parameter(
        "GPFeatureRecordSetLayer", geometry_types=("esriGeometryPolyline",)
    )
    point = {"features": [{"geometry": {"x": 1, "y": 2}}]}
    with pytest.raises(
        InvalidValue, match="must be esriGeometryPolyline, not esriGeometryPoint"
    ):
        lines.parse(point)
    assert len(lines.parse({"features": []})) == 0


FULL = Schema(
    (
        parameter(label="An A", description="…", minimum=1, maximum=2.5, default=2, category="x"),
        Parameter("B", data_type("GPMultiValue:GPString"), choices=("x", "y"), example=["x"]),
        Parameter("C", data_type("GPFeatureRecordSetLayer"), is_output=True,
                  geometry_types=("esriGeometryPoint",),
                  fields=(Field("n", "esriFieldTypeString", "N", 9, False),)),
        Parameter("D", data_type("GPLinearUnit"), default=METRES, hidden=True),
    )
)  # fmt: skip


def test_schema_survives_its_own_json():
    text = orjson.dumps(FULL.to_json())
    assert Schema.from_json(orjson.loads(text)) == FULL


def test_schema_of_an_older_job_is_still_read():
    documents = FULL.to_json()
    for one in documents:
        for name in ("columns", "fieldTypes", "extensions", "dependsOn"):
            del one[name]
    assert Schema.from_json(documents) == FULL


@pytest.mark.parametrize("tool_id", registry())
def test_schema_of_every_tool_survives_its_own_json(tool_id):
    schema = registry()[tool_id].schema
    assert Schema.from_json(orjson.loads(orjson.dumps(schema.to_json()))) == schema


def test_all_problems_are_gathered_with_their_names():
    with pytest.raises(InvalidParameters) as refusal:
        FULL.parse({"a": "x", "B": "z"}, [])
    problems = refusal.value.problems
    assert [one.parameter for one in problems] == ["A", "B"]
    assert (
        str(problems[0]) == "Parameter 'A': expected a whole number (an integer), not x"
    )


@pytest.mark.protocol(
    "0.1 parameters in any case", "0.2 unknown parameters are ignored"
)
def test_names_match_in_any_case_and_unknown_ones_are_ignored():
    values = FULL.parse({"a": "1", "b": "x", "zzz": "?"}, [])
    assert values == {"A": 1, "B": ["x"], "D": LinearUnit(1)}


def test_other_signs_match_underscores():
    one = Parameter("Bearing__0___360_", data_type("GPLong"))
    raw = {"bearing (0 - 360)": "7", "Bearing__0_-_360_": "8"}
    assert Schema((one,)).parse(raw, []) == {"Bearing__0___360_": 8}


def test_exact_name_wins_over_another_case():
    assert Schema((parameter(),)).parse({"a": "1", "A": "2"}, []) == {"A": 2}


def test_notes_carry_the_name_of_their_parameter():
    notes: list[str] = []
    schema = Schema((parameter("GPFeatureRecordSetLayer"),))
    schema.parse({"A": '{"features":[{"geometry":{"x":1,"y":2}}]}'}, notes)
    assert notes[0].startswith("A: no spatialReference was given")


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"minimum": 2, "maximum": 1}, "minimum 2 is above maximum 1"),
        ({"minimum": 2, "default": 1}, "at least 2"),
        ({"default": "x"}, "whole number"),
        ({"example": "x"}, "whole number"),
        ({"hidden": True}, "needs a default"),
        ({"constant": True}, "needs a default"),
        ({"hidden": True, "default": "x"}, "whole number"),
    ],
    ids=repr,
)
def test_parameter_that_contradicts_itself_is_refused(members, says):
    with pytest.raises(InvalidValue, match=says):
        check_parameter(parameter(**members))


@pytest.mark.parametrize(
    ("kind", "members", "document"),
    [
        ("GPLong", {"default": 7, "example": 8}, 7),
        ("GPLong", {"example": 8}, 8),
        ("GPLong", {"default": 0, "example": 8}, 0),
        ("GPLong", {"is_output": True}, None),
    ],
)
def test_default_of_the_document_is_the_default_or_the_example(kind, members, document):
    assert parameter(kind, **members).default_document == document


@pytest.mark.protocol("3 a default of features is an empty set with the schema")
def test_default_of_features_is_an_empty_set_with_its_schema():
    document = parameter("GPFeatureRecordSetLayer", geometry_types=("esriGeometryPolygon",),
                         fields=(Field("n"),)).default_document  # fmt: skip
    assert (document["geometryType"], document["features"]) == (
        "esriGeometryPolygon",
        [],
    )
    assert [field["name"] for field in document["fields"]] == ["n"]
    table = parameter("GPRecordSet", is_output=True).default_document
    assert "geometryType" not in table


@pytest.mark.protocol("clients 1.11 an empty url is not given")
@pytest.mark.parametrize("raw", ['{"url": ""}', b'{"url":""}', {"url": ""}], ids=repr)
def test_a_source_without_an_address_counts_as_omitted(raw):
    # what the ArcGIS API for Python posts for a file that nobody gave
    for kind in ("GPDataFile", "GPFeatureRecordSetLayer", "GPRecordSet"):
        assert parameter(kind, required=False).parse(raw) is None
        with pytest.raises(InvalidValue, match="a value is required"):
            parameter(kind).parse(raw)


def test_the_same_text_is_a_text_where_a_text_is_wanted():
    assert parameter("GPString").parse('{"url": ""}') == '{"url": ""}'
