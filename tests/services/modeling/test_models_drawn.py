"""A model is drawn in layers, with words for whoever does not see it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from services.modeling.drawing import model_svg
from services.modeling.layout import WIDTH, drawing_of
from services.modeling.reading import read_definition
from services.modeling.sample import sample_model
from services.samples import load_samples
from tests.conftest import ROOT
from tests.services.modeling.models import model, step

SVG = "{http://www.w3.org/2000/svg}"


def test_each_part_stands_to_the_right_of_what_it_needs_and_on_none_other():
    drawing = drawing_of(sample_model())
    for one, other, _ in drawing.edges:
        assert one.x + WIDTH < other.x
    places = {(one.x, one.y) for one in drawing.nodes}
    assert len(places) == len(drawing.nodes) == 4 + 5 + 3
    assert max(one.x + WIDTH for one in drawing.nodes) < drawing.width


def test_the_steps_of_a_chain_stand_in_one_line():
    chain = model(step("a", "toys.WriteFile", Text="x"),
                  step("b", "toys.WriteFile", Text="x", after=["a"]),
                  step("c", "toys.WriteFile", Text="x", after=["b"]), Out="c.Out_File")  # fmt: skip
    drawing = drawing_of(read_definition(chain))
    assert len({one.y for one in drawing.nodes}) == 1
    assert [is_order for _, _, is_order in drawing.edges] == [True, True, False]


def test_a_circle_is_drawn_too():
    circle = model(step("a", "toys.WriteFile", after=["b"]),
                   step("b", "toys.WriteFile", after=["a"]))  # fmt: skip
    assert len(drawing_of(read_definition(circle)).nodes) == 2


def test_it_has_a_title_and_says_what_it_shows_and_how_far_it_is():
    states = {"buffer": "succeeded", "clip": "failed", "intersect": "waiting"}
    drawn = ElementTree.fromstring(model_svg(sample_model(), states))
    assert drawn.get("role") == "img"
    named = {one.get("id"): one.text for one in drawn.iter() if one.get("id")}
    title, about = (named[one] for one in drawn.get("aria-labelledby").split())
    assert title == "Model City Reach"
    assert "Step 1, Buffer, runs proximity.Buffer: done." in about
    assert "Step 2, Clip, runs overlay.Clip, after Buffer: failed." in about
    boxes = [one.get("class") for one in drawn.iter(f"{SVG}g")]
    assert "box step failed" in boxes
    assert not [one for one in drawn.iter() if one.get("style")]  # the policy of pages


def test_texts_are_escaped():
    hostile = model(step("a", "toys.WriteFile"), Out="a.Out_File")
    hostile["steps"][0]["title"] = "</svg><script>"
    hostile["title"] = '"><script>'
    drawn = model_svg(read_definition(hostile))
    assert "<script>" not in drawn
    ElementTree.fromstring(drawn)


@pytest.mark.django_db
def test_task_and_job_pages_show_the_model(rest):
    load_samples()
    task = "/Samples/ModelsAsync/GPServer/CityReach"
    page = rest.client.get(f"{ROOT}{task}", {"f": "html"}).content.decode()
    assert '<svg class="model"' in page
    assert "Step 5, Report, runs reports.TableReport" in page
    path = rest.run_job(task)
    page = rest.client.get(f"{ROOT}{path}", {"f": "html"}).content.decode()
    assert "Step 5, Report, runs reports.TableReport, after" in page
    assert page.count('class="step-state succeeded"') == 5
    assert 'class="box step succeeded"' in page
    gone = rest.client.get(
        f"{ROOT}/Samples/ModelsAsync/GPServer/Nothing", {"f": "html"}
    )
    assert "Task" in gone.content.decode() or gone.status_code == 404
