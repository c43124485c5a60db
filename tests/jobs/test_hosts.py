"""Two hosts, each with a name and processes of its own: what one takes, both give.

They share a data folder, or nothing but a database, a broker and an S3 bucket.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import requests
from django.db import connection

from tests.conftest import unavailable
from tests.jobs.test_cluster import broker_url, database_url, ended
from tests.server import ROOT, prepare, wait_until_ready
from tests.shared_store import BUCKET, KEYS, Server, s3_server

#: Four web servers and workers start and stop, on however busy a machine.
pytestmark = pytest.mark.timeout(600)

PREPARE = """
from services.catalog import publish
from services.management.commands.publish import service_at
from services.registry import installed
for tool in ("samples.Echo", "samples.ReverseLines", "toys.Sleep"):
    publish(installed(tool), service_at("Toys", access="everyone", uploads=True))
"""
POINTS = [{"geometry": {"x": i / 100, "y": 1}, "attributes": {"n": i}}
          for i in range(900)]  # fmt: skip
#: Above a megabyte, so that it travels as a file.
SENT = json.dumps({"geometryType": "esriGeometryPoint", "features": POINTS,
                   "spatialReference": {"wkid": 4326}}).ljust(1_100_000)  # fmt: skip

#: Runs a command whose host name may be set without a change to that of the machine.
OWN_NAME = ["unshare", "--uts", *(["--map-root-user"] if os.getuid() else [])]


def variables_of(folder: Path, database: dict[str, str], server: Server | None):
    """What both hosts are told."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("CAIRN_", "AWS_"))}  # fmt: skip
    url = broker_url("redis") if connection.vendor == "postgresql" else ""
    made = kept | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "CAIRN_SECRET_KEY": "the same on both hosts " * 3,
        "CAIRN_TOOL_PACKAGES": "tests.toys",
        "CAIRN_LOG_LEVEL": "WARNING",
        "CAIRN_BROKER_URL": url,
        "CAIRN_QUEUE_NAME": f"test-{uuid.uuid4().hex[:8]}",
        "DATABASE_URL": f"sqlite:///{folder}/cairn.sqlite3",
        **database,
    }
    if server is not None:
        made |= KEYS | {"CAIRN_S3_BUCKET": BUCKET, "CAIRN_S3_ENDPOINT": server.url}
    return made


class Host:
    """A machine with a name, seen from within its processes."""

    def __init__(self, name: str, data: Path, variables: dict[str, str]) -> None:
        self.name = name
        self.variables = variables | {"CAIRN_DATA_DIR": str(data),
                                       "CAIRN_SPOOL_DIR": f"{data}-spool-{name}"}  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/server/rest/services/Toys/GPServer"

    def run(self, *command: str) -> None:
        """Run a command of Python on the host to its end."""
        subprocess.run([sys.executable, *command], cwd=ROOT, env=self.variables,
                       check=True)  # fmt: skip

    @contextmanager
    def running(self, *command: str) -> Iterator[None]:
        """Run a command of Python on the host during a block."""
        alone = [*OWN_NAME, "sh", "-c", f'hostname {self.name} && exec "$@"', "sh"]
        process = subprocess.Popen([*alone, sys.executable, *command], cwd=ROOT,
                                   env=self.variables, start_new_session=True)  # fmt: skip
        try:
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def web(self):
        """The web server of the host."""
        address = f"127.0.0.1:{self.port}"
        return self.running("-m", "gunicorn", "-c", "python:portal.web", "-b", address,
                            "portal.wsgi")  # fmt: skip

    def worker(self):
        """The worker of the host."""
        return self.running("manage.py", "worker")

    def submit(self, task: str, **fields: str) -> str:
        """Submit a job here; return its id."""
        answer = requests.post(f"{self.url}/{task}/submitJob", {"f": "json"} | fields,
                               timeout=60)  # fmt: skip
        return answer.json()["jobId"]

    def get(self, path: str):
        return requests.get(f"{self.url}/{path}", {"f": "json"}, timeout=60).json()

    def upload(self, text: bytes) -> str:
        answer = requests.post(f"{self.url}/uploads/upload", {"f": "json"},
                               files={"file": ("lines.txt", text)}, timeout=60)  # fmt: skip
        return answer.json()["item"]["itemID"]


@pytest.fixture(
    scope="module", params=[pytest.param("folder", marks=pytest.mark.chaos), "bucket"]
)
def hosts(request, tmp_path_factory, django_db_setup):
    """Two hosts that share a folder, or a bucket; their web servers run."""
    probe = subprocess.run([*OWN_NAME, "true"], capture_output=True, check=False)
    if probe.returncode:
        unavailable("hosts", "no process may have a host name of its own here")
    tmp_path = tmp_path_factory.mktemp("hosts")
    with ExitStack() as stack:
        shares_bucket = request.param == "bucket"
        server = stack.enter_context(s3_server()) if shares_bucket else None
        database = stack.enter_context(database_url())
        variables = variables_of(tmp_path, database, server)
        made = [Host(name, tmp_path / (name if shares_bucket else "shared"), variables)
                for name in ("north", "south")]  # fmt: skip
        prepare(made[0].variables, PREPARE)
        for host in made:
            stack.enter_context(host.web())
        for host in made:
            wait_for_web(host)
        yield made


def wait_for_web(host: Host) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(requests.ConnectionError):
            if requests.get(f"http://127.0.0.1:{host.port}/health/live", timeout=30).ok:
                return
        time.sleep(0.1)
    pytest.fail("the web server did not start")


def features(host: Host, job: str) -> list:
    return host.get(f"Echo/jobs/{job}/results/Out_Features")["value"]["features"]


def test_what_is_submitted_to_one_runs_on_the_other_and_is_read_from_both(hosts):
    north, south = hosts
    for asked, runs in ((north, south), (south, north)):
        with runs.worker():
            wait_until_ready(f"http://127.0.0.1:{asked.port}")
            item = asked.upload(b"ab\ncd\n")
            large = asked.submit("Echo", In_Features=SENT)
            lines = asked.submit("ReverseLines", In_File=json.dumps({"itemID": item}))
            for job in (f"Echo/jobs/{large}", f"ReverseLines/jobs/{lines}"):
                done = ended(f"{asked.url}/{job}")
                assert done["jobStatus"] == "esriJobSucceeded", done["messages"]
        for host in hosts:
            assert features(host, large) == POINTS
            url = host.get(f"ReverseLines/jobs/{lines}/results/Out_File")["value"][
                "url"
            ]
            assert requests.get(url, timeout=60).content == b"ba\ndc\n"
            sent = host.get(f"Echo/jobs/{large}/inputs/In_Features")["value"]
            assert sent["features"] == POINTS


def test_both_take_part_and_both_are_named(hosts):
    north, south = hosts
    with north.worker(), south.worker():
        metrics = f"http://127.0.0.1:{north.port}/metrics"
        deadline = time.monotonic() + 60
        while "cairn_workers 2.0" not in requests.get(metrics, timeout=30).text:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        # ten of a second each, on four slots: no host can take all of them
        jobs = [host.submit("Sleep", Seconds="1") for host in hosts for _ in range(5)]
        for job in jobs:
            done = ended(f"{south.url}/Sleep/jobs/{job}")
            assert done["jobStatus"] == "esriJobSucceeded"
        code = ("import django; django.setup(); from jobs.models import Job;"
                "found = set(Job.objects.values_list('host', flat=True));"
                "assert found == {'north', 'south'}, found")  # fmt: skip
        north.run("-c", code)
