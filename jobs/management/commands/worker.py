"""manage.py worker: run jobs from the queue, and sweep, until told to stop."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections, connections

from jobs.models import Worker
from jobs.processes.runner import runner
from jobs.queueing import queue
from jobs.runs.execution import WORKER
from jobs.workers import vitals
from jobs.workers.sweeper import sweep
from jobs.workers.watchdog import Watchdog

_HAND_BACK_SECONDS = 3.0
_WARM_UP_SECONDS = 5.0


def warm_up_soon() -> None:
    """Start the child of a process of the queue, after those of the web server."""
    timer = threading.Timer(_WARM_UP_SECONDS, lambda: runner(1).warm())
    timer.daemon = True
    timer.start()


def beat() -> str:
    """Say that this worker lives, if the database is there to hear it.

    Returns what an administrator wants of it. While it pauses it leaves the rings
    to others; those that it has heard, the sweep of another one repeats.
    """
    try:
        wish = vitals.beat(WORKER)
    except DatabaseError:  # the next sweep has more to say about it
        return Worker.Wish.RUN
    (queue.paused.clear if wish == Worker.Wish.RUN else queue.paused.set)()
    return wish


class Command(BaseCommand):
    """Starts a cluster of workers and sweeps beside it.

    After SIGTERM or SIGINT it takes no more jobs, and ends when those that run have
    ended, or have been put back: after the time to drain, or a second signal; so it
    does once an administrator lets it drain. Ends
    with an error if the cluster dies or takes no jobs, so that a supervisor can start
    it again.
    """

    help = "Run jobs from the queue until SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        cluster = queue.cluster(prepare=warm_up_soon)
        stop = threading.Event()

        def end(*_: Any) -> None:
            if stop.is_set():
                queue.hand_back()
            stop.set()

        # Before the start: it may be told to stop while it has a job already.
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        connections.close_all()  # processes that share one would read each other's
        cluster.start()
        try:
            self._watch(cluster, stop)
        except Exception:
            # Else this process would wait for those of the queue, which run on.
            cluster.sentinel.kill()
            raise
        self._drain(cluster)

    def _watch(self, cluster: Any, stop: threading.Event) -> None:
        """Say that the worker lives, and sweep, until told to stop."""
        watchdog = Watchdog()
        beat()
        self.stdout.write("The worker is ready.")
        while not stop.wait(settings.SWEEP_SECONDS):
            if not cluster.sentinel.is_alive():
                raise CommandError("the queue's own processes ended; start me again")
            close_old_connections()
            if beat() == Worker.Wish.DRAIN and not vitals.is_busy(WORKER):
                return
            sweep()
            if watchdog.is_stuck():
                self._give_up()

    def _drain(self, cluster: Any) -> None:
        """Take no more jobs, and end with those that run."""
        queue.closing.set()
        self.stdout.write("The worker takes no more jobs.")
        patience = threading.Timer(settings.DRAIN_SECONDS, queue.hand_back)
        patience.daemon = True
        patience.start()
        cluster.stop()
        with suppress(DatabaseError):  # a worker that stays silent counts as ended
            vitals.leave(WORKER)

    def _give_up(self) -> None:
        """Put back what runs, and end the queue's processes and this one."""
        queue.hand_back()
        time.sleep(_HAND_BACK_SECONDS)
        raise CommandError("the queue's processes take no jobs; start me again")
