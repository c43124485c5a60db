"""What a run may take of the disk in all, and what its end leaves there."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from jobs.models import Job
from jobs.processes.children import remove_abandoned
from tests.bad_input_gen import feature_set, point

SERVICE = "/Toys/Service/GPServer"
TOLD = "the run needed more than 10 MB of disk"


@pytest.mark.parametrize("where", ["scratch", "elsewhere"])
def test_a_run_that_takes_too_much_of_the_disk_fails_and_leaves_nothing(
    rest, published, where
):
    published("toys.Pile", max_disk_mb=10)
    url = f"{SERVICE}/Pile/execute"
    assert "results" in rest.post(url, Files=5, Where=where)
    assert rest.post(url, Files=20, Where=where)["error"]["details"] == [TOLD]
    folder = Job.objects.get(error=TOLD).folder
    assert not folder.exists()
    assert (
        len(list(Path(tempfile.gettempdir()).glob(f"cairn-run-{os.getpid()}-*/[0-9]*")))
        == 0
    )


def test_a_single_file_ends_at_the_same_limit(rest, published):
    published("abuse.Fill", sync=False, max_disk_mb=10)
    job = rest.get(rest.run_job(f"{SERVICE}/Fill"))
    assert job["jobStatus"] == "esriJobFailed"
    assert job["messages"][-2]["description"] == f"{TOLD} for a single file"


def test_inputs_that_are_fetched_count(rest, published):
    """The file has 600 kB: one copy fits."""
    published("toys.WriteFile", "Toys/Write", sync=False)
    write = rest.run_job("/Toys/Write/GPServer/WriteFile", Text="x" * 600_000)
    url = rest.get(f"{write}/results/Out_File")["value"]["url"]
    published("typed.OpenAll", sync=False, max_disk_mb=1)
    task = f"{SERVICE}/OpenAll"
    rows = [[{"url": url}, ""], [{"url": f"{url}?again=1"}, ""]]
    job = rest.get(rest.run_job(task, Rows=json.dumps(rows[:1])))
    assert job["jobStatus"] == "esriJobSucceeded"
    job = rest.get(rest.run_job(task, Rows=json.dumps(rows)))
    told = "the run needed more than 1 MB of disk"
    assert job["messages"][-2]["description"] == told


def test_a_job_keeps_the_limit_that_it_was_accepted_with(rest, published):
    service = published("toys.Pile", sync=False, max_disk_mb=100)
    job_id = rest.post(f"{SERVICE}/Pile/submitJob", Files=20, Where="scratch")["jobId"]
    service.max_disk_mb = 10
    service.save()
    assert Job.objects.get(pk=job_id).snapshot["disk_mb"] == 100


def test_reading_results_is_not_a_run(rest, published):
    """However large they are."""
    published("abuse.Keep", sync=False, max_disk_mb=10)
    job = rest.run_job(
        f"{SERVICE}/Keep", In_Features=json.dumps(feature_set([point(1, 2)]))
    )
    (Job.objects.get().results_folder / "more").write_bytes(bytes(12 * 2**20))
    assert "value" in rest.get(f"{job}/results/Out_Features")


def test_a_process_that_a_tool_has_left_ends_after_its_run(rest, published):
    published("toys.Abandon")
    answer = rest.post(f"{SERVICE}/Abandon/execute")
    assert answer["results"][0]["value"] == "left"
    assert "results" in rest.post(f"{SERVICE}/Abandon/execute")
    assert abandoned() == []


def abandoned() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes() == b"sleep\x00613\x00":
                found.append(path.parent.name)
        except OSError:
            continue
    return found


def test_folders_of_a_parent_that_was_killed_go_after_an_hour(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    hours = {f"cairn-run-{ended.pid}-old": 2, f"cairn-run-{ended.pid}-new": 0,
             f"cairn-run-{os.getpid()}-own": 2, "cairn-other": 2}  # fmt: skip
    for name, old in hours.items():
        (tmp_path / name).mkdir()
        at = time.time() - old * 3600
        os.utime(tmp_path / name, (at, at))
    remove_abandoned()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == set(hours) - {f"cairn-run-{ended.pid}-old"}
