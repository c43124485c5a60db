"""Starts programs, keeps them running, and leaves none of their processes behind.

A script of its own on the standard library, so that it stays small and may fork:
``python portal/supervisor.py PLAN``, where PLAN is the JSON of a Plan. It becomes
two processes. The *watch* is the one that was started: it passes a stop on and says
when the web server answers. The *keeper*, its child, starts the programs. The end of
a pipe between them tells the keeper to stop, so a killed watch stops all as well.
On Linux both adopt orphans, and a program ends when its keeper is killed.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import logging
import os
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

GRACE_SECONDS = 8.0
_STRAGGLER_SECONDS = 1.0
_TICK_SECONDS = 0.1
_STEADY_SECONDS = 60.0
_MAX_PAUSE_SECONDS = 30.0
_MAX_LINE = 2**16
_LOG_BYTES = 10 * 2**20

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_STAMP = re.compile(r"\d{4}-\d\d-\d\d (\d\d:\d\d:\d\d)\S* ")
_IS_LINUX = sys.platform == "linux"


@dataclass(frozen=True)
class Program:
    """What to start. The end of an essential program ends everything."""

    name: str
    command: list[str]
    log: str
    essential: bool = False


@dataclass(frozen=True)
class Plan:
    """The programs, and what to say once ``url`` answers."""

    programs: list[Program]
    url: str
    ready: str
    folder: str = "."

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read what ``json.dumps(dataclasses.asdict(plan))`` wrote."""
        members = json.loads(text)
        return cls(
            **members | {"programs": [Program(**one) for one in members["programs"]]}
        )


def prctl(option: int, value: int) -> None:
    """Set an attribute of this process; does nothing outside Linux."""
    if _IS_LINUX:
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def say(text: str) -> None:
    """Write to the console; it may have gone."""
    with suppress(OSError, ValueError):
        print(text, flush=True)  # noqa: T201


def how_it_ended(status: int) -> str:
    """Put a wait status into words."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


# --- The end of everything -----------------------------------------------------------


def children() -> list[int]:
    """Return the children of this process, dead ones included; [] outside Linux."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name, in brackets, may hold anything; the parent follows the state.
            parent = path.read_text("utf-8", "replace").rpartition(")")[2].split()[1]
            if int(parent) == os.getpid():
                found.append(int(path.parent.name))
    return found


def reap() -> list[tuple[int, int]] | None:
    """Return (pid, wait status) of children that ended; None if there are none left."""
    ended = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended or None
        if not pid:
            return ended
        ended.append((pid, status))


def kill_group(pid: int, number: int) -> None:
    """Send a signal to a program's process group, if there still is one."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def end_all(leaders: set[int], grace: float) -> None:
    """End all processes below this one; returns when none is left.

    The leaders, one a process group, are asked to end and get ``grace`` seconds.
    What is left of their groups and any orphan is killed soon after the last leader.
    """
    waiting = set(leaders)
    for pid in waiting:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while (ended := reap()) is not None:
        waiting -= {pid for pid, _ in ended}
        now = time.monotonic()
        if not waiting:
            deadline = min(deadline, now + _STRAGGLER_SECONDS)
        if now >= deadline:
            for pid in leaders:
                kill_group(pid, signal.SIGKILL)
            for pid in children():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(_TICK_SECONDS / 2)
    for pid in leaders:
        kill_group(pid, signal.SIGKILL)


# --- The keeper ----------------------------------------------------------------------


class Output:
    """The lines of a program: whole to its log file, shortened to the console."""

    def __init__(self, program: Program, width: int) -> None:
        self._prefix = program.name.ljust(width)
        self._rest = b""
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        self._log = RotatingFileHandler(
            program.log, maxBytes=_LOG_BYTES, backupCount=3, encoding="utf-8"
        )

    def read(self) -> None:
        """Pass on what has come."""
        with suppress(BlockingIOError):
            while data := os.read(self.reader, _MAX_LINE):
                *lines, self._rest = (self._rest + data).split(b"\n")
                if len(self._rest) > _MAX_LINE:
                    lines.append(self._rest)
                    self._rest = b""
                for line in lines:
                    self.write(line.decode("utf-8", "replace").rstrip())

    def write(self, line: str) -> None:
        """Pass on one line."""
        record = logging.makeLogRecord({"msg": line})
        self._log.handle(record)
        say(f"{self._prefix} | {_STAMP.sub(r'\1 ', line, count=1)}")


@dataclass
class Life:
    """A program as it runs, or waits to be started again at ``due``."""

    program: Program
    output: Output
    pid: int = 0
    born: float = 0.0
    due: float = 0.0
    pause: float = field(default=1.0)


class Keeper:
    """Starts the programs and stays until the pipe from the watch ends."""

    def __init__(self, plan: Plan, pipe: int) -> None:
        self._plan = plan
        self._pipe = pipe
        self._exit_code = 0
        self._hurry = False
        width = max(len(program.name) for program in plan.programs)
        self._lives = [Life(one, Output(one, width)) for one in plan.programs]

    def run(self) -> int:
        """Return the exit code: 0 if it was told to stop."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._be_quick)
        while not (self._is_told_to_stop() or self._exit_code):
            for life in self._lives:
                if not life.pid and time.monotonic() >= life.due:
                    self._start(life)
            self._wait()
            for pid, status in reap() or []:
                self._ended(pid, status)
        leaders = {life.pid for life in self._lives if life.pid}
        end_all(leaders, 0.0 if self._hurry else GRACE_SECONDS)
        self._wait()
        return self._exit_code

    def _be_quick(self, *_: Any) -> None:
        self._hurry = True

    def _is_told_to_stop(self) -> bool:
        ready, _, _ = select.select([self._pipe], [], [], 0)
        return self._hurry or bool(ready)

    def _wait(self) -> None:
        """Pass on output until a tick is over or the pipe ends."""
        readers = {life.output.reader: life.output for life in self._lives}
        ready, _, _ = select.select([self._pipe, *readers], [], [], _TICK_SECONDS)
        for reader in set(ready) & set(readers):
            readers[reader].read()

    def _start(self, life: Life) -> None:
        keeper = os.getpid()

        def tie() -> None:  # in the child: end with the keeper
            prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != keeper:
                os._exit(1)

        started = subprocess.Popen(  # noqa: S603  (the plan is our own)
            life.program.command,
            stdin=subprocess.DEVNULL,
            stdout=life.output.writer,
            stderr=life.output.writer,
            cwd=self._plan.folder,
            start_new_session=True,
            preexec_fn=tie,  # noqa: PLW1509  (this process has one thread)
        )
        life.pid, life.born = started.pid, time.monotonic()
        started.returncode = 0  # reap() does the waiting

    def _ended(self, pid: int, status: int) -> None:
        for life in self._lives:
            if life.pid == pid:
                break
        else:
            return  # an orphan that was adopted
        kill_group(pid, signal.SIGKILL)
        life.pid = 0
        how = how_it_ended(status)
        if life.program.essential:
            life.output.write(f"{how}; see {life.program.log}")
            self._exit_code = 1
            return
        steady = time.monotonic() - life.born > _STEADY_SECONDS
        pause = 1.0 if steady else life.pause
        life.due = time.monotonic() + pause
        life.pause = min(2 * pause, _MAX_PAUSE_SECONDS)
        life.output.write(f"{how}; it starts again in {pause:g} s")


# --- The watch -----------------------------------------------------------------------


def is_answering(url: str) -> bool:
    """Tell if a server answers at a URL, whatever it says."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request("GET", parts.path)
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def watch(keeper: int, pipe: int, plan: Plan) -> int:
    """Wait for the end of the keeper; return the exit code."""
    asked = []

    def stop(*_: Any) -> None:
        if asked:
            with suppress(ProcessLookupError):
                os.kill(keeper, signal.SIGTERM)
            return
        asked.append(True)
        say("Stopping…")
        os.close(pipe)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)
    if os.environ.get("MAKELEVEL"):
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)  # when make is killed
    pid = status = 0
    while not (pid or asked or is_answering(plan.url)):
        time.sleep(_TICK_SECONDS)
        pid, status = os.waitpid(keeper, os.WNOHANG)
    if not (pid or asked):
        say(plan.ready)
    if not pid:
        pid, status = os.waitpid(keeper, 0)
    end_all(set(children()), GRACE_SECONDS)  # only if the keeper was killed
    say("Stopped.")
    return min(abs(os.waitstatus_to_exitcode(status)), 1)


def main() -> int:
    """Run the plan of the command line; return the exit code."""
    plan = Plan.from_json(sys.argv[1])
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
    reader, writer = os.pipe()
    keeper = os.fork()
    if keeper:
        os.close(reader)
        return watch(keeper, writer, plan)
    os.close(writer)
    os.setsid()
    prctl(_PR_SET_CHILD_SUBREAPER, 1)  # is not inherited
    return Keeper(plan, reader).run()


if __name__ == "__main__":
    sys.exit(main())
