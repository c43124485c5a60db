"""Each end of a run has its kind, told from what the user is told."""

from __future__ import annotations

import pytest
from django.utils import timezone

from jobs.models import Job
from jobs.queueing.reasons import KINDS, reason_kind
from jobs.runs import execution
from jobs.workers import sweeper
from tests.jobs.claims import claim

ROOT = "/Toys/Service/GPServer"


def kind_of_end(rest, tool: str, runs: int = 1, **fields) -> str:
    job_id = rest.post(f"{ROOT}/{tool}/submitJob", **fields)["jobId"]
    for _ in range(runs):
        execution.run(job_id)
    job = Job.objects.get()
    assert job.is_final
    return reason_kind(job.status, job.error)


@pytest.mark.parametrize(
    ("tool", "fields", "runs", "kind"),
    [
        ("Fail", {}, 1, "tool"),
        ("RaiseError", {}, 1, "bug"),
        ("Segfault", {}, 2, "crash"),
        ("Hoard", {"Megabytes": 4000}, 1, "memory_limit"),
        ("Pile", {"Files": 20, "Where": "scratch"}, 1, "disk_limit"),
    ],
)
def test_runs_that_fail(rest, published, tool, fields, runs, kind):
    published(f"toys.{tool}", sync=False, max_memory_mb=1000, max_disk_mb=10)
    assert kind_of_end(rest, tool, runs, **fields) == kind


def test_a_run_that_takes_too_long(rest, published):
    published("toys.Sleep", sync=False, max_run_seconds=1)
    assert kind_of_end(rest, "Sleep", Seconds=60) == "time_limit"


def test_a_job_that_loses_its_worker_again_and_again(rest, published, settings):
    published("toys.Sleep", sync=False)
    settings.LEASE_SECONDS = -1
    job_id = rest.post(f"{ROOT}/Sleep/submitJob", Seconds=0)["jobId"]
    while (job := Job.objects.get()).error == "":
        if not claim(job_id, "one", "host"):
            pytest.fail(f"the job is {job.status}")
        sweeper.take_back_lapsed()
    assert reason_kind(job.status, job.error) == "worker_lost"


def test_a_job_that_no_worker_takes_in_time(rest, published):
    published("toys.Sleep", sync=False, max_wait_seconds=1)
    rest.post(f"{ROOT}/Sleep/submitJob", Seconds=0)
    Job.objects.update(wait_until=timezone.now())
    sweeper.end_waiting()
    job = Job.objects.get()
    assert job.is_final
    assert reason_kind(job.status, job.error) == "queue_timeout"


def test_a_full_disk():
    # the words of services and child for ENOSPC, which no test here can provoke
    text = "no space is left for the files of this run"
    assert reason_kind("esriJobFailed", text) == "disk_full"


def test_all_kinds_are_counted_from_the_start():
    shown = {"tool", "bug", "crash", "memory_limit", "time_limit", "worker_lost",
             "disk_limit", "disk_full", "queue_timeout"}  # fmt: skip
    assert set(KINDS) == shown
