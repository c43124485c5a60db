"""A portal of the bench's own: temporary data, real web server, real worker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
_SETUP = """
import django; django.setup()
from services.samples import load_samples
from services.models import Service
load_samples()
Service.objects.update(max_request_mb=512, max_features=1_000_000,
    max_vertices=100_000_000, maximum_records=1_000_000, max_run_seconds=600,
    max_memory_mb=12_000, max_queued=100_000)
"""


@contextmanager
def portal(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """Yield the address of a running portal and the pids of its two processes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {
        "CAIRN_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        "CAIRN_LOG_LEVEL": "WARNING",
    }
    python = sys.executable
    for command in (["manage.py", "migrate", "-v0"], ["-c", _SETUP]):
        subprocess.run([python, *command], cwd=ROOT, env=env, check=True)  # noqa: S603
    web = [python, "-m", "gunicorn", "-k", "gthread", "-w", "2", "--threads", "8",
           "-t", "0", "-b", f"127.0.0.1:{port}", "--log-level", "warning",
           "portal.wsgi"]  # fmt: skip
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)  # noqa: S603
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
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                pass
            os.killpg(process.pid, signal.SIGKILL)


def _wait(address: str) -> None:
    for _ in range(200):
        try:
            if requests.get(f"{address}/server/rest/info?f=json", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise RuntimeError("the portal did not start")


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
