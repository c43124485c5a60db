"""The sweep: what was lost is found again, what is old goes."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from jobs import queue
from jobs.context import ERROR, INFORMATIVE
from jobs.execution import MAX_ATTEMPTS, put_back
from jobs.models import Job
from jobs.moves import forget_files, move, say
from jobs.status import FINAL, JobStatus
from jobs.uploads import purge_uploads
from services.models import Service

_BATCH = 200
_SPOOL_SECONDS = 24 * 3600


def sweep() -> None:
    """Do all that is due; safe to run on several hosts at once."""
    ring_again()
    take_back_lapsed()
    purge()
    purge_uploads()


def ring_again() -> None:
    """Ring for jobs that still wait although no ring does: the queue lost them."""
    if not queue.is_empty():
        return  # the workers are busy; more rings would only pile up
    before = timezone.now() - timedelta(seconds=settings.SWEEP_SECONDS)
    waiting = Job.objects.filter(status=JobStatus.SUBMITTED, submitted_at__lt=before)
    for job_id in waiting.order_by("submitted_at").values_list("pk", flat=True)[
        :_BATCH
    ]:
        queue.push(job_id)


def take_back_lapsed() -> None:
    """End or put back the jobs whose worker has not been heard of in time."""
    lapsed = Job.objects.filter(lease_until__lt=timezone.now())
    for job in lapsed.filter(status=JobStatus.CANCELLING)[:_BATCH]:
        if move(job.pk, JobStatus.CANCELLED, fence=job.attempt):
            say(job.pk, (INFORMATIVE, "Cancelled."))
    for job in lapsed.filter(status=JobStatus.EXECUTING)[:_BATCH]:
        if job.attempt < MAX_ATTEMPTS:
            put_back(job, "The worker was lost; the job will run again.")
            continue
        reason = f"the worker was lost in {job.attempt} attempts"
        if move(job.pk, JobStatus.FAILED, fence=job.attempt, error=reason):
            say(job.pk, (ERROR, reason), (ERROR, "Failed."))


def purge() -> None:
    """Delete finished jobs, with their files, after their service's time."""
    kept = Service.objects.values_list("keep_jobs_hours", flat=True).distinct()
    for hours in kept:
        before = timezone.now() - timedelta(hours=hours)
        old = Job.objects.filter(
            service__keep_jobs_hours=hours, status__in=FINAL, ended_at__lt=before
        )
        for job in old[:_BATCH]:
            forget_files(job)
            job.delete()
    for path in Path(settings.SPOOL_DIR).glob("*"):
        if path.stat().st_mtime < time.time() - _SPOOL_SECONDS:
            path.unlink(missing_ok=True)
