"""The pool of children: what happens to its processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path

import pytest
from pebble import ProcessExpired

from jobs.call import Call, Limits
from jobs.runner import InternalError, Runner
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


def child_of(runner: Runner, slot: int = 0) -> int:
    return runner._pools[slot].schedule(os.getpid).result(timeout=30)


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
    with pytest.raises(Crashed, match="exit code 1"):
        one_slot.run(call_of("toys.VanishQuietly"))


def test_a_tool_that_exits_as_a_script_ends_its_run_alone(one_slot):
    first = child_of(one_slot)
    with pytest.raises(InternalError, match="SystemExit: enough"):
        one_slot.run(call_of("toys.Leave"))
    assert child_of(one_slot) == first


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
    names = one_slot._pools[0].schedule(names_in_environment).result(timeout=30)
    assert not [one for one in names if "SECRET" in one or "DATABASE_URL" in one]


def test_a_child_of_a_second_fork_server_knows_no_secret_either(monkeypatch):
    monkeypatch.setenv("CAIRN_SECRET_KEY", "for tests only")
    runner = Runner(1)
    first = runner._pools[0].schedule(os.getppid).result(timeout=30)
    os.kill(first, signal.SIGKILL)
    parent = first
    while parent == first:  # the first child may yet answer
        with suppress(BrokenProcessPool, ProcessExpired, TimedOut):
            runner.run(call_of("toys.TwoOutputs", limit=5))
            parent = runner._pools[0].schedule(os.getppid).result(timeout=30)
            names = runner._pools[0].schedule(names_in_environment).result(timeout=30)
    assert "CAIRN_SECRET_KEY" not in names
    runner.close()


def names_in_environment() -> list[str]:
    """Names in the environment of the process, as the kernel knows them."""
    raw = Path("/proc/self/environ").read_bytes().split(b"\0")
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
