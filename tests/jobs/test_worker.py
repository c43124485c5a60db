"""A worker that is told to stop: what runs ends or waits again, nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
import requests
from django.db import connection

from jobs import execution, queue
from jobs.models import Job
from jobs.status import JobStatus
from tests.jobs.test_cluster import SETUP, database_url, ended
from tests.portal.processes import wait_for
from tests.server import ROOT, portal

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

    def __init__(self, address: str, env: dict[str, str]) -> None:
        self.url = f"{address}/server/rest/services/Toys/GPServer/Sleep"
        self.env = os.environ | env
        del self.env["CAIRN_SECRET_KEY"]  # that of the tests; the portal has its own

    def submit(self, seconds: float) -> str:
        form = {"f": "json", "Seconds": seconds}
        answer = requests.post(f"{self.url}/submitJob", form, timeout=30).json()
        return f"{self.url}/jobs/{answer['jobId']}"

    def status(self, job: str) -> str:
        return requests.get(job, {"f": "json"}, timeout=30).json()["jobStatus"]

    def running(self, seconds: float) -> str:
        """Return a job that runs."""
        job = self.submit(seconds)
        wait_for(lambda: self.status(job) == "esriJobExecuting", limit=60)
        return job

    @contextmanager
    def worker(self, drain: float):
        """Yield a worker with its time to drain."""
        command = [sys.executable, "manage.py", "worker"]
        env = self.env | {"CAIRN_DRAIN_SECONDS": str(drain)}
        with subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True) as it:
            try:
                yield it
            finally:
                if it.poll() is None:
                    os.killpg(it.pid, signal.SIGKILL)


def test_a_real_worker_drains(tmp_path, django_db_setup):
    with database_url() as variables:
        env = {"CAIRN_TOOL_PACKAGES": "tests.toys", **variables}
        with portal(tmp_path, SETUP, **env) as (address, [_, first]):
            env |= {"CAIRN_DATA_DIR": str(tmp_path), "CAIRN_LOG_LEVEL": "WARNING",
                    "DJANGO_SETTINGS_MODULE": "portal.settings"}  # fmt: skip
            site = Site(address, env)

            # Within the time to drain, what runs ends; what comes later waits.
            job = site.running(4)
            os.kill(first, signal.SIGTERM)
            later = site.submit(0)
            _, status = os.waitpid(first, 0)
            assert os.waitstatus_to_exitcode(status) == 0
            assert site.status(job) == "esriJobSucceeded"
            assert site.status(later) == "esriJobSubmitted"

            # The ring for the later one was not lost with the worker.
            with site.worker(drain=1) as second:
                assert ended(later)["jobStatus"] == "esriJobSucceeded"
                long = site.running(600)
                second.terminate()
                assert second.wait(15) == 0
            assert site.status(long) == "esriJobSubmitted"

            # A second signal hurries.
            with site.worker(drain=600) as third:
                wait_for(lambda: site.status(long) == "esriJobExecuting", limit=60)
                third.terminate()
                with pytest.raises(subprocess.TimeoutExpired):
                    third.wait(2)
                third.terminate()
                assert third.wait(15) == 0
            assert site.status(long) == "esriJobSubmitted"
