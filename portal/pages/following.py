"""What the page of a job tells while it waits and runs, and when it has ended."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from jobs.child.results import files_of
from jobs.files import storage
from jobs.models import Job
from jobs.queueing.policy import startable
from jobs.status import JobStatus
from jobs.workers.vitals import living_workers
from portal.pages.reasons import advice, reason
from portal.pages.times import run_time, spoken, took, usual_seconds

#: Our word for each status, as style sheets and scripts know it.
STATES: dict[str, str] = {
    JobStatus.SUBMITTED: "queued",
    JobStatus.EXECUTING: "running",
    JobStatus.SUCCEEDED: "succeeded",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLING: "cancelling",
    JobStatus.CANCELLED: "cancelled",
    JobStatus.TIMED_OUT: "timed-out",
}

#: And as people read it.
STATE_WORDS: dict[str, Promise] = {
    "queued": _("Queued"),
    "running": _("Running"),
    "succeeded": _("Succeeded"),
    "failed": _("Failed"),
    "cancelling": _("Cancelling"),
    "cancelled": _("Cancelled"),
    "timed-out": _("Timed out"),
}


def state_of(job: Job) -> str:
    """Return our word for the status of a job."""
    return STATES[job.status]


def told(job: Job, document: dict[str, Any]) -> dict[str, Any]:
    """Return the words and times of the state of a job."""
    usual = None if job.is_final else usual_seconds(job)
    span = run_time(job)
    return {
        "word": STATE_WORDS[state_of(job)],
        "is_active": not job.is_final,
        "now": timezone.now(),
        "percent": document.get("progress", {}).get("percent"),
        "stage": document.get("progress", {}).get("message", ""),
        "usual": spoken(usual) if usual is not None else "",
        "took": took(span) if span is not None else "",
        "waiting": _waiting(job, document.get("queuePosition", 1)),
        "reason": reason(job),
        "advice": advice(job),
        "is_lost": _is_lost(job),
        "steps": document.get("steps", []),
        "request_id": job.snapshot.get("request_id", ""),
    }


def _waiting(job: Job, position: int) -> str | Promise:
    """Return what a queued job waits for, "" for one that does not wait."""
    if job.status != JobStatus.SUBMITTED:
        return ""
    if not living_workers().exists():
        return _("No worker is running; your job will start when one returns.")
    if position > 1:
        count = position - 1
        text = ngettext(
            "Waiting: %(n)d job ahead of you.",
            "Waiting: %(n)d jobs ahead of you.",
            count,
        )
        return text % {"n": count}
    if not startable().filter(pk=job.pk).exists():
        return _("Waiting: one of your jobs, or of this tool, has to end first.")
    return _("Waiting: you are next.")


def _is_lost(job: Job) -> bool:
    """Tell if a job has succeeded, and the files of its results are gone."""
    if job.status != JobStatus.SUCCEEDED:
        return False
    names = files_of(job.outputs)
    return any(not storage.exists(job.results_folder / name) for name in names)
