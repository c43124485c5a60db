"""Fixtures of tests of jobs."""

from __future__ import annotations

import pytest

from jobs.models import Job
from jobs.status import FINAL, JobStatus
from tests.jobs.adminlist import NOW


@pytest.fixture
def make(published):
    """Store a job in a state, with a file in its folder."""
    service = published("toys.Sleep", "Toys/Sleep", sync=False)

    def made(status=JobStatus.SUBMITTED, **changes):
        ended = {"ended_at": NOW} if status in FINAL else {}
        job = Job.objects.create(
            **{
                "service": service, "service_path": "Toys/Sleep", "task_name": "Sleep",
                "mode": "async", "status": status, "submitted_at": NOW,
                "inputs": {"Seconds": "20"}, "snapshot": {"tool": "toys.Sleep"},
            } | ended | changes,
        )  # fmt: skip
        job.folder.mkdir(parents=True)
        (job.folder / "Seconds.json").write_text("20", "utf-8")
        return job

    return made
