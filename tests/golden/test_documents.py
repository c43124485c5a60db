"""Every resource answers the keys and types of its table, and no others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

from jobs.models import Job
from jobs.queueing.moves import move
from jobs.status import JobStatus
from services.models import Service
from services.samples import load_samples
from tests.golden import tables
from tests.golden.checker import found

SERVER = f"/{settings.CONTEXT}"
ECHO = "/Toys/Service/GPServer/Echo"
POINT = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 102100},
    "fields": [{"name": "a", "type": "esriFieldTypeString", "alias": "A", "length": 9}],
    "features": [{"geometry": {"x": 1.5, "y": 2.5}, "attributes": {"a": "x"}}],
}
#: A value for each input of Echo.
VALUES = {
    "In_String": "text",
    "In_Long": 7,
    "In_Double": 1.5,
    "In_Boolean": True,
    "In_Date": 1199145600000,
    "In_Unit": {"distance": 5, "units": "esriMiles"},
    "In_Area": {"area": 5, "units": "esriHectares"},
    "In_Time": {"time": 5, "units": "esriTimeUnitsDays"},
    "In_Multi": ["a", "b"],
    "In_Choice": "Green",
    "In_Features": POINT,
    "In_Table": {"features": [{"attributes": {"n": 1}}]},
    "In_Longs": [1, 2],
}
FORM = {name: value if isinstance(value, str) else json.dumps(value)
        for name, value in VALUES.items()}  # fmt: skip


# --- catalogue ------------------------------------------------------------------------


@pytest.fixture
def samples(db: None) -> list[str]:
    """The sample services; returns their paths."""
    return [one.path for one in load_samples()]


@pytest.mark.protocol("1.1 folders of a folder are an empty list")
@pytest.mark.protocol("1.1 keys of the catalogue")
def test_the_catalogue_and_its_folders(rest, samples):
    root = rest.get("")
    assert found(root, tables.CATALOG) == []
    assert root["folders"] == [
        "Analysis", "Demographics", "Elevation", "Samples", "Tools", "Utilities",
    ]  # fmt: skip
    for name in root["folders"]:
        folder = rest.get(f"/{name}")
        assert found(folder, tables.CATALOG) == []
        assert folder["folders"] == []
        assert folder["services"]


@pytest.mark.protocol("1.2 keys of server info", "1.3 keys of the health check")
@pytest.mark.parametrize(
    ("path", "shape"),
    [("info", tables.INFO), ("info/healthcheck", tables.HEALTH),
     ("info/healthCheck", tables.HEALTH)],
)  # fmt: skip
def test_server_info_and_health_check(client, db, path, shape):
    assert found(client.get(f"{SERVER}/rest/{path}?f=json").json(), shape) == []


@pytest.mark.protocol("2 cimVersion and serviceDescription")
@pytest.mark.protocol(
    "12.19 addresses are made of the tasks' names",
    "12.24 one executionType per service",
)
@pytest.mark.protocol("2 keys of a service", "3 keys of a task and its parameters")
def test_every_sample_service_and_task(rest, samples, owner):
    Service.objects.update(access="everyone")
    for path in samples:
        service = rest.get(f"/{path}/GPServer")
        is_printing = path == "Utilities/PrintingTools"
        shape = tables.SERVICE | ({"tasks": [tables.TEXT]} if is_printing else {})
        assert found(service, shape) == [], path
        assert (service["tasks"] == tables.PRINTING) == is_printing
        for name in service["tasks"]:
            task = rest.get(f"/{path}/GPServer/{name}")
            assert found(task, tables.TASK) == [], name
            # the JS SDK looks for "GetLayoutTemplatesInfo…", without the blanks
            assert task["name"] == (name.replace(" ", "") if is_printing else name)
            assert task["executionType"] == service["executionType"]


@pytest.mark.protocol("3 a default of features is an empty set with the schema")
def test_defaults_of_features_and_tables_are_empty_sets(rest, samples):
    shapes = {"GPFeatureRecordSetLayer": tables.FEATURES, "GPRecordSet": tables.TABLE}
    for path in [path for path in samples if not path.startswith("Private")]:
        for name in rest.get(f"/{path}/GPServer")["tasks"]:
            task = rest.get(f"/{path}/GPServer/{name}")
            for one in task["parameters"]:
                if one["dataType"] in shapes:
                    default = one["defaultValue"]
                    assert found(default, shapes[one["dataType"]]) == [], one["name"]
                    if path != "LandUseReport":  # an area to begin with
                        assert default["features"] == []


# --- running --------------------------------------------------------------------------


def value_problems(
    results: list[dict[str, Any]], shape: Callable[[str], Any]
) -> list[str]:
    """Return what is wrong with results and their values, each by its data type."""
    return [
        f"{one['paramName']}: {problem}"
        for one in results
        for problem in [
            *found(one, tables.RESULT),
            *found(one["value"], shape(one["dataType"])),
        ]
    ]


def given(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the results of Echo whose inputs had values."""
    kept = [one for one in results if one["paramName"].replace("Out_", "In_") in VALUES]
    assert len(kept) == len(VALUES)
    return kept


@pytest.mark.protocol("4 a result has exactly three keys")
@pytest.mark.protocol("4 keys of execute", "6 value of each data type")
def test_execute_with_a_value_of_each_type(rest, published):
    published("samples.Echo")
    answer = rest.post(f"{ECHO}/execute", **FORM)
    assert found(answer, tables.EXECUTED) == []
    assert value_problems(given(answer["results"]), tables.value_shape) == []


@pytest.mark.protocol("6.1 an output that was not made is {}")
@pytest.mark.protocol("4 keys of execute", "clients 1.9 outputs without a value")
def test_execute_without_any_value(rest, published):
    published("samples.Echo")
    answer = rest.post(f"{ECHO}/execute")
    assert found(answer, tables.EXECUTED) == []
    assert value_problems(answer["results"], tables.missing_shape) == []


@pytest.mark.protocol("5.1 a jobId is j and 32 hexadecimal digits")
@pytest.mark.protocol("5.1 keys of the answer to submitJob")
def test_submit_job(rest, published):
    published("samples.Echo", sync=False)
    assert found(rest.post(f"{ECHO}/submitJob"), tables.SUBMITTED) == []


_WAYS = {
    JobStatus.SUBMITTED: (),
    JobStatus.EXECUTING: (JobStatus.EXECUTING,),
    JobStatus.CANCELLING: (JobStatus.EXECUTING, JobStatus.CANCELLING),
    JobStatus.CANCELLED: (JobStatus.CANCELLED,),
    JobStatus.FAILED: (JobStatus.EXECUTING, JobStatus.FAILED),
    JobStatus.TIMED_OUT: (JobStatus.EXECUTING, JobStatus.TIMED_OUT),
}


@pytest.mark.protocol("5.2 keys of a job in each state")
@pytest.mark.parametrize("status", list(_WAYS), ids=str)
@pytest.mark.parametrize("percent", [None, 40.4])
def test_a_job_in_each_state_but_success(rest, published, status, percent):
    published("samples.Echo", sync=False)
    job_id = rest.post(f"{ECHO}/submitJob")["jobId"]
    for state in _WAYS[status]:
        assert move(job_id, state)
    Job.objects.filter(pk=job_id).update(progress_percent=percent)
    document = rest.get(f"{ECHO}/jobs/{job_id}")
    shapes = {JobStatus.SUBMITTED: tables.JOB_SUBMITTED,
              JobStatus.EXECUTING: tables.JOB_EXECUTING}  # fmt: skip
    assert found(document, shapes.get(status, tables.JOB)) == []
    assert document["jobStatus"] == status
    without = rest.get(f"{ECHO}/jobs/{job_id}", returnMessages="false")
    assert set(document) - set(without) == {"messages"}


@pytest.mark.protocol("5.2 keys of a job in each state")
def test_a_job_that_succeeded(rest, published):
    published("samples.Echo", sync=False)
    job = rest.get(rest.run_job(ECHO, **FORM))
    assert found(job, tables.JOB_SUCCEEDED) == []
    assert len(job["results"]) == len(job["inputs"]) >= len(VALUES)


@pytest.mark.protocol("5.3 keys of the answer to cancel")
def test_cancel(rest, published):
    published("samples.Echo", sync=False)
    job_id = rest.post(f"{ECHO}/submitJob")["jobId"]
    assert found(rest.get(f"{ECHO}/jobs/{job_id}/cancel"), tables.JOB) == []


@pytest.mark.protocol("12.4 objects in a job, arrays in its lists")
@pytest.mark.protocol("5.5 keys of a result", "5.6 keys of results and inputs")
def test_results_and_inputs_of_a_job(rest, published):
    published("samples.Echo", sync=False)
    path = rest.run_job(ECHO, **FORM)
    job = rest.get(path)
    for kind in ("results", "inputs"):
        listed = rest.get(f"{path}/{kind}")
        assert found(listed, [tables.RESULT]) == []
        single = [rest.get(f"{path}/{one['paramUrl']}") for one in job[kind].values()]
        assert listed == single
    assert value_problems(given(rest.get(f"{path}/results")), tables.value_shape) == []


@pytest.mark.protocol("6.4 keys of a file output")
def test_a_file_of_a_job(rest, published):
    published("toys.WriteFile", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/WriteFile", Text="hello")
    assert value_problems(rest.get(f"{path}/results"), tables.value_shape) == []


# --- tokens and errors ----------------------------------------------------------------


@pytest.mark.protocol("12.20 expires is a number")
@pytest.mark.protocol("8.1 keys of a token")
def test_a_token(client, owner):
    form = {"username": "owner", "password": "owner-pass-1", "f": "json"}
    answer = client.post(f"{SERVER}/tokens/generateToken", form)
    assert found(answer.json(), tables.TOKEN) == []


@pytest.mark.protocol("0.5 keys of an error", "8.3 codes and texts of errors")
@pytest.mark.parametrize(
    ("path", "form", "code", "message"),
    [
        ("/Toys/Service/GPServer/Echo/execute", {"In_Long": "x"}, 400,
         "Unable to complete operation."),
        ("/Toys/Fail/GPServer/Fail/execute", {}, 400, "Unable to complete operation."),
        ("/Toys/Service/GPServer/Nothing", {}, 400, "Invalid URL"),
        ("/Toys/Nothing/GPServer", {}, 404, None),
        ("/Nothing", {}, 404, None),
        ("/Toys/Service/GPServer/Echo/jobs/j0", {}, 400, "Invalid URL"),
        ("/Toys/Service/GPServer/Echo", {"f": "xml"}, 400, None),
        ("/Toys/Service/GPServer/Echo", {"token": "x"}, 498, "Invalid Token"),
        ("/Toys/Private/GPServer", {}, 499, "Token Required"),
        ("/Toys/Stopped/GPServer/Fail/execute", {}, 500, None),
        ("/Toys/Service/GPServer/Echo/uploads/a/b/c/d", {}, 400, "Invalid URL"),
    ],
)  # fmt: skip
def test_every_error_has_the_envelope_and_http_200(
    rest, published, path, form, code, message
):
    published("samples.Echo")
    published("toys.Fail", "Toys/Fail")
    published("toys.Fail", "Toys/Private", access="signed_in")
    published("toys.Fail", "Toys/Stopped", state="STOPPED")
    response = rest.raw(path, **form)
    document = response.json()
    assert response.status_code == 200
    assert found(document, tables.ERROR) == []
    assert document["error"]["code"] == code
    assert message in (None, document["error"]["message"])
