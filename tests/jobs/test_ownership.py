"""Whose a job is, and what becomes of it when its owner or its service goes."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from jobs.models import Job
from services.models import Service
from tests.conftest import Rest

TASK = "/Toys/Echo/GPServer/Echo"
FILES = "/server/rest/directories/arcgisjobs/toys/echo_gpserver"


@pytest.fixture
def mine(published, owner, tokened):
    published("samples.Echo", "Toys/Echo", sync=False)
    return Rest(tokened(owner))


def test_a_job_is_its_submitter_s_and_the_administrator_s(
    mine, rest, stranger, tokened
):
    job = mine.run_job(TASK, In_Long=5)
    staff = User.objects.create_user("staff", is_staff=True)
    root = User.objects.create_superuser("root")
    unknown = f"{TASK}/jobs/j{'0' * 32}"
    for other in (rest, Rest(tokened(stranger)), Rest(tokened(staff))):
        assert other.get(job) == other.get(unknown)
    assert Rest(tokened(root)).get(job)["jobStatus"] == "esriJobSucceeded"


def test_the_job_of_a_stranger_is_whose_address_it_has(mine, rest, stranger, tokened):
    job = rest.run_job(TASK, In_Long=5)
    assert Rest(tokened(stranger)).get(f"{job}/results/Out_Long")["value"] == 5


def test_the_job_of_a_deleted_user_does_not_become_a_stranger_s(mine, rest, owner):
    job = mine.run_job(TASK, In_Long=5)
    owner.delete()
    assert rest.get(job)["error"]["details"] == ["Job not found"]


def test_users_deleted_by_a_query_leave_no_open_jobs_either(mine, rest, owner):
    job = mine.run_job(TASK, In_Long=5)
    User.objects.filter(pk=owner.pk).delete()
    assert rest.get(job)["error"]["details"] == ["Job not found"]


def test_who_loses_the_service_loses_the_way_to_old_jobs_and_files(
    mine, rest, owner, client, tokened
):
    job = rest.run_job(TASK, In_Long=5)
    Service.objects.update(access="chosen")
    assert rest.get(job)["error"]["code"] == 499
    assert mine.get(job)["error"]["code"] == 404
    Service.objects.get().allowed_users.add(owner)
    assert mine.get(job)["jobStatus"] == "esriJobSucceeded"


def test_the_files_of_a_closed_service_are_closed(mine, rest, owner, client, tokened):
    """The address of a file names no service to the portal; it is asked for all the same."""
    text = '{"geometryType": "esriGeometryPoint", "features": [{"geometry": {"x": 1, "y": 2}}]}'
    job = rest.run_job(TASK, In_Features=text).rpartition("/")[2]
    name = next(one["file"] for one in Job.objects.get().outputs if "file" in one)
    url = f"{FILES}/{job}/scratch/{name}"
    opened = client.get(url, {"f": "json"})
    assert b"".join(opened.streaming_content)
    Service.objects.update(access="signed_in")
    assert client.get(url, {"f": "json"}).json()["error"]["code"] == 404
    answer = client.get(url, {"f": "json", "token": tokened(owner)})
    assert b"".join(answer.streaming_content)
