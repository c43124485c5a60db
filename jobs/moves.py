"""Moves of a job between states, each one compare-and-set statement."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.models import F, Max
from django.utils import timezone

from jobs import storage
from jobs.models import Job, JobMessage
from jobs.status import FINAL, JobStatus, sources

_AGAIN_SECONDS = 0.5


def move(
    job_id: str, target: JobStatus, *, fence: int | None = None, **changes: Any
) -> bool:
    """Move a job if its state allows it; with ``fence``, only in that attempt.

    Returns False if someone else was faster: then nothing has changed.
    """
    rows = Job.objects.filter(pk=job_id, status__in=sources(target))
    if fence is not None:
        rows = rows.filter(attempt=fence)
    if target in FINAL:
        changes |= {"ended_at": timezone.now(), "lease_until": None}
    return rows.update(status=target, **changes) == 1


def claim(job_id: str, worker: str, host: str) -> Job | None:
    """Take a waiting job for a worker; None if it is not waiting (any more)."""
    now = timezone.now()
    taken = move(
        job_id,
        JobStatus.EXECUTING,
        worker=worker,
        host=host,
        started_at=now,
        lease_until=now + timedelta(seconds=settings.LEASE_SECONDS),
        attempt=F("attempt") + 1,
    )
    if not taken:
        return None
    return Job.objects.get(pk=job_id)


def renew(job: Job) -> JobStatus | None:
    """Renew a worker's lease; return the status, or None if the job is not its own."""
    until = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
    mine = Job.objects.filter(pk=job.pk, attempt=job.attempt, worker=job.worker)
    if not mine.exclude(status__in=FINAL).update(lease_until=until):
        return None
    found = mine.values_list("status", flat=True).first()
    return JobStatus(found) if found else None


def say(job_id: str, *lines: tuple[str, str]) -> None:
    """Append messages (type, text) to a job; one speaker at a time."""
    with transaction.atomic():
        list(Job.objects.select_for_update().filter(pk=job_id).values_list("pk"))
        last = JobMessage.objects.filter(job_id=job_id).aggregate(Max("sequence"))
        start = (last["sequence__max"] or 0) + 1
        JobMessage.objects.bulk_create(
            JobMessage(job_id=job_id, sequence=start + index, type=kind, text=text)
            for index, (kind, text) in enumerate(lines)
        )


def drop_stale_connections() -> None:
    """Close connections that are too old or broken, unless a transaction is open."""
    if not connection.in_atomic_block:
        close_old_connections()


def insist(write: Callable[[], None]) -> None:
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


def remove(*folders: Path) -> None:
    """Delete folders of this host that may be there."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
