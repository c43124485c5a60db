"""The database as the broker of django-q2, for doorbells: a ring is taken once.

django-q2's own class locks a task, runs it, and deletes it afterwards: two writes and
a timeout that could start it again. Here rings are deleted as they are taken, many at
once: on SQLite all processes share one lock. A ring that is lost only costs a sweep.
"""

from __future__ import annotations

from time import sleep
from typing import Any

from django_q.brokers.orm import ORM
from django_q.brokers.redis_broker import Redis
from django_q.conf import Conf

from jobs.queueing.moves import unhurried
from jobs.queueing.queue import paused

_AT_ONCE = 100


class RedisBroker(Redis):  # type: ignore[misc]  # no types there
    """Keeps rings in Redis."""

    def dequeue(self) -> Any:
        """Return a ring, or None after a pause if none waits, or a worker pauses."""
        if paused.is_set():
            sleep(Conf.POLL)
            return None
        return super().dequeue()


class DatabaseBroker(ORM):  # type: ignore[misc]  # no types there
    """Keeps rings in the table of django-q2; several hosts may take from it."""

    def dequeue(self) -> list[tuple[None, str]] | None:
        """Return at most a ring for each worker, or None after a pause if none waits.

        Whoever is rung works until no job waits, so more rings would tell nothing.
        They have no ids to acknowledge: they are gone already.
        """
        if paused.is_set():
            sleep(Conf.POLL)
            return None
        waiting = self.get_connection().filter(key=self.list_key).order_by("id")
        rings = dict(waiting.values_list("id", "payload")[:_AT_ONCE])
        if not rings:
            sleep(Conf.POLL)
            return None
        with unhurried():
            taken = self.get_connection().filter(pk__in=list(rings)).delete()[0]
        # fewer: another host was faster
        return [(None, payload) for payload in list(rings.values())[:taken]][
            : Conf.WORKERS
        ]

    def queue_size(self) -> int:
        """Return how many rings wait."""
        return int(self.get_connection().filter(key=self.list_key).count())

    def acknowledge(self, task_id: Any) -> None:
        """Do nothing: see ``dequeue``."""
