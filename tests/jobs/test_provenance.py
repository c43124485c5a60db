"""What is known of where results come from, and the script that repeats a job."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely

from jobs.models import Job
from services.modelbox import import_model
from services.models import Model
from tests.conftest import ROOT as REST
from tests.conftest import Rest
from tests.services.modeling.models import model, step

ROOT = Path(__file__).resolve().parents[2]
BUFFER = "/Toys/Buffer/GPServer/Buffer"
POINT = ('{"geometryType":"esriGeometryPoint","spatialReference":{"wkid":4326},'
         '"features":[{"geometry":{"x":8.54,"y":47.37},"attributes":{"OBJECTID":1}}]}')  # fmt: skip


@pytest.fixture
def buffered(published, rest):
    """A job of Buffer that has succeeded."""
    published("proximity.Buffer", "Toys/Buffer", sync=False)
    return rest.run_job(BUFFER, Input_Features=POINT, Distance="5 Kilometers")


def script_of(rest, job) -> str:
    response = rest.client.get(
        f"{REST}{job}/script", {"token": rest.token} if rest.token else {}
    )
    assert response["Content-Type"].startswith("text/x-python")
    return response.content.decode()


def repeated(text, folder, **variables):
    """Run a script in an empty folder; return what it says and its results folder."""
    (folder / "job.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "job.py"], cwd=folder, capture_output=True, text=True,
        timeout=60, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, folder / "results"


def test_a_job_records_versions_and_fingerprints(rest, buffered):
    found = rest.get(f"{buffered}/provenance")
    row = Job.objects.get()
    stored = (row.results_folder / "Output_Features.parquet").read_bytes()
    assert found["tool"]["id"] == "proximity.Buffer"
    assert found["tool"]["package"] == "Cairn"
    assert found["parameters"]["Distance"] == {"distance": 5, "units": "esriKilometers"}
    assert found["inputs"] == {
        "Input_Features": hashlib.sha256(POINT.encode()).hexdigest()
    }
    assert found["outputs"] == {"Output_Features": hashlib.sha256(stored).hexdigest()}
    software = found["software"]
    assert software["python"] == sys.version.split()[0]
    libraries = {"GEOS": shapely.geos_version_string, "PROJ": pyproj.proj_version_str,
                 "numpy": numpy.__version__, "shapely": shapely.__version__}  # fmt: skip
    assert libraries.items() <= software["libraries"].items()


def test_the_page_and_the_admin_show_it(rest, buffered, admin_client):
    page = rest.client.get(f"{REST}{buffered}/provenance").content.decode()
    assert shapely.geos_version_string in page
    assert "/script" in page
    job = admin_client.get(f"/admin/jobs/job/{Job.objects.get().pk}/change/")
    assert shapely.geos_version_string in job.content.decode()


def test_a_run_that_failed_and_one_while_the_client_waits_know_their_versions(
    published, rest
):
    published("toys.Fail", "Toys/Fail", sync=False)
    job = rest.run_job("/Toys/Fail/GPServer/Fail")
    found = rest.get(f"{job}/provenance")
    assert (found["jobStatus"], found["tool"]["id"]) == ("esriJobFailed", "toys.Fail")
    assert "python" in found["software"]
    published("toys.TwoOutputs", "Toys/Two")
    rest.post("/Toys/Two/GPServer/TwoOutputs/execute")
    run = Job.objects.get(mode="sync")
    assert run.provenance["tool"]["id"] == "toys.TwoOutputs"
    error = rest.get(f"/Toys/Two/GPServer/TwoOutputs/jobs/{run.pk}/script")["error"]
    assert "were not kept" in error["details"][0]


def test_a_job_of_an_older_version_has_what_is_known(rest, buffered):
    Job.objects.update(provenance=None)
    found = rest.get(f"{buffered}/provenance")
    assert found["tool"] == {"id": "proximity.Buffer"}
    assert found["outputs"] == {}


def test_a_script_gives_the_same_answer_with_large_inputs_and_environment(
    published, rest, tmp_path
):
    published("proximity.Buffer", "Toys/Buffer", sync=False)
    points = [{"geometry": {"x": 8 + at / 700, "y": 47 - at / 900}, "attributes": {"OBJECTID": at}}
              for at in range(2000)]  # fmt: skip
    given = {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326}}
    job = rest.run_job(
        BUFFER,
        Input_Features=json.dumps(given | {"features": points}),
        Distance="1 Kilometers",
        context='{"outSR": {"wkid": 3857}}',
    )
    row = Job.objects.get()
    assert row.inputs["Input_Features"] == {"file": "Input_Features.json"}
    parameters = rest.get(f"{job}/provenance")["parameters"]
    assert parameters["Input_Features"] == {"paramUrl": "inputs/Input_Features"}
    text = script_of(rest, job)
    assert "unpacked(" in text
    assert "'context': '{\"outSR\": {\"wkid\": 3857}}'" in text
    said, folder = repeated(text, tmp_path)
    assert "the same as the job's" in said
    assert "NOT" not in said
    mine, its = (pq.read_table(one / "Output_Features.parquet")
                 for one in (folder, row.results_folder))  # fmt: skip
    assert len(mine) == 2000
    assert mine.equals(its)


def test_inputs_that_are_too_large_for_a_script_are_read_from_a_file(
    published, rest, tmp_path, monkeypatch
):
    monkeypatch.setattr("jobs.provenance.MAX_EMBEDDED", 1000)
    published("samples.Echo", "Toys/Echo", sync=False)
    job = rest.run_job("/Toys/Echo/GPServer/Echo", In_String="x" * 3000)
    text = script_of(rest, job)
    assert f"/{job}/inputs/In_String?f=json" in text.replace("server/rest/services", "")
    (tmp_path / "In_String.json").write_text("x" * 3000)
    said, _ = repeated(text, tmp_path)
    assert "Out_String" in said
    assert "NOT" not in said


def test_a_script_takes_what_an_input_only_named_from_a_file(
    published, rest, tmp_path, owner, tokened
):
    service = published("samples.ReverseLines", "Toys/Files", sync=False, uploads=True)
    mine = Rest(tokened(owner))
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = {
        "f": "json",
        "token": mine.token,
        "file": SimpleUploadedFile("a.txt", b"one\ntwo\n"),
    }
    item = mine.client.post(f"{REST}/Toys/Files/GPServer/uploads/upload", sent).json()[
        "item"
    ]
    task = service.tasks.get()
    name = next(one["name"] for one in mine.get(f"/Toys/Files/GPServer/{task.name}")["parameters"]
                if "Input" in one["direction"])  # fmt: skip
    value = json.dumps({"itemID": item["itemID"]})
    job = mine.run_job(f"/Toys/Files/GPServer/{task.name}", **{name: value})
    text = script_of(mine, job)
    assert f"# Needs {name}.data" in text
    digest = hashlib.sha256(b"one\ntwo\n").hexdigest()
    assert mine.get(f"{job}/provenance")["inputs"] == {name: digest}
    (tmp_path / f"{name}.data").write_bytes(b"one\ntwo\n")
    said, _ = repeated(text, tmp_path)
    assert "the same as the job's" in said


def test_a_script_has_no_secret(published, rest, tmp_path):
    task = published("typed.Blab", "Toys/Secret", sync=False).tasks.get()
    job = rest.run_job(f"/Toys/Secret/GPServer/{task.name}", Password="hunter2-secret")
    text = script_of(rest, job)
    assert "hunter2" not in text + json.dumps(rest.get(f"{job}/provenance"))
    assert "'Password': asked('Password')," in text
    said, _ = repeated(text, tmp_path, Password="hunter2-secret")
    assert "hunter2" not in said


def test_a_script_of_a_model_runs_its_steps(published, rest, tmp_path):
    buffer = step("near", "proximity.Buffer", Input_Features="$Places",
                  Distance="5 Kilometers")  # fmt: skip
    count = step("area", "management.CalculateGeometry", Properties=["AREA"],
                 Input_Features="near.Output_Features")  # fmt: skip
    import_model(
        model(buffer, count, name="Reach", Made="area.Output_Features",
              inputs={"Places": "GPFeatureRecordSetLayer"})
    )  # fmt: skip
    published("models.Reach", "Toys/Reach", sync=False)
    job = rest.run_job("/Toys/Reach/GPServer/Reach", Places=POINT)
    Model.objects.all().delete()  # the script needs no database
    said, _ = repeated(script_of(rest, job), tmp_path)
    assert "the same as the job's" in said


def test_a_text_cannot_become_code(published, rest, tmp_path):
    published("samples.Echo", "Toys/Echo", sync=False)
    evil = "'''\n\"\"\"\nimport os; os.mkdir('owned')\n#\\"
    rest.run_job("/Toys/Echo/GPServer/Echo", In_String=evil)
    Job.objects.update(
        task_name="Echo", service_path="Toys/Echo\nimport os; os.mkdir('owned')"
    )
    from jobs.provenance import script

    repeated(script(Job.objects.get(), "http://x"), tmp_path)
    assert not (tmp_path / "owned").exists()
