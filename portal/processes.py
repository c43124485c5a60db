"""Processes of this one: count them, wait for them, end them all.

Stands on the standard library alone, for the supervisor.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_STRAGGLER_SECONDS = 1.0
_HURRY_SECONDS = 5.0
_TICK_SECONDS = 0.05
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of every process below whose parent ends (Linux only)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent(parent: int) -> None:
    """Let this process be asked to end when its parent ends (Linux only)."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it was faster
        os._exit(1)


def children() -> set[int]:
    """Return the children of this process, dead ones included; none outside Linux."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name, in brackets, may hold anything; state and parent follow.
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
            if int(fields[1]) == os.getpid():
                found.add(int(path.parent.name))
    return found


def reap() -> dict[int, int] | None:
    """Return the wait status by pid of ended children; None if there are no more."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended or None
        if not pid:
            return ended
        ended[pid] = status


def kill(pid: int) -> None:
    """Kill a process and, if it leads a group, all of the group."""
    for send in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            send(pid, signal.SIGKILL)


def end_all(leaders: set[int], grace: float, is_urgent: Callable[[], bool]) -> None:
    """End every process below this one; return when none is left.

    The leaders, one of each process group, are asked and get ``grace`` seconds. Once
    ``is_urgent``, which is called at each look, they are asked again and get a few
    more at most. What is then left of the groups, and any orphan, is killed: also
    soon after the last leader has ended.
    """
    waiting = set(leaders)
    _ask(waiting)
    deadline = time.monotonic() + grace
    last = float("inf")
    while (ended := reap()) is not None:
        waiting -= ended.keys()
        now = time.monotonic()
        if not waiting:
            deadline = min(deadline, now + _STRAGGLER_SECONDS)
        if is_urgent():
            _ask(waiting)
            last = min(last, now + _HURRY_SECONDS)
        if now >= min(deadline, last):
            for pid in leaders | children():
                kill(pid)
        time.sleep(_TICK_SECONDS)
    for pid in leaders:
        kill(pid)  # where orphans cannot be adopted, the group is all that is known


def _ask(pids: set[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
