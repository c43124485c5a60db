"""Claims of one job, by its id."""

from __future__ import annotations

from jobs.models import Job
from jobs.queueing import moves


def claim(job_id: str, worker: str, host: str) -> Job | None:
    """Take a job for a worker if it waits."""
    job = Job.objects.filter(pk=job_id).values("pk")
    return moves.claim(moves.statement(job), worker, host)
