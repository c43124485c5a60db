"""@tool: a typed function becomes a tool, a wrong declaration an error at import."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Literal, NamedTuple

import pytest

from services.errors import NotFound
from services.files import DataFile
from services.geometry.features import FeatureSet, RecordSet
from services.geometry.units import ArealUnit, LinearUnit, TimeUnit
from services.registry import discover, installed
from services.tool import DeclarationError, Param, tool
from services.toolpackages import places

A = Param("An A")
NAIVE = datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)
FIVE_MILES = LinearUnit(5, "esriMiles")


class Answer(NamedTuple):
    """Two outputs."""

    first: Annotated[int, Param("First")]
    second_one: Annotated[str, Param("Second")]


@tool(title="Widen things", category="Tests")
def widen_all(
    in_features: Annotated[
        FeatureSet, Param("Features", geometry_type="esriGeometryPoint")
    ],
    distance: Annotated[LinearUnit, Param("How far", minimum=0)] = FIVE_MILES,
    kind: Annotated[Literal["ROUND", "FLAT"], Param("Ends", name="End_Type")] = "ROUND",
    names: Annotated[list[str] | None, Param("Names", example=["x"])] = None,
) -> Answer:
    """Make things wider.

    A second paragraph
    in two lines.
    """
    return Answer(len(in_features), f"{distance.distance:g} {kind} {names}")


def inputs(function):
    return {one.name: one for one in function.tool.schema.inputs}


def test_declaration_tells_names_texts_and_order():
    made = widen_all.tool
    assert (made.id, made.title, made.category) == (
        "test_tool.WidenAll",
        "Widen things",
        "Tests",
    )
    assert (made.summary, made.description) == (
        "Make things wider.", "A second paragraph in two lines."
    )  # fmt: skip
    assert [one.name for one in made.schema] == [
        "In_Features", "Distance", "End_Type", "Names", "First", "Second_One"
    ]  # fmt: skip


def test_defaults_choices_and_bounds_become_parameters():
    made = inputs(widen_all)
    assert made["In_Features"].required
    assert made["In_Features"].geometry_types == ("esriGeometryPoint",)
    assert made["Distance"].default == {"distance": 5, "units": "esriMiles"}
    assert made["Distance"].minimum == 0
    assert made["End_Type"].choices == ("ROUND", "FLAT")
    assert not made["Names"].required
    assert made["Names"].data_type.name == "GPMultiValue:GPString"


def test_function_stays_a_function():
    assert widen_all([], LinearUnit(1)).second_one == "1 ROUND None"


def test_run_maps_wire_names_to_arguments_and_outputs_to_names():
    values = {"In_Features": [1, 2], "End_Type": "FLAT"}
    assert widen_all.tool.run(values, SimpleNamespace()) == {
        "First": 2, "Second_One": "5 FLAT None"
    }  # fmt: skip


def test_context_is_passed_where_it_is_wanted():
    @tool(name="Say")
    def anything(context, a: Annotated[int, A]) -> Annotated[str, Param("B", name="B")]:
        """Say it."""
        return f"{context.word} {a}"

    assert anything.tool.run({"A": 1}, SimpleNamespace(word="x")) == {"B": "x 1"}
    assert anything.tool.id == "test_tool.Say"


def test_tool_without_an_output_answers_nothing():
    @tool()
    def nothing(a: Annotated[int, A]) -> None:
        """Do nothing."""

    assert nothing.tool.run({"A": 1}, SimpleNamespace()) == {}


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        (str, "GPString"), (int, "GPLong"), (float, "GPDouble"), (bool, "GPBoolean"),
        (datetime, "GPDate"), (LinearUnit, "GPLinearUnit"), (ArealUnit, "GPArealUnit"),
        (TimeUnit, "GPTimeUnit"), (FeatureSet, "GPFeatureRecordSetLayer"),
        (RecordSet, "GPRecordSet"), (DataFile, "GPDataFile"), (list[int], "GPMultiValue:GPLong"),
        (list[Literal["a", "b"]], "GPMultiValue:GPString"),
    ],
    ids=range(13),
)  # fmt: skip
def test_python_types_tell_data_types(hint, name):
    def made(a):
        """Do it."""

    made.__annotations__ = {"a": Annotated[hint, A], "return": None}
    assert inputs(tool()(made))["A"].data_type.name == name


def declare(hint, doc="Do it.", **default):
    """Declare a tool of one argument named a."""
    if default:

        def made(a=default["default"]): ...
    else:

        def made(a): ...

    made.__doc__ = doc
    made.__annotations__ = {"a": hint} if hint else {}
    return tool(name="Made")(made)


@pytest.mark.protocol("3 argument names")
@pytest.mark.parametrize(
    ("hint", "default", "says"),
    [
        (None, {}, "'a' needs Annotated"),
        (int, {}, "'a' needs Annotated"),
        (Annotated[int, "An A"], {}, "'a' needs Annotated"),
        (Annotated[dict, A], {}, "'a' has no data type for <class 'dict'>"),
        (Annotated[list, A], {}, "'a' has no data type"),
        (
            Annotated[int | dict, A],
            {},
            "'A': the union has no data type for <class 'dict'>",
        ),
        (
            Annotated[str | Literal["x"], A],
            {},
            "'A': two types of the union are GPString",
        ),
        (Annotated[list[list[int]], A], {}, "'a' has no data type"),
        (Annotated[Literal[1, 2], A], {}, "'a' has no data type"),
        (Annotated[int | None, A], {}, "'A': what may be None needs a default"),
        (Annotated[int, A], {"default": "x"}, "'A': expected a whole number"),
        (
            Annotated[LinearUnit, A],
            {"default": 5},
            "'A': 5 is no value of GPLinearUnit",
        ),
        (
            Annotated[datetime, A],
            {"default": NAIVE},
            "'A': 2024-01-01 00:00:00 is no value of GPDate",
        ),
        (Annotated[Literal["a"], A], {"default": "b"}, "'A': must be one of"),
        (Annotated[int, Param("A", minimum=2, maximum=1)], {}, "'A': minimum 2"),
        (Annotated[int, Param("A", minimum=2)], {"default": 1}, "'A': out of range"),
        (Annotated[int, Param("A", example="x")], {}, "'A': expected a whole number"),
        (
            Annotated[int, Param("A", name="two words")],
            {},
            "'two words' is not a usable",
        ),
        (Annotated[int, Param("A", name="from")], {}, "'from' is not a usable"),
        (Annotated[int, Param("A", name="Token")], {}, "'Token' is not a usable"),
        (Annotated[int, Param("A", name="f")], {}, "'f' is not a usable"),
        (Annotated[int, Param("A", name="returnZ")], {}, "'returnZ' is not a usable"),
        (Annotated[int, Param("A", name="gis")], {}, "'gis' is not a usable"),
    ],
    ids=range(23),
)
def test_wrong_declaration_names_tool_and_parameter(hint, default, says):
    with pytest.raises(DeclarationError, match=rf"tool test_tool\.Made: {says}"):
        declare(hint, **default)


def test_tool_needs_a_docstring():
    with pytest.raises(DeclarationError, match="docstring"):
        declare(Annotated[int, A], doc="")


def test_a_docstring_is_one_that_python_clients_can_quote():
    with pytest.raises(DeclarationError, match=r"tool test_tool\.Made: Python clients"):
        declare(Annotated[int, A], doc=r"Read from C:\users.")


@pytest.mark.protocol("clients 1.21 no two parameters differ in case only")
def test_two_parameters_may_not_differ_in_case_only():
    with pytest.raises(DeclarationError, match="two parameters are named"):

        @tool()
        def twice(a: Annotated[int, A]) -> Annotated[int, Param("B", name="a")]:
            """Do it."""


def test_default_in_utc_is_written_as_milliseconds():
    made = declare(Annotated[datetime, A], default=datetime(2008, 1, 1, tzinfo=UTC))
    assert inputs(made)["A"].default == 1199145600000


def test_tools_of_a_package_are_found_by_id():
    found = discover(("tests.toys",))
    assert list(found) == sorted(found)
    assert found["toys.Fail"].summary == "Fail as a tool should."
    assert installed("toys.Fail") is found["toys.Fail"]
    with pytest.raises(NotFound, match=r"toys\.Nothing is not installed"):
        installed("toys.Nothing")


def test_more_packages_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("CAIRN_TOOL_PACKAGES", "mine, , yours")
    assert [one.module for one in places()] == ["mine", "yours"]


def test_wrong_declaration_stops_the_search(monkeypatch, tmp_path):
    package = Path(tmp_path / "broken_tools")
    package.mkdir()
    (package / "__init__.py").touch()
    text = 'from services.tool import tool\n\n@tool()\ndef bad(a: int) -> None:\n    """x."""\n'
    (package / "bad.py").write_text(text, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(DeclarationError, match=r"tool bad\.Bad: 'a'"):
        discover(("broken_tools",))
