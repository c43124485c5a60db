"""Files that are made once and kept."""

from __future__ import annotations

import fcntl
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobs.files import once
from jobs.files.once import kept_files, made_once
from services.errors import Busy, ToolFailed


@pytest.fixture
def path(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / "files" / "a.csv"


def nothing(size: int) -> None:
    """Count nothing."""


def test_a_file_is_made_once_for_all_who_ask_at_a_time(path):
    begun, made, counted = threading.Barrier(4), [], []

    def make(target):
        made.append(target)
        target.write_bytes(b"content")
        return ["a note"]

    def ask(_):
        begun.wait()
        return made_once(path, make, counted.append)

    with ThreadPoolExecutor(4) as pool:
        kept = set(pool.map(ask, range(4)))
    assert (len(kept), len(made), counted) == (1, 1, [7])
    assert kept_files(path.parent) == {"a.csv": kept.pop()}
    assert path.read_bytes() == b"content"


def test_a_file_that_cannot_be_made_is_not_there(path):
    def fail(target):
        target.write_bytes(b"half")
        raise ToolFailed("it has no place")

    with pytest.raises(ToolFailed):
        made_once(path, fail, nothing)
    assert kept_files(path.parent) == {}
    assert not path.exists()
    made_once(path, lambda target: target.write_bytes(b"x") and [], nothing)
    assert kept_files(path.parent)["a.csv"].size == 1


def test_who_waited_for_one_that_failed_is_asked_to_try_again(path, monkeypatch):
    is_making, may_fail = threading.Event(), threading.Event()
    lock = fcntl.flock

    def locked(file, how):
        try:
            lock(file, how)
        except BlockingIOError:  # the second one waits
            may_fail.set()
            raise

    monkeypatch.setattr(once.fcntl, "flock", locked)

    def fail(target):
        is_making.set()
        may_fail.wait(10)
        raise ToolFailed("it has no place")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(made_once, path, fail, nothing)
        is_making.wait(10)
        second = pool.submit(made_once, path, fail, nothing)
        assert isinstance(first.exception(), ToolFailed)
        assert isinstance(second.exception(), Busy)


def test_who_waits_longer_than_for_a_run_is_asked_to_try_again(path, settings):
    settings.RUN_WAIT_SECONDS = 0.2
    is_making, may_end = threading.Event(), threading.Event()

    def make(target):
        is_making.set()
        may_end.wait(10)
        target.write_bytes(b"x")
        return []

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(made_once, path, make, nothing)
        is_making.wait(10)
        with pytest.raises(Busy, match="being made"):
            made_once(path, make, nothing)
        may_end.set()
        assert first.result().size == 1
