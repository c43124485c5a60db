"""Lengths of time as pages show them: of a run, of its wait, of what is usual."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from jobs.models import Job
from jobs.status import JobStatus

#: So many of the latest successes of a task tell what is usual.
_RECENT = 25


def clock(span: timedelta) -> str:
    """Return a length of time as a clock shows it: ``0:07``, ``1:02:03``."""
    seconds = max(0, int(span.total_seconds()))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def took(span: timedelta) -> str:
    """Return how long something took: ``0.4 s``; a clock from ten seconds on."""
    seconds = span.total_seconds()
    return (
        clock(span) if seconds >= 10 else f"{localize(max(0.1, round(seconds, 1)))} s"
    )


def spoken(seconds: float) -> str | Promise:
    """Return a length of time in words, of the unit that suits it."""
    if seconds < 1:
        return _("less than a second")
    if seconds < 120:
        number = round(seconds)
        return ngettext("%(n)d second", "%(n)d seconds", number) % {"n": number}
    if seconds < 7200:
        number = round(seconds / 60)
        return ngettext("%(n)d minute", "%(n)d minutes", number) % {"n": number}
    number = round(seconds / 3600)
    return ngettext("%(n)d hour", "%(n)d hours", number) % {"n": number}


def run_time(job: Job) -> timedelta | None:
    """Return how long a job has run; None if it never began or still runs."""
    if job.started_at is None or job.ended_at is None:
        return None
    return job.ended_at - job.started_at


def usual_seconds(job: Job) -> float | None:
    """Return the median of the task's latest successes; None before the first.

    One query, of an index.
    """
    if job.service_id is None:
        return None
    rows = Job.objects.filter(
        service=job.service_id, task_name=job.task_name, mode=job.mode,
        status=JobStatus.SUCCEEDED,
    ).order_by("-submitted_at").values_list("started_at", "ended_at")  # fmt: skip
    return _median(rows[:_RECENT])


def _median(rows: Iterable[tuple[datetime | None, datetime | None]]) -> float | None:
    spans = [
        (ended - began).total_seconds() for began, ended in rows if began and ended
    ]
    return median(spans) if spans else None
