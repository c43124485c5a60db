"""The runs of a process: every computation, in warm children that can be killed.

Each child is a slot of its own, so an end of one run never touches another.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import util
from typing import Any

from django.conf import settings

from jobs.child.call import Call, Reply
from jobs.processes.children import Child, Died, remove_abandoned
from jobs.processes.room import Room
from services import errors

logger = logging.getLogger(__name__)

_TICK_SECONDS = 0.25
_START_SECONDS = 30
_STARTS = 3

Tick = Callable[[], bool]


class Runner:
    """Runs calls in child processes, at most ``slots`` at once."""

    def __init__(self, slots: int) -> None:
        self._free: queue.LifoQueue[Child] = queue.LifoQueue()
        self._children = [Child() for _ in range(slots)]
        for child in self._children:
            self._free.put(child)

    @property
    def pids(self) -> list[int]:
        """The processes that there are, those that compute and those that wait."""
        return [child.pid for child in self._children if child.pid]

    def warm(self) -> None:
        """Start all children that are free, so that the first calls need not wait."""
        for child in self._taken():
            self._put_back(child)

    def _taken(self) -> list[Child]:
        """Take all free children."""
        taken = []
        with suppress(queue.Empty):
            while True:
                taken.append(self._free.get_nowait())
        return taken

    def _put_back(self, child: Child) -> None:
        """Free a child; begin to start a fresh one if it has died."""
        try:
            child.warm()
        except OSError:
            logger.exception("no child process can be started")  # the next call tries
        finally:
            self._free.put(child)

    def run(
        self, call: Call, *, wait: float | None = None, tick: Tick | None = None
    ) -> Reply:
        """Return the reply to a call.

        Waits ``wait`` seconds for a free slot (None: without end), then raises Busy.
        ``tick`` is called about four times a second and asks for a cancel by
        returning True. Raises Cancelled, TimedOut, LimitExceeded (memory, disk) or
        Crashed for the ends of the process, and the GPError that the child met. When
        it does, the process is dead.
        """
        try:
            child = self._free.get(timeout=wait)
        except queue.Empty:
            raise errors.Busy(
                "the server is busy with other requests; try again in a moment"
            ) from None
        try:
            reply = _asked(child, call, tick)
        except Died as exc:
            raise _expired(exc.code, call) from None
        except BaseException:  # its time is over, or the caller gave up
            child.stop()
            raise
        finally:
            self._put_back(child)
        if reply.error is not None:
            _raise(*reply.error)
        return reply

    def close(self) -> None:
        """Stop all children, also those that compute: their callers get Crashed."""
        for child in self._children:
            child.close()
        for child in self._taken():
            child.stop()
            self._free.put(child)


def _asked(child: Child, call: Call, tick: Tick | None) -> Reply:
    """Return the reply; raise TimedOut, Cancelled or Died, or what ``tick`` raises."""
    _send(child, call, tick)
    room = Room(call, child.folder)
    deadline = time.monotonic() + call.limits.seconds
    while True:
        left = deadline - time.monotonic()
        reply = child.answer(min(_TICK_SECONDS, left))
        if reply is not None:
            room.check()
            return reply
        room.check_if_due()
        if time.monotonic() >= deadline:
            raise errors.TimedOut(_over_time(call))
        if tick is not None and tick():
            raise errors.Cancelled("cancelled")


def _send(child: Child, call: Call, tick: Tick | None) -> None:
    """Send a call to a living process; one that had died has done nothing."""
    for _ in range(_STARTS):
        child.warm()
        if child.is_closed:
            break
        with suppress(Died):
            if _has_started(child, tick) and child.ask(call):
                return
        child.stop()
    raise errors.Crashed("the process for this run could not start")


def _has_started(child: Child, tick: Tick | None) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while not child.is_ready(_TICK_SECONDS):
        if time.monotonic() >= deadline:
            return False
        if tick is not None and tick():
            raise errors.Cancelled("cancelled")
    return True


def _over_time(call: Call) -> str:
    return f"the time limit of {call.limits.seconds:g} s was reached"


def _expired(code: int | None, call: Call) -> errors.GPError:
    if code == -24:  # SIGXCPU
        return errors.TimedOut(_over_time(call))
    if code in (127, -6):  # GEOS aborts when an allocation fails
        return errors.LimitExceeded(
            f"the run needed more memory than its limit of {call.limits.memory_mb} MB"
        )
    end = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    logger.warning("the child running %s ended: %s", call.tool_id, end)
    return errors.Crashed(f"the tool ended unexpectedly ({end})")


class InternalError(Exception):
    """A tool raised something of its own; the text is for the log only."""


def _raise(name: str, detail: Any) -> None:
    if name == "Internal":
        raise InternalError(detail)
    if name == "InvalidParameters":
        raise errors.InvalidParameters([errors.Problem(*one) for one in detail])
    kind: type[errors.GPError] = getattr(errors, name)
    raise kind(detail)


_lock = threading.Lock()
_runners: dict[tuple[int, int], Runner] = {}


def runner(slots: int | None = None) -> Runner:
    """Return the runner of this process; the first call starts it.

    A process forked from this one gets a runner of its own.
    """
    key = (os.getpid(), slots or settings.RUN_SLOTS)
    with _lock:
        if key not in _runners:
            remove_abandoned()
            _runners[key] = Runner(key[1])
            # Else the end of a queue worker would wait for the idle children.
            util.Finalize(None, close_all, exitpriority=100)
        return _runners[key]


def close_all() -> None:
    """Stop all children of this process."""
    with _lock:
        for pid, slots in list(_runners):
            if pid == os.getpid():
                _runners.pop((pid, slots)).close()
