"""The sweep: what was lost is found again, what is old goes."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from jobs.child.context import ERROR
from jobs.featureservices.publishing import purge_hosted
from jobs.models import Job
from jobs.queueing import queue
from jobs.queueing.moves import forget_run, move, say
from jobs.queueing.policy import startable, waiting
from jobs.repeated.schedules import run_due
from jobs.repeated.watches import forget_old, send_mails
from jobs.runs.ends import MAX_ATTEMPTS, end_cancelled, put_back
from jobs.status import RUNNING, JobStatus
from jobs.uploads.items import purge_uploads
from jobs.usage.counting import count_ended, merge_hours
from jobs.workers.retention import look_for_strays, purge, watch_disk

logger = logging.getLogger(__name__)

_BATCH = 200
_SPOOL_SECONDS = 24 * 3600


def sweep() -> None:
    """Do all that is due; safe to run on several hosts at once.

    A step that fails is for the log and for the next sweep; the others still happen.
    """
    more = [import_string(name) for name in settings.MORE_SWEEP_STEPS]
    for step in (*_STEPS, *more):
        try:
            step()
        except Exception:
            logger.exception("a step of the sweep failed; the next sweep tries again")


def ring_again() -> None:
    """Ring for jobs that have waited for long if fewer rings than workers are left.

    Then the queue lost some, or nobody heard that a limit holds these no more. Whom
    a ring reaches goes on while jobs wait, so one for each worker is enough.
    """
    before = Now() - timedelta(seconds=settings.SWEEP_SECONDS)
    late = startable().filter(submitted_at__lt=before).values_list("pk", flat=True)
    for job_id in late[: max(0, settings.WORKERS - queue.waiting_rings())]:
        queue.push(job_id)


def end_waiting() -> None:
    """End the jobs that no worker has taken in the time that they may wait."""
    late = waiting().filter(wait_until__lt=Now()).annotate(now=Now())
    for job in late[:_BATCH]:
        seconds = round((job.now - job.submitted_at).total_seconds())
        reason = f"no worker was free for this job in {seconds} s; its service lets"
        reason += " jobs wait no longer"
        with transaction.atomic():
            if move(job.pk, JobStatus.TIMED_OUT, fence=job, error=reason):
                say(job.pk, (ERROR, reason), (ERROR, "Timed out."))


def take_back_lapsed() -> None:
    """End or put back the jobs whose worker has not been heard of in time."""
    lapsed = Job.objects.filter(lease_until__lt=Now())
    for job in lapsed.filter(status=JobStatus.CANCELLING)[:_BATCH]:
        end_cancelled(job)
    for job in lapsed.filter(status=JobStatus.EXECUTING)[:_BATCH]:
        if _is_taken_back(job):
            forget_run(job)


def _is_taken_back(job: Job) -> bool:
    """Put back or end a job whose worker was lost; False if somebody was faster."""
    if job.attempt < MAX_ATTEMPTS:
        return put_back(job, "The worker was lost; the job will run again.")
    reason = f"the worker was lost in {job.attempt} attempts"
    with transaction.atomic():
        ended = move(job.pk, JobStatus.FAILED, fence=job, error=reason)
        if ended:
            say(job.pk, (ERROR, reason), (ERROR, "Failed."))
    return ended


def clear_spool() -> None:
    """Delete what processes that were killed have left in this host's spool."""
    _clear_logs()
    before = time.time() - _SPOOL_SECONDS
    for path in Path(settings.SPOOL_DIR).glob("*"):
        with suppress(OSError):  # most are gone before they are looked at
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink()


def _clear_logs() -> None:
    """Delete the logs of runs that are over: whoever read them was killed."""
    logs = list(Path(settings.SPOOL_DIR).glob("j*-*-*.log"))
    named = {path: path.name.split("-")[:2] for path in logs}
    ids = {job_id for job_id, _ in named.values()}
    running = Job.objects.filter(pk__in=ids, status__in=RUNNING)
    runs = {(pk, str(attempt)) for pk, attempt in running.values_list("pk", "attempt")}
    for path, run in named.items():
        if tuple(run) not in runs:
            path.unlink(missing_ok=True)


_STEPS = (
    take_back_lapsed, end_waiting, ring_again, count_ended, merge_hours, purge,
    purge_hosted, look_for_strays, purge_uploads, clear_spool, watch_disk, run_due,
    send_mails, forget_old,
)  # fmt: skip
