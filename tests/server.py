"""A whole portal in processes of its own: temporary data, web server, worker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def portal(
    folder: Path, setup: str, settings: str = "portal.settings", **variables: str
) -> Iterator[tuple[str, list[int]]]:
    """Yield the address of a running portal and the pids of its two processes.

    ``setup`` is Python that fills the catalogue after the migration.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {key: value for key, value in os.environ.items() if key != "CAIRN_SECRET_KEY"}
    env |= {
        "CAIRN_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": settings,
        "CAIRN_LOG_LEVEL": "WARNING",
        **variables,
    }
    python = sys.executable
    prepared = f"import django; django.setup()\n{setup}"
    for command in (["manage.py", "migrate", "-v0"], ["-c", prepared]):
        subprocess.run([python, *command], cwd=ROOT, env=env, check=True)
    web = [python, "-m", "gunicorn", "-c", "python:portal.web", "-t", "0",
           "-b", f"127.0.0.1:{port}", "portal.wsgi"]  # fmt: skip
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
        for command in (web, [python, "manage.py", "worker"])
    ]
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address)
        yield address, [process.pid for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


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
