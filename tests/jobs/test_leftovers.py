"""What runs leave behind: nothing that nobody will fetch."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from jobs.models import Job
from jobs.runs import execution
from jobs.workers import sweeper
from tests.jobs.claims import claim

SERVICE = "/Toys/Service/GPServer"


def many_points(count: int = 50_000) -> str:
    features = [{"geometry": {"x": i / 1000, "y": 1.5}, "attributes": {"n": i}}
                for i in range(count)]  # fmt: skip
    return json.dumps(
        {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326},
         "features": features}
    )  # fmt: skip


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def spool(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "SPOOL_DIR", tmp_path)
    return tmp_path


def test_a_synchronous_run_leaves_no_folder(rest, published):
    published("toys.Litter")
    before = names(settings.JOBS_DIR)
    rest.post(f"{SERVICE}/Litter/execute", Text="x")
    assert Job.objects.count() == 1
    assert names(settings.JOBS_DIR) == before


def test_a_synchronous_run_leaves_its_result_file_alone(rest, published):
    published("toys.WriteFile")
    rest.post(f"{SERVICE}/WriteFile/execute", Text="x")
    job = Job.objects.get()
    files = [path.name for path in job.folder.rglob("*") if path.is_file()]
    assert files == [job.outputs[0]["file"]]


def test_a_run_that_crashed_leaves_its_inputs_alone(rest, published):
    published("toys.Litter", sync=False)
    path = rest.run_job(f"{SERVICE}/Litter")
    job = Job.objects.get()
    execution.run(job.pk)  # the second attempt
    assert rest.get(path)["jobStatus"] == "esriJobFailed"
    assert not job.folder.exists() or names(job.folder) == set()


def test_a_large_request_that_is_refused_leaves_no_file(rest, published, spool):
    published("samples.Echo", max_features=10)
    answer = rest.post(f"{SERVICE}/Echo/execute", In_Features=many_points())
    assert "accepts 10" in answer["error"]["details"][0]
    assert names(spool) == set()


def test_an_answer_that_cannot_be_written_leaves_no_file(rest, published, spool):
    published("samples.Echo", maximum_records=50_000, max_run_seconds=1)
    rest.raw(f"{SERVICE}/Echo/execute", In_Features=many_points(), f="html")
    assert names(spool) == set()


def test_no_space_for_a_request_is_busy_and_leaves_no_file(rest, published, spool):
    published("samples.Echo")
    spool.rmdir()
    answer = rest.post(f"{SERVICE}/Echo/execute", In_Features=many_points())
    assert answer["error"]["code"] == 503
    assert not Job.objects.exists()
    spool.mkdir()


def test_a_job_cancelled_before_its_start_leaves_no_inputs(rest, published):
    published("samples.Echo", sync=False)
    task = f"{SERVICE}/Echo"
    sent = rest.post(f"{task}/submitJob", In_Features=many_points(5000))
    job = Job.objects.get()
    assert names(job.folder)
    path = f"{task}/jobs/{sent['jobId']}"
    assert rest.post(f"{path}/cancel")["jobStatus"] == "esriJobCancelled"
    assert not job.folder.exists()
    assert rest.get(f"{path}/inputs/In_Features")["error"]["code"] == 404


def test_old_jobs_of_a_service_that_is_gone_go(rest, published):
    service = published("toys.WriteFile", sync=False)
    rest.run_job(f"{SERVICE}/WriteFile", Text="x")
    folder = Job.objects.get().folder
    service.delete()
    sweeper.sweep()
    assert Job.objects.exists()
    Job.objects.update(ended_at=timezone.now() - timedelta(days=2))
    sweeper.sweep()
    assert not Job.objects.exists()
    assert not folder.exists()


@pytest.mark.parametrize("attempts", [1, 2], ids=["put back", "failed"])
def test_the_sweep_deletes_what_a_lost_worker_has_left(
    rest, published, spool, attempts
):
    published("samples.Echo", sync=False)
    rest.post(f"{SERVICE}/Echo/submitJob", In_Features=many_points(5000))
    job = Job.objects.get()
    for _ in range(attempts):
        job = claim(job.pk, "lost", "host")
        log = spool / f"{job.pk}-{job.attempt}-77.log"
        log.touch()
        for suffix in (".tmp", ".tmp.scratch", ".fetched"):
            job.results_folder.with_suffix(suffix).mkdir()
        job.results_folder.mkdir()
        sweeper.sweep()
        assert log.exists()
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        sweeper.sweep()
        assert names(job.folder) == {"In_Features.json"}
        assert names(spool) == set()


def test_the_sweep_clears_old_files_of_the_spool(spool, db):
    (spool / "folder").mkdir()
    for name in ("old", "new"):
        (spool / name).touch()
    for name in ("old", "folder"):
        os.utime(spool / name, (0, 0))
    sweeper.sweep()
    assert names(spool) == {"new", "folder"}
