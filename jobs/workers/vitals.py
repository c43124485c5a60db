"""Do the workers live, and does the queue move? For health, metrics and doctor."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from jobs.models import Job, Worker
from jobs.queueing.policy import startable
from jobs.status import RUNNING, JobStatus
from jobs.workers.memory import memory_mb

_FORGET = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Vitals:
    """What waits, what runs, and the workers that live, at one moment."""

    waiting: int
    executing: int
    cancelling: int
    oldest_wait_seconds: float
    workers: tuple[Worker, ...]
    is_lagging: bool

    @property
    def running(self) -> int:
        """How many jobs have a worker."""
        return self.executing + self.cancelling

    @property
    def slots(self) -> int:
        """How many jobs the workers that live and take jobs can run at a time."""
        return _slots(self.workers)


def beat(worker: str) -> str:
    """Note that a worker of this process lives; forget those silent for a day.

    Returns what it is to do.
    """
    rows = Worker.objects.filter(pk=worker)
    if rows.update(seen_at=Now(), memory_mb=memory_mb()):
        return rows.values_list("wish", flat=True).first() or Worker.Wish.RUN
    Worker.objects.create(
        pk=worker,
        host=socket.gethostname()[:100],
        pid=os.getpid(),
        slots=settings.WORKERS,
        memory_mb=memory_mb(),
        started_at=Now(),
        seen_at=Now(),
    )
    Worker.objects.filter(seen_at__lt=Now() - _FORGET).delete()
    return Worker.Wish.RUN


def leave(worker: str) -> None:
    """Note that a worker has ended."""
    Worker.objects.filter(pk=worker).delete()


def is_busy(worker: str) -> bool:
    """Tell if a worker runs jobs."""
    return Job.objects.filter(worker=worker, status__in=RUNNING).exists()


def living_workers() -> QuerySet[Worker]:
    """Return the workers that were heard of within a lease, or three sweeps."""
    seconds = max(settings.LEASE_SECONDS, 3 * settings.SWEEP_SECONDS)
    return Worker.objects.filter(seen_at__gt=Now() - timedelta(seconds=seconds))


def vitals() -> Vitals:
    """Return how queue and workers are, by two queries, five if the queue may lag."""
    unfinished = Job.objects.filter(status__in=[JobStatus.SUBMITTED, *RUNNING])
    counts: dict[str, tuple[int, datetime]] = {
        status: (count, oldest)
        for status, count, oldest in unfinished.order_by().values_list("status")
        .annotate(count=Count("pk"), oldest=Min("submitted_at"))
    }  # fmt: skip
    now = timezone.now()
    waiting, oldest = counts.get(JobStatus.SUBMITTED, (0, now))
    wait = max((now - oldest).total_seconds(), 0.0)
    workers = tuple(living_workers())
    running = sum(counts[one][0] for one in RUNNING if one in counts)
    has_room = running < _slots(workers)
    is_late = wait > settings.LAG_SECONDS and has_room
    return Vitals(
        waiting=waiting,
        executing=counts.get(JobStatus.EXECUTING, (0, now))[0],
        cancelling=counts.get(JobStatus.CANCELLING, (0, now))[0],
        oldest_wait_seconds=wait,
        workers=workers,
        is_lagging=is_late and _is_stuck(now),
    )


def _slots(workers: Iterable[Worker]) -> int:
    return sum(one.slots for one in workers if not one.wish)


def _is_stuck(now: datetime) -> bool:
    """Tell if none was started for long, and one waits that no limit holds."""
    since = now - timedelta(seconds=settings.LAG_SECONDS)
    started = Job.objects.filter(started_at__gte=since, mode=Job.Mode.ASYNC)
    return not started.exists() and startable().filter(submitted_at__lt=since).exists()
