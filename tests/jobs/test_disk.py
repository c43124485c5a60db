"""A disk that fills up: new work is refused in time, a run that meets the end says so."""

from __future__ import annotations

import json
import os
import random
import subprocess
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jobs.files.disk import missing_bytes, size_of
from jobs.models import Job, Upload
from jobs.runs import execution
from jobs.workers import retention
from tests.conftest import ROOT, unavailable

SLEEP = "/Toys/Service/GPServer/Sleep"
UPLOAD = f"{ROOT}/Toys/Service/GPServer/uploads/upload"
MB = 2**20


@pytest.fixture
def small_disk(settings, tmp_path):
    """Put jobs, uploads and data on a disk of 32 MB."""
    if os.geteuid() != 0:
        unavailable("tmpfs", "only root may mount one")
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(tmp_path)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        unavailable("tmpfs", mounted.stderr)
    settings.DATA_DIR = settings.JOBS_DIR = tmp_path / "jobs"
    settings.UPLOADS_DIR = tmp_path / "uploads"
    settings.DISK_RESERVE_MB = settings.DISK_RESERVE_PERCENT = 0
    for folder in (settings.JOBS_DIR, settings.UPLOADS_DIR):
        folder.mkdir()
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


@contextmanager
def filled(disk, free: int):
    """Leave so many bytes free on a disk, as somebody else's files would."""
    found = os.statvfs(disk)
    filler = disk / "filler"
    filler.write_bytes(b"x" * (found.f_bavail * found.f_frsize - free))
    yield
    filler.unlink()


def points(count: int) -> str:
    """Return so many points that nothing packs well."""
    place = random.Random(7).random
    features = [{"geometry": {"x": place(), "y": place()}, "attributes": {}}
                for _ in range(count)]  # fmt: skip
    return json.dumps(
        {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326},
         "features": features}
    )  # fmt: skip


def upload(data: bytes = b"x,y\n1,2\n"):
    file = SimpleUploadedFile("towns.csv", data)
    return Client().post(UPLOAD, {"f": "json", "file": file})


@pytest.mark.parametrize(
    ("tool", "fields", "result"),
    [
        ("samples.Echo", {"In_Features": points(20_000)}, "Out_Features"),
        ("toys.WriteFile", {"Text": "x" * 600_000}, "Out_File"),
    ],
    ids=["features", "file"],
)
def test_a_run_that_finds_the_disk_full_fails_and_leaves_nothing(
    rest, published, small_disk, tool, fields, result
):
    """G19"""
    published(tool, sync=False)
    task = f"/Toys/Service/GPServer/{tool.partition('.')[2]}"
    job_id = rest.post(f"{task}/submitJob", **fields)["jobId"]
    folder = Job.objects.get().folder
    with filled(small_disk, 40_000):
        execution.run(job_id)
    job = rest.get(f"{task}/jobs/{job_id}")
    assert job["jobStatus"] == "esriJobFailed"
    reason = "no space is left for the files of this run"
    assert job["messages"][-2]["description"] == reason
    assert "results" not in job
    assert all(path.is_file() for path in folder.iterdir())  # its inputs alone
    path = rest.run_job(task, **fields)
    assert rest.get(path)["jobStatus"] == "esriJobSucceeded"
    assert "error" not in rest.get(f"{path}/results/{result}")


def test_inputs_that_find_no_space_are_refused_and_leave_nothing(
    rest, published, small_disk
):
    published("toys.WriteFile", sync=False)
    with filled(small_disk, 40_000):
        answer = rest.post(
            "/Toys/Service/GPServer/WriteFile/submitJob", Text="x" * 300_000
        )
    assert answer["error"]["details"] == ["no space is left for the files of this run"]
    assert not Job.objects.exists()
    assert list((small_disk / "jobs").iterdir()) == []


def test_work_is_taken_again_when_there_is_room_again(
    rest, published, small_disk, settings
):
    """G19"""
    published("toys.Sleep", sync=False, uploads=True)
    settings.DISK_RESERVE_PERCENT = 50
    waiting = rest.post(f"{SLEEP}/submitJob", Seconds=0)["jobId"]
    with filled(small_disk, 15 * MB):
        assert rest.post(f"{SLEEP}/submitJob", Seconds=0)["error"]["code"] == 503
        assert upload().json()["error"]["code"] == 503
        execution.run(waiting)
        assert rest.get(f"{SLEEP}/jobs/{waiting}")["jobStatus"] == "esriJobSucceeded"
    assert "jobId" in rest.post(f"{SLEEP}/submitJob", Seconds=0)
    assert upload().json()["success"] is True


@pytest.mark.parametrize(
    "reserve", [{"DISK_RESERVE_MB": 2**40}, {"DISK_RESERVE_PERCENT": 100}], ids=str
)
def test_a_disk_that_is_nearly_full_takes_no_new_jobs_and_uploads(
    rest, published, settings, reserve, caplog
):
    published("toys.Sleep", sync=False, uploads=True)
    for name, value in reserve.items():
        setattr(settings, name, value)
    before = set(settings.UPLOADS_DIR.iterdir())
    for response, what in (
        (rest.raw(f"{SLEEP}/submitJob", Seconds=0), "jobs"), (upload(), "uploads"),
    ):  # fmt: skip
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (200, 503)
        assert f"nearly full: it takes no new {what}" in error["message"]
        assert response["Retry-After"] == "60"
    assert not Job.objects.exists()
    assert not Upload.objects.exists()
    assert set(settings.UPLOADS_DIR.iterdir()) == before
    retention.watch_disk()
    assert "new jobs or uploads are refused" in caplog.text


def test_the_reserve_is_the_larger_of_size_and_share(tmp_path, settings):
    found = os.statvfs(tmp_path)
    total, free = found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize
    settings.DISK_RESERVE_MB, settings.DISK_RESERVE_PERCENT = 0, 100
    assert missing_bytes(tmp_path) == pytest.approx(total - free, rel=0.05)
    settings.DISK_RESERVE_MB = 2 * total // MB
    assert missing_bytes(tmp_path) == pytest.approx(2 * total - free, rel=0.05)
    settings.DISK_RESERVE_MB = settings.DISK_RESERVE_PERCENT = 0
    assert missing_bytes(tmp_path) == 0
    assert missing_bytes(tmp_path, 2 * total) > 0


def test_the_size_of_a_folder_is_that_of_all_files_in_it(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "one").write_bytes(b"x" * 10)
    (tmp_path / "a" / "b" / "two").write_bytes(b"x" * 32)
    assert size_of(tmp_path) == 42
    assert size_of(tmp_path / "none") == 0
