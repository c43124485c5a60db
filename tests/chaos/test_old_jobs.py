"""Ten thousand jobs whose time is over, and somebody who writes meanwhile."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from jobs.child.context import INFORMATIVE
from jobs.models import Job, JobMessage
from jobs.status import JobStatus
from jobs.workers import sweeper
from services.models import Service


def many_old_jobs(service: Service, count: int) -> None:
    """Store jobs that have ended long ago, each with messages and a file."""
    long_ago = timezone.now() - timedelta(days=2)
    snapshot = {"schema": [{"text": "x" * 2000}]}
    jobs = [
        Job(service=service, service_path="x", task_name="y", mode="async",
            status=JobStatus.SUCCEEDED, submitted_at=long_ago, ended_at=long_ago,
            snapshot=snapshot)
        for _ in range(count)
    ]  # fmt: skip
    Job.objects.bulk_create(jobs, batch_size=500)
    JobMessage.objects.bulk_create(
        (JobMessage(job=job, sequence=number, type=INFORMATIVE, text="a word")
         for job in jobs for number in range(4)), batch_size=2000)  # fmt: skip
    for job in jobs:
        job.results_folder.mkdir(parents=True)
        (job.results_folder / "written.txt").touch()


@contextmanager
def measured_writes(service: Service):
    """Write all the time in another connection; yield how long each write took."""
    seconds: list[float] = []
    over = threading.Event()

    def write() -> None:
        try:
            while not over.wait(0.005):
                began = time.monotonic()
                Service.objects.filter(pk=service.pk).update(description="x")
                seconds.append(time.monotonic() - began)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield seconds
    finally:
        over.set()
        writer.join()


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_ten_thousand_old_jobs_go_within_a_minute_and_hold_up_nobody(
    published, settings
):
    """G18"""
    service = published("toys.WriteFile", sync=False)
    many_old_jobs(service, 10_000)
    sweeps = 0
    with measured_writes(service) as seconds:
        while Job.objects.exists():
            sweeper.sweep()
            sweeps += 1
    assert sweeps * settings.SWEEP_SECONDS <= 60
    assert not JobMessage.objects.exists()
    assert not list(Job(pk="j").folder.parent.glob("j*"))
    # 1 s is what a busy machine may take at worst; most writers notice nothing.
    assert sorted(seconds)[len(seconds) // 2] < 0.1
    assert max(seconds) < 1
