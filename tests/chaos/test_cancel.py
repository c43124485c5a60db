"""Cancels at any moment: quick, and never half of this and half of that."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos import verdict
from tests.chaos.clients import PATIENCE_SECONDS, Client, Told, warm_up
from tests.chaos.killer import roles
from tests.chaos.mix import CANCELLED, ENDS, SUCCEEDED, Wish
from tests.chaos.report import keep
from tests.chaos.site import Site, running
from tests.chaos.storm import Storm

CANCEL_SECONDS = 5.0


def cancelled_jobs(site: Site, wishes: list[Wish], clients: int = 4) -> list[float]:
    """Cancel jobs; return the seconds from each cancel to the end that is seen."""
    own = threading.local()

    def one(wish: Wish) -> tuple[Told, float]:
        if not hasattr(own, "client"):
            own.client = Client(site, poll_seconds=0.05)
        told = own.client.submit(wish)
        own.client.watch(told, wish.cancel_after or 0.0)
        asked = time.monotonic()
        own.client.insist(f"{own.client.url(told)}/cancel")
        own.client.watch(told, PATIENCE_SECONDS)
        return told, time.monotonic() - asked

    with ThreadPoolExecutor(clients) as pool:
        found = list(pool.map(one, wishes))
    check_ends(site, [told for told, _ in found])
    return sorted(seconds for _, seconds in found)


def check_ends(site: Site, all_told: list[Told]) -> None:
    """Each job was cancelled without results, or has succeeded with them."""
    assert [told.problems for told in all_told if told.problems] == []
    assert {told.end for told in all_told} <= {CANCELLED, SUCCEEDED}
    rows = site.rows()
    assert verdict.row_problems(rows) == []
    ends = {row["id"]: row["status"] for row in rows}
    assert [ends[told.job_id] for told in all_told] == [told.end for told in all_told]
    assert verdict.leftovers(site, rows) == []


def at_any_moment(count: int, seed: int) -> list[Wish]:
    """Return jobs that are cancelled before their start, in GEOS, asleep, at the end."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        label = f"cancel{number}"
        after = chance.choice([0.0, *(chance.uniform(0.0, 2.0) for _ in range(3))])
        task = chance.choice(["Grind", "Trace", "Trace"])
        seconds = chance.choice([30.0, max(0.0, after - 0.05)])
        fields = (
            {} if task == "Grind" else {"Label": label, "Seconds": f"{seconds:.2f}"}
        )
        made.append(Wish(label, "cancel", task, CANCELLED, fields, cancel_after=after))
    return made


@pytest.mark.parametrize(
    "count",
    [8, pytest.param(100, marks=[pytest.mark.chaos, pytest.mark.timeout(900)])],
)
def test_a_cancelled_job_ends_within_five_seconds(tmp_path, count):
    """G9"""
    with running(tmp_path) as site:
        warm_up(site)
        before = roles(site)["queue"]
        seconds = cancelled_jobs(site, at_any_moment(count, 3))
        assert roles(site)["queue"] == before
    last = seconds[int(0.99 * (len(seconds) - 1))]
    keep(
        f"{count} cancels at random moments",
        f"seconds to the end: median {seconds[count // 2]:.2f}, 99th percentile"
        f" {last:.2f}, longest {seconds[-1]:.2f}",
    )
    assert last <= CANCEL_SECONDS


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_cancel_and_success_never_mix(tmp_path):
    """G10"""
    chance = random.Random(8)
    wishes = [
        Wish(f"end{number}", "cancel", "TraceFile", CANCELLED,
             {"Label": f"end{number}", "Kilobytes": "50", "Seconds": "0.3"},
             cancel_after=chance.uniform(0.1, 1.2))
        for number in range(500)
    ]  # fmt: skip
    with running(tmp_path) as site:
        cancelled_jobs(site, wishes, clients=3)
        ends = [row["status"] for row in site.rows()]
    keep("500 cancels around the end", f"{ends.count(SUCCEEDED)} had succeeded")
    assert set(ends) == {CANCELLED, SUCCEEDED} <= ENDS


@pytest.mark.chaos
def test_a_cancelled_job_of_a_dead_worker_ends_too(tmp_path):
    """G9"""
    wish = Wish("orphan", "cancel", "Trace", CANCELLED,
                {"Label": "orphan", "Seconds": "50"})  # fmt: skip
    with running(tmp_path) as site:
        client = Client(site, poll_seconds=0.05)
        told = client.submit(wish)
        while told.end != "esriJobExecuting":
            client.look(told)
        site.restart(politely=False)
        client.insist(f"{client.url(told)}/cancel")
        client.watch(told, 60.0)
        check_ends(site, [told])
        assert verdict.recoveries(Storm(site)) == []
