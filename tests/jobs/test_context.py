"""What a tool may say, and how much of it is kept."""

from __future__ import annotations

from contextlib import closing
from time import perf_counter

import orjson
import pytest

from jobs.child.context import MAX_CHARACTERS, MAX_MESSAGES, WARNING, RunContext


@pytest.fixture
def context(tmp_path):
    with closing(RunContext(tmp_path, tmp_path / "log")) as made:
        yield made


def logged(path) -> list[dict]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_a_run_says_a_thousand_things_and_then_that_it_is_enough(tmp_path, context):
    for number in range(MAX_MESSAGES + 500):
        context.message(f"line {number}")
    kept = context.messages
    assert len(kept) == 1001
    assert kept[999][1] == "line 999"
    assert kept[1000][0] == WARNING
    assert "No more messages" in kept[1000][1]
    assert [tuple(one["message"]) for one in logged(tmp_path / "log")] == kept


def test_a_run_says_a_megabyte_and_then_that_it_is_enough(tmp_path, context):
    for _ in range(200):
        context.warn("x" * 10_000)
    *said, last = context.messages
    assert len(said) == 104  # of 10,000 characters each, within 2**20
    assert "No more messages" in last[1]
    assert (tmp_path / "log").stat().st_size < MAX_CHARACTERS + 10_000


def test_progress_that_comes_too_often_is_written_now_and_then(tmp_path, context):
    began = perf_counter()
    for number in range(100_000):
        context.progress(number / 1000, "working")
    seconds = perf_counter() - began
    assert 1 <= len(logged(tmp_path / "log")) <= 1 + 5 * seconds


def test_progress_stays_between_nothing_and_all(tmp_path):
    for percent, shown in ((-5, 0.0), (250, 100.0)):
        path = tmp_path / f"log{shown}"
        with closing(RunContext(tmp_path, path)) as context:
            context.progress(percent, "x" * 1000)
        assert logged(path) == [{"progress": [shown, "x" * 200]}]
