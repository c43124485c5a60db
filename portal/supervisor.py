"""Starts programs, keeps them running, and leaves none of their processes behind.

``python -m portal.supervisor PLAN``, where PLAN is the JSON of a Plan, stands on the
standard library alone: it stays small, and it may fork. It becomes two processes.
The *watch* is the one that was started: it passes a request to stop on, and says when
the web server answers. Its child, the *keeper*, starts the programs, each in a session
of its own. A pipe between the two ends with the watch, whatever ends that: then the
keeper ends everything. Is the keeper itself killed, the programs are asked to end, and
the watch cleans up.
"""

from __future__ import annotations

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
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from typing import Any
from urllib.parse import urlsplit

from portal import processes

_TICK_SECONDS = 0.1
_STEADY_SECONDS = 60.0
_MAX_PAUSE_SECONDS = 30.0
_MAX_LINE = 2**16
_LOG_BYTES = 10 * 2**20
_DATE = re.compile(r"^\d{4}-\d\d-\d\d (\d\d:\d\d:\d\d)\S*")


@dataclass(frozen=True)
class Program:
    """What to start. The end of an essential program ends everything."""

    name: str
    command: list[str]
    log: str
    essential: bool = False


@dataclass(frozen=True)
class Plan:
    """The programs, what to say once ``url`` answers, and seconds to end them in."""

    programs: list[Program]
    url: str
    ready: str
    grace: float

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Return the plan of ``json.dumps(dataclasses.asdict(plan))``."""
        members = json.loads(text)
        members["programs"] = [Program(**one) for one in members["programs"]]
        return cls(**members)


def say(text: str) -> None:
    """Write a line to the console, which may have gone."""
    with suppress(OSError):
        os.write(1, f"{text}\n".encode())


def how_it_ended(status: int) -> str:
    """Put a wait status into words."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return f"was ended by signal {-code}"
    return f"ended with exit code {code}"


class Output:
    """The lines of a program: whole to its log file, shortened to the console."""

    def __init__(self, program: Program, width: int) -> None:
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        self._prefix = program.name.ljust(width)
        self._rest = b""
        self._log = RotatingFileHandler(
            program.log, maxBytes=_LOG_BYTES, backupCount=3, encoding="utf-8"
        )

    def pass_on(self) -> None:
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
        self._log.handle(logging.makeLogRecord({"msg": line}))
        short = _DATE.sub(r"\1", line, count=1)
        say(f"{self._prefix} | {short}")


class Life:
    """A program that runs (``pid``), or waits to be started at ``due``."""

    def __init__(self, program: Program, width: int) -> None:
        self.program = program
        self.output = Output(program, width)
        self.pid = 0
        self.due = 0.0
        self._born = 0.0
        self._pause = 1.0

    def start(self) -> None:
        """Start the program in a session of its own; it ends with this process."""
        keeper = os.getpid()
        started = subprocess.Popen(  # noqa: S603  (the plan is our own)
            self.program.command,
            stdin=subprocess.DEVNULL,
            stdout=self.output.writer,
            stderr=self.output.writer,
            start_new_session=True,
            # This process has one thread, so its child may run Python.
            preexec_fn=lambda: processes.end_with_parent(keeper),  # noqa: PLW1509
        )
        started.returncode = 0  # the keeper waits for all its children itself
        self.pid, self._born = started.pid, time.monotonic()

    def ended(self, status: int) -> None:
        """Note the end, kill what is left, and set when to start again."""
        processes.kill(self.pid)
        self.pid = 0
        how = how_it_ended(status)
        if self.program.essential:
            self.output.write(f"{how}; its log is {self.program.log}")
            return
        now = time.monotonic()
        if now - self._born > _STEADY_SECONDS:
            self._pause = 1.0
        self.due = now + self._pause
        self.output.write(f"{how}; it starts again in {self._pause:g} s")
        self._pause = min(2 * self._pause, _MAX_PAUSE_SECONDS)


class Keeper:
    """Starts the programs, and ends them when the pipe from the watch ends."""

    def __init__(self, plan: Plan, pipe: int) -> None:
        self._pipe = pipe
        self._grace = plan.grace
        self._is_urgent = False
        width = max(len(program.name) for program in plan.programs)
        self._lives = [Life(program, width) for program in plan.programs]

    def run(self) -> int:
        """Return the exit code: 1 if an essential program ended by itself."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._hurry)
        has_failed = False
        while not (has_failed or self._is_told_to_stop()):
            for life in self._lives:
                if not life.pid and life.due <= time.monotonic():
                    life.start()
            self._pass_on(_TICK_SECONDS)
            has_failed = self._note_ends()
        leaders = {life.pid for life in self._lives if life.pid}
        processes.end_all(leaders, self._grace, self._look)
        self._pass_on(0)
        return int(has_failed)

    def _note_ends(self) -> bool:
        """Tell the lives of their ends; return True if an essential one has ended."""
        ended = processes.reap() or {}
        over = [life for life in self._lives if life.pid in ended]
        for life in over:
            life.ended(ended[life.pid])
        return any(life.program.essential for life in over)

    def _hurry(self, *_: Any) -> None:
        self._is_urgent = True

    def _look(self) -> bool:
        self._pass_on(0)
        return self._is_urgent

    def _is_told_to_stop(self) -> bool:
        return self._is_urgent or bool(select.select([self._pipe], [], [], 0)[0])

    def _pass_on(self, seconds: float) -> None:
        """Pass on output; wait for some, or for the end of the pipe."""
        outputs = {life.output.reader: life.output for life in self._lives}
        for reader in select.select([self._pipe, *outputs], [], [], seconds)[0]:
            if reader in outputs:
                outputs[reader].pass_on()


def is_answering(url: str) -> bool:
    """Tell if a server answers at a URL, whatever it says."""
    parts = urlsplit(url)
    # Not longer: a signal that comes while this waits is only heeded after it.
    connection = http.client.HTTPConnection(parts.netloc, timeout=2)
    try:
        connection.request("GET", parts.path)
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


class Watch:
    """Waits beside the keeper for a signal, for the server, and for the end."""

    def __init__(self, keeper: int, pipe: int) -> None:
        self._keeper = keeper
        self._pipe = pipe
        self._status: int | None = None
        self._is_stopping = self._is_urgent = False

    def run(self, plan: Plan) -> int:
        """Return the exit code: 0 after a stop that was asked for."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
            signal.signal(signal.SIGHUP, self._stop)
        if os.environ.get("MAKELEVEL"):
            processes.end_with_parent(os.getppid())  # a killed make passes nothing on
        while not (self._has_ended() or self._is_stopping):
            if is_answering(plan.url):
                say(plan.ready)
                break
            time.sleep(_TICK_SECONDS)
        if self._status is None:
            _, self._status = os.waitpid(self._keeper, 0)
        processes.end_all(processes.children(), plan.grace, lambda: self._is_urgent)
        say("Stopped.")
        return min(abs(os.waitstatus_to_exitcode(self._status)), 1)

    def _has_ended(self) -> bool:
        if self._status is None:
            pid, status = os.waitpid(self._keeper, os.WNOHANG)
            self._status = status if pid else None
        return self._status is not None

    def _stop(self, *_: Any) -> None:
        if self._is_stopping:  # the second request: no more patience
            self._is_urgent = True
            with suppress(ProcessLookupError):
                os.kill(self._keeper, signal.SIGTERM)
            return
        self._is_stopping = True
        say("Stopping…")
        os.close(self._pipe)


def main() -> int:
    """Run the plan of the command line; return the exit code."""
    plan = Plan.from_json(sys.argv[1])
    logging.raiseExceptions = False  # a full disk must not fill the console
    processes.adopt_orphans()
    reader, writer = os.pipe()
    keeper = os.fork()
    if keeper:
        os.close(reader)
        return Watch(keeper, writer).run(plan)
    os.close(writer)
    os.setsid()
    processes.adopt_orphans()  # not inherited
    return Keeper(plan, reader).run()


if __name__ == "__main__":
    sys.exit(main())
