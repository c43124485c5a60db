"""How gunicorn serves the portal: ``gunicorn -c python:portal.web portal.wsgi``.

Threads wait for the child processes that compute, so a process answers many clients.
A long run is bounded by its service; ``timeout`` only ends a process that hangs.
"""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings

_SPOOL = Path(settings.SPOOL_DIR)
_COUNTS = _SPOOL / f"requests-{os.getpid()}"
#: Where the processes count requests; the library looks when it is imported.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_COUNTS)
_COUNT_BYTES = 2**20

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker


_WARM_UP_SECONDS = 1.0


worker_class = "portal.slow_clients.PatientWorker"
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
timeout = 120
graceful_timeout = 5  # less than the supervisor's patience
keepalive = 65  # more than the idle time of common proxies
limit_request_line = 8190  # the most that gunicorn bounds; longer queries are for POST
forwarded_allow_ips = ""  # CAIRN_BEHIND_PROXY says it, also for a proxy on this machine
preload_app = True
control_socket_disable = True
loglevel = "warning"
#: gunicorn's own lines look like the portal's.
logconfig_dict = settings.LOGGING | {
    "loggers": {"gunicorn.error": {"handlers": ["console"], "propagate": False}}
}


def on_starting(server: Arbiter) -> None:  # noqa: ARG001  (gunicorn's hook)
    """Begin to count requests; remove what servers that were killed have counted."""
    for folder in _SPOOL.glob("requests-*"):
        try:
            os.kill(int(folder.name.partition("-")[2]), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except PermissionError:
            pass  # it lives, under another user
    _COUNTS.mkdir(parents=True, exist_ok=True)


def on_exit(server: Arbiter) -> None:  # noqa: ARG001
    """Remove the counts."""
    shutil.rmtree(_COUNTS, ignore_errors=True)


def post_worker_init(worker: Worker) -> None:  # noqa: ARG001  (gunicorn's hook)
    """Make room to count requests, and warm up in a moment."""
    # Written out now: a process is killed for a page of a mapped file that a full
    # disk cannot hold.
    (_COUNTS / f"counter_{os.getpid()}.db").write_bytes(bytes(_COUNT_BYTES))
    timer = threading.Timer(_WARM_UP_SECONDS, _warm_up)
    timer.daemon = True
    timer.start()


def _warm_up() -> None:
    """Start the child processes, and read the tools that everyone may run."""
    from django.contrib.auth.models import AnonymousUser
    from django.db import DatabaseError, connection

    from jobs.processes.runner import runner
    from services.catalog import published, visible_services

    runner().warm()
    # Else the first reader of the catalogue would wait for all tools' modules.
    with suppress(DatabaseError), closing(connection):
        for row in visible_services(AnonymousUser()):
            published(row)


def worker_exit(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001
    """Stop the child processes."""
    from jobs.processes.runner import close_all

    close_all()
