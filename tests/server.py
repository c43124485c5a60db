"""A whole portal in processes of its own: temporary data, web server, worker."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import requests

from tests import fresh

ROOT = Path(__file__).resolve().parents[1]
_PATIENCE = 20.0


@contextmanager
def portal(
    folder: Path, setup: str, settings: str = "portal.settings",
    patience: float = _PATIENCE, **variables: str,
) -> Iterator[tuple[str, list[int]]]:  # fmt: skip
    """Yield the address of a running portal and the pids of its two processes.

    ``setup`` is Python that fills the catalogue after the migration; ``patience`` the
    seconds in which each process may end in order. Where nothing looks at the end,
    0 kills them at once.
    """
    if not patience:  # what killed processes leave goes with the folder
        variables.setdefault("CAIRN_SPOOL_DIR", str(folder / "spool"))
    with (
        web(folder, setup, settings, patience, **variables) as (address, server),
        worker(folder, settings, patience, **variables) as pid,
    ):
        yield address, [server, pid]


@contextmanager
def web(
    folder: Path, setup: str, settings: str = "portal.settings",
    patience: float = _PATIENCE, **variables: str,
) -> Iterator[tuple[str, int]]:  # fmt: skip
    """Yield the address of a portal without a worker, and the pid of its server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = environment(folder, settings, **variables)
    prepare(env, setup)
    address = f"http://127.0.0.1:{port}"
    command = ["-m", "gunicorn", "-c", "python:portal.web", "-t", "0",
               "-b", f"127.0.0.1:{port}", "portal.wsgi"]  # fmt: skip
    with _running(command, env, patience) as pid:
        _wait(address)
        yield address, pid


_MIGRATE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""


def prepare(env: dict[str, str], setup: str = "") -> None:
    """Make the database of an environment, and run Python that fills it."""
    usual = f"sqlite:///{env['CAIRN_DATA_DIR']}/cairn.sqlite3"
    url = env.get("DATABASE_URL", usual)
    name = url.removeprefix("sqlite:///")
    if name != url and not Path(name).exists():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_migrated(), name)
    _run(_MIGRATE + setup, env)


@cache
def _migrated() -> Path:
    """Return an empty database of SQLite with all tables, made once."""
    folder = Path(tempfile.mkdtemp(prefix="cairn-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _run(_MIGRATE, environment(folder))
    return folder / "cairn.sqlite3"


def _run(code: str, env: dict[str, str]) -> None:
    ended = fresh.run(["-c", code], env)
    sys.stderr.write(ended.stderr)
    ended.check_returncode()


@contextmanager
def worker(
    folder: Path, settings: str = "portal.settings",
    patience: float = _PATIENCE, **variables: str,
) -> Iterator[int]:  # fmt: skip
    """Yield the pid of a worker of the portal in that folder."""
    env = environment(folder, settings, **variables)
    with _running(["manage.py", "worker"], env, patience) as pid:
        yield pid


def environment(
    folder: Path, settings: str = "portal.settings", **variables: str
) -> dict[str, str]:
    """Return the environment of a process of the portal in that folder."""
    kept = {
        key: value for key, value in os.environ.items() if key != "CAIRN_SECRET_KEY"
    }
    return kept | {
        "CAIRN_DATA_DIR": str(folder),
        # Not the database of the tests themselves: it is to have nothing else in it.
        "DATABASE_URL": f"sqlite:///{folder}/cairn.sqlite3",
        "DJANGO_SETTINGS_MODULE": settings,
        "CAIRN_LOG_LEVEL": "WARNING",
        # Tests are one stranger with many jobs.
        "CAIRN_RUNNING_PER_ADDRESS": "0",
        "CAIRN_QUEUED_PER_ADDRESS": "0",
        "CAIRN_QUEUED": "0",
        "CAIRN_DRAIN_SECONDS": "3",  # what runs at the end of a test is not waited for
        **variables,
    }


@contextmanager
def _running(command: list[str], env: dict[str, str], patience: float) -> Iterator[int]:
    """Run Python in a session of its own, of which nothing is left afterwards.

    What it says goes to the file that ``CAIRN_TEST_LOG`` names, if it does.
    """
    with Path(env.get("CAIRN_TEST_LOG", "/dev/stderr")).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT, env=env, start_new_session=True, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield process.pid
    finally:
        if patience:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(patience)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(address: str) -> None:
    for _ in range(300):
        try:
            if requests.get(f"{address}/server/rest/info?f=json", timeout=60).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise RuntimeError("the portal did not start")


def wait_until_ready(address: str) -> None:
    """Return once the portal says that it can run jobs."""
    deadline = time.monotonic() + 60
    while not requests.get(f"{address}/health/ready", timeout=30).ok:
        if time.monotonic() > deadline:
            raise RuntimeError("the portal did not become ready")
        time.sleep(0.1)


def peak_megabytes(pids: list[int]) -> float:
    """Return the largest resident set that any process of these trees has had."""
    peak = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(
                line.split(":", 1)
                for line in status.read_text().splitlines()
                if ":" in line
            )
            session = os.getsid(int(status.parent.name))
        except (OSError, ProcessLookupError):
            continue
        if session in pids and "VmHWM" in lines:
            peak = max(peak, int(lines["VmHWM"].split()[0]))
    return peak / 1024
