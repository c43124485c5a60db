"""Columns of the job list: state, times and why a job failed, each in its row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import F
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.admin.texts import spoken
from jobs.models import Job
from jobs.status import JobStatus
from services.admin.actions import moment

if TYPE_CHECKING:  # the generic class exists only for the type checker
    JobModelAdmin = admin.ModelAdmin[Job]
else:
    JobModelAdmin = admin.ModelAdmin

#: By status: the class of its pill, and the lines of a sign on 16 by 16.
_SIGNS = {
    JobStatus.SUBMITTED: ("queued", "M8 4v4.5l3 2M8 2a6 6 0 1 0 .01 0"),
    JobStatus.EXECUTING: ("running", "M5 3l8 5-8 5z"),
    JobStatus.CANCELLING: ("running", "M4 4h8v8H4z"),
    JobStatus.CANCELLED: ("cancelled", "M8 2a6 6 0 1 0 .01 0M3.8 3.8l8.4 8.4"),
    JobStatus.SUCCEEDED: ("succeeded", "M3 8.5l3.5 3.5L13 4.5"),
    JobStatus.FAILED: ("failed", "M4 4l8 8M12 4l-8 8"),
    JobStatus.TIMED_OUT: ("failed", "M8 4v4.5l3 2M8 2a6 6 0 1 0 .01 0"),
}
_WORDS = {JobStatus.SUBMITTED: "Queued", JobStatus.EXECUTING: "Running"}
_SHOWN_ERROR = 100


def pill(status: str) -> SafeString:
    """Return a state as a sign and a word; colour says nothing besides."""
    known = JobStatus(status)
    kind, lines = _SIGNS[known]
    return format_html(
        '<span class="pill pill-{}"><svg width="14" height="14" viewBox="0 0 16 16"'
        ' fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">'
        '<path d="{}"/></svg>{}</span>',
        kind, lines, _WORDS.get(known, known.label),
    )  # fmt: skip


def first_line(error: str) -> str:
    """Return the first line of why a job failed, cut to what a row holds."""
    line = error.partition("\n")[0]
    return line if len(line) <= _SHOWN_ERROR else f"{line[: _SHOWN_ERROR - 1]}…"


class JobColumns(JobModelAdmin):
    """What the list shows of a job; the page of a job shows some of it too."""

    submitted = moment("submitted_at")

    @admin.display(description="state", ordering="status")
    def status_mark(self, job: Job) -> SafeString:
        """Show the state in word and sign, and if a failure is done with."""
        if job.repaired_at is None:
            return pill(job.status)
        return format_html('{} <span class="help">repaired</span>', pill(job.status))

    @admin.display(description="job", ordering="service_path")
    def name(self, job: Job) -> SafeString:
        """Show its title, service and task, and the start of its id."""
        path = f"{job.service_path}/{job.task_name}"
        titled = format_html("{}<br>", job.title) if job.title else ""
        kind = ", sync" if job.mode == Job.Mode.SYNC else ""
        return format_html(
            '{}{} <span class="help nowrap">{}…{}</span>',
            titled,
            path,
            job.pk[:9],
            kind,
        )

    @admin.display(description="user", ordering="user__username")
    def who(self, job: Job) -> str:
        """Show the user, or the address of a stranger."""
        return str(job.user) if job.user else job.address or "-"

    @admin.display(description="wait", ordering=F("started_at") - F("submitted_at"))
    def wait(self, job: Job) -> str:
        """Show how long the job waited, or waits already."""
        if job.started_at is not None:
            return spoken(job.started_at - job.submitted_at)
        if job.is_final:
            return "-"
        return f"{spoken(timezone.now() - job.submitted_at)} so far"

    @admin.display(description="run time", ordering=F("ended_at") - F("started_at"))
    def duration(self, job: Job) -> str:
        """Show how long the run took, or how long it runs already."""
        if job.started_at is None:
            return "-"
        if job.ended_at is None:
            return f"{spoken(timezone.now() - job.started_at)} so far"
        return spoken(job.ended_at - job.started_at)

    @admin.display(description="progress", ordering="progress_percent")
    def progress(self, job: Job) -> str:
        """Show how far the run is, or was when it ended before its end."""
        if job.status == JobStatus.SUCCEEDED:
            return "-"
        percent = job.progress_percent
        parts = ["" if percent is None else f"{percent:.0f} %", job.progress_text]
        return " ".join(filter(None, parts)) or "-"

    @admin.display(description="error", ordering="error")
    def error_summary(self, job: Job) -> SafeString:
        """Show the first line of why the job failed."""
        return format_html('<span class="said">{}</span>', first_line(job.error))

    @admin.display(description="worker", ordering="host")
    def where(self, job: Job) -> str:
        """Show the machine that ran it, and the start of the worker's name."""
        worker = f"{job.worker[:6]}" if job.worker else ""
        return " ".join(filter(None, (job.host, worker))) or "-"

    @admin.display(description="size", ordering="size")
    def size_words(self, job: Job) -> str:
        """Show the size of the job's files in the unit that suits it."""
        return filesizeformat(job.size) if job.size else "-"
