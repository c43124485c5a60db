"""How many waiting jobs two workers bring to their end, beside django-q2 alone.

Both queues are filled while nobody takes from them. The rate is that between the first
and the last end that the database shows: no client asks meanwhile.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.server import ROOT, environment, web, worker

_JOBS, _QUEUE = "tests.bench.settings", "tests.bench.queue_settings"
_TASK = "/server/rest/services/Samples/Slow/GPServer/Sleep"
_FILL_QUEUE = """
from django_q.tasks import async_task
for _ in range({count}): async_task("math.sqrt", 4)
"""
_ENDS = """
import time
{rows}
while not (first := rows.count()): time.sleep(0.002)
began = time.perf_counter()
while rows.count() < {count}: time.sleep(0.01)
print(({count} - first) / (time.perf_counter() - began))
"""
_TASK_ROWS = "from django_q.models import Success; rows = Success.objects.all()"
_JOB_ROWS = (
    "from jobs.models import Job; rows = Job.objects.filter(status='esriJobSucceeded')"
)


def jobs_a_second(setup: str, count: int) -> dict[str, float]:
    """Return the rates of trivial jobs and of tasks that do nothing, and their ratio."""
    with tempfile.TemporaryDirectory(prefix="cairn-bench-") as name:
        folder = Path(name)
        with web(folder, setup, _JOBS) as (address, _):
            _submit(address, count)
            with worker(folder, _JOBS):
                rate = _rate(folder, _JOBS, _JOB_ROWS, count)
            _python(folder, _QUEUE, _FILL_QUEUE.format(count=count))
            with _queue(folder):
                base = _rate(folder, _QUEUE, _TASK_ROWS, count)
    return {"jobs_a_second": rate, "queue_noop_a_second": base, "ratio": rate / base}


def _submit(address: str, count: int) -> None:
    sessions = [requests.Session() for _ in range(4)]

    def submit(one: int) -> None:
        form = {"f": "json", "Seconds": "0"}
        answer = sessions[one % 4].post(f"{address}{_TASK}/submitJob", form).json()
        if "jobId" not in answer:
            raise RuntimeError(f"a job was refused: {answer}")

    with ThreadPoolExecutor(len(sessions)) as pool:
        list(pool.map(submit, range(count)))


@contextmanager
def _queue(folder: Path) -> Iterator[None]:
    cluster = subprocess.Popen(
        [sys.executable, "manage.py", "qcluster"], cwd=ROOT,
        env=environment(folder, _QUEUE), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        cluster.send_signal(signal.SIGTERM)
        cluster.wait(60)


def _rate(folder: Path, settings: str, rows: str, count: int) -> float:
    code = _ENDS.format(rows=rows, count=count)
    return float(_python(folder, settings, code))


def _python(folder: Path, settings: str, code: str) -> str:
    """Return what Python code prints in the portal of a folder."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import django; django.setup()\n{code}"],
        cwd=ROOT, env=environment(folder, settings), check=True, capture_output=True,
        text=True,
    )  # fmt: skip
    return done.stdout
