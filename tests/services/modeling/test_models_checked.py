"""What is wrong with a model is told all at once, by step and parameter."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from services.modeling.linking import bundled_tool
from services.modeling.reading import InvalidDefinition, read_definition
from tests.services.modeling.models import faults, model, step

FEATURES = "GPFeatureRecordSetLayer"
KM = {"distance": 1, "units": "esriKilometers"}


def buffer(step_id="grow", **inputs):
    given = {"Input_Features": "$Places", "Distance": KM} | inputs
    return step(step_id, "proximity.Buffer", **given)


def one(*steps, **more):
    """A model of a buffer, and what is wrong with it."""
    given = {"inputs": {"Places": FEATURES}, "Out": "grow.Output_Features"} | more
    return faults(model(*(steps or (buffer(),)), **given))


def test_a_model_that_can_run_has_no_faults():
    assert one() == []


@pytest.mark.parametrize(
    ("steps", "more", "told"),
    [
        ([buffer(), step("x", "no.Tool")], {}, "Step 'x': the tool no.Tool is not"),
        ([buffer(Nonsense=1)], {}, "Step 'grow', Nonsense: the tool proximity.Buffer has"),
        ([step("grow", "proximity.Buffer", Input_Features="$Places")], {},
         "Step 'grow', Distance: a value is required"),
        ([buffer(Distance="far")], {}, "Step 'grow', Distance: "),
        ([buffer(Input_Features="$Elsewhere")], {},
         "Step 'grow', Input_Features: the model has no input 'Elsewhere'"),
        ([buffer(Input_Features="gone.Out")], {},
         "Step 'grow', Input_Features: the model has no step 'gone'"),
        ([buffer(), buffer("more", Input_Features="grow.Nothing")], {},
         "Step 'more', Input_Features: step 'grow' has no output 'Nothing'"),
        ([buffer(Distance="$Places")], {},
         "Step 'grow', Distance: it takes GPLinearUnit, and is bound to GPFeature"),
        ([buffer(Input_Features="grow.Output_Features")], {},
         "Step 'grow', Input_Features: it is bound to an output of its own step"),
        ([buffer(Distance="$Far")],
         {"inputs": {"Places": FEATURES,
                     "Far": {"dataType": "GPLinearUnit", "required": False}}},
         "Step 'grow', Distance: it needs a value, and is bound to an optional input"),
        ([buffer(), step("cut", "overlay.Clip", Input_Features="grow.Output_Features",
                         Clip_Features="$Points")],
         {"inputs": {"Places": FEATURES, "Points": {
             "dataType": FEATURES, "geometryTypes": ["esriGeometryPoint"]}}},
         "Step 'cut', Clip_Features: it takes esriGeometryPolygon, and is bound to esri"),
        ([buffer(), buffer()], {}, "Step 'grow': another step has the same id"),
        ([buffer() | {"id": "two words"}], {}, "Step 'two words': its id is no name"),
        ([buffer(after=["nobody"])], {}, "it waits for the step 'nobody', which is not"),
        ([buffer(otherwise="nobody")], {}, "stands in for the step 'nobody', which is not"),
        ([buffer(), buffer("more", otherwise="grow")], {},
         "Step 'more': it stands in for the step 'grow', which has no condition"),
        ([buffer(each={"input": "Place"})], {}, "it iterates over 'Place', no input"),
        ([buffer(each={"input": "Dissolve"})], {},
         "Step 'grow', Dissolve: it iterates over an input that has no value"),
        ([buffer(each={"input": "Input_Features", "by": "field"})], {},
         "it iterates over a field, but does not name one"),
        ([buffer(each={"input": "Input_Features", "by": "value"})], {},
         "Step 'grow', Input_Features: to iterate over values it needs a list"),
        ([buffer(Distance="$Far", each={"input": "Distance"})],
         {"inputs": {"Places": FEATURES, "Far": "GPLinearUnit"}},
         "Step 'grow', Distance: to iterate over features it needs features"),
        ([buffer(condition={"of": {"parameter": "Places"}, "is": "==", "to": 1})], {},
         "its condition: it compares a GPFeatureRecordSetLayer"),
        ([buffer(condition={"of": {"parameter": "Places"}, "measure": "count",
                            "is": ">", "to": "x"})], {}, "compares a count, but not with"),
        ([buffer(condition={"of": {"parameter": "Gone"}, "is": "==", "to": 1})], {},
         "Step 'grow': its condition: the model has no input 'Gone'"),
        ([buffer(condition={"of": {"parameter": "N"}, "is": "==", "to": "x"})],
         {"inputs": {"Places": FEATURES, "N": "GPLong"}},
         "its condition: it compares a GPLong with 'x'"),
        ([buffer(condition={"of": {"parameter": "N"}, "measure": "count", "is": ">",
                            "to": 1})],
         {"inputs": {"Places": FEATURES, "N": "GPLong"}}, "its condition: it counts a GPLong"),
        (None, {"Bad": "grow.Nothing"}, "The model, Bad: step 'grow' has no output"),
        (None, {"Bad": "$Places"}, "The model, Bad: an output of the model is bound to no"),
        (None, {"Places": "grow.Output_Features"}, "two parameters are named 'Places'"),
        (None, {"name": "class"}, "'class' is no usable name"),
        (None, {"inputs": {"Places": FEATURES, "token": "GPString"}},
         "The model, token: 'token' is not a usable parameter name"),
        (None, {"inputs": {"Places": FEATURES, "N": {"dataType": "GPLong",
                                                     "default": "many"}}},
         "The model, N: "),
    ],
)  # fmt: skip
def test_each_fault_is_told_where_it_is(steps, more, told):
    found = one(*(steps or ()), **more)
    assert any(told in fault for fault in found), found


def test_steps_that_wait_for_each_other_are_named():
    first = buffer("one", Input_Features="two.Output_Features")
    second = buffer("two", Input_Features="one.Output_Features")
    assert one(first, second, Out="one.Output_Features") == [
        "The model: steps wait for each other in a circle: one, two, one."]  # fmt: skip


def test_a_model_of_nothing_is_told_so():
    assert faults(model()) == [
        "The model: it has no steps.",
        "The model: it has no outputs.",
    ]


def test_all_faults_are_told_together():
    found = one(buffer(Distance="far", Nonsense=1), step("x", "no.Tool"), Bad="$Places")
    assert len(found) == 4


def test_a_hidden_text_is_no_constant():
    document = model(
        step("say", "samples.Echo", In_Hidden="secret"), Out="say.Out_Long"
    )
    assert "a hidden text is no constant" in " ".join(faults(document))


def test_a_constant_holds_no_token():
    url = "https://example.com/?token=abcdef"
    document = model(step("w", "toys.WriteFile", Text=url), Out="w.Out_File")
    [fault] = faults(document)
    assert "Step 'w', Text: a constant can hold no token" in fault


def test_the_example_of_the_documentation_can_be_run():
    text = (Path(__file__).parents[3] / "portal/docs/models.md").read_text("utf-8")
    [example] = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert faults(json.loads(example)) == []


def test_a_constant_names_no_source():
    url = {"url": "https://example.com/layer/0"}
    [fault] = one(buffer(Input_Features=url), inputs={})
    assert "a constant names no source" in fault


def test_branches_that_are_joined_have_one_type():
    document = model(step("two", "toys.TwoOutputs"), Out={"first": [
        {"step": "two", "output": "First"}, {"step": "two", "output": "Second"}]})  # fmt: skip
    [fault] = faults(document)
    assert (
        "joins values of different types: GPFeatureRecordSetLayer and GPLong" in fault
    )


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ([], ["The model: expected a JSON object."]),
        ({"format": 9}, ["The model: its format is not 1: it was made for another version."]),
        ({"nmae": "x"}, ["The model: has members that nobody knows: nmae."]),
        ({"steps": {}}, ["The model: 'steps' must be a list."]),
        ({"steps": [{"id": "a"}]}, ["Step 'a': needs an id and a tool."]),
        ({"steps": [{"id": "a", "tool": "t", "inputs": {"X": 5}}]},
         ["Step 'a': X: expected {'value'}, {'parameter'}, {'step', 'output'} or"
          " {'first'} of a list of these."]),
        ({"steps": [{"id": "a", "tool": "t", "each": {"by": "luck"}}]},
         ["Step 'a': 'each' needs 'by', one of feature, value, field."]),
        ({"steps": [{"id": "a", "tool": "t", "after": "b"}]},
         ["Step 'a': 'after' must be a list of ids of steps."]),
        ({"inputs": [{"name": "A", "dataType": "GPNothing"}, {"dataType": "GPLong"}]},
         ["Input 'A': cannot be read; its dataType is GPNothing.",
          "Input '?': needs a name."]),
        ({"outputs": [{"name": "A"}], "title": 5},
         ["Output 'A': source: expected {'value'}, {'parameter'}, {'step', 'output'} or"
          " {'first'} of a list of these.", "The model: 'title' must be a text."]),
    ],
)  # fmt: skip
def test_json_that_is_no_model_is_refused_with_all_reasons(document, told):
    with pytest.raises(InvalidDefinition) as caught:
        read_definition(document)
    assert list(caught.value.problems) == told


@pytest.mark.parametrize(
    "member",
    [
        {"label": None}, {"label": True}, {"required": "no"}, {"minimum": "x"},
        {"maximum": True}, {"geometryTypes": [1]}, {"choices": [["a"]]},
    ],
)  # fmt: skip
def test_members_of_inputs_of_another_type_are_told(member):
    given = {"dataType": "GPLong"} | member
    with pytest.raises(InvalidDefinition, match="is of another type than it must be"):
        read_definition(model(buffer(), inputs={"Many": given}))


@pytest.mark.parametrize("name", ["a" * 81, "café", "_hidden", "1st", "a b", "class"])
def test_names_are_those_that_the_database_and_addresses_take(name):
    assert any("is no usable name" in told for told in one(name=name))


def test_models_in_models_are_linked_once_each():
    models, inner = {}, "samples.Echo"
    for level in range(40):
        steps = [step(one, inner, In_String="$T") for one in "abc"]
        document = model(*steps, name=f"M{level}", inputs={"T": "GPString"},
                         Out_String="c.Out_String")  # fmt: skip
        inner = f"models.M{level}@1"
        models[inner] = document
    tool = bundled_tool(json.dumps({"id": inner, "models": models}).encode())
    assert tool.name == "M39"
