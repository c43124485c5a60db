"""A layer of this server is read with the rights of whoever sent the request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jobs.models import Job
from jobs.runs import execution
from portal.tokens import issue
from services.samples import load_samples
from tests.conftest import ROOT, Rest

HOSTED = "/Samples/BufferHosted/GPServer/Buffer"
POINT = {
    "geometryType": "esriGeometryPoint",
    "features": [{"geometry": {"x": 8, "y": 47}}],
}


@pytest.fixture
def layer(owner: Any) -> str:
    """The URL of a layer that only its owner may see."""
    load_samples("Samples/BufferHosted", "Samples/Types")
    mine = Rest(issue(owner, 5)[0])
    fields = {"Input_Features": json.dumps(POINT), "Distance": "5 Kilometers"}
    job = mine.run_job(HOSTED, **fields)
    url: str = mine.get(f"{job}/results/Output_Layer")["value"]["url"]
    return url


def submitted(rest: Rest, layer: str) -> str:
    value = json.dumps({"url": layer})
    answer = rest.post(f"{HOSTED}/submitJob", Input_Features=value, Distance="1 Meters")
    job_id: str = answer["jobId"]
    return job_id


@pytest.mark.protocol("6.10 the caller's own token for this server")
def test_a_job_reads_a_secured_layer_of_this_server_without_a_second_token(
    owner, layer, settings
):
    settings.FETCH_HOSTS = []
    job_id = submitted(Rest(issue(owner, 5)[0]), layer)
    execution.run(job_id)
    job = Job.objects.get(pk=job_id)
    assert (job.status, job.error, job.sealed) == ("esriJobSucceeded", "", "")


def test_a_user_who_was_switched_off_meanwhile_has_no_rights(owner, layer):
    job_id = submitted(Rest(issue(owner, 5)[0]), layer)
    owner.is_active = False
    owner.save()
    execution.run(job_id)
    job = Job.objects.get(pk=job_id)
    assert job.status == "esriJobFailed"
    assert "no access" in job.error


def test_a_foreign_layer_stays_shut_whatever_host_may_be_fetched_from(
    rest, layer, settings
):
    settings.FETCH_HOSTS = ["*", "*:*"]
    value = json.dumps({"url": layer})
    assert layer.startswith(f"http://testserver{ROOT}")
    answer = rest.post(f"{HOSTED}/submitJob", Input_Features=value, Distance="1 Meters")
    assert "no access" in answer["error"]["details"][0]


def test_a_result_that_was_published_is_read_as_its_layer(rest, owner, layer):
    made = Job.objects.get()
    url = f"http://testserver{ROOT}{HOSTED}/jobs/{made.pk}/results/Output_Layer"
    mine = Rest(issue(owner, 5)[0])
    job_id = submitted(mine, url)
    execution.run(job_id)
    assert Job.objects.get(pk=job_id).status == "esriJobSucceeded"
    value = json.dumps({"url": url})
    answer = rest.post(f"{HOSTED}/submitJob", Input_Features=value, Distance="1 Meters")
    assert "no access" in answer["error"]["details"][0]
