"""manage.py worker: run jobs from the queue, and sweep, until told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections

from jobs import queue
from jobs.sweeper import sweep

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Starts a cluster of workers and sweeps beside it.

    SIGTERM and SIGINT put running jobs back and stop everything. Ends with an
    error if the cluster dies, so that a supervisor can start it again.
    """

    help = "Run jobs from the queue until SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        cluster = queue.cluster()
        cluster.start()
        stop = threading.Event()

        def end(*_: Any) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        self.stdout.write("The worker is ready.")
        while not stop.wait(settings.SWEEP_SECONDS):
            if not cluster.sentinel.is_alive():
                raise CommandError("the queue's own processes ended; start me again")
            self._sweep()
        queue.draining.set()
        cluster.stop()

    def _sweep(self) -> None:
        close_old_connections()
        try:
            sweep()
        except DatabaseError:
            logger.exception("the sweep failed; the next one follows")
