"""The job table as metric families, computed at each scrape.

Several processes on several hosts run jobs; what they have in common is the table.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from prometheus_client.core import (
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from jobs.queueing.reasons import KINDS
from jobs.workers.recent import BOUNDS, Distribution, Ends, recent_ends
from jobs.workers.vitals import Vitals, vitals

logger = logging.getLogger(__name__)

_PREFIX = "esriJob"


class JobCollector(Collector):
    """Jobs, workers and disks; nothing is asked before a scrape."""

    def describe(self) -> list[Metric]:
        """Return nothing: names need no check, and there may be no database yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield all families; without a database, those that need none."""
        families: list[Metric] = []
        try:
            families = [*_now(vitals()), *_lately(recent_ends())]
        except DatabaseError:
            logger.exception("the metrics cannot read the database")
        yield GaugeMetricFamily(
            "cairn_database_up", "1 if the database answers.", value=bool(families)
        )
        yield from families
        yield from _disks()


def _gauge(name: str, text: str, labels: Mapping[str, float], label: str) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in labels.items():
        family.add_metric([value], number)
    return family


def _now(found: Vitals) -> Iterator[Metric]:
    states = {
        "submitted": found.waiting,
        "executing": found.executing,
        "cancelling": found.cancelling,
    }
    yield _gauge("cairn_jobs", "Jobs that have not ended.", states, "state")
    yield GaugeMetricFamily(
        "cairn_jobs_oldest_wait_seconds",
        "How long the oldest waiting job has waited.",
        value=found.oldest_wait_seconds,
    )
    yield GaugeMetricFamily(
        "cairn_workers", "Workers that live.", value=len(found.workers)
    )
    yield GaugeMetricFamily(
        "cairn_worker_slots", "Jobs that they can run at a time.", value=found.slots
    )
    yield GaugeMetricFamily(
        "cairn_queue_lagging",
        "1 if jobs wait although a slot is free, as /health/ready tells.",
        value=found.is_lagging,
    )


def _lately(ends: Ends) -> Iterator[Metric]:
    by_service = GaugeMetricFamily(
        "cairn_jobs_ended",
        "Jobs and synchronous runs that ended within the last hour.",
        labels=["service", "state"],
    )
    for (path, status), count in sorted(ends.by_service.items()):
        state = status.removeprefix(_PREFIX).lower()
        by_service.add_metric([path, state], count)
    yield by_service
    failures = {kind: float(ends.failures[kind]) for kind in KINDS}
    text = "Failures among them, by kind of reason."
    yield _gauge("cairn_jobs_failed", text, failures, "reason")
    text = "From submit to start, of jobs that ended within the last hour."
    yield _histogram("cairn_job_wait_seconds", text, ends.waits)
    text = "From start to end, of runs that ended within the last hour."
    yield _histogram("cairn_job_run_seconds", text, ends.runs)


def _histogram(name: str, text: str, found: Distribution) -> Metric:
    total, buckets = 0, []
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), found.counts, strict=True):
        total += count
        buckets.append((bound, float(total)))
    return GaugeHistogramMetricFamily(name, text, buckets=buckets, gsum_value=found.sum)


def _disks() -> Iterator[Metric]:
    free, size = {}, {}
    for name, folder in (("data", settings.DATA_DIR), ("spool", settings.SPOOL_DIR)):
        if Path(folder).is_dir():
            usage = shutil.disk_usage(folder)
            free[name], size[name] = float(usage.free), float(usage.total)
    text = "Free space of the disk of a folder on this host."
    yield _gauge("cairn_disk_free_bytes", text, free, "folder")
    yield _gauge("cairn_disk_size_bytes", "Size of that disk.", size, "folder")
