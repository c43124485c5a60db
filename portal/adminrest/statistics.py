"""How much services have run, counted from their jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Sum

from jobs.models import Job
from jobs.status import RUNNING, JobStatus
from portal.adminrest.documents import folder_name
from portal.adminrest.members import TYPE
from services.models import Service

_FAILED = (JobStatus.FAILED, JobStatus.TIMED_OUT)
_COUNTS = {
    "busy": Count("pk", filter=Q(status__in=RUNNING)),
    "transactions": Count("pk", filter=Q(started_at__isnull=False)),
    "time": Sum(F("ended_at") - F("started_at"), filter=Q(started_at__isnull=False)),
}


def statistics_document(row: Service) -> dict[str, Any]:
    """Return the runs of a service that are on record, in all and by machine.

    ``totalBusyTime`` is in milliseconds. ``max`` is how many may run at a time on
    one machine, whatever the service. Runs go off the record with their jobs.
    """
    jobs = Job.objects.filter(service=row).order_by()
    by_host = jobs.exclude(host="").values("host").annotate(**_COUNTS).order_by("host")
    return {
        "summary": _entry(row, jobs.aggregate(**_COUNTS)),
        "perMachine": [
            {"machineName": one["host"]} | _entry(row, one) for one in by_host
        ],
    }


def _entry(row: Service, counts: Mapping[str, Any]) -> dict[str, Any]:
    synchronous = settings.RUN_SLOTS * settings.WEB_WORKERS
    most: int = synchronous if row.is_synchronous else settings.WORKERS
    spent: timedelta = counts["time"] or timedelta()
    return {
        "folderName": folder_name(row),
        "serviceName": row.name,
        "type": TYPE,
        "startTime": "",
        "max": most,
        "busy": counts["busy"],
        "free": max(0, most - counts["busy"]),
        "initializing": 0,
        "notCreated": 0,
        "transactions": counts["transactions"],
        "totalBusyTime": round(spent / timedelta(milliseconds=1)),
        "isStatisticsAvailable": True,
    }


def job_statistics_document(jobs: QuerySet[Job]) -> dict[str, int]:
    """Return how many jobs there are, in all and by how they ended."""
    counts: dict[str, int] = jobs.order_by().aggregate(
        total=Count("pk"),
        cancelled=Count("pk", filter=Q(status=JobStatus.CANCELLED)),
        failed=Count("pk", filter=Q(status__in=_FAILED)),
        succeeded=Count("pk", filter=Q(status=JobStatus.SUCCEEDED)),
    )
    return counts
