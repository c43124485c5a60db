"""The sample model gives what its five tools give one by one, by every door."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pypdf
import pytest
import shapely

from jobs.models import Job
from services.geometry.units import LinearUnit
from services.modeling.sample import sample_model
from services.models import Task
from services.registry import installed
from services.samples import load_samples
from tests.conftest import ROOT
from tests.services.modeling.models import Heard

MODELS = "/Samples/Models/GPServer/CityReach"
ASYNC = "/Samples/ModelsAsync/GPServer/CityReach"


@pytest.fixture
def loaded(db):
    load_samples()


@pytest.fixture(scope="module")
def one_by_one(tmp_path_factory):
    """Summary and pieces, each tool called by itself."""
    heard = Heard(tmp_path_factory.mktemp("alone"))
    model = sample_model()
    typed = {one.name: one.parse(None) for one in model.inputs}
    intersect = model.step("intersect")
    borders = (
        installed("overlay.Intersect")
        .schema.inputs[1]
        .parse(intersect.inputs["Intersect_Features"].value)
    )

    def call(tool_id, **values):
        [made] = installed(tool_id).run(values, heard).values()
        return made

    grown = call("proximity.Buffer", Input_Features=typed["Cities"],
                 Distance=LinearUnit(60, "esriKilometers"))  # fmt: skip
    cut = call("overlay.Clip", Input_Features=grown,
               Clip_Features=typed["Area_of_Interest"])  # fmt: skip
    pieces = call("overlay.Intersect", Input_Features=cut, Intersect_Features=borders)
    summary = call("statistics.SummaryStatistics", Input_Table=pieces,
                   Statistics_Fields=["population SUM", "population MAX"],
                   Case_Field=["name_1"])  # fmt: skip
    report = call("reports.TableReport", Input_Table=summary, Map_Features=pieces,
                  Title="Within reach of cities")  # fmt: skip
    text = _text(report.path.read_bytes())
    rows = summary.attributes.to_pylist()
    return rows, shapely.area(pieces.geometries), text


def _text(pdf):
    return "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)


def _same(results, one_by_one):
    rows, areas, _ = one_by_one
    got = [one["attributes"] for one in results["Summary"]["features"]]
    assert got == rows
    rings = [one["geometry"]["rings"] for one in results["Within_Reach"]["features"]]
    polygons = [
        shapely.get_parts(shapely.polygonize([shapely.LineString(r) for r in ring]))
        for ring in rings
    ]
    np.testing.assert_allclose([shapely.area(one).sum() for one in polygons], areas)


def test_there_is_something_to_compare(one_by_one):
    rows, areas, text = one_by_one
    names = {row["name_1"] for row in rows}
    assert {"Germany", "Poland", "Austria", "Czechia"} <= names
    assert len(areas) > len(rows) > 4
    assert "Within reach of cities" in text
    assert "Germany" in text


def test_execute_gives_the_same(rest, loaded, one_by_one):
    answer = rest.post(f"{MODELS}/execute")
    results = {one["paramName"]: one["value"] for one in answer["results"]}
    _same(results, one_by_one)
    path = results["Report"]["url"].partition("/server/")[2]
    file = b"".join(rest.client.get(f"/server/{path}").streaming_content)
    assert _text(file) == one_by_one[2]
    told = [one["description"] for one in answer["messages"]]
    assert [one.split(":")[0] for one in told[:5]] == [
        "Step 1 of 5, Buffer", "Step 2 of 5, Clip", "Step 3 of 5, Intersect",
        "Step 4 of 5, Summarise", "Step 5 of 5, Report"]  # fmt: skip
    job = Job.objects.get()
    assert [one["state"] for one in job.steps] == ["succeeded"] * 5


def test_a_job_gives_the_same_and_tells_of_each_step(rest, loaded, one_by_one):
    path = rest.run_job(ASYNC)
    document = rest.get(path)
    assert document["jobStatus"] == "esriJobSucceeded"
    results = {name: rest.get(f"{path}/{link['paramUrl']}")["value"]
               for name, link in document["results"].items()}  # fmt: skip
    _same(results, one_by_one)
    steps = document["steps"]
    assert [(one["title"], one["tool"], one["state"]) for one in steps] == [
        ("Buffer", "proximity.Buffer", "succeeded"),
        ("Clip", "overlay.Clip", "succeeded"),
        ("Intersect", "overlay.Intersect", "succeeded"),
        ("Summarise", "statistics.SummaryStatistics", "succeeded"),
        ("Report", "reports.TableReport", "succeeded"),
    ]
    assert all(one["seconds"] >= 0 for one in steps)


def test_the_web_form_runs_as_it_stands(rest, loaded, one_by_one):
    client = rest.client
    page = client.get(f"{ROOT}{MODELS}/execute", {"f": "html"})
    assert b"Reach of a city" in page.content
    sent = {"f": "html", "Reach": '{"distance": 60, "units": "esriKilometers"}'}
    answer = client.post(f"{ROOT}{MODELS}/execute", sent)
    assert answer.status_code == 200
    for row in one_by_one[0]:
        assert row["name_1"] in answer.content.decode()


def test_other_values_give_other_answers(rest, loaded, one_by_one):
    reach = '{"distance": 20, "units": "esriKilometers"}'
    answer = rest.post(f"{MODELS}/execute", Reach=reach, Format="HTML")
    results = {one["paramName"]: one["value"] for one in answer["results"]}
    assert results["Report"]["url"].endswith(".html")
    assert len(results["Summary"]["features"]) < len(one_by_one[0])
    refused = rest.post(
        f"{MODELS}/execute", Reach='{"distance": 1, "units": "esriMeters"}'
    )
    assert "Reach" in str(refused["error"])


def test_samples_are_loaded_once(loaded):
    assert load_samples() == []
    assert Task.objects.filter(tool_id="models.CityReach@1").count() == 2
