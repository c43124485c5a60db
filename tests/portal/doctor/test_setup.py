"""What the doctor sees of settings, folders and disks."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest

from portal.doctor import setup

LONG = "0123456789" * 6


def told(findings) -> list[str]:
    return [one.state for one in findings]


def test_settings_that_do_not_fit_are_told_with_what_to_type(settings):
    assert told(setup.settings_fit()) == ["ok"]
    settings.CONTEXT = "two/segments"
    [found] = setup.settings_fit()
    assert (found.state, "CAIRN_CONTEXT=server" in found.advice) == ("wrong", True)


@pytest.mark.parametrize(
    ("key", "mode", "state"),
    [
        (LONG, 0o600, "ok"),
        (LONG, 0o640, "wrong"),
        ("hunter2", 0o600, "wrong"),
        ("a" * 60, 0o600, "wrong"),
    ],
)
def test_a_key_must_be_long_and_nobody_elses(settings, tmp_path, key, mode, state):
    settings.SECRET_KEY, settings.DATA_DIR = key, tmp_path
    (tmp_path / "secret_key").write_text(key)
    (tmp_path / "secret_key").chmod(mode)
    [found] = setup.secret_key()
    assert found.state == state
    assert key not in found.text + found.advice


@pytest.mark.parametrize(
    ("hosts", "https", "debug", "states"),
    [
        (["localhost", "127.0.0.1", "[::1]"], False, True, ["ok"]),
        (["gis.example.org"], True, False, ["ok"]),
        (["gis.example.org"], False, False, ["warning"]),
        (["*"], False, False, ["warning", "warning"]),
        (["gis.example.org"], True, True, ["wrong"]),
    ],
)
def test_what_others_can_reach_must_be_safe(settings, hosts, https, debug, states):
    settings.ALLOWED_HOSTS, settings.HTTPS, settings.DEBUG = hosts, https, debug
    assert told(setup.visitors()) == states


def test_a_folder_that_cannot_be_written_is_named(settings):
    settings.SPOOL_DIR = "/dev/null/spool"
    [found] = setup.folders()
    assert found.state == "wrong"
    assert "/dev/null/spool" in found.text


@pytest.mark.parametrize(("mode", "state"), [(0o700, "ok"), (0o755, "warning")])
def test_results_that_everybody_may_read_are_told(settings, tmp_path, mode, state):
    settings.DATA_DIR = tmp_path
    tmp_path.chmod(mode)
    assert told(setup.folders()) == [state]


@pytest.mark.parametrize(
    ("free", "total", "states"),
    [
        (90 * 2**30, 100 * 2**30, ["ok", "ok"]),
        (4 * 2**30, 100 * 2**30, ["wrong", "wrong"]),  # less than 5 %
        (2**29, 2**30, ["wrong", "ok"]),  # data want 1 GB, a spool 256 MB
        (2**27, 2**30, ["wrong", "wrong"]),
    ],
)
def test_disks_without_room_are_told(monkeypatch, free, total, states):
    usage = namedtuple("usage", "total used free")(total, total - free, free)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    assert told(setup.disks()) == states
