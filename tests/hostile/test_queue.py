"""Jobs that are too many, too loud, or too large for the disk."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.corpus import BUFFER, FORM, cases, form
from tests.hostile.expected import assert_said
from tests.hostile.site import LATER, LIMIT, NOW, SHORT, Answer, in_time, running
from tests.toys.abuse import FORKED

ABUSE = {case["id"]: case for case in cases("queue-abuse")}
PER_USER, ALL = 100, 150


@pytest.mark.parametrize(
    "limit", [20, pytest.param(LIMIT, marks=pytest.mark.corpus, id="alone")]
)  # beside other tests, a hundred calls take longer
def test_calls_beyond_the_slots_wait_or_are_told_to_come_again(site, limit):
    case = ABUSE["ABU-005"]
    body = form({"f": "json", **BUFFER.good}).encode()
    asked = ("POST", f"{NOW}/Buffer/execute", body, {"Content-Type": FORM})

    def at_once() -> list[Answer]:
        with ThreadPoolExecutor(100) as pool:
            sent = [pool.submit(site.sent, *asked) for _ in range(100)]
            return [one.result() for one in sent]

    answers = in_time(at_once, limit)
    for answer in answers:
        assert_said(case, answer.error)
        assert not answer.error or answer.headers["Retry-After"]
    assert any(not one.error for one in answers)


def test_a_job_that_never_stops_talking_is_cut_short(site):
    document = in_time(lambda: site.ended(site.submit(f"{LATER}/Shout", {})))
    said = " ".join(one["description"] for one in document["messages"])
    assert_said(ABUSE["ABU-006"], said[-1000:])
    assert len(said) < 1.2 * 2**20


def test_a_job_that_starts_a_thousand_processes_ends_with_all_of_them(site):
    """ABU-008: the limit of time is that of the service, a second."""
    said = site.refusal(f"{SHORT}/Fork", {})
    assert_said(ABUSE["ABU-008"] | {"says": "time limit of 1 s"}, said)
    deadline = time.monotonic() + 5
    while forked() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert forked() == []
    assert site.refusal(f"{LATER}/Tell", {"In_Text": "x"}) == ""


def forked() -> list[str]:
    """Return the living processes that the tool has started: it names them."""
    names = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_alive = bool((folder / "cmdline").read_bytes())
            if is_alive and (folder / "comm").read_text().strip() == FORKED:
                names.append(folder.name)
    return names


def test_a_job_that_fills_the_disk_is_stopped(site):
    assert_said(ABUSE["ABU-007"], site.refusal(f"{LATER}/Fill", {}))
    assert site.refusal(f"{LATER}/Tell", {"In_Text": "x"}) == ""


@pytest.mark.corpus
def test_a_full_queue_refuses_and_stays_fair(tmp_path):
    limits = {"CAIRN_QUEUED_PER_USER": str(PER_USER), "CAIRN_QUEUED": str(ALL),
              "CAIRN_RUNNING_PER_USER": "1"}  # fmt: skip
    with running(tmp_path, **limits) as portal:
        task, alice, bob = (
            f"{LATER}/Sleep",
            portal.tokens["alice"],
            portal.tokens["bob"],
        )
        second, url = {"Seconds": "1"}, f"{LATER}/Sleep/submitJob"
        # One of the jobs may have started: it does not wait any more.
        said = [portal.post(url, {"Seconds": "3"}, alice) for _ in range(PER_USER + 2)]
        assert_said(ABUSE["ABU-001"], said[-1].error)
        assert "429" in said[-1].error
        assert said[-1].headers["Retry-After"]
        mine = portal.submit(task, second, bob)
        assert portal.ended(mine, bob, seconds=10)["jobStatus"] == "esriJobSucceeded"
        told = [portal.post(url, second) for _ in range(ALL - PER_USER + 4)]
        assert_said(ABUSE["ABU-002"], told[-1].error)
        assert "503" in told[-1].error or "429" in told[-1].error
        portal.assert_well()
