"""A job as a row of a list: its state, what it is called, its times, its results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import ngettext

from jobs.models import Job
from jobs.status import JobStatus
from portal.pages.addresses import job_url
from portal.pages.following import STATE_WORDS, state_of
from portal.pages.reasons import reason
from portal.pages.times import run_time, took

_CHIPS = 4
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Chip:
    """What one output of a job is, in a word or two."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the list."""

    job: Job
    state: str
    url: str
    took: str
    reason: str | Promise
    chips: tuple[Chip, ...]
    more: int

    @property
    def word(self) -> Promise:
        """The state as people read it."""
        return STATE_WORDS[self.state]

    @property
    def title(self) -> str:
        """What its owner calls it, else the task."""
        return self.job.title or self.job.task_name

    @property
    def is_active(self) -> bool:
        """True if the state may still change."""
        return not self.job.is_final


def entry(job: Job) -> Entry:
    """Return the row of a job; the snapshot is not looked at, so it may be deferred."""
    chips = [_chip(one) for one in job.outputs] if _has_results(job) else []
    span = run_time(job)
    if span is None and job.started_at is not None:
        span = timezone.now() - job.started_at
    is_failed = job.status == JobStatus.FAILED
    return Entry(
        job=job,
        state=state_of(job),
        url=job_url(job.pk),
        took=took(span) if span is not None else "",
        reason=reason(job) if is_failed else "",
        chips=tuple(chips[:_CHIPS]),
        more=max(0, len(chips) - _CHIPS),
    )


def _has_results(job: Job) -> bool:
    return job.status == JobStatus.SUCCEEDED


def _chip(output: dict[str, Any]) -> Chip:
    name = str(output.get("label") or output["name"].replace("_", " "))
    if output.get("secret"):
        return Chip(name, "")
    count = int(output.get("count") or 0)
    if output["kind"] == "features":
        return Chip(
            name, ngettext("%(n)d feature", "%(n)d features", count) % {"n": count}
        )
    if output["kind"] == "table":
        return Chip(name, ngettext("%(n)d row", "%(n)d rows", count) % {"n": count})
    if "bytes" in output:
        return Chip(name, filesizeformat(output["bytes"]))
    value = output.get("value")
    if isinstance(value, str | int | float):
        text = str(value)
        return Chip(name, text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
    return Chip(name, "")
