"""What administrators read answers the keys and types of its tables."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from jobs.models import Job
from portal.tokens import issue
from services.models import Service
from tests.golden import administration
from tests.golden.checker import found

TASK = "/Toys/Write/GPServer/WriteFile"
SERVICE = "/services/Toys/Write.GPServer"


@pytest.fixture
def ask(client, db, rest, published):
    """Ask below the administrator's address about a service that has run two jobs."""
    published("toys.WriteFile", "Toys/Write", sync=False)
    rest.run_job(TASK, Text="x")
    rest.post(f"{TASK}/submitJob", Text="x")
    boss = User.objects.create_superuser("boss", password="boss-pass-1")
    token = issue(boss, 5)[0]

    def call(path: str, **form: str) -> Any:
        method = client.post if form.pop("method", "get") == "post" else client.get
        sent = {"f": "json", "token": token} | form
        return method(f"/{settings.CONTEXT}/admin{path}", sent).json()

    return call


@pytest.mark.protocol("10.3 keys of status, statistics and item information")
def test_state_statistics_and_item_of_a_service(ask):
    for below, shape in (
        ("status", administration.SERVICE_STATUS),
        ("statistics", administration.STATISTICS),
        ("iteminfo", administration.ITEM_INFO),
    ):
        assert found(ask(f"{SERVICE}/{below}"), shape) == [], below
    assert ask(f"{SERVICE}/statistics")["summary"]["transactions"] == 1


@pytest.mark.protocol("10.4 keys of jobs")
def test_jobs_of_a_service(ask):
    assert found(ask(f"{SERVICE}/jobs"), administration.JOBS) == []
    listed = ask(f"{SERVICE}/jobs/query")
    assert found(listed, administration.JOBS_FOUND) == []
    assert set(listed["results"]) == set(Job.objects.values_list("pk", flat=True))
    for job_id, job in listed["results"].items():
        assert job["jobID"] == job_id
        assert ask(f"{SERVICE}/jobs/{job_id}") == job


@pytest.mark.protocol("10.3 keys of the replies")
def test_what_changes_something_answers_success_or_an_error(ask):
    for below in ("stop", "start", "jobs/purgeQueue"):
        reply = ask(f"{SERVICE}/{below}", method="post")
        assert found(reply, administration.SUCCESS) == [], below
    wrong = ask(f"{SERVICE}/jobs/j0/cancel", method="post")
    assert found(wrong, administration.REFUSED) == []
    assert found(ask("/services/Toys/No.GPServer"), administration.REFUSED) == []
    assert found(ask(SERVICE, token="x"), administration.REFUSED) == []
    assert ask(f"{SERVICE}/delete", method="post") == {"status": "success"}
    assert not Service.objects.exists()
