"""Jobs outlive what made them: another version of the portal, of the tool, the service."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from jobs.models import Job
from jobs.runs import execution
from jobs.status import JobStatus
from services.models import Service

SLEEP = "/Toys/Service/GPServer/Sleep"
ECHO = "/Toys/Service/GPServer/Echo"

#: A parameter as the first version of the portal wrote it: no fieldTypes, extensions,
#: columns or dependsOn.
PARAMETER = {
    "name": "Seconds", "dataType": "GPDouble", "label": "How long", "description": "",
    "required": True, "output": False, "default": None, "example": None, "minimum": None,
    "maximum": None, "choices": [], "geometryTypes": [], "fields": [], "category": "",
    "hidden": False, "constant": False,
}  # fmt: skip
RESULT = PARAMETER | {"name": "Out_Text", "dataType": "GPString", "output": True}
#: Its snapshot of the service: no message level, no address of the portal.
SNAPSHOT = {"tool": "toys.Sleep", "schema": [PARAMETER, RESULT], "seconds": 600,
            "memory_mb": 2048, "max_features": 50_000, "max_vertices": 500_000}  # fmt: skip


@pytest.fixture
def old(published):
    """Store a job as the first version did."""
    service = published("toys.Sleep", sync=False)

    def make(**changes):
        return Job.objects.create(
            service=service, service_path=service.path, task_name="Sleep", mode="async",
            submitted_at=timezone.now(), inputs={"Seconds": "0.5"}, snapshot=SNAPSHOT,
            **changes,
        )  # fmt: skip

    return make


def test_a_job_that_an_older_version_has_queued_runs(rest, old):
    """G28"""
    job = old()
    execution.run(job.pk)  # all that a ring carries is the number of a job
    path = f"{SLEEP}/jobs/{job.pk}"
    assert rest.get(path)["jobStatus"] == "esriJobSucceeded"
    assert rest.get(f"{path}/results/Out_Text")["value"] == "slept"
    assert rest.get(f"{path}/inputs/Seconds")["value"] == 0.5


def test_a_result_of_an_older_version_is_answered(rest, old):
    outputs = [
        {"name": "Out_Text", "dataType": "GPString", "kind": "value", "value": "x"}
    ]
    job = old(status=JobStatus.SUCCEEDED, outputs=outputs, ended_at=timezone.now())
    path = f"{SLEEP}/jobs/{job.pk}"
    assert rest.get(path)["results"] == {"Out_Text": {"paramUrl": "results/Out_Text"}}
    document = {"paramName": "Out_Text", "dataType": "GPString", "value": "x"}
    assert rest.get(f"{path}/results/Out_Text") == document
    assert rest.get(f"{path}/results") == [document]
    assert rest.get(f"{path}/inputs/Seconds")["value"] == 0.5


@pytest.mark.parametrize("change", ["tool gone", "task gone", "parameters gone"])
def test_results_and_inputs_outlive_the_tool(rest, published, change):
    """G28"""
    service = published("samples.Echo", sync=False)
    features = {
        "geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326},
        "features": [{"geometry": {"x": 1, "y": 2}, "attributes": {}}],
    }  # fmt: skip
    path = rest.run_job(ECHO, In_String="hello", In_Features=json.dumps(features))
    if change == "tool gone":
        service.tasks.update(tool_id="gone.Tool")
    elif change == "task gone":
        service.tasks.all().delete()
    else:
        service.tasks.get().parameters.all().delete()
    service.save()
    assert rest.get(f"{path}/results/Out_String")["value"] == "hello"
    value = rest.get(f"{path}/results/Out_Features")["value"]
    assert value["features"][0]["geometry"] == {"x": 1, "y": 2}
    assert rest.get(f"{path}/inputs/In_String")["value"] == "hello"
    assert "Out_String" in rest.get(path)["results"]


def test_a_job_of_a_tool_that_is_gone_fails_and_says_so(rest, old):
    job = old()
    Job.objects.update(snapshot=SNAPSHOT | {"tool": "gone.Tool"})
    execution.run(job.pk)
    found = rest.get(f"{SLEEP}/jobs/{job.pk}")
    assert found["jobStatus"] == "esriJobFailed"
    assert "gone.Tool" in found["messages"][-2]["description"]


def test_a_stopped_service_refuses_new_jobs_and_ends_those_it_has(rest, published):
    service = published("toys.Sleep", sync=False)
    done = rest.run_job(SLEEP, Seconds=0)
    waiting = rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"]
    Service.objects.filter(pk=service.pk).update(state="STOPPED")
    error = rest.post(f"{SLEEP}/submitJob", Seconds=0)["error"]
    assert (error["code"], error["message"]) == (
        500, "Service Toys/Service/GPServer not started",
    )  # fmt: skip
    execution.run(waiting)
    for path in (done, f"{SLEEP}/jobs/{waiting}"):
        assert rest.get(path)["jobStatus"] == "esriJobSucceeded"
        assert rest.get(f"{path}/results/Out_Text")["value"] == "slept"
    assert Job.objects.count() == 2
