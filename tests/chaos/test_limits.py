"""Runs that take too much, or take their process along, harm nobody else."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.chaos import verdict
from tests.chaos.clients import Client, warm_up
from tests.chaos.killer import roles
from tests.chaos.mix import FAILED, SUCCEEDED, TIMED_OUT, Wish
from tests.chaos.report import keep
from tests.chaos.site import running
from tests.chaos.storm import Scale, Storm
from tests.server import peak_megabytes

LIMIT_SECONDS = 3.0  # of the services Short and ShortNow
POISONS = {
    "Segfault": ({}, "signal 11"),
    "Vanish": ({}, "exit code 3"),
    "Hoard": ({"Megabytes": "3000"}, "more memory than its limit of 300 MB"),
}


def killed_by_memory() -> int:
    """Return how many processes the kernel has killed for want of memory."""
    lines = Path("/proc/vmstat").read_text("ascii").splitlines()
    return int(dict(line.split() for line in lines)["oom_kill"])


def poisoned(good: int, bad: int) -> list[Wish]:
    """Return good jobs with bad ones between them."""
    made = [Wish(f"good{number}", "quick", "Trace", SUCCEEDED,
                 {"Label": f"good{number}"}) for number in range(good)]  # fmt: skip
    for number in range(bad):
        task = list(POISONS)[number % len(POISONS)]
        fields, word = POISONS[task]
        made.append(Wish(f"bad{number}", "bad", task, FAILED, fields, word))
    random.Random(2).shuffle(made)
    return made


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_jobs_that_kill_their_process_harm_no_other(tmp_path):
    """G4 G12"""
    killed = killed_by_memory()
    with running(tmp_path) as site:
        before = {role: pids for role, pids in roles(site).items() if role != "child"}
        storm = Storm(site).run(Scale(0, 0, 0, clients=6), 1, mix=poisoned(100, 24))
        after = {role: pids for role, pids in roles(site).items() if role != "child"}
        sessions = {pid for pids in after.values() for pid in pids}
        peak = peak_megabytes(list(sessions))
        found = verdict.problems(storm)
    keep("poison", f"{storm.seconds:.0f} s, largest process {peak:.0f} MB")
    assert found == []
    assert all(
        after[role] == pids for role, pids in before.items() if role != "fork server"
    )
    assert killed_by_memory() == killed
    assert peak < 1000


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_a_time_limit_holds_inside_geos(tmp_path):
    """G11"""
    wish = Wish(
        "late", "late", "Grind", TIMED_OUT, {}, "time limit of 3 s", None, "Short"
    )
    with running(tmp_path) as site:
        warm_up(site)

        def submitted(_: int) -> float:
            told = Client(site, poll_seconds=0.05).bring_to_end(wish)
            assert (told.end, told.problems) == (TIMED_OUT, [])
            assert any(wish.word in text for _, text in told.messages)
            return told.seconds

        def executed(_: int) -> float:
            began = time.monotonic()
            answer = Client(site).ask(f"{site.task('Grind', 'ShortNow')}/execute")
            assert wish.word in str(answer["error"])
            return time.monotonic() - began

        with ThreadPoolExecutor(2) as pool:
            jobs, answers = (
                list(pool.map(submitted, range(10))),
                list(pool.map(executed, range(10))),
            )
    keep(
        "time limit of 3 s",
        f"jobs at most {max(jobs):.1f} s, execute {max(answers):.1f} s",
    )
    assert min(jobs + answers) >= LIMIT_SECONDS
    assert max(jobs) <= LIMIT_SECONDS + 3
    assert max(answers) <= LIMIT_SECONDS + 2


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_many_who_wait_for_an_answer_do_not_keep_others_out(tmp_path):
    """G15"""
    with running(tmp_path) as site:
        warm_up(site)
        task = site.task("Trace", "ToysNow")

        def execute(number: int) -> str:
            fields = {"f": "json", "Label": f"wait{number}", "Seconds": "1"}
            answer = requests.post(f"{task}/execute", fields, timeout=120).json()
            return "done" if "results" in answer else f"{answer['error']['code']}"

        with ThreadPoolExecutor(100) as pool:
            waiting = [pool.submit(execute, number) for number in range(100)]
            taken = []
            while not all(one.done() for one in waiting):
                began = time.monotonic()
                requests.get(f"{site.address}/server/rest/info?f=json", timeout=120)
                taken.append(time.monotonic() - began)
        ends = [one.result() for one in waiting]
    taken.sort()
    slow = taken[int(0.99 * (len(taken) - 1))]
    keep("100 execute at once", f"{ends.count('done')} done, info p99 {slow:.2f} s")
    assert set(ends) <= {"done", "503"}
    assert ends.count("done") >= 4
    assert slow <= 0.5
