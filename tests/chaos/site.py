"""A portal as ``make run`` starts it, under a service manager that starts it again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.portal.processes import Tag, wait_for
from tests.server import ROOT, prepare
from tests.toys.traces import TRACES

LEASE_SECONDS = 15.0
SWEEP_SECONDS = 3.0

#: All clients have one address; here they need not be modest.
_LIMITS = (
    "CAIRN_RUNNING_PER_USER", "CAIRN_RUNNING_PER_ADDRESS", "CAIRN_QUEUED",
    "CAIRN_QUEUED_PER_USER", "CAIRN_QUEUED_PER_ADDRESS",
)  # fmt: skip

_SETUP = """
from services.catalog import publish
from services.management.commands.publish import service_at
from services.models import Service
from services.registry import installed
later, now = Service.Execution.ASYNCHRONOUS, Service.Execution.SYNCHRONOUS
short = {"max_run_seconds": 3, "max_memory_mb": 8000}  # time is over before memory
for path, kind, more in (
    ("Toys", later, {}), ("ToysNow", now, {}),
    ("Short", later, short), ("ShortNow", now, short),
    ("Hosted", later, {"hosted_output": True}),
):
    service = service_at(path, access="everyone", execution_type=kind, **{
        "max_memory_mb": 300, "max_run_seconds": 60, "max_queued": 20000} | more)
    for tool in ("traces.Trace", "traces.TraceFile", "traces.TracePoints", "toys.Fail",
            "toys.Segfault", "toys.Vanish", "toys.Hoard", "toys.Grind"):
        publish(installed(tool), service)
"""
_ROWS = """
import json, django; django.setup()
from jobs.models import Job
found = []
for job in Job.objects.filter(mode=Job.Mode.ASYNC).prefetch_related("messages"):
    found.append({"id": job.pk, "status": job.status, "attempt": job.attempt, "worker": job.worker,
        "ended": str(job.ended_at), "error": job.error, "inputs": job.inputs,
        "outputs": job.outputs,
        "messages": [[one.type, one.text] for one in job.messages.all()]})
print(json.dumps(found))
"""


def free_port() -> int:
    """Return a port that the system has to give."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Site:
    """The portal, its folders, and what happened to its processes."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.tag = Tag()
        self.folder = folder
        self.traces = folder / "traces"
        self.console = folder / "console.txt"
        # "t": the path of a socket in it may have 107 characters
        self.data, self.spool, self.temporary = (
            folder / "data", folder / "spool", folder / "t",
        )  # fmt: skip
        for one in (self.data, self.spool, self.temporary):
            one.mkdir()
        self.traces.touch()
        self.address = f"http://127.0.0.1:{(port := free_port())}"
        self.environment = _environment(
            CAIRN_DATA_DIR=str(self.data),
            CAIRN_SPOOL_DIR=str(self.spool),
            TMPDIR=str(self.temporary),
            PORT=str(port),
            **{TRACES: str(self.traces)},
            **self.tag.environment,
            **variables,
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._is_wanted = False
        self._manager: threading.Thread | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Make the database and fill the catalogue."""
        prepare(self.environment, _SETUP)

    def python(self, *command: str) -> str:
        """Run Python beside the portal; return what it writes."""
        ended = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment,
            stdout=subprocess.PIPE, text=True, check=True, timeout=120,
        )  # fmt: skip
        return ended.stdout

    def rows(self) -> list[dict[str, Any]]:
        """Return all jobs that were submitted, as the database has them."""
        rows: list[dict[str, Any]] = json.loads(self.python("-c", _ROWS))
        return rows

    def task(self, name: str, service: str = "Toys") -> str:
        """Return the address of a task."""
        return f"{self.address}/server/rest/services/{service}/GPServer/{name}"

    def start(self) -> None:
        """Start the portal, and start it again whenever it ends by itself."""
        self._is_wanted = True
        self._spawn()
        self._manager = threading.Thread(target=self._start_again, daemon=True)
        self._manager.start()
        self.wait_until_it_answers()

    def _spawn(self) -> None:
        with self.console.open("ab") as console:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "run"], cwd=ROOT, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    def _start_again(self) -> None:
        while self._is_wanted:
            with self._lock:
                if self._is_wanted and self.process.poll() is not None:
                    self.tag.seconds_until_gone(30)
                    self._spawn()
            time.sleep(0.1)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that was started, the watch of the supervisor."""
        assert self._process is not None
        return self._process

    def is_answering(self) -> bool:
        """Tell if the portal answers."""
        url = f"{self.address}/server/rest/info?f=json"
        try:
            return requests.get(url, timeout=10).ok
        except requests.RequestException:
            return False

    def wait_until_it_answers(self) -> None:
        wait_for(self.is_answering, limit=90)

    def restart(self, *, politely: bool) -> None:
        """Restart everything, by a request or as when the machine loses power."""
        with self._lock:
            if politely:
                self.process.send_signal(signal.SIGTERM)
                self.process.wait(60)
            else:
                kill_all(self.tag)
                self.process.wait(60)
            self.tag.seconds_until_gone(30)
            self._spawn()
        self.wait_until_it_answers()

    def stop(self) -> None:
        """Stop the portal for good, politely; fail if a process is left."""
        self._is_wanted = False
        if self._manager is not None:
            self._manager.join()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
        self.tag.seconds_until_gone(15)

    def kill(self) -> None:
        """Leave nothing running, whatever has gone wrong."""
        self._is_wanted = False
        if self._manager is not None:
            self._manager.join()
        kill_all(self.tag)
        if self._process is not None:
            self._process.wait(30)


def _environment(**variables: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CAIRN_") and name not in ("DATABASE_URL", "MAKELEVEL")
    }
    return kept | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "CAIRN_LEASE_SECONDS": str(LEASE_SECONDS),
        "CAIRN_HEARTBEAT_SECONDS": "2",
        "CAIRN_SWEEP_SECONDS": str(SWEEP_SECONDS),
        "CAIRN_LOG_LEVEL": "WARNING",
        "CAIRN_TOOL_PACKAGES": "tests.toys",
        "CAIRN_WORKERS": "3",
        **dict.fromkeys(_LIMITS, "0"),
        **variables,
    }


def kill_all(tag: Tag) -> None:
    """Kill every process that carries the tag, until there is none."""
    deadline = time.monotonic() + 30
    while (left := tag.pids()) and time.monotonic() < deadline:
        for pid in left:
            _kill(pid)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def running(folder: Path, **variables: str) -> Iterator[Site]:
    """Yield a portal that runs; leave no process of it behind."""
    site = Site(folder, **variables)
    site.prepare()
    try:
        site.start()
        yield site
    finally:
        site.kill()
