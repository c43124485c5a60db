"""Jobs over the Administrator API: found by page and filter, cancelled, deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry

from jobs.models import Job
from jobs.status import JobStatus
from tests.portal.adminrest.conftest import SLEEP, SUCCESS

QUERY = f"{SLEEP}/jobs/query"


def milliseconds(moment):
    return round(moment.timestamp() * 1000)


def found(boss, **filters):
    return list(boss.get(QUERY, **filters)["results"])


@pytest.mark.protocol("10.4 jobs")
def test_jobs_name_what_is_below(boss, service):
    assert boss.get(f"{SLEEP}/jobs") == {"resources": ["statistics"]}


@pytest.mark.protocol("10.4 query with pages")
def test_a_client_that_follows_next_start_sees_every_job_once(boss, make):
    ids = [make().pk for _ in range(23)]
    start, seen, pages = 1, [], 0
    while start > -1:
        answer = boss.get(QUERY, start=start, number=10, startTime="", endTime="",
                          userName="", machineName="")  # fmt: skip
        assert (answer["total"], answer["start"]) == (23, start)
        seen += answer["results"]
        start, pages = answer["nextStart"], pages + 1
    assert (seen, pages) == (ids[::-1], 3)


@pytest.mark.parametrize(("count", "following"), [(0, -1), (9, -1), (10, -1), (11, 11)])
def test_next_start_ends_with_the_last_job(boss, make, service, count, following):
    for _ in range(count):
        make()
    assert boss.get(QUERY)["nextStart"] == following


@pytest.mark.protocol("10.4 query with filters")
def test_jobs_are_found_by_status_user_machine_and_time(boss, make, owner):
    failed = make(JobStatus.FAILED, user=owner, host="one")
    waiting = make()
    assert found(boss, status="esriJobFailed") == [failed.pk]
    assert (
        found(boss, status="FAILED")
        == found(boss, jobStatus="esrijobfailed")
        == [failed.pk]
    )
    assert found(boss, status="esriJobNew") == []
    assert found(boss, userName="owner") == [failed.pk]
    assert found(boss, userName="anonymous") == [waiting.pk]
    assert found(boss, machineName="ONE") == [failed.pk]
    between = failed.submitted_at + timedelta(seconds=30)
    assert found(boss, startTime=milliseconds(between)) == [waiting.pk]
    assert found(boss, endTime=milliseconds(between)) == [failed.pk]


def test_jobs_of_other_services_and_synchronous_runs_are_not_found(
    boss, make, published
):
    other = published("toys.Fail", "Toys/Fail", sync=False)
    job = make(service=other)
    sync = make(JobStatus.SUCCEEDED, mode="sync")
    assert found(boss) == []
    for pk in (job.pk, sync.pk):
        assert boss.get(f"{SLEEP}/jobs/{pk}")["code"] == 404


@pytest.mark.parametrize(
    ("name", "value"),
    [("start", "x"), ("number", "1.5"), ("start", "9" * 30), ("status", "lost"),
     ("startTime", "now"), ("endTime", "9" * 30), ("startTime", "9" * 5000)],
)  # fmt: skip
def test_a_filter_that_does_not_fit_is_refused(boss, service, name, value):
    answer = boss.get(QUERY, **{name: value})
    assert answer["code"] == 400
    assert f"'{name}'" in answer["messages"][0]


@pytest.mark.parametrize(("start", "number"), [("-5", "0"), ("0", "-1")])
def test_a_page_outside_is_moved_inside(boss, make, start, number):
    job = make()
    answer = boss.get(QUERY, start=start, number=number)
    assert (list(answer["results"]), answer["start"], answer["num"]) == ([job.pk], 1, 1)


@pytest.mark.protocol("10.4 job")
def test_a_job_tells_times_user_machine_and_page(boss, make, owner):
    job = make(JobStatus.SUCCEEDED, user=owner, host="one")
    answer = boss.get(f"{SLEEP}/jobs/{job.pk.upper()}")
    assert answer == boss.get(QUERY)["results"][job.pk]
    assert answer == {
        "jobID": job.pk,
        "taskName": "Sleep",
        "submittedTime": milliseconds(job.submitted_at),
        "startTime": milliseconds(job.started_at),
        "endTime": milliseconds(job.ended_at),
        "status": "esriJobSucceeded",
        "username": "owner",
        "machinename": "one",
        "url": f"http://testserver/server/rest/services/Toys/Sleep/GPServer/Sleep/jobs/{job.pk}",
    }
    assert boss.get(f"{SLEEP}/jobs/{make().pk}")["username"] is None


@pytest.mark.protocol("10.4 cancel")
@pytest.mark.parametrize(
    ("status", "after"),
    [(JobStatus.SUBMITTED, JobStatus.CANCELLED), (JobStatus.EXECUTING, JobStatus.CANCELLING)],
)  # fmt: skip
def test_a_job_that_waits_or_runs_is_cancelled_and_stays(boss, make, status, after):
    job = make(status)
    assert boss.post(f"{SLEEP}/jobs/{job.pk}/cancel") == SUCCESS
    job.refresh_from_db()
    assert job.status == after
    assert LogEntry.objects.get().get_change_message() == "Cancelled."


@pytest.mark.protocol("10.4 cancel")
def test_a_job_that_has_ended_cannot_be_cancelled(boss, make):
    job = make(JobStatus.SUCCEEDED)
    answer = boss.post(f"{SLEEP}/jobs/{job.pk}/cancel")
    assert (answer["status"], answer["code"]) == ("error", 400)
    assert "has ended already" in answer["messages"][0]


@pytest.mark.protocol("10.4 delete")
@pytest.mark.parametrize("status", [JobStatus.SUBMITTED, JobStatus.SUCCEEDED])
def test_a_job_is_deleted_with_its_files(boss, make, status):
    job = make(status)
    job.folder.mkdir(parents=True)
    (job.folder / "a.json").write_text("{}", "utf-8")
    assert boss.post(f"{SLEEP}/jobs/{job.pk}/delete") == SUCCESS
    assert not Job.objects.exists()
    assert not job.folder.exists()
    assert LogEntry.objects.get().object_repr == job.pk


@pytest.mark.protocol("10.4 delete")
def test_a_running_job_is_cancelled_and_can_be_deleted_then(boss, make):
    job = make(JobStatus.EXECUTING)
    answer = boss.post(f"{SLEEP}/jobs/{job.pk}/delete")
    assert "is being cancelled" in answer["messages"][0]
    job.refresh_from_db()
    assert job.status == JobStatus.CANCELLING
    Job.objects.update(status=JobStatus.CANCELLED)
    assert boss.post(f"{SLEEP}/jobs/{job.pk}/delete") == SUCCESS


@pytest.mark.protocol("10.4 purgeQueue")
def test_purging_cancels_what_waits_and_nothing_else(boss, make):
    waiting = {make().pk, make().pk}
    make(JobStatus.EXECUTING)
    make(JobStatus.SUCCEEDED)
    assert boss.post(f"{SLEEP}/jobs/purgeQueue") == SUCCESS
    cancelled = Job.objects.filter(status=JobStatus.CANCELLED)
    assert set(cancelled.values_list("pk", flat=True)) == waiting
    assert Job.objects.filter(status=JobStatus.EXECUTING).count() == 1
    assert LogEntry.objects.count() == 2


@pytest.mark.protocol("10.4 statistics")
def test_job_statistics_count_how_jobs_ended(boss, make):
    for status in (JobStatus.SUCCEEDED, JobStatus.SUCCEEDED, JobStatus.FAILED,
                   JobStatus.TIMED_OUT, JobStatus.CANCELLED, JobStatus.EXECUTING):  # fmt: skip
        make(status)
    wanted = {"total": 6, "cancelled": 1, "failed": 2, "succeeded": 2}
    assert boss.post(f"{SLEEP}/jobs/statistics") == wanted
