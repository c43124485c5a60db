"""A pool of warm child processes that can be killed; every computation runs here.

Pebble keeps the processes (a maintained library for pools whose workers may be
killed or crash). Each slot is a pool of one process, so an end of one run never
touches another. Children come from a fork server: forking a threaded web process
is not safe.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, util
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

from django.conf import settings
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from jobs import child
from jobs.call import Call, Reply
from services import errors

logger = logging.getLogger(__name__)

#: Runs after which a child is replaced by a fresh one.
RUNS_A_CHILD = 500
_PRELOADED = ["jobs.child", "services.tools", "services.reading"]
_TICK_SECONDS = 0.25
_START_SECONDS = 30
_STOP_SECONDS = 5
#: Large pages, and kept until ``child`` trims: to get them anew costs more than to
#: fill them. Other C libraries than glibc do not look.
_MALLOC = ":".join((
    "glibc.malloc.hugetlb=1",
    f"glibc.malloc.mmap_threshold={2**30}",
    f"glibc.malloc.trim_threshold={2**40}",
))  # fmt: skip
_SECRET_WORDS = ("SECRET", "PASSWORD", "TOKEN", "DATABASE_URL", "BROKER_URL", "KEY")

Tick = Callable[[], bool]


class Runner:
    """Runs calls in child processes, at most ``slots`` at once."""

    def __init__(self, slots: int) -> None:
        self._context = _CleanContext()
        self._context.set_forkserver_preload(_PRELOADED)
        self._free: queue.LifoQueue[ProcessPool] = queue.LifoQueue()
        self._pools = [self._pool() for _ in range(slots)]
        for pool in self._pools:
            self._free.put(pool)

    def _pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=1,
            max_tasks=RUNS_A_CHILD,
            initializer=child.start,
            context=self._context,
        )

    def warm(self) -> None:
        """Start all children, so that the first calls need not wait for them."""
        for pool in self._pools:
            pool.schedule(os.getpid)

    def run(
        self, call: Call, *, wait: float | None = None, tick: Tick | None = None
    ) -> Reply:
        """Return the reply to a call.

        Waits ``wait`` seconds for a free slot (None: without end), then raises Busy.
        ``tick`` is called about four times a second and asks for a cancel by
        returning True. Raises Cancelled, TimedOut, LimitExceeded (memory) or
        Crashed for the ends of the process, and the GPError that the child met.
        """
        try:
            pool = self._free.get(timeout=wait)
        except queue.Empty:
            raise errors.Busy(
                "the server is busy with other requests; try again in a moment"
            ) from None
        try:
            pool = self._whole(pool)
            try:
                reply = self._run(pool, call, tick)
            except BrokenProcessPool:  # the idle child had died; this call did nothing
                pool = self._whole(pool)
                reply = self._run(pool, call, tick)
        except BrokenProcessPool:
            raise errors.Crashed("the process for this run could not start") from None
        finally:
            self._free.put(pool)
        if reply.error is not None:
            _raise(*reply.error)
        return reply

    def _whole(self, pool: ProcessPool) -> ProcessPool:
        """Return the pool, or a new one in its place if it is broken."""
        if pool.active:
            return pool
        logger.warning("a child process died while it was idle; starting another")
        pool.stop()
        with suppress(TimeoutError):  # its threads may hang with it
            pool.join(timeout=_STOP_SECONDS)
        self._pools.remove(pool)
        made = self._pool()
        self._pools.append(made)
        return made

    def _run(self, pool: ProcessPool, call: Call, tick: Tick | None) -> Reply:
        future = pool.schedule(child.perform, args=[call])
        try:
            reply = _awaited(future, call, tick)
        except (ProcessExpired, CancelledError) as exc:
            raise _expired(exc, call) from None
        finally:
            if not future.done():  # its time is over, or the caller gave up
                self._kill(pool, future)
        return reply

    def _kill(self, pool: ProcessPool, future: ProcessFuture) -> None:
        """Kill the child and wait until its successor answers.

        A pool whose successor does not come is stopped: another takes its place.
        """
        future.cancel()
        try:
            pool.schedule(os.getpid).result(timeout=_START_SECONDS)
        except (ProcessExpired, CancelledError, TimeoutError, BrokenProcessPool):
            logger.exception("a child process did not come back after a kill")
            pool.stop()

    def close(self) -> None:
        """Stop all children, also those that compute."""
        for pool in self._pools:
            pool.stop()
        for pool in self._pools:
            pool.join()


def _awaited(future: ProcessFuture, call: Call, tick: Tick | None) -> Reply:
    """Return the reply; raise TimedOut or Cancelled, or what ``tick`` raises."""
    deadline = time.monotonic() + call.limits.seconds
    while True:
        left = deadline - time.monotonic()
        try:
            reply: Reply = future.result(timeout=max(0.0, min(_TICK_SECONDS, left)))
        except TimeoutError:
            if time.monotonic() >= deadline:
                raise errors.TimedOut(
                    f"the time limit of {call.limits.seconds:g} s was reached"
                ) from None
            if tick is not None and tick():
                raise errors.Cancelled("cancelled") from None
        else:
            return reply


def _expired(exc: BaseException, call: Call) -> errors.GPError:
    code = getattr(exc, "exitcode", None)
    if code == -24:  # SIGXCPU
        return errors.TimedOut(
            f"the time limit of {call.limits.seconds:g} s was reached"
        )
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


@contextmanager
def _clean_environment() -> Iterator[None]:
    """Start the fork server without secrets, with one thread for each library."""
    kept = dict(os.environ)
    for name in list(os.environ):
        if any(word in name.upper() for word in _SECRET_WORDS):
            del os.environ[name]
    paths = [str(settings.BASE_DIR), os.environ.get("PYTHONPATH", "")]
    os.environ |= {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PROJ_NETWORK": "OFF",
        "GLIBC_TUNABLES": _MALLOC,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


class _CleanProcess(ForkServerProcess):
    """A process of the fork server, which is started anew if it has died."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802  (multiprocessing's name)
        with _clean_environment():
            forkserver.ensure_running()
        return ForkServerProcess._Popen(process_obj)


class _CleanContext(ForkServerContext):
    """Starts children whose fork server never knows a secret, not the second either."""

    Process = _CleanProcess


_lock = threading.Lock()
_runners: dict[tuple[int, int], Runner] = {}


def runner(slots: int | None = None) -> Runner:
    """Return the runner of this process; the first call starts it.

    A process forked from this one gets a runner of its own.
    """
    key = (os.getpid(), slots or settings.RUN_SLOTS)
    with _lock:
        if key not in _runners:
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
