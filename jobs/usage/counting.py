"""From jobs that have ended to rows of the usage, each job once; hours to days."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from jobs.models import Job, Usage
from jobs.usage.tally import Ended, Tally

#: Rows of hours become rows of days after so many days.
HOUR_DAYS = 8
#: Rows of days go after so many years.
KEEP_YEARS = 3
_SECONDS = 2.0  # that one sweep may count for
_AT_ONCE = 200  # jobs or rows of one transaction: on SQLite it keeps all writers out


class Place(NamedTuple):
    """What a row of the usage is of: its natural key."""

    began_at: datetime
    span: str
    service_path: str
    task_name: str
    mode: str


def not_counted() -> QuerySet[Job]:
    """Return the jobs that have ended and are in no row yet."""
    return Job.objects.filter(counted_at=None, ended_at__isnull=False).order_by(
        "ended_at"
    )


def count_ended() -> None:
    """Put what has ended into the usage, until nothing is left or the time is over."""
    deadline = time.monotonic() + _SECONDS
    while _count_some() == _AT_ONCE and time.monotonic() < deadline:
        pass


def count_now(job_id: str) -> None:
    """Put a job that has ended into the usage before it is deleted."""
    _count(not_counted().filter(pk=job_id))


def _count_some() -> int:
    return _count(not_counted())


@transaction.atomic
def _count(jobs: QuerySet[Job]) -> int:
    """Count some jobs and mark them, in one step; return how many there were."""
    locked = jobs.select_for_update(skip_locked=True)
    found = [Ended(*one) for one in locked.values_list(*Ended._fields)[:_AT_ONCE]]
    tallies: dict[Place, Tally] = defaultdict(Tally)
    services = {}
    for job in found:
        place = _place(job)
        tallies[place].add_job(job)
        services[place] = job.service_id
    for place in sorted(tallies):  # in order: others do the same at the same time
        _add(place, tallies[place], services[place])
    ids = [job.id for job in found]
    Job.objects.filter(pk__in=ids).update(counted_at=timezone.now())
    return len(found)


def _place(job: Ended) -> Place:
    hour = job.ended_at.replace(minute=0, second=0, microsecond=0)
    if hour < first_hour():
        return Place(hour.replace(hour=0), Usage.Span.DAY, *job[2:5])
    return Place(hour, Usage.Span.HOUR, *job[2:5])


def first_hour() -> datetime:
    """Return the moment before which rows stand for days."""
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=HOUR_DAYS)


def _add(place: Place, tally: Tally, service: int | None) -> None:
    locked = Usage.objects.select_for_update()
    row, is_new = locked.get_or_create(
        **place._asdict(), defaults={"service_id": service}
    )
    if not is_new:
        tally.add_row(row)
    row.service_id = service if service is not None else row.service_id
    tally.write_to(row)
    row.save()


def merge_hours() -> None:
    """Make days of old hours, and let go what is older than all that is kept."""
    old = Usage.objects.filter(span=Usage.Span.HOUR, began_at__lt=first_hour())
    while _merge(old.order_by("began_at")) == _AT_ONCE:
        pass
    before = timezone.now() - timedelta(days=366 * KEEP_YEARS)
    Usage.objects.filter(began_at__lt=before).delete()


@transaction.atomic
def _merge(old: QuerySet[Usage]) -> int:
    rows = list(old.select_for_update(skip_locked=True)[:_AT_ONCE])
    for place, tally, service in _by_day(rows):
        _add(place, tally, service)
    Usage.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _by_day(rows: Iterable[Usage]) -> list[tuple[Place, Tally, int | None]]:
    tallies: dict[Place, Tally] = defaultdict(Tally)
    services: dict[Place, int | None] = {}
    for row in rows:
        day = row.began_at.replace(hour=0)
        place = Place(day, Usage.Span.DAY, row.service_path, row.task_name, row.mode)
        tallies[place].add_row(row)
        services[place] = row.service_id
    return [(place, tallies[place], services[place]) for place in sorted(tallies)]
