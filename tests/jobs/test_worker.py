"""A worker that is told to stop: what runs ends or waits again, nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from django.db import connection

from jobs.models import Job
from jobs.queueing import queue
from jobs.runs import execution
from jobs.status import JobStatus
from tests import fresh
from tests.jobs.test_cluster import SETUP, database_url
from tests.portal.processes import wait_for
from tests.server import ROOT, environment, web

LIMIT = """
from services.models import Service
Service.objects.update(max_running=1)
"""
SLEEP = "/Toys/Service/GPServer/Sleep"


@pytest.fixture
def stopping():
    """Let the worker of this process be told to stop, for one test."""
    yield queue
    queue.closing.clear()
    queue.draining.clear()


def test_a_worker_that_is_to_stop_takes_no_job_and_passes_the_ring_on(
    rest, published, silent_queue, stopping
):
    published("toys.Sleep", sync=False)
    job_id = rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"]
    stopping.closing.set()
    silent_queue.clear()
    execution.run(job_id)
    assert Job.objects.get().status == JobStatus.SUBMITTED
    assert silent_queue == [job_id]


@pytest.mark.django_db(transaction=True)
def test_a_job_that_is_handed_back_has_lost_no_attempt(
    rest, published, silent_queue, stopping
):
    """G16"""
    published("toys.Sleep", sync=False)
    job_id = rest.post(f"{SLEEP}/submitJob", Seconds=600)["jobId"]

    def work() -> None:
        try:
            execution.run(job_id)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    wait_for(lambda: Job.objects.get().status == JobStatus.EXECUTING)
    silent_queue.clear()
    stopping.hand_back()
    worker.join(20)
    job = Job.objects.get()
    assert (job.status, job.attempt, job.worker) == (JobStatus.SUBMITTED, 0, "")
    assert job_id in silent_queue
    said = rest.get(f"{SLEEP}/jobs/{job_id}")["messages"][-1]
    assert said["type"].endswith("Warning")
    assert said["description"] == "The worker is stopping; the job will run again."


class Site:
    """A running portal whose workers come and go."""

    def __init__(self, address: str, folder: Path, **variables: str) -> None:
        self.url = f"{address}/server/rest/services/Toys/GPServer/Sleep"
        self.folder, self.variables = folder, variables
        self.console = folder / "console.txt"

    def submit(self, seconds: float) -> str:
        form = {"f": "json", "Seconds": seconds}
        answer = requests.post(f"{self.url}/submitJob", form, timeout=30).json()
        return f"{self.url}/jobs/{answer['jobId']}"

    def status(self, job: str) -> str:
        return requests.get(job, {"f": "json"}, timeout=30).json()["jobStatus"]

    def cancel(self, job: str) -> None:
        requests.get(f"{job}/cancel", {"f": "json"}, timeout=30)

    def running(self, seconds: float) -> str:
        """Return a job that runs."""
        job = self.submit(seconds)
        wait_for(lambda: self.status(job) == "esriJobExecuting", limit=60)
        return job

    @contextmanager
    def worker(self, drain: float):
        """Yield a worker with its time to drain."""
        env = environment(self.folder, CAIRN_DRAIN_SECONDS=str(drain), **self.variables)
        command = [sys.executable, "-u", "manage.py", "worker"]
        with (
            self.console.open("w") as console,
            subprocess.Popen(command, cwd=ROOT, env=env, stdout=console,
                             start_new_session=True) as it,
        ):  # fmt: skip
            try:
                yield it
            finally:
                if it.poll() is None:
                    os.killpg(it.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def site(tmp_path_factory, django_db_setup):
    """A portal with tools of the tests; a sweep comes too late to help."""
    folder = tmp_path_factory.mktemp("site")
    with database_url() as variables:
        variables |= {"CAIRN_TOOL_PACKAGES": "tests.toys", "CAIRN_WEB_WORKERS": "1",
                      "CAIRN_SWEEP_SECONDS": "600"}  # fmt: skip
        with web(folder, SETUP, **variables) as (address, _):
            yield Site(address, folder, **variables)


def test_a_real_worker_drains(site):
    """G16"""
    # Within the time to drain, what runs ends; what comes later waits.
    with site.worker(drain=30) as first:
        job = site.running(4)
        first.terminate()
        wait_for(lambda: "takes no more jobs" in site.console.read_text("utf-8"))
        later = site.submit(0)
        assert first.wait(30) == 0
    assert site.status(job) == "esriJobSucceeded"
    assert site.status(later) == "esriJobSubmitted"

    # What runs longer is put back.
    with site.worker(drain=1) as second:
        long = site.running(600)
        second.terminate()
        assert second.wait(30) == 0
    assert site.status(long) == "esriJobSubmitted"

    # A second signal hurries.
    with site.worker(drain=600) as third:
        wait_for(lambda: site.status(long) == "esriJobExecuting", limit=60)
        third.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            third.wait(2)
        third.terminate()
        assert third.wait(30) == 0
    assert site.status(long) == "esriJobSubmitted"
    site.cancel(long)


def test_the_end_of_a_job_lets_the_next_one_start_that_a_limit_held(site):
    python = f"import django; django.setup()\n{LIMIT}"
    env = environment(site.folder, **site.variables)
    fresh.run(["-c", python], env).check_returncode()
    jobs = [site.submit(0.3) for _ in range(6)]
    most = 0
    with site.worker(drain=1):
        deadline = time.monotonic() + 60
        statuses = [""]
        while set(statuses) != {"esriJobSucceeded"}:
            assert time.monotonic() < deadline, statuses
            statuses = [site.status(job) for job in reversed(jobs)]
            most = max(most, statuses.count("esriJobExecuting"))
    assert most == 1
