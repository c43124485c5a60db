"""Processes of a test, found by a variable that all of them inherit."""

from __future__ import annotations

import time
import uuid
from pathlib import Path


class Tag:
    """A variable of its own for the environment of a process tree."""

    def __init__(self) -> None:
        self.value = uuid.uuid4().hex
        self.environment = {"CAIRN_TEST_TAG": self.value}

    def pids(self) -> list[int]:
        """Return the processes that carry the tag; dead ones do not."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self.value.encode() in path.read_bytes():
                    found.append(int(path.parent.name))
            except OSError:
                continue  # it has just ended, or is somebody else's
        return found

    def seconds_until_gone(self, limit: float = 10) -> float:
        """Return how long it took until no process was left; fail after ``limit``."""
        began = time.monotonic()
        while left := self.pids():
            assert time.monotonic() - began < limit, f"still there: {left}"
            time.sleep(0.05)
        return time.monotonic() - began


def wait_for(condition, limit: float = 20):
    """Return the first true result of ``condition``; fail after ``limit`` seconds."""
    began = time.monotonic()
    while not (result := condition()):
        assert time.monotonic() - began < limit, "it took too long"
        time.sleep(0.05)
    return result
