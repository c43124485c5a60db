"""Running a job again: the same inputs, a link to the old one, and its repair."""

from __future__ import annotations

import pytest

from jobs.models import Job
from jobs.runs import execution
from jobs.runs.again import run_again
from jobs.status import JobStatus
from services.errors import Busy, ToolFailed
from services.form import LARGE

WRITE = "/Toys/Service/GPServer/WriteFile"


@pytest.fixture
def job(rest, published):
    """A job that has run, of a tool that succeeds."""
    published("toys.WriteFile", sync=False)
    path = rest.run_job(WRITE, Text="a")
    return Job.objects.get(pk=path.rpartition("/")[2])


def failed(job):
    job.status = JobStatus.FAILED
    job.save()
    return job


def test_a_job_is_repeated_with_its_inputs_and_repairs_what_had_failed(job):
    again = run_again(failed(job))
    assert (again.rerun_of, again.inputs, again.source) == (job, job.inputs, "admin")
    assert again.status == JobStatus.SUBMITTED
    execution.run(again.pk)
    job.refresh_from_db()
    again.refresh_from_db()
    assert again.status == JobStatus.SUCCEEDED
    assert (job.status, job.repaired_at is not None) == (JobStatus.FAILED, True)
    assert again.repaired_at is None


def test_a_repetition_of_a_repetition_repairs_the_first_one(job):
    second = failed(run_again(failed(job)))
    execution.run(run_again(second).pk)
    repaired = Job.objects.exclude(repaired_at=None)
    assert {one.pk for one in repaired} == {job.pk, second.pk}


def test_a_large_input_is_copied_and_outlives_the_old_job(rest, published):
    published("toys.WriteFile", sync=False)
    text = "x" * (LARGE + 1)
    path = rest.run_job(WRITE, Text=text)
    job = Job.objects.get(pk=path.rpartition("/")[2])
    assert isinstance(job.inputs["Text"], dict)
    again = run_again(job)
    for file in job.folder.glob("*"):
        if file.is_file():
            file.unlink()
    execution.run(again.pk)
    again.refresh_from_db()
    assert again.status == JobStatus.SUCCEEDED
    with pytest.raises(ToolFailed, match="inputs are gone"):
        run_again(job)
    assert Job.objects.count() == 2


def test_limits_of_the_service_hold_as_they_are_now(job):
    job.service.max_run_seconds = 7
    job.service.save()
    job.refresh_from_db()
    assert run_again(job).snapshot["seconds"] == 7


def test_what_cannot_be_repeated_says_why(rest, published, job):
    waiting = run_again(job)
    with pytest.raises(ToolFailed, match="not ended"):
        run_again(waiting)
    published("toys.Fail", "Toys/Now")
    rest.post("/Toys/Now/GPServer/Fail/execute")
    with pytest.raises(ToolFailed, match="synchronous"):
        run_again(Job.objects.get(mode="sync"))
    job.service.delete()
    job.refresh_from_db()
    with pytest.raises(ToolFailed, match=r"service of job .* is gone"):
        run_again(job)


def test_a_full_queue_takes_no_repetition(job, settings):
    settings.QUEUED = 1
    run_again(job)
    with pytest.raises(Busy):
        run_again(job)
    assert Job.objects.count() == 2
