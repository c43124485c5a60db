"""How services do: what waits and runs, and how the runs of the last day have ended.

Few statements for however many services and jobs, each by an index of the table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import (
    Count,
    Expression,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone

from jobs.models import Job
from jobs.status import RUNNING, JobStatus
from services.models import Service

WINDOW = timedelta(hours=24)
#: The newest runs of each service whose median is taken.
SAMPLE = 100
FAILED = (JobStatus.FAILED, JobStatus.TIMED_OUT)
_UNFINISHED = (JobStatus.SUBMITTED, *RUNNING)


@dataclass(slots=True)
class Figures:
    """What a list says of a service; ``median_seconds`` is of its newest runs."""

    waiting: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    median_seconds: float | None = None
    last_run: datetime | None = None

    @property
    def success(self) -> float | None:
        """The part of the runs of the window that succeeded, None without runs."""
        total = self.succeeded + self.failed
        return self.succeeded / total if total else None


def figures_of(services: Collection[int]) -> dict[int, Figures]:
    """Return the figures of services by their ids, by four queries."""
    found: dict[int, Figures] = defaultdict(Figures)
    jobs = Job.objects.filter(service__in=services).order_by()
    since = timezone.now() - WINDOW
    _count_unfinished(found, jobs)
    _count_ended(found, jobs.filter(ended_at__gte=since))
    _measure(found, jobs.filter(ended_at__gte=since, started_at__isnull=False))
    newest = Job.objects.filter(service=OuterRef("pk")).order_by("-submitted_at")
    last = Subquery(newest.values("submitted_at")[:1])
    rows = Service.objects.filter(pk__in=services).order_by()
    for pk, at in rows.annotate(last=last).values_list("pk", "last"):
        found[pk].last_run = at
    return found


def _count_unfinished(found: dict[int, Figures], jobs: QuerySet[Job]) -> None:
    counts = jobs.filter(status__in=_UNFINISHED).values("service", "status")
    for one in counts.annotate(number=Count("pk")):
        figures = found[one["service"]]
        if one["status"] in RUNNING:
            figures.running += one["number"]
        else:
            figures.waiting += one["number"]


def _count_ended(found: dict[int, Figures], jobs: QuerySet[Job]) -> None:
    ends = (JobStatus.SUCCEEDED, *FAILED)
    counts = jobs.filter(status__in=ends).values("service", "status")
    for one in counts.annotate(number=Count("pk")):
        figures = found[one["service"]]
        if one["status"] in FAILED:
            figures.failed += one["number"]
        else:
            figures.succeeded += one["number"]


def _measure(found: dict[int, Figures], jobs: QuerySet[Job]) -> None:
    place = Window(
        RowNumber(), partition_by=F("service"), order_by=F("ended_at").desc()
    )
    newest = jobs.annotate(place=place).filter(place__lte=SAMPLE)
    seconds: dict[int, list[float]] = defaultdict(list)
    rows: Iterable[Any] = newest.values_list("service", "started_at", "ended_at")
    for pk, started, ended in rows:
        seconds[pk].append((ended - started).total_seconds())
    for pk, spent in seconds.items():
        found[pk].median_seconds = median(spent)


def recent_failures() -> Expression:
    """Return the number of failed runs in the window, for a query of services."""
    since = timezone.now() - WINDOW
    rows = Job.objects.filter(
        service=OuterRef("pk"), status__in=FAILED, ended_at__gte=since
    )
    counted = rows.order_by().values("service").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), Value(0))
