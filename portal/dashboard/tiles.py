"""Tiles: a number each, with the list of the jobs or workers that it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from jobs.admin.texts import spoken
from jobs.models import Job, Worker
from jobs.status import RUNNING, JobStatus
from jobs.usage.tally import Tally
from jobs.workers.vitals import living_workers

FAILED = (JobStatus.FAILED, JobStatus.TIMED_OUT)


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its name, a link to what it counts, and what else is to say."""

    name: str
    title: str
    value: str
    note: str
    url: str = ""
    is_alarming: bool = False


def job_list(**query: str) -> str:
    """Return the address of the list of jobs with filters of it."""
    return f"{reverse('admin:jobs_job_changelist')}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many jobs run, wait, have failed in a day, and are not repaired of these."""

    running: int
    queued: int
    failed: int
    not_repaired: int


def count_jobs(jobs: QuerySet[Job]) -> Counts:
    """Count by the state, as the filters of the list of jobs do; two queries."""
    active = jobs.filter(status__in=[JobStatus.SUBMITTED, *RUNNING]).order_by()
    found = dict(active.values_list("status").annotate(count=Count("pk")))
    since = timezone.now() - timedelta(days=1)
    failed = jobs.filter(status__in=FAILED, submitted_at__gte=since).aggregate(
        all=Count("pk"), open=Count("pk", filter=Q(repaired_at=None))
    )
    return Counts(
        running=sum(found.get(one, 0) for one in RUNNING),
        queued=found.get(JobStatus.SUBMITTED, 0),
        failed=failed["all"],
        not_repaired=failed["open"],
    )


def job_tiles(counts: Counts, day: Tally) -> list[Tile]:
    """Return the tiles of jobs; ``day`` has what ended in the last 24 hours."""
    median = day.wait(0.5)
    waited = sum(day.waits.values())
    return [
        Tile("running", "Running", f"{counts.running:,}", "jobs have a worker",
             job_list(state="running")),
        Tile("queued", "Queued", f"{counts.queued:,}", "jobs wait",
             job_list(state="queued")),
        Tile("failed", "Failed 24 h", f"{counts.not_repaired:,}",
             f"not repaired, of {counts.failed:,}",
             job_list(repaired="no", period="24h"),
             is_alarming=counts.not_repaired > 0),
        Tile("wait", "Median wait", "-" if median is None
             else spoken(timedelta(seconds=median)),
             f"of {waited:,} jobs in 24 h", job_list(period="24h")),
    ]  # fmt: skip


def worker_tile() -> Tile:
    """Return the tile of the workers, of those known within a day."""
    rows = dict(Worker.objects.values_list("pk", "wish"))
    living = set(living_workers().values_list("pk", flat=True))
    held = sum(bool(rows[one]) for one in living & set(rows))
    note = f"alive, {held} of them paused" if held else "alive"
    url = reverse("admin:jobs_worker_changelist")
    alarming = not living or len(living) < len(rows)
    return Tile("workers", "Workers", f"{len(living)}/{len(rows)}", note, url, alarming)
