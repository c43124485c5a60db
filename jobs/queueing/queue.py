"""The doorbell: says "look at job N" to a worker.

This and ``broker`` are the only users of django-q2. The job table is the truth: a lost
ring costs one sweep, a double ring finds the job taken. A ring is gone when it is
taken, so the queue's own retries never start a second run.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django_q.brokers import get_broker
from django_q.cluster import Cluster
from django_q.signals import post_spawn
from django_q.tasks import async_task

_RUN = "jobs.runs.execution.run"

#: Set when this worker is to take no more jobs.
closing = multiprocessing.Event()
#: Set when it is to put back those that it runs.
draining = multiprocessing.Event()
#: Set while it is to leave rings to others; what it has begun goes on.
paused = multiprocessing.Event()


def hand_back() -> None:
    """Let this worker put its jobs back, and take no more."""
    closing.set()
    draining.set()


def ring(job_id: str) -> None:
    """Tell a worker to look at a job, once the open transaction is committed.

    A broker that is away is an entry in the log: the sweep will ring again. Is the
    database the broker, the ring is part of the transaction.
    """
    if settings.BROKER_URL:
        transaction.on_commit(lambda: push(job_id), robust=True)
    else:
        push(job_id)


def push(job_id: str) -> None:
    """Tell a worker to look at a job, now."""
    async_task(_RUN, job_id, timeout=-1, save=False)


def waiting_rings() -> int:
    """Return how many rings wait for a worker."""
    return int(get_broker().queue_size())


def cluster(prepare: Callable[[], object]) -> Cluster:
    """Return a cluster of workers, not started; it takes over SIGTERM and SIGINT.

    ``prepare`` is called in each process of it that runs jobs, at its start.
    """
    post_spawn.connect(lambda **_: prepare(), weak=False, dispatch_uid="prepare")
    return Cluster()
