"""Batches: a job for each row, checked all together before the first is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q

from jobs.files.spool import spooled
from jobs.models import Batch, Job
from jobs.processes.runner import runner
from jobs.runs import calls, execution
from jobs.runs.again import run_again
from jobs.status import FINAL, UNSUCCESSFUL, JobStatus
from services.errors import GPError, InvalidParameters, LimitExceeded, Problem

#: Rows of one batch at the most, whatever may wait.
MAX_ROWS = 200


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row, which is numbered from 1."""

    row: int
    problem: Problem

    def __str__(self) -> str:
        return f"Row {self.row}, {self.problem.parameter}: {self.problem.message}"


class RowsRefused(GPError):
    """Rows of a batch were refused; nothing was stored."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, problems)))


def most_rows() -> int:
    """Return how many rows a batch may have: as many as may wait of one person."""
    return min(MAX_ROWS, settings.QUEUED_PER_USER or MAX_ROWS)


def start(batch: Batch, requests: Sequence[calls.Request]) -> None:
    """Store a batch with a job for each request, or nothing of it.

    Raises RowsRefused for bad rows, LimitExceeded for too many or none, Busy if they
    may not all wait: those that were stored before are cancelled.
    """
    most = most_rows()
    if not 0 < len(requests) <= most:
        raise LimitExceeded(f"a batch has 1 to {most} rows; here are {len(requests)}")
    problems = [one for row, asked in enumerate(requests, 1)
                for one in _problems(row, asked)]  # fmt: skip
    if problems:
        raise RowsRefused(problems)
    batch.save(force_insert=True)
    try:
        for row, asked in enumerate(requests, 1):
            execution.submit(
                replace(asked, batch=batch.pk, batch_row=row, source=Job.Source.BATCH)
            )
    except BaseException:
        cancel(batch)
        batch.delete()
        raise


def _problems(row: int, asked: calls.Request) -> Iterator[RowProblem]:
    try:
        checked, _ = calls.check_call(asked)
        with spooled(checked) as call:
            runner().run(call, wait=settings.RUN_WAIT_SECONDS)
    except InvalidParameters as exc:
        yield from (RowProblem(row, one) for one in exc.problems)


def rows_of(batch: Batch) -> list[Job]:
    """Return the newest job of each row, in the order of the rows."""
    return rows_of_all([batch])[batch.pk]


def rows_of_all(batches: Sequence[Batch]) -> dict[str, list[Job]]:
    """Return the rows of batches by their ids, read at once; see ``rows_of``."""
    jobs = Job.objects.filter(batch__in=[one.pk for one in batches])
    newest: dict[str, dict[int, Job]] = {one.pk: {} for one in batches}
    for job in jobs.defer("snapshot", "inputs").order_by("submitted_at"):
        newest[job.batch_id or ""][job.batch_row or 0] = job
    return {pk: [rows[row] for row in sorted(rows)] for pk, rows in newest.items()}


def cancel(batch: Batch) -> int:
    """Ask all jobs that have not ended to stop; return how many there were."""
    active = [job for job in batch.jobs.all() if not job.is_final]
    for job in active:
        execution.cancel(job)
    return len(active)


def retry_failed(batch: Batch) -> tuple[int, list[str]]:
    """Run the rows again that failed, and no others; return how many, and refusals."""
    done, refused = 0, []
    for job in rows_of(batch):
        if job.status in UNSUCCESSFUL:
            try:
                run_again(Job.objects.get(pk=job.pk), Job.Source.BATCH)
                done += 1
            except GPError as exc:
                refused.append(f"Row {job.batch_row}: {exc}")
    return done, refused


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is."""

    rows: int
    ended: int
    failed: int
    succeeded: int

    @property
    def percent(self) -> int:
        """The share of rows that have ended."""
        return self.ended * 100 // self.rows if self.rows else 100

    @property
    def is_over(self) -> bool:
        """True if no row waits or runs."""
        return self.ended == self.rows


def progress_of(rows: Sequence[Job]) -> Progress:
    """Return how far the rows of a batch are."""
    return Progress(
        rows=len(rows),
        ended=sum(one.status in FINAL for one in rows),
        failed=sum(one.status in UNSUCCESSFUL for one in rows),
        succeeded=sum(one.status == JobStatus.SUCCEEDED for one in rows),
    )


def of_user(user: User) -> Q:
    """Return the condition of the batches that a user may see."""
    return Q() if user.is_superuser else Q(user=user)
