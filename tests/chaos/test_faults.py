"""Faults one by one: what is killed is known, and what must follow too."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.chaos import verdict
from tests.chaos.clients import PATIENCE_SECONDS, Client, Told
from tests.chaos.killer import kill, roles
from tests.chaos.mix import SUCCEEDED, Wish
from tests.chaos.report import keep
from tests.chaos.site import LEASE_SECONDS, SWEEP_SECONDS, Site, running
from tests.chaos.storm import Scale, Storm
from tests.portal.processes import wait_for

POINTS = {"Count": "300", "Seconds": "1.5"}


def traced(site: Site, label: str) -> list[int]:
    """Return the processes that have begun to run a label, in order."""
    lines = [line.split() for line in site.traces.read_text("ascii").splitlines()]
    return [int(pid) for what, of, pid, _ in lines if (what, of) == ("start", label)]


def points(label: str, service: str = "Toys") -> Wish:
    """Return a job that makes points for a while."""
    fields = {"Label": label, **POINTS}
    return Wish(label, "points", "TracePoints", SUCCEEDED, fields, service=service)


def disturbed(site: Site, wish: Wish) -> tuple[Client, Told]:
    """Bring a job to its end whose first run is killed."""
    client = Client(site, poll_seconds=0.05)
    told = client.submit(wish)
    [pid] = wait_for(lambda: traced(site, wish.label), limit=90)
    kill(pid)
    client.watch(told, PATIENCE_SECONDS)
    assert told.end == SUCCEEDED
    return client, told


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_results_are_whole_whenever_their_writer_is_killed(tmp_path):
    """G5"""
    mix = [
        Wish(f"big{number}", "file", "TraceFile", SUCCEEDED,
             {"Label": f"big{number}", "Kilobytes": "20000", "Seconds": "0.5"})
        for number in range(120)
    ]  # fmt: skip
    with running(tmp_path) as site:
        storm = Storm(site).run(Scale(0, 200, 0, only=("child",)), 9, mix=mix)
        found = verdict.problems(storm)
        keep(
            "20 MB results, children killed 200 times",
            verdict.figures(storm, site.rows()),
        )
    assert found == []


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_a_hosted_result_is_published_once(tmp_path):
    """G6"""
    with running(tmp_path) as site, ThreadPoolExecutor(3) as pool:

        def count(number: int) -> int:
            client, told = disturbed(site, points(f"host{number}", "Hosted"))
            answer = client.insist(f"{client.url(told)}/results/Out_Points")
            query = {"where": "1=1", "returnCountOnly": "true"}
            return int(
                client.insist(f"{answer['value']['url']}/query", **query)["count"]
            )

        assert list(pool.map(count, range(20))) == [300] * 20
        catalogue = Client(site).insist(f"{site.address}/server/rest/services")
        hosted = [
            one for one in catalogue["services"] if one["type"] == "FeatureServer"
        ]
        assert len(hosted) + hosted_below(site, catalogue) == 20
        assert verdict.leftovers(site, site.rows()) == []


def hosted_below(site: Site, catalogue: dict[str, Any]) -> int:
    """Return how many feature services the folders of the catalogue hold."""
    root = f"{site.address}/server/rest/services"
    found = [Client(site).insist(f"{root}/{name}") for name in catalogue["folders"]]
    return sum(one["type"] == "FeatureServer" for folder in found
               for one in folder["services"])  # fmt: skip


@pytest.mark.chaos
def test_a_run_after_a_crash_gives_the_same_answer(tmp_path):
    """G26"""
    with running(tmp_path) as site:
        client, told = disturbed(site, points("again"))
        calm = client.bring_to_end(points("calm"))
        urls = [f"{client.url(one)}/results/Out_Points?f=json" for one in (told, calm)]
        first, second = (requests.get(url, timeout=60).content for url in urls)
    assert first == second
    assert b'"number":299' in first


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_states_are_seen_to_move_forward_only(tmp_path):
    """G27"""
    scale = Scale(200, 8, 1, clients=4, poll_seconds=0.02)
    with running(tmp_path) as site:
        storm = Storm(site).run(scale, 10)
    found = [one for told in storm.told for one in verdict.order_problems(told)]
    assert found == []
    assert {told.end for told in storm.told} <= verdict.ENDS


@pytest.mark.chaos
def test_a_worker_whose_processes_block_each_other_is_started_again(tmp_path):
    """G23"""
    labels = [f"stuck{number}" for number in range(5)]
    with running(tmp_path, CAIRN_WORKERS="1") as site:
        client = Client(site)
        client.bring_to_end(points("before"))
        for pid in roles(site)["queue"]:  # one of them waits, and holds the lock
            kill(pid)
        began = time.monotonic()
        told = [client.submit(points(label)) for label in labels]
        for one in told:
            client.watch(one, 100.0)
        keep(
            "the queue's lock taken along",
            f"5 jobs in {time.monotonic() - began:.0f} s",
        )
    assert [one.end for one in told] == [SUCCEEDED] * len(labels)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_a_lost_run_is_taken_up_again_after_its_lease(tmp_path):
    """G3"""
    with running(tmp_path) as site:
        client = Client(site, poll_seconds=0.05)
        wish = Wish(
            "lost", "slow", "Trace", SUCCEEDED, {"Label": "lost", "Seconds": "3"}
        )
        told = client.submit(wish)
        wait_for(lambda: traced(site, "lost"), limit=90)
        began = time.monotonic()
        for pid in roles(site)["queue"]:
            kill(pid)
        wait_for(lambda: len(traced(site, "lost")) == 2, limit=90)
        seconds = time.monotonic() - began
        client.watch(told, 60.0)
    keep("processes of the queue killed", f"the next run began after {seconds:.1f} s")
    assert told.end == SUCCEEDED
    assert seconds <= LEASE_SECONDS + SWEEP_SECONDS + 30
