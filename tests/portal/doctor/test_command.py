"""manage.py doctor, as an operator runs it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.server import ROOT, portal, wait_until_ready


def doctor(folder, *options: str, **variables: str):
    env = {name: value for name, value in os.environ.items()
           if not name.startswith("CAIRN_")}  # fmt: skip
    env |= {
        "CAIRN_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": f"sqlite:///{folder}/cairn.sqlite3",
    }
    return subprocess.run(
        [sys.executable, "manage.py", "doctor", *options], cwd=ROOT,
        env=env | variables, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_portal_that_runs_is_well(tmp_path):
    tmp_path.chmod(0o700)
    url = f"sqlite:///{tmp_path}/cairn.sqlite3"
    with portal(tmp_path, "", DATABASE_URL=url) as (address, _):
        wait_until_ready(address)
        done = doctor(tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert re.search(r"^ok +Workers +1 live", done.stdout, re.MULTILINE)
        assert "WRONG" not in done.stdout
        document = json.loads(doctor(tmp_path, "--json").stdout)
        assert document["well"] is True


@pytest.fixture
def nowhere(tmp_path):
    return {"DATABASE_URL": "postgres://u:s3cret@127.0.0.1:1/nowhere"}


def test_all_that_is_wrong_is_said_with_what_to_do(tmp_path, nowhere):
    done = doctor(tmp_path, **nowhere)
    assert done.returncode == 1
    assert "WRONG    Database" in done.stdout
    assert "-> Start it, or check DATABASE_URL." in done.stdout
    assert "s3cret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 88


def test_programs_read_json(tmp_path, nowhere):
    done = doctor(tmp_path, "--json", **nowhere)
    assert done.returncode == 1
    document = json.loads(done.stdout)
    states = {one["name"]: one["state"] for one in document["findings"]}
    assert document["well"] is False
    assert (states["Database"], states["Sample run"]) == ("wrong", "ok")
