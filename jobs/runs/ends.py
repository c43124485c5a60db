"""How a run ends: it succeeds, fails, is cancelled, or waits for another attempt."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, transaction

from jobs.child.bounds import is_full
from jobs.child.call import Reply
from jobs.child.context import ERROR, INFORMATIVE, WARNING
from jobs.child.mask import masked
from jobs.featureservices.publishing import Publication, copied, recorded
from jobs.files import storage
from jobs.files.disk import size_of
from jobs.models import Job
from jobs.queueing import queue
from jobs.queueing.moves import forget_files, move, same_claim, say
from jobs.runs.again import repair
from jobs.runs.supervision import Message, Supervisor
from jobs.status import JobStatus
from services.errors import Cancelled, Crashed, GPError, TimedOut

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 2

#: Takes a job in the transaction that is open, or returns None.
Take = Callable[[], Job | None]


def succeed(
    job: Job, reply: Reply, supervisor: Supervisor, take: Take = lambda: None
) -> Job | None:
    """Make the results of a job known, in one step with its last state.

    ``take`` is called in the same transaction; returns the next job that it took.
    """
    made = copied(job, reply.manifest, supervisor)
    done, following = False, None
    try:
        done, following = _succeeded(job, reply, made, supervisor.unsaid(), take)
    finally:
        if made and not done:
            made.drop()
    if done or _is_done(job):
        supervisor.said()
        return following
    supervisor.pass_on()
    if not end_cancelled(job):  # another worker has the job
        storage.forget(job.results_folder)
    return None


def _succeeded(
    job: Job,
    reply: Reply,
    made: Publication | None,
    messages: list[Message],
    take: Take,
) -> tuple[bool, Job | None]:
    size = job.size + size_of(job.results_folder)  # inputs and results
    following = None
    with transaction.atomic():
        outputs = list(reply.manifest)
        if made:
            outputs = recorded(job, made, reply.manifest)
        done = move(
            job.pk,
            JobStatus.SUCCEEDED,
            fence=job,
            outputs=outputs,
            provenance=reply.provenance,
            steps=list(reply.steps),
            size=size,
            progress_percent=100,
        )
        if done:
            say(job.pk, *messages, (INFORMATIVE, "Succeeded."))
            repair(job)
            following = take()
        else:
            transaction.set_rollback(True)
    if done:
        logger.info("succeeded")
    return done, following


def _is_done(job: Job) -> bool:
    """Tell if this attempt has succeeded before: the database answered too late."""
    return same_claim(job).filter(status=JobStatus.SUCCEEDED).exists()


def give_up(job: Job, exc: Exception, supervisor: Supervisor) -> None:
    """End or put back a job whose run ended by an exception."""
    supervisor.pass_on()
    if supervisor.stop == "lost":
        return  # the job belongs to another worker now
    if supervisor.stop == "drain":
        put_back(job, "The worker is stopping; the job will run again.", count=False)
    elif isinstance(exc, DatabaseError):
        logger.error("job %s: the database did not take its end: %s", job.pk, exc)
        # Its lease ends, and it runs again: no fault of the job.
    elif isinstance(exc, Cancelled):
        end_cancelled(job)
    elif isinstance(exc, Crashed) and job.attempt < MAX_ATTEMPTS:
        put_back(job, f"{masked(str(exc))}; trying again.")
    else:
        _fail(job, exc)


def _fail(job: Job, exc: Exception) -> None:
    reason = reason_of(exc, job)
    with transaction.atomic():
        failed = move(job.pk, status_after(exc), fence=job, error=reason)
        if failed:
            say(job.pk, (ERROR, reason), (ERROR, "Failed."))
    if failed:
        logger.info("failed: %s", reason)
    else:
        end_cancelled(job)


def end_cancelled(job: Job) -> bool:
    """Confirm the cancel that was asked for; False if none was, in this attempt."""
    with transaction.atomic():
        done = move(job.pk, JobStatus.CANCELLED, fence=job, size=0)
        if done:
            say(job.pk, (INFORMATIVE, "Cancelled."))
    if done:
        logger.info("cancelled", extra={"job_id": job.pk})
        forget_files(job)
    return done


def put_back(job: Job, why: str, *, count: bool = True) -> bool:
    """Let a job that lost its run wait again; its attempt counts unless not.

    Returns False if it was not this claim's any more, or is to be cancelled.
    """
    changes: dict[str, Any] = {"worker": "", "lease_until": None, "wait_until": None}
    if not count:
        changes["attempt"] = job.attempt - 1
    with transaction.atomic():
        waits = move(job.pk, JobStatus.SUBMITTED, fence=job, **changes)
        if waits:
            say(job.pk, (WARNING, why))
            queue.ring(job.pk)
    if waits:
        logger.warning("put back: %s", why, extra={"job_id": job.pk})
    else:
        end_cancelled(job)
    return waits


def status_after(exc: Exception) -> JobStatus:
    """Return the final state of a run that ended by an exception."""
    return JobStatus.TIMED_OUT if isinstance(exc, TimedOut) else JobStatus.FAILED


def reason_of(exc: Exception, job: Job) -> str:
    """Return what the user is told; a stranger's exception only gets a number."""
    if isinstance(exc, GPError):
        return masked(str(exc))
    if is_full(exc):
        return "no space is left for the files of this run"
    reference = job.pk[-8:]
    logger.error(
        "run %s of %s failed [%s]: %s", job.pk, job.service_path, reference, exc
    )
    return (
        f"the tool failed inside; the administrator finds it in the log as {reference}"
    )
