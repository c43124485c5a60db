"""The job list as CSV: rows go out as they are read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from jobs.models import Job

_CHUNK = 500
#: With these a spreadsheet begins a formula; a quote before makes it a text.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_HEAD = (
    "id", "title", "service", "task", "mode", "user", "address", "source", "state",
    "submitted", "started", "ended", "wait_seconds", "run_seconds", "progress_percent",
    "error", "worker", "host", "attempts", "size_bytes", "repaired", "rerun_of", "note",
)  # fmt: skip


class _Echo:
    """A file that gives back what is written."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def _safe(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    is_formula = isinstance(value, str) and value.startswith(_FORMULAS)
    return f"'{value}" if is_formula else value


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return round((end - start).total_seconds(), 3) if start and end else None


def _row(job: Job) -> Iterable[Any]:
    return (
        job.pk, job.title, job.service_path, job.task_name, job.mode,
        job.user.get_username() if job.user else "", job.address, job.source,
        job.get_status_display(), job.submitted_at, job.started_at, job.ended_at,
        _seconds(job.submitted_at, job.started_at),
        _seconds(job.started_at, job.ended_at), job.progress_percent, job.error,
        job.worker, job.host, job.attempt, job.size, job.repaired_at,
        job.rerun_of_id or "", job.note,
    )  # fmt: skip


def _lines(jobs: QuerySet[Job]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(_HEAD)
    for job in jobs.iterator(chunk_size=_CHUNK):
        yield writer.writerow([_safe(one) for one in _row(job)])


def csv_response(jobs: QuerySet[Job]) -> StreamingHttpResponse:
    """Return jobs as a file; times are in ISO 8601, lengths of time in seconds."""
    return StreamingHttpResponse(
        _lines(jobs.select_related("user")),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="jobs.csv"'},
    )
