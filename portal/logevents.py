"""Keeps warnings and worse in the database, beside the log itself.

Records wait in the memory of their process until a thread of its own has stored them,
so that nobody who logs waits for the database, or fails with it. What a storm of
records or a database that is away lets overflow is counted, and lost.
"""

from __future__ import annotations

import logging
import os
import queue
import socket
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from jobs import trace

_HELD = 500
_BATCH = 100
_FLUSH_SECONDS = 1.0
_PAUSE_SECONDS = 0.2  # in which others join a batch
_LONGEST_TEXT = 2_000
_LONGEST_EXCEPTION = 10_000
_SERVER_ERROR = 500
#: Addresses that watchers ask every few seconds, also while the portal is not well.
_ASKED_OFTEN = "/health/"
#: What storing records may log itself.
_OWN = ("django.db", "portal.logevents", "portal.sqlite")

#: What is kept of a record, by the names of the fields.
Kept = dict[str, Any]


def kept(record: logging.LogRecord) -> Kept:
    """Return what is kept of a record; in the thread that logs, which hides secrets."""
    from portal.logs import without_secrets

    exception = ""
    if record.exc_info and not record.name.startswith("django.security."):
        exception = logging.Formatter().formatException(record.exc_info)
    request = getattr(record, "request", None)
    user, named = getattr(request, "user", None), getattr(request, "request_id", "")
    return {
        "at": datetime.fromtimestamp(record.created, UTC),
        "level": _level(record.levelno),
        "logger": record.name[:100],
        "text": _storable(without_secrets(record.getMessage()))[:_LONGEST_TEXT],
        "exception": _storable(without_secrets(exception))[-_LONGEST_EXCEPTION:],
        "job_id": (getattr(record, "job_id", "") or trace.job_id.get())[:33],
        "request_id": (trace.request_id.get() or named)[:64],
        "user": user.get_username()[:150] if user else "",
        "process": f"{socket.gethostname()[:90]}, {os.getpid()}",
    }


def _level(number: int) -> int:
    """Return the nearest level below that has a name."""
    return max(logging.INFO, min(number // 10 * 10, logging.CRITICAL))


def _storable(text: str) -> str:
    """Return a text that every database takes."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\ufffd")


def store(records: Iterable[Kept]) -> None:
    """Write records, each with the service and user of its job."""
    from jobs.models import Job
    from portal.models import LogEvent

    rows = [LogEvent(**one) for one in records]
    ids = {row.job_id for row in rows if row.job_id}
    named = Job.objects.filter(pk__in=ids) if ids else Job.objects.none()
    known = {pk: (service, user or "") for pk, service, user
             in named.values_list("pk", "service_path", "user__username")}  # fmt: skip
    for row in rows:
        service, user = known.get(row.job_id, ("", ""))
        row.service, row.user = row.service or service, row.user or user
    LogEvent.objects.bulk_create(rows)


def trim() -> None:
    """Delete what is too old, and the oldest of too many: a step of the sweep."""
    from portal.models import LogEvent

    days, most = settings.KEEP_LOG_EVENT_DAYS, settings.KEEP_LOG_EVENTS
    if days:
        before = timezone.now() - timedelta(days=days)
        LogEvent.objects.filter(at__lt=before).delete()
    newest = LogEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    if newest is not None and most:
        LogEvent.objects.filter(pk__lte=newest - most).delete()


class EventHandler(logging.Handler):
    """Hands records to the thread that stores them; never waits, and never fails."""

    def __init__(self, level: int | str = logging.WARNING) -> None:
        super().__init__(level)
        self._start_anew()
        os.register_at_fork(after_in_child=self._start_anew)

    def _start_anew(self) -> None:
        """Forget the thread and the records of the process that was copied."""
        self._waiting: queue.Queue[Kept] = queue.Queue(_HELD)
        self._thread: threading.Thread | None = None
        self._lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Let a record be stored soon."""
        if not _is_of_interest(record, self._thread):
            return
        try:
            self._waiting.put_nowait(kept(record))
        except queue.Full:
            self._lost += 1
        except Exception:  # noqa: BLE001  (a log must not break what it tells of)
            self.handleError(record)
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._store_all, name="log events", daemon=True
            )
            self._thread.start()

    def flush(self) -> None:
        """Wait a moment for what is not stored yet: a process is about to end."""
        deadline = time.monotonic() + _FLUSH_SECONDS
        while self._waiting.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS / 10)

    def _store_all(self) -> None:
        while True:
            batch = [self._waiting.get()]
            time.sleep(_PAUSE_SECONDS)
            while len(batch) < _BATCH and not self._waiting.empty():
                batch.append(self._waiting.get())
            if self._lost:
                batch[-1]["text"] += f" (and {self._lost} records that were not kept)"
                self._lost = 0
            try:
                store(batch)
            except Exception:  # noqa: BLE001  (no table yet, or no database)
                self._lost += len(batch)
            finally:
                connection.close()
                for _ in batch:
                    self._waiting.task_done()


def _is_of_interest(
    record: logging.LogRecord, thread: threading.Thread | None
) -> bool:  # fmt: skip
    """Tell if a record is kept: not what storing says, nor a request's refusal."""
    if thread is not None and threading.current_thread() is thread:
        return False
    if record.name.startswith(_OWN):
        return False
    if record.name != "django.request":
        return True
    path = getattr(getattr(record, "request", None), "path", "")
    is_failure = getattr(record, "status_code", 0) >= _SERVER_ERROR
    return is_failure and not path.startswith(_ASKED_OFTEN)
