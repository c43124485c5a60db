"""Supervisor: watches one run from the worker; lease, messages, progress, cancel."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from django.conf import settings
from django.db import DatabaseError, transaction

from jobs.child.context import INFORMATIVE
from jobs.models import Job
from jobs.queueing import queue
from jobs.queueing.moves import drop_stale_connections, renew, same_claim, say
from jobs.status import RUNNING, JobStatus

logger = logging.getLogger(__name__)

#: Type and text.
Message = tuple[str, str]

_CANCEL_LOOK_SECONDS = 1.0
_WRITE_SECONDS = 0.5


class Supervisor:
    """Called a few times a second while the child computes.

    ``stop`` says why the run was stopped: "cancel", "lost" (another worker has the
    job), "drain" (this worker is to end), or "" if it was not.
    """

    def __init__(self, job: Job, log: Path) -> None:
        self.job = job
        self.stop = ""
        self._log = log
        self._read = 0
        # The first message waits for others: a short job writes all of them at once.
        self._unsaid: list[Message] = [(INFORMATIVE, "Executing...")]
        #: What the row of the job does not tell yet: progress, steps of a model.
        self._changes: dict[str, Any] = {}
        self._steps: dict[str, dict[str, Any]] = {}
        self._is_cut_off = False
        self._renewed = self._looked = self._wrote = time.monotonic()
        self._parent = os.getppid()

    def __call__(self) -> bool:
        """Do what is due; return True if the child is to be killed."""
        now = time.monotonic()
        try:
            self._do_what_is_due(now)
            self._is_cut_off = False
        except DatabaseError as exc:
            # It may come back before the lease ends; what is due stays due.
            if not self._is_cut_off:
                logger.warning("job %s: no database: %s", self.job.pk, exc)
            self._is_cut_off = True
            drop_stale_connections()
            if now - self._renewed >= settings.LEASE_SECONDS:
                self.stop = "lost"
        if queue.draining.is_set() or os.getppid() != self._parent:
            self.stop = self.stop or "drain"
        return bool(self.stop)

    def _do_what_is_due(self, now: float) -> None:
        if now - self._wrote >= _WRITE_SECONDS:
            self._wrote = now
            self.pass_on()
        if now - self._renewed >= settings.HEARTBEAT_SECONDS:
            self._look(renew(self.job))
            self._renewed = self._looked = now
        elif now - self._looked >= _CANCEL_LOOK_SECONDS:
            self._looked = now
            found = same_claim(self.job).values_list("status", flat=True).first()
            self._look(JobStatus(found) if found else None)

    def _look(self, status: JobStatus | None) -> None:
        if status == JobStatus.CANCELLING:
            self.stop = "cancel"
        elif status != JobStatus.EXECUTING:
            self.stop = "lost"

    def unsaid(self) -> list[Message]:
        """Return the messages that are not in the database yet, oldest first."""
        whole = self._new_lines()
        said = _read(whole)
        self._unsaid += said.messages
        if said.progress:
            percent, text = said.progress
            self._changes |= {"progress_percent": percent, "progress_text": text}
        if said.steps:
            self._steps |= said.steps
            self._changes["steps"] = list(self._steps.values())
        self._read += len(whole)
        return self._unsaid

    def said(self) -> None:
        """Forget the messages: they are in the database now."""
        self._unsaid, self._changes = [], {}

    def pass_on(self) -> None:
        """Write new messages, progress and steps of the log to the database."""
        messages = self.unsaid()
        if not messages and not self._changes:
            return
        with transaction.atomic():
            if messages and self._is_running():
                say(self.job.pk, *messages)
            if self._changes:
                same_claim(self.job).update(**self._changes)
        self.said()

    def _is_running(self) -> bool:
        """Tell if the job is this worker's: what one says that lost it confuses."""
        return same_claim(self.job).filter(status__in=RUNNING).exists()

    def _new_lines(self) -> bytes:
        try:
            with self._log.open("rb") as file:
                file.seek(self._read)
                data = file.read()
        except FileNotFoundError:
            return b""
        return data[: data.rfind(b"\n") + 1]


class _Said(NamedTuple):
    """What lines of a log tell: messages, the last progress, the newest steps."""

    messages: list[Message]
    progress: tuple[float, str] | None
    steps: dict[str, dict[str, Any]]


def _read(lines: bytes) -> _Said:
    """Return what whole lines of a log tell."""
    messages: list[Message] = []
    progress, steps = None, {}
    for line in lines.splitlines():
        entry = orjson.loads(line)
        if "message" in entry:
            messages.append((entry["message"][0], entry["message"][1]))
        elif "step" in entry:
            steps[entry["step"]["id"]] = entry["step"]
        else:
            progress = (entry["progress"][0], entry["progress"][1])
    return _Said(messages, progress, steps)
