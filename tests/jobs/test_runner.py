"""The pool of children: what happens to its processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from jobs.child.call import Call, Limits
from jobs.processes.runner import InternalError, Runner
from services.errors import Busy, Cancelled, Crashed, TimedOut
from services.registry import installed
from services.wire import encode


def call_of(tool_id: str, limit: float = 60, **small: str) -> Call:
    schema = encode(installed(tool_id).schema.to_json())
    return Call("execute", tool_id, schema, small, limits=Limits(seconds=limit))


@pytest.fixture
def one_slot():
    runner = Runner(1)
    yield runner
    runner.close()


def child_of(runner: Runner) -> int:
    runner.warm()
    (pid,) = runner.pids
    return pid


def test_an_idle_child_that_was_killed_is_replaced(one_slot):
    os.kill(child_of(one_slot), signal.SIGKILL)
    assert b"Second" in one_slot.run(call_of("toys.TwoOutputs")).body


def test_the_same_child_serves_the_next_run(one_slot):
    first = child_of(one_slot)
    one_slot.run(call_of("toys.TwoOutputs"))
    assert child_of(one_slot) == first


def test_a_run_is_cancelled_inside_geos_and_its_process_is_gone(one_slot):
    first = child_of(one_slot)
    began = time.monotonic()
    with pytest.raises(Cancelled):
        one_slot.run(call_of("toys.Grind"), tick=lambda: time.monotonic() - began > 0.5)
    assert not Path(f"/proc/{first}").exists()
    assert b"Second" in one_slot.run(call_of("toys.TwoOutputs")).body


def test_a_tick_that_fails_leaves_no_run_behind(one_slot):
    first = child_of(one_slot)

    def tick() -> bool:
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        one_slot.run(call_of("toys.Grind"), tick=tick)
    assert not Path(f"/proc/{first}").exists()
    assert b"Second" in one_slot.run(call_of("toys.TwoOutputs")).body


def test_a_quiet_end_of_the_process_is_a_crash_too(one_slot):
    with pytest.raises(Crashed, match="exit code 0"):
        one_slot.run(call_of("toys.VanishQuietly"))


def test_a_tool_that_exits_as_a_script_ends_its_run_alone(one_slot):
    first = child_of(one_slot)
    with pytest.raises(InternalError, match="SystemExit: enough"):
        one_slot.run(call_of("toys.Leave"))
    assert child_of(one_slot) == first


def test_a_run_over_its_time_is_killed_there_and_then(one_slot):
    first = child_of(one_slot)
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"time limit of 0\.5 s"):
        one_slot.run(call_of("toys.Grind", limit=0.5))
    assert time.monotonic() - began >= 0.5
    assert not Path(f"/proc/{first}").exists()


def test_what_a_tool_has_started_ends_with_it(one_slot):
    one_slot.run(call_of("toys.TwoOutputs"))
    children = Path(f"/proc/{child_of(one_slot)}/task/{child_of(one_slot)}/children")
    started: list[str] = []

    def tick() -> bool:
        started.extend(children.read_text().split())
        return bool(started)

    with pytest.raises(Cancelled):
        one_slot.run(call_of("toys.StartAnother"), tick=tick)
    assert started
    deadline = time.monotonic() + 10
    while Path(f"/proc/{started[0]}").exists() and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert not Path(f"/proc/{started[0]}").exists()


def test_a_stopped_child_is_killed_at_the_limit_too(one_slot):
    one_slot.run(call_of("toys.TwoOutputs"))
    os.kill(child_of(one_slot), signal.SIGSTOP)
    with pytest.raises(TimedOut):
        one_slot.run(call_of("toys.TwoOutputs", limit=0.5))
    assert b"Second" in one_slot.run(call_of("toys.TwoOutputs")).body


def test_a_closed_runner_ends_what_runs(one_slot):
    one_slot.run(call_of("toys.TwoOutputs"))
    computes, ends = threading.Event(), []

    def run() -> None:
        with pytest.raises(Crashed, match="signal 9"):
            one_slot.run(call_of("toys.Grind"), tick=computes.set)
        ends.append(True)

    long = threading.Thread(target=run)
    long.start()
    assert computes.wait(30)
    one_slot.close()
    long.join(30)
    assert ends
    assert one_slot.pids == []


def test_a_closed_runner_starts_no_child(one_slot):
    one_slot.close()
    with pytest.raises(Crashed, match="could not start"):
        one_slot.run(call_of("toys.TwoOutputs"))
    assert one_slot.pids == []


def test_no_free_slot_in_time_is_busy(one_slot):
    stop = threading.Event()

    def hold() -> None:
        with pytest.raises(Cancelled):
            one_slot.run(call_of("toys.Grind"), tick=stop.is_set)

    long = threading.Thread(target=hold)
    long.start()
    while one_slot._free.qsize():
        stop.wait(0.01)
    with pytest.raises(Busy):
        one_slot.run(call_of("toys.TwoOutputs"), wait=0.1)
    stop.set()
    long.join(30)


def test_a_child_knows_no_secret(one_slot):
    names = names_in_environment(child_of(one_slot))
    assert not [one for one in names if "SECRET" in one or "DATABASE_URL" in one]


def test_a_child_of_a_second_fork_server_knows_no_secret_either(monkeypatch, one_slot):
    monkeypatch.setenv("CAIRN_SECRET_KEY", "for tests only")
    one_slot.run(call_of("toys.TwoOutputs"))
    first = child_of(one_slot)
    server = parent_of(first)
    os.kill(server, signal.SIGKILL)
    while Path(f"/proc/{first}").exists():  # it dies with its parent
        threading.Event().wait(0.01)
    assert b"Second" in one_slot.run(call_of("toys.TwoOutputs")).body
    assert parent_of(child_of(one_slot)) != server
    assert "CAIRN_SECRET_KEY" not in names_in_environment(child_of(one_slot))


def parent_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    return int(status.split()[1])


def names_in_environment(pid: int) -> list[str]:
    """Names in the environment of a process, as the kernel knows them."""
    raw = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return [one.split(b"=")[0].decode() for one in raw if one]


def test_memory_returns_after_a_large_run(one_slot):
    child = child_of(one_slot)
    one_slot.run(call_of("toys.Hoard", Megabytes="500"))
    deadline = time.monotonic() + 60  # it is idle for 10 s before it tidies up
    while resident(child) >= 400 * 2**20 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert resident(child) < 400 * 2**20
    assert one_slot.run(call_of("toys.TwoOutputs")).error is None
    assert child_of(one_slot) == child


def resident(pid: int) -> int:
    """Bytes that a process holds in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
