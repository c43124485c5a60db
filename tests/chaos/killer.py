"""Who is who among the processes of a portal, and who is killed next."""

from __future__ import annotations

import os
import random
import signal
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.site import Site

#: How often a process of each role is chosen, of all kills.
WEIGHTS = {
    "child": 30,
    "queue": 25,
    "sentinel": 10,
    "worker": 10,
    "web process": 10,
    "web master": 4,
    "fork server": 7,
    "keeper": 2,
    "watch": 2,
}


@dataclass(frozen=True)
class Process:
    """A process as the kernel knows it."""

    pid: int
    parent: int
    command: str


def _seen(pid: int) -> Process | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        return None
    return Process(pid, int(stat.rpartition(")")[2].split()[1]), command.decode())


def roles(site: Site) -> dict[str, list[int]]:
    """Return the pids of a portal by what the processes are for."""
    seen = {pid: one for pid in site.tag.pids() if (one := _seen(pid))}
    found: dict[str, list[int]] = defaultdict(list)
    by_pid: dict[int, str] = {}

    def role(pid: int) -> str:
        if pid not in seen:
            return ""
        if pid not in by_pid:
            by_pid[pid] = _role(seen[pid], role(seen[pid].parent))
        return by_pid[pid]

    for pid in seen:
        found[role(pid)].append(pid)
    return dict(found)


def _role(process: Process, parent: str) -> str:
    command = process.command
    if "portal.supervisor" in command:
        return "keeper" if parent == "watch" else "watch"
    if "tracker" in command:
        return "tracker"
    if "multiprocessing.forkserver" in command:
        return "child" if parent == "fork server" else "fork server"
    if "gunicorn" in command:
        return "web process" if parent == "web master" else "web master"
    if "manage.py worker" in command:
        below = {"worker": "sentinel", "sentinel": "queue"}
        return below.get(parent, "worker")
    return "other"


def kill(pid: int) -> None:
    """Kill a process that may have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_one(site: Site, chance: random.Random, only: tuple[str, ...] = ()) -> str:
    """Kill a process of a random role; return what it was."""
    there = roles(site)
    names = [name for name in WEIGHTS if there.get(name) and (not only or name in only)]
    if not names:
        return "nobody"
    [name] = chance.choices(names, [WEIGHTS[one] for one in names])
    pid = chance.choice(sorted(there[name]))
    kill(pid)
    return f"{name} {pid}"
