"""Sums over a period: rows of the usage, and what has ended since they were made."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q, Sum

from jobs.models import Usage
from jobs.usage.counting import not_counted
from jobs.usage.periods import Period
from jobs.usage.tally import ENDS, Ended, Tally

#: Jobs that no sweep has counted yet: more of them are only there after an upgrade.
_MOST_PENDING = 10_000
_SUMS = {name: Sum(name) for name in ENDS.values()}


def by_service(period: Period, shown: Q | None = None) -> dict[str, Tally]:
    """Return a tally of each service that had runs, by path.

    ``shown`` is a condition on the service, of rows and jobs alike.
    """
    return _tallies(period, shown or Q(), "service_path")


def by_task(period: Period, shown: Q | None = None) -> dict[str, Tally]:
    """Return a tally of each task that had runs, by its name."""
    return _tallies(period, shown or Q(), "task_name")


def _tallies(period: Period, shown: Q, name: str) -> dict[str, Tally]:
    found: dict[str, Tally] = defaultdict(Tally)
    for job in _pending(period, shown):
        found[getattr(job, name)].add_job(job)
    rows = Usage.objects.filter(shown, _within(period)).order_by()
    for row in rows.iterator():
        found[getattr(row, name)].add_row(row)
    return dict(found)


def by_slice(period: Period, shown: Q | None = None) -> list[Counter[str]]:
    """Return the counts of each end of runs in each slice of a period."""
    shown = shown or Q()
    found: list[Counter[str]] = [Counter() for _ in period.starts()]
    for job in _pending(period, shown):
        found[_at(period, job.ended_at)][_end(job)] += 1
    rows = Usage.objects.filter(shown, _within(period)).order_by()
    for began, *sums in rows.values_list("began_at").annotate(**_SUMS):
        found[_at(period, began)].update(dict(zip(_SUMS, sums, strict=True)))
    return found


def _pending(period: Period, shown: Q) -> Iterator[Ended]:
    jobs = not_counted().filter(
        shown, ended_at__gte=period.since, ended_at__lt=period.until
    )
    newest = jobs.order_by("-ended_at").values_list(*Ended._fields)[:_MOST_PENDING]
    for one in newest.iterator():
        yield Ended(*one)


def _within(period: Period) -> Q:
    return Q(began_at__gte=period.since, began_at__lt=period.until)


def _at(period: Period, moment: datetime) -> int:
    return (moment - period.since) // period.slice


def _end(job: Ended) -> str:
    return next(name for status, name in ENDS.items() if status == job.status)


def total(tallies: dict[str, Tally]) -> Tally:
    """Return the sum of tallies."""
    found = Tally()
    for one in tallies.values():
        found.add(one)
    return found
