"""Hosts that share no disk: each finds in the store what another has made."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from pathlib import Path

import pytest
from django.core.files.storage import InMemoryStorage
from django.core.files.uploadedfile import SimpleUploadedFile

from jobs.files import storage
from jobs.models import HostedService, Job, Upload
from jobs.queueing.moves import forget_files
from jobs.runs import execution
from services.errors import Cancelled
from tests.conftest import ROOT
from tests.shared_store import BUCKET, KEYS, s3_server

TOYS = "/Toys/Service/GPServer"
POINTS = [{"geometry": {"x": i / 100, "y": 1}, "attributes": {"n": i}}
          for i in range(5000)]  # fmt: skip
SENT = {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326},
        "features": POINTS}  # fmt: skip


@pytest.fixture(scope="module")
def server():
    with s3_server() as made:
        yield made


@pytest.fixture
def bucket(server, settings, monkeypatch):
    """A portal whose hosts share a bucket; it is empty."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    options = {"bucket_name": BUCKET, "endpoint_url": server.url,
               "addressing_style": "path", "max_memory_size": 2**20}  # fmt: skip
    backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"shared": backend}
    yield server
    storage.forget(*map(Path, (settings.JOBS_DIR, settings.UPLOADS_DIR,
                               settings.HOSTED_DIR)))  # fmt: skip
    assert server.names() == []


@pytest.fixture
def move(settings):
    """Go on with the next step on a host that has none of the files."""

    def go() -> None:
        for folder in (settings.JOBS_DIR, settings.UPLOADS_DIR, settings.HOSTED_DIR):
            shutil.rmtree(folder, ignore_errors=True)

    return go


def test_inputs_and_results_are_found_on_every_host(rest, published, bucket, move):
    published("samples.Echo", sync=False, maximum_records=10_000)
    form = {"In_Features": json.dumps(SENT)}
    job_id = rest.post(f"{TOYS}/Echo/submitJob", **form)["jobId"]
    path = f"{TOYS}/Echo/jobs/{job_id}"
    move()
    execution.run(job_id)
    move()
    assert rest.get(f"{path}/results/Out_Features")["value"]["features"] == POINTS
    move()
    assert rest.get(f"{path}/inputs/In_Features")["value"] == SENT
    forget_files(Job.objects.get())
    assert bucket.names() == []


def test_files_of_jobs_and_of_synchronous_runs_are_found(rest, published, bucket, move):
    published("toys.WriteFile", sync=False)
    published("toys.WriteFile", "Toys/Sync")
    path = rest.run_job(f"{TOYS}/WriteFile", Text="hello")
    done = rest.post("/Toys/Sync/GPServer/WriteFile/execute", Text="hello")
    job = rest.get(f"{path}/results/Out_File")
    for url in (job["value"]["url"], done["results"][0]["value"]["url"]):
        move()
        response = rest.client.get(url)
        assert b"".join(response.streaming_content) == b"hello"


def test_a_map_of_results_is_drawn_on_every_host(rest, published, bucket, move):
    published("samples.Echo", sync=False, result_map_server=True)
    path = rest.run_job(f"{TOYS}/Echo", In_Features=json.dumps(SENT))
    job_id = path.rpartition("/")[2]
    move()
    map_path = f"{ROOT}/Toys/Service/MapServer/jobs/{job_id}"
    picture = rest.client.get(f"{map_path}/export", {"f": "image"})
    assert b"".join(picture).startswith(b"\x89PNG")
    move()
    count = {"f": "json", "where": "1=1", "returnCountOnly": "true"}
    layers = rest.client.get(f"{map_path}/layers", {"f": "json"}).json()["layers"]
    number = next(one["id"] for one in layers if one["name"] == "The features")
    answer = rest.client.get(f"{map_path}/{number}/query", count)
    assert answer.json() == {"count": 5000}


def test_hosted_layers_are_found_and_go_with_their_service(
    rest, published, bucket, move, django_capture_on_commit_callbacks
):
    published("samples.Echo", sync=False, hosted_output=True)
    rest.run_job(f"{TOYS}/Echo", In_Features=json.dumps(SENT),
                 esri_out_feature_service_name="Shared")  # fmt: skip
    move()
    answer = rest.get("/Hosted/Shared/FeatureServer/0/query", where="n < 7",
                      returnCountOnly="true")  # fmt: skip
    assert answer == {"count": 7}
    with django_capture_on_commit_callbacks(execute=True):
        HostedService.objects.get().delete()
    assert not [key for key in bucket.names() if key.startswith("hosted/")]


def sent(rest, path: str, text: bytes, **fields) -> dict:
    form = {"f": "json", "file": SimpleUploadedFile("lines.txt", text)} | fields
    return rest.client.post(ROOT + path, form).json()


def test_an_item_in_parts_may_come_to_any_host(rest, published, bucket, move):
    published("samples.ReverseLines", sync=False, uploads=True)
    uploads = f"{TOYS}/uploads"
    made = rest.post(f"{uploads}/register", itemName="lines.txt")
    item = f"{uploads}/{made['item']['itemID']}"
    for number, text in ((1, b"wrong"), (2, b"cd\n"), (1, b"ab\n")):
        move()
        assert sent(rest, f"{item}/uploadPart", text, partId=number)["success"]
    move()
    assert rest.get(f"{item}/parts")["parts"] == [1, 2]
    assert rest.post(f"{item}/commit")["success"]
    move()
    named = json.dumps({"itemID": made["item"]["itemID"]})
    path = rest.run_job(f"{TOYS}/ReverseLines", In_File=named)
    move()
    url = rest.get(f"{path}/results/Out_File")["value"]["url"]
    assert b"".join(rest.client.get(url).streaming_content) == b"ba\ndc\n"
    assert Upload.objects.get().size == 6
    rest.post(f"{item}/delete")
    assert not [key for key in bucket.names() if key.startswith("uploads/")]


def test_a_whole_item_is_found(rest, published, bucket, move):
    published("samples.ReverseLines", sync=False, uploads=True)
    made = sent(rest, f"{TOYS}/uploads/upload", b"ab\n")["item"]["itemID"]
    move()
    answer = rest.client.get(f"{ROOT}{TOYS}/uploads/{made}/download")
    assert b"".join(answer.streaming_content) == b"ab\n"


def break_store(settings) -> None:
    options = settings.STORAGES["shared"]["OPTIONS"] | {"bucket_name": "nowhere"}
    broken = settings.STORAGES["shared"] | {"OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"shared": broken}


def test_a_job_whose_inputs_cannot_be_stored_is_refused(
    rest, published, bucket, settings
):
    published("samples.Echo", sync=False)
    working = settings.STORAGES
    break_store(settings)
    form = {"In_Features": json.dumps(SENT)}
    error = rest.post(f"{TOYS}/Echo/submitJob", **form)["error"]
    assert (error["code"], "shared store" in error["details"][0]) == (500, True)
    assert not Job.objects.exists()
    settings.STORAGES = working


def test_a_job_whose_results_cannot_be_stored_fails_with_that_reason(
    rest, published, bucket, settings
):
    published("toys.WriteFile", sync=False)
    working = settings.STORAGES
    job_id = rest.post(f"{TOYS}/WriteFile/submitJob", Text="hello")["jobId"]
    break_store(settings)
    execution.run(job_id)
    job = rest.get(f"{TOYS}/WriteFile/jobs/{job_id}")
    settings.STORAGES = working
    assert job["jobStatus"] == "esriJobFailed"
    said = [one["description"] for one in job["messages"]]
    assert sum("trying again" in one for one in said) == 1
    assert "the shared store of files does not work now" in said


class WearyStore(InMemoryStorage):
    """A store that does not take the first file."""

    asked = 0

    def _save(self, name, content):
        WearyStore.asked += 1
        if WearyStore.asked == 1:
            raise OSError("connection reset")
        return super()._save(name, content)


def test_a_store_that_works_again_gets_the_results(rest, published, settings):
    published("toys.WriteFile", sync=False)
    backend = {"BACKEND": f"{__name__}.WearyStore"}
    settings.STORAGES = settings.STORAGES | {"shared": backend}
    path = rest.run_job(f"{TOYS}/WriteFile", Text="hello")
    assert rest.get(path)["jobStatus"] == "esriJobSucceeded"
    assert WearyStore.asked == 2


def test_copies_that_were_idle_for_long_go_and_come_again(
    rest, published, bucket, settings
):
    published("toys.WriteFile", sync=False)
    path = rest.run_job(f"{TOYS}/WriteFile", Text="hello")
    folder = Job.objects.get().folder
    storage.remove_idle_copies()
    assert folder.is_dir()
    long_ago = time.time() - 3 * 24 * 3600
    for one in (folder, *folder.iterdir()):
        os.utime(one, (long_ago, long_ago))
    storage.remove_idle_copies()
    assert not folder.exists()
    url = rest.get(f"{path}/results/Out_File")["value"]["url"]
    assert b"".join(rest.client.get(url).streaming_content) == b"hello"


def test_without_a_store_nothing_is_ever_removed(settings, rest, published):
    published("toys.WriteFile", sync=False)
    rest.run_job(f"{TOYS}/WriteFile", Text="hello")
    folder = Job.objects.get().folder
    long_ago = time.time() - 3 * 24 * 3600
    for one in (folder, *folder.iterdir()):
        os.utime(one, (long_ago, long_ago))
    storage.remove_idle_copies()
    assert folder.is_dir()
    assert storage.try_out() is False


class SlowStore(InMemoryStorage):
    """A store that takes nothing before it is let."""

    let = threading.Event()

    def _save(self, name, content):
        assert self.let.wait(30)
        return super()._save(name, content)


def test_a_store_that_is_slow_does_not_keep_a_run_from_its_cancel(settings):
    backend = {"BACKEND": f"{__name__}.SlowStore"}
    settings.STORAGES = settings.STORAGES | {"shared": backend}
    file = Path(settings.JOBS_DIR) / "j1" / "a1" / "written.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("hello")
    ticks = []
    with pytest.raises(Cancelled):
        storage.push(file.parent, lambda: len(ticks) == 2 or ticks.append(1))
    SlowStore.let.set()
    shutil.rmtree(file.parents[1])


def test_a_store_is_tried_out(bucket, settings):
    assert storage.try_out() is True
    assert bucket.names() == []
