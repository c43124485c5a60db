"""The times of a job as a small picture: it waited so long, and ran so long."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from jobs.admin.texts import spoken
from jobs.models import Job

_WIDTH, _HEIGHT, _BAR = 560, 58, 16
_LEAST = 3  # pixels: what took no time is seen too


def timeline(job: Job) -> SafeString:
    """Return a bar of the wait and one of the run, with their lengths in words."""
    end = job.ended_at or timezone.now()
    started = job.started_at
    waited = (started or end) - job.submitted_at
    ran = end - started if started else timedelta()
    wait_width, run_width = _widths(waited, ran if started else None)
    said = f"Waited {spoken(waited)}" + ("" if started or job.is_final else " so far")
    if started:
        said += f", ran {spoken(ran)}" + ("" if job.ended_at else " so far")
    return format_html(
        '<svg class="timeline" role="img" viewBox="0 0 {0} {1}" width="{0}"'
        ' height="{1}" aria-label="{2}">{3}{4}</svg><span class="help">{2}.</span>',
        _WIDTH, _HEIGHT, said, _bars(wait_width, run_width, job.status),
        _words(job, wait_width),
    )  # fmt: skip


def _widths(waited: timedelta, ran: timedelta | None) -> tuple[float, float]:
    if ran is None:
        return float(_WIDTH), 0.0
    total = max((waited + ran).total_seconds(), 1e-6)
    wait = _WIDTH * max(waited.total_seconds(), 0) / total
    wait = min(max(wait, _LEAST), _WIDTH - _LEAST)
    return round(wait, 1), round(_WIDTH - wait, 1)


def _bars(wait: float, run: float, status: str) -> SafeString:
    bars = [("wait", 0.0, wait)]
    if run:
        bars.append((f"run {status}", wait, run))
    return format_html_join(
        "", '<rect class="{}" x="{}" y="20" width="{}" height="{}"/>',
        [(kind, x, width, _BAR) for kind, x, width in bars],
    )  # fmt: skip


def _words(job: Job, wait: float) -> SafeString:
    """Return the moments: at the left, where the run began, and at the right."""
    places = [(0.0, "start", 12, job.submitted_at, "submitted")]
    if job.started_at:
        anchor = "start" if wait < _WIDTH * 0.75 else "end"
        places.append((wait, anchor, _HEIGHT - 6, job.started_at, "started"))
    if job.ended_at:
        places.append((float(_WIDTH), "end", 12, job.ended_at, "ended"))
    return format_html_join(
        "", '<text x="{}" y="{}" text-anchor="{}">{} {}</text>',
        [(x, y, anchor, word, _clock(at)) for x, anchor, y, at, word in places],
    )  # fmt: skip


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"
