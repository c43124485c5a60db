"""Notices that this worker's processes take no jobs although some wait."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError
from django.db.models.functions import Now
from django.utils import timezone

from jobs.models import Job
from jobs.queueing.policy import is_held, startable
from jobs.runs.execution import WORKER
from jobs.status import RUNNING

logger = logging.getLogger(__name__)


class Watchdog:
    """Looks once a sweep.

    A process of django-q2 that is killed while it waits for work takes the lock of
    their common pipe along. The others, and its successor, then wait for ever. This
    worker's own clock counts for what it has started, the database's for the rest.
    """

    def __init__(self) -> None:
        self._suspicions = 0

    def is_stuck(self) -> bool:
        """Tell if jobs that may run waited for three sweeps beside an idle process."""
        try:
            self._suspicions = self._suspicions + 1 if _is_suspicious() else 0
        except DatabaseError as exc:
            logger.warning("the database does not answer: %s", exc)
            self._suspicions = 0
        return self._suspicions >= 3


def _is_suspicious() -> bool:
    a_sweep = timedelta(seconds=settings.SWEEP_SECONDS)
    ours = Job.objects.filter(worker=WORKER)
    return (
        not is_held(WORKER)
        and startable().filter(submitted_at__lt=Now() - a_sweep).exists()
        and not ours.filter(started_at__gte=timezone.now() - a_sweep).exists()
        and ours.filter(status__in=RUNNING).count() < settings.WORKERS
    )
