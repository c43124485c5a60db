"""What the sweep deletes: old jobs, large jobs, strays; and what it leaves alone."""

from __future__ import annotations

import logging
import os
import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from jobs.child.context import INFORMATIVE
from jobs.models import Job, JobMessage, new_job_id
from jobs.queueing.moves import say
from jobs.status import JobStatus
from jobs.workers import retention, sweeper
from services.models import Service

WRITE = "/Toys/Service/GPServer/WriteFile"
MB = 2**20


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.JOBS_DIR = tmp_path
    return tmp_path


@pytest.fixture
def make(published):
    """Store a finished job with a file of a size, which ended some hours ago."""
    usual = published("toys.WriteFile", sync=False)

    def made(hours: float = 0, size: int = 0, service: Service | None = usual, **more):
        ended = {"ended_at": timezone.now() - timedelta(hours=hours)}
        more = {"status": JobStatus.SUCCEEDED, "submitted_at": timezone.now()} | more
        job = Job.objects.create(
            service=service, service_path="x", task_name="WriteFile", mode="async",
            size=size, **ended | more,
        )  # fmt: skip
        job.results_folder.mkdir(parents=True)
        (job.results_folder / "written.txt").write_bytes(b"x")
        say(job.pk, (INFORMATIVE, "Succeeded."))
        return job

    return made


def left() -> set[str]:
    """Return the ids that are left; rows and folders must be the same."""
    rows = set(Job.objects.values_list("pk", flat=True))
    job = Job()
    assert {path.name for path in job.folder.parent.iterdir()} == rows
    assert set(JobMessage.objects.values_list("job", flat=True)) == rows
    return rows


def test_each_service_keeps_its_jobs_for_its_time(make, published):
    """G18"""
    brief = published("toys.WriteFile", "Toys/Brief", sync=False, keep_jobs_hours=1)
    kept = [
        make(hours=23),
        make(hours=0.9, service=brief),
        make(hours=23, service=None),
    ]
    for hours, service in ((25, kept[0].service), (1.1, brief), (25, None)):
        make(hours=hours, service=service)
    sweeper.sweep()
    assert left() == {job.pk for job in kept}


def test_the_site_keeps_no_job_longer_than_it_says(make, settings):
    young = make(hours=1.9)
    make(hours=2.1), make(hours=2.1, service=None)
    settings.KEEP_JOBS_HOURS = 2
    sweeper.sweep()
    assert left() == {young.pk}


def test_a_job_that_has_not_ended_stays(make):
    jobs = [make(status=one, ended_at=None, submitted_at=timezone.now() - timedelta(days=9))
            for one in (JobStatus.SUBMITTED, JobStatus.EXECUTING, JobStatus.CANCELLING)]  # fmt: skip
    retention.purge()
    assert left() == {job.pk for job in jobs}


def test_a_pinned_job_stays_until_it_is_unpinned(make):
    job = make(hours=1000, pinned=True)
    sweeper.sweep()
    assert left() == {job.pk}
    Job.objects.update(pinned=False)
    sweeper.sweep()
    assert left() == set()


def test_the_oldest_jobs_of_a_service_go_when_all_are_too_large(make, published):
    full = published("toys.WriteFile", "Toys/Full", sync=False, keep_jobs_mb=10)
    pinned = make(5, 3 * MB, full, pinned=True)
    make(4, 3 * MB, full), make(3, 3 * MB, full)
    none, kept = make(9, 0, full), [make(2, 3 * MB, full), make(1, 4 * MB, full)]
    other = make(6, 100 * MB)
    sweeper.sweep()
    assert left() == {pinned.pk, none.pk, other.pk, *(job.pk for job in kept)}


def test_the_oldest_jobs_of_the_site_go_when_all_are_too_large(
    make, published, settings
):
    other = published("toys.WriteFile", "Toys/Other", sync=False)
    make(3, 6 * MB), make(2, 6 * MB, other)
    newest = make(1, 6 * MB)
    settings.KEEP_JOBS_MB = 10
    sweeper.sweep()
    assert left() == {newest.pk}


def test_the_size_of_a_job_is_that_of_its_files(rest, published):
    published("toys.WriteFile", sync=False)
    text = "x" * 300_000  # large enough to be kept as a file, too
    rest.run_job(WRITE, Text=text)
    job = Job.objects.get()
    files = [path for path in job.folder.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert job.size == sum(path.stat().st_size for path in files) >= 600_000


def test_a_cancelled_job_takes_no_space(rest, published):
    published("toys.WriteFile", sync=False)
    job_id = rest.post(f"{WRITE}/submitJob", Text="x" * 300_000)["jobId"]
    assert Job.objects.get().size >= 300_000
    rest.post(f"{WRITE}/jobs/{job_id}/cancel")
    assert Job.objects.get().size == 0


def test_a_result_that_is_being_downloaded_comes_whole(rest, published):
    """G18"""
    published("toys.WriteFile", sync=False, keep_jobs_hours=1)
    path = rest.run_job(WRITE, Text="x" * 100_000)
    url = rest.get(f"{path}/results/Out_File")["value"]["url"]
    response = rest.client.get(url)
    pieces = iter(response.streaming_content)
    first = next(pieces)
    Job.objects.update(ended_at=timezone.now() - timedelta(hours=2))
    sweeper.sweep()
    assert left() == set()
    assert first + b"".join(pieces) == b"x" * 100_000
    assert rest.get(path)["error"]["details"] == ["Job not found"]
    assert rest.client.get(url).status_code == 404


def test_a_result_whose_files_go_in_this_moment_is_not_found(rest, published, folder):
    published("toys.WriteFile", sync=False)
    published("toys.TwoOutputs", "Toys/Two", sync=False)
    path = rest.run_job(WRITE, Text="x")
    url = rest.get(f"{path}/results/Out_File")["value"]["url"]
    two = rest.run_job("/Toys/Two/GPServer/TwoOutputs")
    for job in Job.objects.all():
        retention.forget_files(job)
    assert rest.client.get(url).status_code == 404
    assert rest.get(f"{two}/results/Second")["error"]["code"] == 404


def test_a_time_that_no_date_can_hold_is_refused(published):
    service = published("toys.WriteFile", keep_jobs_hours=87_840)
    service.full_clean()
    retention.purge()
    service.keep_jobs_hours += 1
    with pytest.raises(ValidationError, match="87840"):
        service.full_clean()


def test_folders_of_no_job_go_after_a_day(make, folder):
    job = make()
    strays = [folder / new_job_id() for _ in range(3)]
    others = [folder / "lost+found", folder / "j0"]
    for path in (*strays, *others):
        path.mkdir()
    for path in (*strays[:2], *others, job.folder):
        os.utime(path, (1, 1))
    for part in range(256):
        retention.look_for_strays(f"j{part:02x}")
    assert set(folder.iterdir()) == {strays[2], *others, job.folder}


def test_each_sweep_looks_at_another_part_of_the_folders(
    make, folder, monkeypatch, settings
):
    settings.SWEEP_SECONDS = 10
    for part in ("00", "01", "ff"):
        path = folder / f"j{part}{'0' * 30}"
        path.mkdir()
        os.utime(path, (1, 1))
    now = time.time() // 2560 * 2560  # the turn of 00
    for later, names in ((0, ["01", "ff"]), (10, ["ff"]), (2550, [])):
        monkeypatch.setattr(time, "time", lambda at=now + later: at)
        sweeper.look_for_strays()
        assert sorted(path.name[1:3] for path in folder.iterdir()) == names


def test_a_job_whose_files_are_gone_is_reported_and_stays(make, caplog):
    entry = {"name": "Out_File", "kind": "file", "file": "written.txt"}
    lost, whole = make(outputs=[entry]), make(outputs=[entry])
    retention.forget_files(lost)
    with caplog.at_level(logging.WARNING):
        for part in range(256):
            retention.look_for_strays(f"j{part:02x}")
    assert f"{lost.pk} has lost its files: written.txt" in caplog.text
    assert whole.pk not in caplog.text
    assert Job.objects.count() == 2
