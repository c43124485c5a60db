"""What has ended lately: counts and distributions over a window of time.

The table forgets jobs after their time, so counts over all of it can fall; counts
over a window that is shorter than any retention are what they seem.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from jobs.models import Job
from jobs.queueing.reasons import reason_kind
from jobs.status import FINAL, JobStatus

WINDOW = timedelta(hours=1)
#: More than these, the newest, are not looked at: a scrape stays cheap.
MOST_JOBS = 20_000
#: Services with most ends; all others are counted together.
MOST_SERVICES = 100
OTHERS = "(others)"
#: Upper bounds in seconds; one more bucket holds the rest.
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 3600.0)


@dataclass(slots=True)
class Distribution:
    """How many values fell below each of ``BOUNDS``, and their sum."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    sum: float = 0.0

    def add(self, seconds: float) -> None:
        """Count a value."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds


@dataclass(slots=True)
class Ends:
    """The jobs and synchronous runs that ended within the window.

    ``by_service`` counts (service, status), ``failures`` kinds of reasons. Waits are
    of jobs alone, from submit to start; runs from start to end.
    """

    by_service: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    waits: Distribution = field(default_factory=Distribution)
    runs: Distribution = field(default_factory=Distribution)


def recent_ends() -> Ends:
    """Return what ended within the last hour, by one query."""
    rows = Job.objects.filter(
        ended_at__gte=timezone.now() - WINDOW, status__in=FINAL
    ).order_by("-ended_at").values_list(
        "service_path", "status", "error", "mode",
        "submitted_at", "started_at", "ended_at",
    )[:MOST_JOBS]  # fmt: skip
    ends = Ends()
    for path, status, error, mode, submitted, started, ended in rows.iterator():
        ends.by_service[path, status] += 1
        if status in (JobStatus.FAILED, JobStatus.TIMED_OUT):
            ends.failures[reason_kind(status, error)] += 1
        if started is None or ended is None:
            continue  # cancelled while it waited
        ends.runs.add((ended - started).total_seconds())
        if mode == Job.Mode.ASYNC:
            ends.waits.add((started - submitted).total_seconds())
    ends.by_service = _bounded(ends.by_service)
    return ends


def _bounded(counts: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Return the counts of the busiest services, and of the others together."""
    totals: Counter[str] = Counter()
    for (path, _), count in counts.items():
        totals[path] += count
    kept = {path for path, _ in totals.most_common(MOST_SERVICES)}
    bounded: Counter[tuple[str, str]] = Counter()
    for (path, status), count in counts.items():
        bounded[path if path in kept else OTHERS, status] += count
    return bounded
