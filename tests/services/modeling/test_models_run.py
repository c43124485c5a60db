"""A model runs its steps as the tools would run one by one."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from services.data import cities, countries
from services.errors import LimitExceeded, ToolFailed
from services.geometry.features import FeatureSet, RecordSet
from services.geometry.units import LinearUnit
from services.modeling.definition import Definition
from services.modeling.linking import bundled_tool
from services.modeling.reading import read_definition
from services.registry import installed
from tests.services.modeling.models import Heard, made, model, step

FEATURES = "GPFeatureRecordSetLayer"
TEXTS = "GPMultiValue:GPString"


@pytest.fixture
def heard(tmp_path):
    return Heard(tmp_path)


def chain():
    return model(
        step("grow", "proximity.Buffer", Input_Features="$Places",
             Distance={"distance": 50, "units": "esriKilometers"}),
        step("cut", "overlay.Clip", Input_Features="grow.Output_Features",
             Clip_Features="$Land"),
        inputs={"Places": FEATURES, "Land": FEATURES},
        Pieces="cut.Output_Features",
    )  # fmt: skip


def europe():
    land = countries()
    return land.take(np.array(land.column("continent").to_pylist()) == "Europe")


def test_a_chain_gives_what_its_tools_give_one_by_one(heard):
    got = made(chain()).run({"Places": cities(), "Land": europe()}, heard)
    grown = installed("proximity.Buffer").run(
        {"Input_Features": cities(), "Distance": LinearUnit(50, "esriKilometers")},
        heard,
    )
    wanted = installed("overlay.Clip").run(
        {"Input_Features": grown["Output_Features"], "Clip_Features": europe()}, heard
    )
    assert got["Pieces"] == wanted["Output_Features"]
    assert len(got["Pieces"]) > 10


def test_a_model_that_has_travelled_is_the_same_tool(heard):
    tool = made(chain())
    arrived = bundled_tool(tool.model)
    assert (arrived.id, arrived.schema) == (tool.id, tool.schema)
    values = {"Places": cities(), "Land": europe()}
    assert arrived.run(values, heard)["Pieces"] == tool.run(values, heard)["Pieces"]


def test_the_json_of_a_model_says_all_of_it():
    document = chain()
    document["steps"][1] |= {
        "after": ["grow"], "keep": True, "place": [30, 40],
        "condition": {"of": {"first": [{"step": "grow", "output": "Output_Features"},
                                       {"parameter": "Land"}]},
                      "measure": "count", "is": ">", "to": 0},
        "each": {"input": "Input_Features", "by": "field", "field": "name"},
    }  # fmt: skip
    read = read_definition(document)
    assert isinstance(read, Definition)
    assert read_definition(read.to_json()) == read
    assert read.to_json()["steps"][1] == document["steps"][1]


def test_steps_tell_their_progress_and_messages_by_name(heard):
    made(chain()).run({"Places": cities(), "Land": europe()}, heard)
    assert heard.states == {"grow": "succeeded", "cut": "succeeded"}
    assert heard.messages[-1].startswith("Step 2 of 2, cut: done in ")
    assert heard.percents == sorted(heard.percents)
    assert "Step 2 of 2, cut" in heard.texts
    assert heard.percents[heard.texts.index("Step 2 of 2, cut")] == 50


def test_messages_of_a_tool_name_its_step(heard):
    made(model(step("pair", "toys.TwoOutputs"), Out="pair.First")).run({}, heard)
    assert heard.messages[0] == "Step 1 of 1, pair: fine"
    assert heard.warnings == ["Step 1 of 1, pair: odd"]
    assert heard.records["pair"]["messages"] == 2
    assert heard.records["pair"]["tool"] == "toys.TwoOutputs"


def test_steps_run_in_the_order_of_what_they_need_not_of_the_list(heard):
    document = chain()
    document["steps"].reverse()
    got = made(document).run({"Places": cities(), "Land": europe()}, heard)
    assert len(got["Pieces"]) > 10
    assert [one.split(":")[0] for one in heard.messages] == [
        "Step 2 of 2, grow", "Step 1 of 2, cut"]  # fmt: skip


def test_a_step_kept_gives_its_outputs_too(heard):
    document = chain()
    document["steps"][0]["keep"] = True
    tool = made(document)
    assert [one.name for one in tool.schema.outputs] == [
        "Pieces",
        "grow_Output_Features",
    ]
    got = tool.run({"Places": cities(), "Land": europe()}, heard)
    assert len(got["grow_Output_Features"]) == len(cities())


def test_an_input_left_out_takes_the_default_of_the_model(heard):
    document = model(step("write", "toys.WriteFile", Text="$Words"),
                     inputs={"Words": {"dataType": "GPString", "required": False,
                                       "default": "as usual"}},
                     File="write.Out_File")  # fmt: skip
    file = made(document).run({}, heard)["File"]
    assert file.path.read_text() == "as usual"


def test_one_file_for_two_outputs_is_two_files(heard):
    document = model(step("write", "toys.WriteFile", Text="twice"),
                     One="write.Out_File", Other="write.Out_File")  # fmt: skip
    got = made(document).run({}, heard)
    assert got["One"].path != got["Other"].path
    assert got["Other"].path.read_text() == "twice"


def test_a_raster_passes_as_numbers_without_a_file_between(heard, tmp_path):
    document = model(step("make", "toys.Slope"),
                     step("more", "toys.Double", In_Raster="make.Out_Raster"),
                     Twice="more.Out_Raster")  # fmt: skip
    got = made(document).run({}, heard)["Twice"]
    once = installed("toys.Slope").run({}, heard)["Out_Raster"]
    wanted = np.where(once.valid, 2.0 * once.values, np.nan)
    np.testing.assert_array_equal(got.values, wanted)
    assert not list(tmp_path.rglob("*.tif"))


def test_a_grid_becomes_a_file_for_a_tool_that_wants_one(heard):
    document = model(step("make", "toys.Slope"),
                     step("say", "samples.Echo", In_Raster="make.Out_Raster"),
                     Raster="say.Out_Raster")  # fmt: skip
    assert made(document).run({}, heard)["Raster"].path.suffix == ".tif"


# --- Iteration ---


def each(way, name="Input_Features", **more):
    return {"input": name, "by": way} | more


def test_a_step_for_each_feature_gives_what_one_step_for_all_gives(heard):
    document = chain()
    document["steps"][0]["each"] = each("feature")
    few = cities().take(np.arange(7))
    got = made(document).run({"Places": few, "Land": europe()}, heard)["Pieces"]
    wanted = made(chain()).run({"Places": few, "Land": europe()}, heard)["Pieces"]
    assert got.attributes.equals(wanted.attributes)
    assert shapely.equals_exact(got.geometries, wanted.geometries).all()
    assert "Step 1 of 2, grow (3 of 7)" in heard.texts


def test_a_step_for_each_value_of_a_field_sees_each_group_once(heard):
    groups = model(
        step("sum", "statistics.SummaryStatistics", Input_Table="$Land",
             Statistics_Fields=["pop_est SUM"], Case_Field=["continent"],
             each=each("field", "Input_Table", field="continent")),
        inputs={"Land": FEATURES}, Sums="sum.Output_Table",
    )  # fmt: skip
    got = made(groups).run({"Land": countries()}, heard)["Sums"]
    wanted = installed("statistics.SummaryStatistics").run(
        {"Input_Table": countries(), "Statistics_Fields": ["pop_est SUM"],
         "Case_Field": ["continent"]}, heard)["Output_Table"]  # fmt: skip
    assert got.attributes.to_pydict() == wanted.attributes.to_pydict()
    assert len(got) > 5


def test_a_step_for_each_value_of_a_list_makes_a_list_of_files(heard):
    document = model(step("write", "toys.WriteFile", Text="$Words",
                          each=each("value", "Text")),
                     inputs={"Words": TEXTS}, Files="write.Out_File")  # fmt: skip
    tool = made(document)
    assert tool.schema.outputs[0].data_type.name == "GPMultiValue:GPDataFile"
    got = tool.run({"Words": ["a", "b", "c"]}, heard)["Files"]
    assert [one.path.read_text() for one in got] == ["a", "b", "c"]


def test_a_constant_list_is_gone_through_too(heard):
    document = model(step("write", "toys.WriteFile", Text=["a", "b"],
                          each=each("value", "Text")), Files="write.Out_File")  # fmt: skip
    got = made(document).run({}, heard)["Files"]
    assert [one.path.read_text() for one in got] == ["a", "b"]


def test_more_than_a_thousand_rounds_are_refused(heard):
    document = model(step("write", "toys.WriteFile", Text="$Words",
                          each=each("value", "Text")),
                     inputs={"Words": TEXTS}, Files="write.Out_File")  # fmt: skip
    with pytest.raises(ToolFailed, match="1,001 runs of one step, at most 1,000"):
        made(document).run({"Words": ["a"] * 1001}, heard)


def test_nothing_to_go_through_skips_the_step_and_what_needs_it(heard):
    document = chain()
    document["steps"][0]["each"] = each("feature")
    none = cities().take(np.arange(0))
    got = made(document).run({"Places": none, "Land": europe()}, heard)
    assert got == {"Pieces": None}
    assert heard.states == {"grow": "skipped", "cut": "skipped"}
    assert "there is nothing to iterate over" in heard.messages[0]
    assert "it takes what the step 'grow' makes" in heard.messages[1]


# --- Conditions ---


def branches():
    """Words of more than one letter are written once, others are doubled."""
    return model(
        step("many", "toys.WriteFile", Text="many", condition={
            "of": {"parameter": "Words"}, "measure": "count", "is": ">", "to": 1}),
        step("few", "toys.WriteFile", Text="few", otherwise="many"),
        step("last", "toys.WriteFile", Text="done", after=["many"]),
        inputs={"Words": TEXTS},
        File={"first": [{"step": "many", "output": "Out_File"},
                        {"step": "few", "output": "Out_File"}]},
        Last="last.Out_File",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "says", "states"),
    [
        (["a", "b"], "many", ("succeeded", "skipped", "succeeded")),
        (["a"], "few", ("skipped", "succeeded", "skipped")),
        ([], "few", ("skipped", "succeeded", "skipped")),
    ],
)
def test_if_and_else_run_one_branch_and_join(heard, words, says, states):
    got = made(branches()).run({"Words": words}, heard)
    assert got["File"].path.read_text() == says
    assert tuple(heard.states.values()) == states
    assert (got["Last"] is None) == (states[0] == "skipped")


@pytest.mark.parametrize(
    ("operator", "to", "holds"),
    [("==", 5, True), ("!=", 5, False), ("<", 6, True), ("<=", 4, False),
     (">", 4.5, True), (">=", 6, False)],
)  # fmt: skip
def test_a_value_is_compared(heard, operator, to, holds):
    document = model(
        step("write", "toys.WriteFile", Text="x", condition={
            "of": {"parameter": "Number"}, "is": operator, "to": to}),
        inputs={"Number": "GPLong"}, File="write.Out_File",
    )  # fmt: skip
    got = made(document).run({"Number": 5}, heard)
    assert (got["File"] is not None) == holds


def test_the_count_of_features_a_step_made_decides(heard):
    document = chain()
    document["steps"].append(step("say", "toys.WriteFile", Text="empty", condition={
        "of": {"step": "cut", "output": "Output_Features"}, "measure": "count",
        "is": "==", "to": 0}))  # fmt: skip
    document["outputs"].append({"name": "File", "source":
                                {"step": "say", "output": "Out_File"}})  # fmt: skip
    far = FeatureSet.of([shapely.box(-150, -60, -149, -59)])
    tool = made(document)
    assert tool.run({"Places": cities(), "Land": far}, heard)["File"] is not None
    assert tool.run({"Places": cities(), "Land": europe()}, heard)["File"] is None


# --- Failure ---


def test_a_step_that_fails_names_itself_and_the_rest_does_not_run(heard):
    document = model(step("first", "toys.WriteFile", Text="x"),
                     step("bad", "toys.Fail", after=["first"]),
                     step("last", "toys.WriteFile", Text="x", after=["bad"]),
                     File="last.Out_File")  # fmt: skip
    with pytest.raises(ToolFailed, match=r"^Step 2 of 3, bad: no feature has an area"):
        made(document).run({}, heard)
    assert heard.states == {"first": "succeeded", "bad": "failed", "last": "waiting"}


def test_a_bug_in_a_step_is_told_by_step_but_not_by_its_text(heard):
    document = model(step("bad", "toys.RaiseError"), Out="bad.Out_Text")
    with pytest.raises(RuntimeError) as caught:
        made(document).run({}, heard)
    assert caught.value.__notes__ == ["in Step 1 of 1, bad, of the model Test"]
    assert heard.warnings == ["Step 1 of 1, bad: failed inside"]
    assert heard.states == {"bad": "failed"}


def test_a_value_that_a_step_does_not_admit_names_step_and_input(heard):
    document = model(step("make", "toys.TwoOutputs"),
                     step("sleep", "samples.Sleep", Seconds="$Long"),
                     inputs={"Long": "GPDouble"}, Out="sleep.Report")  # fmt: skip
    with pytest.raises(ToolFailed, match=r"^Step 2 of 2, sleep: Seconds: out of range"):
        made(document).run({"Long": 1e9}, heard)


def test_a_limit_stays_a_limit(heard, monkeypatch):
    document = chain()
    tool = made(document)

    def limited(*_):
        raise LimitExceeded("too large")

    monkeypatch.setattr(heard, "progress", limited)
    with pytest.raises(LimitExceeded):
        tool.run({"Places": cities(), "Land": europe()}, heard)


# --- Models in models ---


def test_a_model_runs_inside_a_model(heard):
    inner = made(chain(), "models.Inner@3")
    outer = model(
        step("both", "models.Inner@3", Places="$Places", Land="$Land"),
        step("sum", "statistics.SummaryStatistics", Input_Table="both.Pieces",
             Statistics_Fields=["population SUM"]),
        inputs={"Places": FEATURES, "Land": FEATURES}, Sum="sum.Output_Table",
    )  # fmt: skip
    tool = made(outer, find=lambda name: inner if name == inner.id else installed(name))
    arrived = bundled_tool(tool.model)
    got = arrived.run({"Places": cities(), "Land": europe()}, heard)["Sum"]
    alone = inner.run({"Places": cities(), "Land": europe()}, heard)["Pieces"]
    assert isinstance(got, RecordSet)
    assert got.column("FREQUENCY").to_pylist() == [len(alone)]
    assert heard.states["both"] == "succeeded"
    assert any(one.startswith("Step 1 of 2, both: Step 2 of 2, cut: done")
               for one in heard.messages)  # fmt: skip


def test_a_default_inside_a_model_inside_counts(heard):
    inner = made(model(step("write", "toys.WriteFile", Text="$Words"), name="Inner",
                       inputs={"Words": {"dataType": "GPString", "required": False,
                                         "default": "inner"}},
                       File="write.Out_File"), "models.Inner@1")  # fmt: skip
    outer = model(step("run", "models.Inner@1"), File="run.File")
    tool = made(outer, find=lambda name: inner if name == inner.id else installed(name))
    assert tool.run({}, heard)["File"].path.read_text() == "inner"
