"""Moves of a job between states, each one compare-and-set statement."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.models import Field, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from jobs.files import storage
from jobs.models import Job, JobMessage
from jobs.status import FINAL, JobStatus, sources

_T = TypeVar("_T")

#: SQL and its values.
Statement = tuple[str, tuple[Any, ...]]

_AGAIN_SECONDS = 0.5
_SAY = f"""
    INSERT INTO {JobMessage._meta.db_table} (job_id, sequence, type, text, created_at)
    SELECT %s, COALESCE(MAX(sequence), 0) + 1, %s, %s, %s
    FROM {JobMessage._meta.db_table} WHERE job_id = %s
"""  # noqa: S608  (no text of a user)
_MOVE = f"""
    UPDATE {Job._meta.db_table} SET {{}} WHERE {{}} AND status IN ({{}})
"""  # noqa: S608  (names of fields, no text of a user)
_HOLD = f"""
    SELECT 1 FROM {Job._meta.db_table} WHERE id = %s FOR UPDATE
"""  # noqa: S608  (no text of a user)
_CLAIMABLE = tuple(sources(JobStatus.EXECUTING))
_CLAIM = f"""
    UPDATE {Job._meta.db_table} SET status = %s, worker = %s, host = %s,
        started_at = %s, lease_until = {{}}, attempt = attempt + 1
    WHERE id IN ({{}}) AND status IN ({", ".join(["%s"] * len(_CLAIMABLE))})
    RETURNING *
"""  # noqa: S608  (no text of a user)


def move(
    job_id: str, target: JobStatus, *, fence: Job | None = None, **changes: Any
) -> bool:
    """Move a job if its state allows it; with ``fence``, only in that claim.

    Returns False if someone else was faster: then nothing has changed. The statement
    is written out: to compose it costs more than to execute it.
    """
    changes["status"] = target
    if target in FINAL:
        changes |= {"ended_at": timezone.now(), "lease_until": None, "sealed": ""}
    known: dict[str, Any] = {"id": job_id}
    if fence is not None:
        known |= {"attempt": fence.attempt, "started_at": fence.started_at}
    before = sources(target)
    sql = _MOVE.format(
        ", ".join(f"{name} = %s" for name in changes),
        " AND ".join(_equals(name, value) for name, value in known.items()),
        ", ".join(["%s"] * len(before)),
    )
    values = [_stored(name, value) for name, value in changes.items()]
    values += [_stored(*one) for one in known.items() if one[1] is not None]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *before])
        return bool(cursor.rowcount == 1)


def _equals(name: str, value: Any) -> str:
    return f"{name} IS NULL" if value is None else f"{name} = %s"


def _stored(name: str, value: Any) -> Any:
    # A relation's reverse side has no column, and no move names one.
    field: Field[Any, Any] = Job._meta.get_field(name)  # type: ignore[assignment]
    return field.get_db_prep_save(value, connection)


def same_claim(job: Job) -> QuerySet[Job]:
    """Return the row of a job while it is as claimed as in this copy of it.

    The attempt alone does not tell: one that did not count is counted again.
    """
    return Job.objects.filter(pk=job.pk, attempt=job.attempt, started_at=job.started_at)


def statement(rows: QuerySet[Any]) -> Statement:
    """Return the SQL of a question and its values: to compose it costs most of it."""
    sql, values = rows.query.sql_with_params()
    return sql, tuple(values)


def claim(first: Statement, worker: str, host: str) -> Job | None:
    """Take a job for a worker; None if it does not wait (any more).

    ``first`` asks for its id. One statement chooses and moves.
    """
    chosen, values = first
    until, lease = _lease_end()
    told = [JobStatus.EXECUTING, worker, host, _adapted(timezone.now()), lease]
    rows = Job.objects.raw(_CLAIM.format(until, chosen), [*told, *values, *_CLAIMABLE])
    return next(iter(rows), None)


def _lease_end() -> tuple[str, Any]:
    """Return SQL for the end of a lease that begins now, and its only parameter.

    By the clock of a database server: those of its workers may differ.
    """
    seconds = settings.LEASE_SECONDS
    if connection.vendor == "postgresql":
        return "STATEMENT_TIMESTAMP() + make_interval(secs => %s)", seconds
    return "%s", _adapted(timezone.now() + timedelta(seconds=seconds))


def _adapted(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


@contextmanager
def unhurried() -> Iterator[None]:
    """Open a transaction that may be lost if the server's machine fails at once.

    PostgreSQL does not wait for its disk then: for writes that are done again.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit TO OFF")
        yield


def renew(job: Job) -> JobStatus | None:
    """Renew a worker's lease; return the status, or None if the job is not its own."""
    until, lease = _lease_end()
    mine = same_claim(job).filter(worker=job.worker)
    running = mine.exclude(status__in=FINAL)
    if not running.update(lease_until=RawSQL(until, [lease])):  # noqa: S611
        return None
    found = mine.values_list("status", flat=True).first()
    return JobStatus(found) if found else None


def say(job_id: str, *lines: tuple[str, str]) -> None:
    """Append messages (type, text) to a job; one speaker at a time.

    Each number is found by the statement that uses it: on SQLite, whose write lock
    all processes share, that keeps the lock for the shortest time.
    """
    now = _adapted(timezone.now())
    rows = [(job_id, kind, text, now, job_id) for kind, text in lines]
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if connection.features.has_select_for_update:
            cursor.execute(_HOLD, [job_id])
        cursor.executemany(_SAY, rows)


def drop_stale_connections() -> None:
    """Close connections that are too old or broken, unless a transaction is open."""
    if not connection.in_atomic_block:
        close_old_connections()


def insist(write: Callable[[], _T]) -> _T:
    """Do a write of a worker; while the database is away, try for a lease's time."""
    deadline = time.monotonic() + settings.LEASE_SECONDS
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError):
            drop_stale_connections()
            if time.monotonic() >= deadline:
                raise
            time.sleep(_AGAIN_SECONDS)


def forget_files(job: Job) -> None:
    """Delete a job's folder with its inputs and results, wherever they are."""
    storage.forget(job.folder)


def forget_run(job: Job) -> None:
    """Delete what a run has left that was lost in this attempt of its job."""
    remove(*job.folder.glob(f"{job.results_folder.name}.*"))
    storage.forget(job.results_folder)


def remove(*folders: Path) -> None:
    """Delete folders of this host that may be there."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
