"""Which waiting job comes next, and who may queue another one.

Jobs of the highest priority come first. Among equals, people take turns: a new job
gets the turn after the last waiting one of its owner, or the turn that the queue has
come to. So the hundredth job of one waits for the first of another, not the other
way round, and the best job is the first of an index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from jobs.models import Job, Worker
from jobs.queueing.moves import Statement, claim, statement, unhurried
from jobs.status import RUNNING, JobStatus
from services.errors import Busy, TooManyJobs

_ORDER = ("-priority", "turn", "submitted_at")
_LOCK = 0x436169726E  # "Cairn"; any number that nobody else locks
#: How many wait: all, of a service, of an owner, of both; the turn that those of a
#: priority have come to, and the last one of the owner. Composed by the ORM it takes
#: 2 ms.
_QUEUE = f"""
    SELECT COUNT(*),
        COUNT(CASE WHEN service_id = %s THEN 1 END),
        COUNT(CASE WHEN {{mine}} THEN 1 END),
        COUNT(CASE WHEN service_id = %s AND {{mine}} THEN 1 END),
        MIN(CASE WHEN priority = %s THEN turn END),
        MAX(CASE WHEN priority = %s AND {{mine}} THEN turn END)
    FROM {Job._meta.db_table} WHERE status = %s
"""  # noqa: S608  (no text of a user)
_HELD = f"""
    SELECT 1 FROM {Worker._meta.db_table} WHERE id = %s AND wish <> %s
"""  # noqa: S608  (no text of a user)


class Running(NamedTuple):
    """What limits look at of a job that runs."""

    service: int | None
    most: int | None
    user: int | None
    address: str
    most_per_user: int | None = None


#: A service, a user of it, or the address of somebody who is none.
Person = tuple[int, int | None, str]


@dataclass(frozen=True, slots=True)
class Full:
    """Services, users and addresses of which no more jobs may run for now.

    ``persons`` are those who have reached the limit that one service sets for each.
    """

    services: frozenset[int]
    users: frozenset[int]
    addresses: frozenset[str]
    persons: frozenset[Person] = frozenset()

    def others(self, jobs: QuerySet[Job]) -> QuerySet[Job]:
        """Return the jobs that are not held."""
        if self.services or self.users:
            jobs = jobs.exclude(service__in=self.services).exclude(user__in=self.users)
        if self.addresses:
            jobs = jobs.exclude(user=None, address__in=self.addresses)
        for service, user, address in self.persons:
            whose = {"user": user} if user else {"user": None, "address": address}
            jobs = jobs.exclude(service=service, **whose)
        return jobs


def full_of(running: Iterable[Running]) -> Full:
    """Return what has reached its limit. Strangers without address share none."""
    services: Counter[tuple[int, int]] = Counter()
    users: Counter[int] = Counter()
    addresses: Counter[str] = Counter()
    persons: Counter[tuple[Person, int]] = Counter()
    for one in running:
        if one.service is not None and one.most_per_user and (one.user or one.address):
            address = "" if one.user else one.address
            persons[(one.service, one.user, address), one.most_per_user] += 1
        if one.service is not None and one.most:
            services[one.service, one.most] += 1
        if one.user is not None and settings.RUNNING_PER_USER:
            users[one.user] += 1
        elif one.user is None and one.address and settings.RUNNING_PER_ADDRESS:
            addresses[one.address] += 1
    return Full(
        frozenset(pk for (pk, most), count in services.items() if count >= most),
        frozenset(k for k, n in users.items() if n >= settings.RUNNING_PER_USER),
        frozenset(k for k, n in addresses.items() if n >= settings.RUNNING_PER_ADDRESS),
        frozenset(who for (who, most), count in persons.items() if count >= most),
    )


def waiting() -> QuerySet[Job]:
    """Return the jobs that wait, the best first."""
    return Job.objects.filter(status=JobStatus.SUBMITTED).order_by(*_ORDER)


def startable() -> QuerySet[Job]:
    """Return the waiting jobs that no limit holds, the best first."""
    return _full().others(waiting())


def _full() -> Full:
    with connection.cursor() as cursor:
        cursor.execute(*_running())
        return full_of(Running(*row) for row in cursor.fetchall())


@cache
def _running() -> Statement:
    rows = Job.objects.filter(status__in=RUNNING).order_by()
    return statement(
        rows.values_list(
            "service_id",
            "service__max_running",
            "user_id",
            "address",
            "service__max_running_per_user",
        )
    )


@lru_cache(maxsize=64)
def _best(full: Full) -> Statement:
    return statement(full.others(waiting()).values("pk")[:1])


@contextmanager
def alone() -> Iterator[None]:
    """Open a transaction in which counts hold: no other claims or submits meanwhile."""
    with transaction.atomic():
        _exclude_others()
        yield


def _exclude_others() -> None:
    """Wait for the end of other claims and submits, until the transaction ends.

    SQLite's write transactions exclude each other anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def take(worker: str, host: str) -> Job | None:
    """Take the best job that may run now for a worker; None if there is none.

    A claim that a failing database loses leaves the job waiting, and its worker
    without a say in its end.
    """
    while True:
        with unhurried():
            job = take_next(worker, host)
        if job is not None or is_held(worker) or not _exists(_best(_full())):
            return job  # else another worker was faster


def take_next(worker: str, host: str) -> Job | None:
    """Take the best job as ``take`` does, in the transaction that is open.

    Its statements are composed once: a worker asks after each job.
    """
    if is_held(worker):
        return None
    _exclude_others()
    return claim(_best(_full()), worker, host)


def is_held(worker: str) -> bool:
    """Tell if an administrator wants a worker to take no jobs."""
    return _exists((_HELD, (worker, Worker.Wish.RUN)))


def _exists(rows: Statement) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(*rows)
        return cursor.fetchone() is not None


def admit(job: Job) -> None:
    """Give a new job its turn. Raises Busy or TooManyJobs if it may not wait."""
    value = job.user_id or job.address
    mine = "user_id = %s" if job.user_id else "user_id IS NULL AND address = %s"
    service, priority = job.service_id, job.priority
    values = [service, value, service, value, priority, priority, value]
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE.format(mine=mine), [*values, JobStatus.SUBMITTED])
        count, of_service, of_owner, here, now, last = cursor.fetchone()
    _require_room(job, count, of_service)
    _require_modesty(job, of_owner, here)
    job.turn = now or 0 if last is None else last + 1


def _require_room(job: Job, count: int, of_service: int) -> None:
    most = job.service.max_queued if job.service else 0
    if of_service >= most:
        raise Busy(
            f"the queue of this service is full: at most {most} jobs may wait;"
            " try again in a moment"
        )
    if settings.QUEUED and count >= settings.QUEUED:
        raise Busy(
            f"the queue of this server is full: at most {settings.QUEUED} jobs may"
            " wait; try again in a moment"
        )


def _require_modesty(job: Job, count: int, here: int) -> None:
    here_most = job.service.max_queued_per_user if job.service else 0
    if here_most and here >= here_most and (job.user_id or job.address):
        raise TooManyJobs(
            f"too many of your jobs wait here: at most {here_most} of one person may"
            " wait in this service; try again when one of them has started"
        )
    if job.user_id is not None:
        most, whose = settings.QUEUED_PER_USER, "of one user"
    elif job.address:
        most, whose = settings.QUEUED_PER_ADDRESS, "of one address without sign-in"
    else:
        return
    if most and count >= most:
        raise TooManyJobs(
            f"too many of your jobs wait: at most {most} {whose} may; try again when"
            " one of them has started"
        )


def position(job: Job) -> int:
    """Return the place of a waiting job in the queue, from 1."""
    ahead = (
        Q(priority__gt=job.priority)
        | Q(priority=job.priority, turn__lt=job.turn)
        | Q(priority=job.priority, turn=job.turn, submitted_at__lt=job.submitted_at)
    )
    return waiting().filter(ahead).count() + 1
