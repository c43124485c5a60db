"""The states of a job and the moves between them: one table."""

from __future__ import annotations

from django.db import models


class JobStatus(models.TextChoices):
    """State of a job, as GPServer names it; each with when it holds."""

    #: The row and its inputs are stored; no worker has taken it yet.
    SUBMITTED = "esriJobSubmitted", "Submitted"
    #: A worker holds the lease and runs the tool.
    EXECUTING = "esriJobExecuting", "Executing"
    #: Somebody asked to stop; the worker has not confirmed yet.
    CANCELLING = "esriJobCancelling", "Cancelling"
    #: Stopped on request; there are no results.
    CANCELLED = "esriJobCancelled", "Cancelled"
    #: All results are stored.
    SUCCEEDED = "esriJobSucceeded", "Succeeded"
    #: The tool or the process that ran it gave up; a message says why.
    FAILED = "esriJobFailed", "Failed"
    #: The run, or the wait for it, took longer than the service allows.
    TIMED_OUT = "esriJobTimedOut", "Timed out"


#: From each state, the states that may follow. A final state has none.
MOVES: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.SUBMITTED: frozenset(
        {
            JobStatus.EXECUTING,
            JobStatus.CANCELLED,
            JobStatus.FAILED,  # a poison job, while it waits for another attempt
            JobStatus.TIMED_OUT,  # no worker took it in the time that it may wait
        }
    ),
    JobStatus.EXECUTING: frozenset(
        {
            JobStatus.SUBMITTED,  # the worker was lost; another attempt may follow
            JobStatus.CANCELLING,
            JobStatus.SUCCEEDED,
            JobStatus.FAILED,
            JobStatus.TIMED_OUT,
        }
    ),
    JobStatus.CANCELLING: frozenset({JobStatus.CANCELLED}),
    JobStatus.CANCELLED: frozenset(),
    JobStatus.SUCCEEDED: frozenset(),
    JobStatus.FAILED: frozenset(),
    JobStatus.TIMED_OUT: frozenset(),
}

FINAL = frozenset(status for status, following in MOVES.items() if not following)
#: Ends that somebody may have to do something about.
UNSUCCESSFUL = frozenset({JobStatus.FAILED, JobStatus.TIMED_OUT})
RUNNING = frozenset({JobStatus.EXECUTING, JobStatus.CANCELLING})


def sources(target: JobStatus) -> list[JobStatus]:
    """Return the states from which ``target`` may be reached."""
    return [status for status, following in MOVES.items() if target in following]
