"""Many clients for a while: no error, no waste."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.chaos.clients import Client
from tests.chaos.killer import roles
from tests.chaos.mix import SUCCEEDED, Wish
from tests.chaos.report import keep
from tests.chaos.site import Site, running
from tests.chaos.storm import Scale, Storm
from tests.portal.processes import wait_for


def trace(label: str) -> Wish:
    """Return a quick job."""
    return Wish(label, "quick", "Trace", SUCCEEDED, {"Label": label})


class Load:
    """Clients that submit, and clients that poll what was submitted, for a while."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.clients: list[Client] = []
        self.seconds: dict[str, list[float]] = {"submit": [], "poll": []}
        self.urls: list[str] = []
        self._stop = threading.Event()

    def run(self, seconds: float, each: int) -> None:
        """Let so many clients of each kind work."""
        threads = [threading.Thread(target=work, args=[number], daemon=True)
                   for work in (self._submit, self._poll) for number in range(each)]  # fmt: skip
        for thread in threads:
            thread.start()
        self._stop.wait(seconds)
        self._stop.set()
        for thread in threads:
            thread.join()

    def _client(self) -> Client:
        self.clients.append(Client(self.site))
        return self.clients[-1]

    def _submit(self, number: int) -> None:
        client, count = self._client(), 0
        while not self._stop.is_set():
            wish = trace(f"load{number}x{(count := count + 1)}")
            began = time.monotonic()
            answer = client.ask(f"{self.site.task(wish.task)}/submitJob", **wish.fields)
            self.seconds["submit"].append(time.monotonic() - began)
            if answer and "jobId" in answer:
                self.urls.append(f"{self.site.task(wish.task)}/jobs/{answer['jobId']}")

    def _poll(self, number: int) -> None:
        client = self._client()
        while not self._stop.is_set():
            for url in self.urls[-8:]:
                began = time.monotonic()
                client.ask(url)
                self.seconds["poll"].append(time.monotonic() - began)


def p99(seconds: list[float]) -> float:
    """Return the 99th percentile, in milliseconds."""
    return sorted(seconds)[int(0.99 * (len(seconds) - 1))] * 1e3


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_sixteen_clients_meet_no_error_on_sqlite(tmp_path):
    """G21"""
    seconds = 60.0
    with running(tmp_path) as site:
        load = Load(site)
        load.run(seconds, each=8)
        deadline = 20 * seconds
        wait_for(
            lambda: all(row["status"] == SUCCEEDED for row in site.rows()), deadline
        )
        logs = "".join(path.read_text() for path in (site.data / "logs").iterdir())
    errors = [dict(client.errors) for client in load.clients if client.errors]
    strange = [one for client in load.clients for one in client.strange]
    submits, polls = load.seconds["submit"], load.seconds["poll"]
    keep(
        f"16 clients on SQLite for {seconds:g} s",
        f"{len(submits)} submits, 99th percentile {p99(submits):.0f} ms;"
        f" {len(polls)} polls, 99th percentile {p99(polls):.0f} ms",
    )
    assert (errors, strange) == ([], [])
    assert "locked" not in logs


def resident(pid: int) -> int:
    """Return the bytes that a process holds in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * 4096


def open_files(pid: int) -> int:
    """Return how many files a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@pytest.mark.chaos
@pytest.mark.timeout(1500)
def test_many_jobs_leave_memory_and_files_as_they_were(tmp_path):
    """G24"""
    measured = ("web process", "worker", "sentinel")
    with running(tmp_path) as site:
        pids = {}
        found: list[dict[int, tuple[int, int]]] = []
        for turn in range(3):
            mix = [trace(f"leak{turn}x{number}") for number in range(1000)]
            Storm(site).run(Scale(0, 0, 0, clients=12, poll_seconds=0.05), 1, mix=mix)
            pids = roles(site)
            found.append({
                pid: (resident(pid), open_files(pid))
                for role in measured for pid in pids[role]
            })  # fmt: skip
        site.stop()
    keep("3,000 quick jobs", f"bytes and files by process: {found}")
    first, last = found[0], found[-1]
    assert first.keys() == last.keys()
    for pid, (memory, files) in last.items():
        assert memory <= first[pid][0] * 1.1
        assert abs(files - first[pid][1]) <= 8
