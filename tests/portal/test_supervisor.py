"""The supervisor leaves no process behind, whoever ends and however."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from portal.supervisor import Plan, Program
from tests.portal.processes import Tag, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

ROOT = Path(__file__).resolve().parents[2]
# A program with a child in its group and one that fled into a session of its own.
FAMILY = "sleep 600 & setsid sleep 600 & echo ready; exec sleep 600"
# Under nohup the tests ignore SIGHUP, and their children would as well.
HEEDS_HUP = ("env", "--default-signal=HUP")
STUBBORN = "trap '' TERM; echo ready; while true; do sleep 1; done"


class Supervised:
    """A supervisor that runs shell scripts; the first one is essential."""

    def __init__(self, folder: Path, *scripts: str, grace: float = 7) -> None:
        self.tag = Tag()
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        programs = [
            Program(f"p{i}", ["sh", "-c", script], str(folder / f"p{i}.log"), i == 0)
            for i, script in enumerate(scripts)
        ]
        url = f"http://127.0.0.1:{self.port}/"
        plan = json.dumps(asdict(Plan(programs, url, "It answers.", grace)))
        self.process = subprocess.Popen(
            [*HEEDS_HUP, sys.executable, "-P", "-S", "-m", "portal.supervisor", plan],
            env=os.environ | self.tag.environment | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        wait_for(lambda: "p0 | ready" in self.lines)

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def child_of(self, parent: int, word: str) -> int:
        for pid in self.tag.pids():
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            command = Path(f"/proc/{pid}/cmdline").read_text()
            if int(stat[1]) == parent and word in command:
                return pid
        return 0

    @property
    def keeper(self) -> int:
        return self.child_of(self.process.pid, "portal.supervisor")

    def end(self) -> int:
        """Return the exit code."""
        code = self.process.wait(20)
        self._reader.join()
        self.process.stdout.close()
        return code


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator:
    started = []

    def start(*scripts: str, grace: float = 7) -> Supervised:
        started.append(Supervised(tmp_path, *scripts, grace=grace))
        return started[-1]

    yield start
    for one in started:
        for pid in one.tag.pids():
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda one: one.name
)
def test_a_signal_ends_all_descendants(supervise, number):
    supervised = supervise(FAMILY, FAMILY)
    wait_for(lambda: len(supervised.tag.pids()) == 8)
    supervised.process.send_signal(number)
    assert supervised.end() == 0
    assert supervised.tag.pids() == []
    assert supervised.lines[-2:] == ["Stopping…", "Stopped."]


def test_a_killed_watch_takes_all_descendants_along(supervise):
    supervised = supervise(FAMILY, FAMILY)
    supervised.process.kill()
    assert supervised.end() == -signal.SIGKILL
    supervised.tag.seconds_until_gone()


def test_a_killed_keeper_takes_all_descendants_along(supervise):
    supervised = supervise(FAMILY, FAMILY)
    os.kill(supervised.keeper, signal.SIGKILL)
    assert supervised.end() == 1
    assert supervised.tag.pids() == []


def test_a_second_signal_ends_what_does_not_listen(supervise):
    supervised = supervise(STUBBORN)
    supervised.process.terminate()
    wait_for(lambda: "Stopping…" in supervised.lines)
    supervised.process.terminate()
    assert supervised.end() == 0
    assert supervised.tag.pids() == []


# Ends at the second signal.
PATIENT = "trap 'echo asked; trap \"echo hurried; exit\" TERM' TERM; echo ready;" + (
    "while true; do sleep 0.1; done"
)


def test_a_program_gets_its_time_and_a_second_signal_asks_it_to_hurry(supervise):
    supervised = supervise(PATIENT, grace=600)
    supervised.process.terminate()
    wait_for(lambda: "p0 | asked" in supervised.lines)
    assert supervised.process.poll() is None
    supervised.process.terminate()
    assert supervised.end() == 0
    assert "p0 | hurried" in supervised.lines
    assert supervised.tag.pids() == []


def test_a_program_that_takes_longer_than_its_time_is_killed(supervise):
    supervised = supervise(STUBBORN, grace=0.5)
    supervised.process.terminate()
    assert supervised.end() == 0
    assert supervised.tag.pids() == []


def test_the_end_of_an_essential_program_ends_everything(supervise):
    supervised = supervise("echo ready; sleep 1; exit 3", FAMILY)
    assert supervised.end() == 1
    assert supervised.tag.pids() == []
    log = supervised.folder / "p0.log"
    assert (
        log.read_text().splitlines()[-1] == f"ended with exit code 3; its log is {log}"
    )


def test_another_program_starts_again_without_its_old_children(supervise):
    supervised = supervise(FAMILY, FAMILY)
    wait_for(lambda: "p1 | ready" in supervised.lines)
    old = Path(f"/proc/{supervised.keeper}/task/{supervised.keeper}/children")
    os.kill(int(old.read_text().split()[-1]), signal.SIGKILL)
    wait_for(lambda: supervised.lines.count("p1 | ready") == 2)
    assert "p1 | was ended by signal 9; it starts again in 1 s" in supervised.lines
    supervised.process.terminate()
    assert supervised.end() == 0


def test_output_goes_whole_to_the_log_and_short_to_the_console(supervise):
    line = "2026-01-31 12:00:00,123 WARNING portal: once"
    supervised = supervise(f"echo ready; echo '{line}'; exec sleep 600")
    wait_for(lambda: "p0 | 12:00:00 WARNING portal: once" in supervised.lines)
    assert line in (supervised.folder / "p0.log").read_text()
    supervised.process.terminate()
    assert supervised.end() == 0


def test_it_says_when_the_server_answers(supervise):
    supervised = supervise("echo ready; exec sleep 600")
    with socket.create_server(("127.0.0.1", supervised.port)) as server:
        connection, _ = server.accept()
        connection.recv(1000)
        assert "It answers." not in supervised.lines
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        wait_for(lambda: "It answers." in supervised.lines)
        connection.close()
    supervised.process.terminate()
    assert supervised.end() == 0
