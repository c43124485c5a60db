"""What goes: jobs by age and by size, never a pinned one; folders of no job.

All of it is done in small pieces, each with a short transaction, for as long as one
sweep may take. Rows go before their files: what is being downloaded is open already,
and a folder that is left behind by a crash is a stray that goes later.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from jobs.child.results import files_of
from jobs.files import storage
from jobs.files.disk import missing_bytes
from jobs.models import Job
from jobs.models.job import kept_for
from jobs.queueing.moves import forget_files
from jobs.status import JobStatus
from services.models import Service

logger = logging.getLogger(__name__)

_SECONDS = 5.0  # that one sweep may delete for
_LOCK_SECONDS = 0.03  # that one transaction should take
_FIRST = 25  # rows of the first transaction; it tells how many may follow
_GROWTH = 2  # times as many rows as in the transaction before, at most
_MOST = 5000  # jobs that one sweep deletes for one reason
_THREADS = 8  # that remove folders: disks are asked many things at a time
_STRAY_SECONDS = 24 * 3600
_FOLDER = re.compile(r"j[0-9a-f]{32}")
_BUCKETS = 256


def purge() -> None:
    """Delete finished jobs, with their files, that are too old or too large in sum."""
    deadline = time.monotonic() + _SECONDS
    _delete(list(_old().values_list("pk", flat=True)[:_MOST]), deadline)
    for service in Service.objects.filter(keep_jobs_mb__gt=0):
        jobs = Job.objects.filter(service=service)
        _delete(_oldest_above(jobs, service.keep_jobs_mb * 2**20), deadline)
    if settings.KEEP_JOBS_MB:
        most: int = settings.KEEP_JOBS_MB * 2**20
        _delete(_oldest_above(Job.objects.all(), most), deadline)


def _finished(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Return those that may go, the oldest first."""
    return jobs.filter(ended_at__isnull=False, pinned=False).order_by("ended_at")


def _old() -> QuerySet[Job]:
    """Return the jobs whose time is over.

    Jobs of services that are gone stay as long as those of a new service.
    """
    now = timezone.now()
    ages = set(Service.objects.values_list("keep_jobs_hours", flat=True).order_by())
    over = Q(service=None, ended_at__lt=now - kept_for(Service().keep_jobs_hours))
    for hours in ages:
        before = now - kept_for(hours)
        over |= Q(service__keep_jobs_hours=hours, ended_at__lt=before)
    return _finished(Job.objects.filter(over))


def _oldest_above(jobs: QuerySet[Job], most: int) -> list[str]:
    """Return the oldest of these jobs, without which the others are small enough.

    Pinned jobs and those that have not ended count, and stay.
    """
    excess = (jobs.aggregate(all=Sum("size"))["all"] or 0) - most
    if excess <= 0:
        return []
    chosen = []
    sizes = _finished(jobs).filter(size__gt=0).values_list("pk", "size")
    for pk, size in sizes[:_MOST]:
        chosen.append(pk)
        excess -= size
        if excess <= 0:
            break
    return chosen


def _delete(pks: list[str], deadline: float) -> None:
    """Delete jobs with their files until the time is over."""
    count = _FIRST
    with ThreadPoolExecutor(_THREADS) as pool:
        while pks and time.monotonic() < deadline:
            began = time.monotonic()
            gone = _without_rows(pks[:count])
            took = time.monotonic() - began
            list(pool.map(forget_files, gone))
            pks = pks[count:]
            count = max(1, round(count * min(_GROWTH, _LOCK_SECONDS / took)))


def _without_rows(pks: list[str]) -> list[Job]:
    """Delete rows that may still go, in one transaction; return them."""
    with transaction.atomic():
        jobs = Job.objects.filter(pk__in=pks, pinned=False)
        gone = list(jobs.select_for_update(skip_locked=True).only("pk"))
        rows = Job.objects.filter(pk__in=[job.pk for job in gone])
        rows.only("pk", "counted_at").delete()  # the usage looks at the second
    return gone


def look_for_strays(bucket: str = "") -> None:
    """Remove folders of which no row tells; report jobs whose files are gone.

    Looks at one of 256 parts of all ids, another one in each sweep: ``bucket``, or
    the part whose turn it is now. A folder is given a day: its row may be on its way.
    """
    bucket = bucket or f"j{int(time.time() / settings.SWEEP_SECONDS) % _BUCKETS:02x}"
    _remove_strays(Path(settings.JOBS_DIR).glob(f"{bucket}*"))
    _report_losses(bucket)


def _remove_strays(paths: Iterable[Path]) -> None:
    before = time.time() - _STRAY_SECONDS
    old = {}
    for path in paths:
        with suppress(OSError):  # another host may sweep as well
            if _FOLDER.fullmatch(path.name) and path.stat().st_mtime < before:
                old[path.name] = path
    known = Job.objects.filter(pk__in=old).values_list("pk", flat=True)
    strays = [old[name] for name in old.keys() - set(known)]
    storage.forget(*strays)
    if strays:
        logger.warning("removed %d folders of jobs that are not known", len(strays))


def _report_losses(bucket: str) -> None:
    mine = Job.objects.filter(pk__gte=bucket, pk__lt=f"{bucket}g")
    done = mine.filter(status=JobStatus.SUCCEEDED).only("pk", "attempt", "outputs")
    for job in done.iterator():
        paths = (job.results_folder / name for name in files_of(job.outputs))
        lost = [path.name for path in paths if not storage.exists(path)]
        if lost:
            logger.warning("job %s has lost its files: %s", job.pk, ", ".join(lost))


def watch_disk() -> None:
    """Say in the log that new jobs or uploads are refused for want of room."""
    for folder in (settings.JOBS_DIR, settings.UPLOADS_DIR, settings.DATA_DIR):
        lacking = missing_bytes(Path(folder))
        if lacking:
            logger.warning("%s lacks %d MB of its reserve: new jobs or uploads are"
                           " refused", folder, lacking // 2**20 + 1)  # fmt: skip
            return
