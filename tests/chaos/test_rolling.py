"""Web servers and workers are restarted in turn while clients go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.chaos.mix import SUCCEEDED
from tests.chaos.parts import Part, Web
from tests.chaos.report import keep
from tests.chaos.site import Site, kill_all
from tests.portal.processes import wait_for

SECONDS = 300.0
RESTARTS = 10
A_SECOND = 5.0


class Proxy:
    """Asks the first server that lets itself be reached, as a balancing proxy does."""

    def __init__(self, webs: list[Web]) -> None:
        self._webs = webs
        self.failures: list[str] = []

    def post(self, path: str, **fields: str) -> dict[str, Any]:
        for web in self._webs:
            if _is_refused(web.address):
                continue
            try:
                answer = requests.post(
                    web.address + path, {"f": "json", **fields}, timeout=60
                ).json()
            except (requests.RequestException, ValueError) as exc:
                self.failures.append(repr(exc))
                return {}
            if "error" in answer:
                self.failures.append(str(answer["error"]))
            return dict(answer)
        self.failures.append("no server can be reached")
        return {}


def _is_refused(address: str) -> bool:
    """Tell if a proxy would find that a server is away."""
    try:
        requests.head(f"{address}/health/live", timeout=10)
    except requests.ConnectionError:
        return True
    return False


@contextmanager
def two_of_each(folder: Path) -> Iterator[tuple[Site, list[Web], list[Part]]]:
    """Yield two web servers and two workers that share a folder of data."""
    site = Site(folder, CAIRN_DRAIN_SECONDS="5", CAIRN_WORKERS="1")
    site.prepare()
    webs = [Web(site), Web(site)]
    workers = [Part(site, "manage.py", "worker") for _ in range(2)]
    try:
        for one in (*webs, *workers):
            one.start()
        for web in webs:
            wait_for(web.is_answering, limit=90)
        yield site, webs, workers
    finally:
        kill_all(site.tag)
        for one in (*webs, *workers):
            one.reap()


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_a_rolling_restart_is_not_noticed(tmp_path):
    """G17"""
    with two_of_each(tmp_path) as (site, webs, workers):
        proxy, stop, jobs = Proxy(webs), threading.Event(), []
        path = "/server/rest/services/Toys/GPServer/Trace"

        def submit() -> None:
            while not stop.wait(1 / A_SECOND):
                fields = {"Label": f"rolling{len(jobs)}", "Seconds": "0.1"}
                jobs.append(proxy.post(f"{path}/submitJob", **fields).get("jobId"))

        client = threading.Thread(target=submit)
        client.start()
        began = time.monotonic()
        for number in range(RESTARTS):
            stop.wait(max(0.0, began + number * SECONDS / RESTARTS - time.monotonic()))
            web, worker = webs[number % 2], workers[number % 2]
            web.stop()
            web.start()
            wait_for(web.is_answering, limit=90)
            worker.stop()
            worker.start()
        stop.wait(max(0.0, began + SECONDS - time.monotonic()))
        stop.set()
        client.join()
        wait_for(lambda: all(one["status"] == SUCCEEDED for one in site.rows()), 300)
        known = {one["id"] for one in site.rows()}
    keep(
        f"{RESTARTS} rolling restarts in {SECONDS:g} s",
        f"{len(jobs)} submits, {len(proxy.failures)} failed",
    )
    assert proxy.failures == []
    assert set(jobs) == known
    assert len(jobs) > SECONDS * A_SECOND / 3
