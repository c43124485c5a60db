"""Limits that an administrator sets for a service: each holds, and its error names it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jobs.models import HostedService, Job
from jobs.queueing.policy import take
from jobs.runs import execution
from services.extents import parse_degrees
from services.models import Service
from tests.conftest import ROOT, Rest
from tests.services.admin_pages import BOX, edit

TASK = "/Toys/Service/GPServer/Dawdle"
ECHO = "/Toys/Service/GPServer/Echo"


def points(*places: tuple[float, float], wkid: int = 4326) -> str:
    return json.dumps({
        "geometryType": "esriGeometryPoint", "spatialReference": {"wkid": wkid},
        "features": [{"geometry": {"x": x, "y": y}} for x, y in places],
    })  # fmt: skip


def line(vertices: int) -> str:
    path = [[number / 1000, 47] for number in range(vertices)]
    return json.dumps({
        "geometryType": "esriGeometryPolyline", "spatialReference": {"wkid": 4326},
        "features": [{"geometry": {"paths": [path]}}],
    })  # fmt: skip


def nested(levels: int) -> str:
    """Return a feature set with an attribute-free member nested so deep."""
    return '{"features": [], "note": ' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


#: What is set to what, a value within it, one above it, and words of the refusal.
INPUTS: dict[str, tuple[Any, str, str, str]] = {
    "max_features": (2, points((1, 1), (2, 2)), points((1, 1), (2, 2), (3, 3)),
                     "has 3 features; this service accepts 2"),
    "max_vertices": (9, line(9), line(10), "has 10 vertices; this service accepts 9"),
    "max_depth": (12, nested(12), nested(13), "nested too deep, at most 12 levels"),
    "input_extent": ("5.9, 45.8, 10.5, 47.9", points((8.5, 47.4)),
                     points((8.5, 47.4), (2.35, 48.85)),
                     "feature 1: lies beyond the extent of inputs of this service:"
                     " 5.9, 45.8, 10.5, 47.9"),
}  # fmt: skip


@pytest.mark.parametrize("sync", [True, False])
@pytest.mark.parametrize("limit", INPUTS)
def test_an_input_above_a_limit_is_refused_by_its_name(rest, published, limit, sync):
    value, within, above, told = INPUTS[limit]
    published("toys.Dawdle", sync=sync, **{limit: value})
    operation = "execute" if sync else "submitJob"
    good = rest.post(f"{TASK}/{operation}", Features=within, Seconds="0")
    assert ("results" if sync else "jobId") in good, good
    bad = rest.post(f"{TASK}/{operation}", Features=above, Seconds="0")
    assert bad["error"]["details"] == [f"Parameter 'Features': {told}"] or (
        bad["error"]["details"][0].startswith("Parameter 'Features': ")
        and told in bad["error"]["details"][0]
    )


def test_an_extent_holds_in_whatever_reference_the_features_are(rest, published):
    published("toys.Dawdle", input_extent="5.9, 45.8, 10.5, 47.9")
    # Zurich and Paris in Web Mercator: EPSG 3857 by hand, x = R lon, y by Mercator
    zurich, paris = (946_000.0, 6_002_000.0), (261_600.0, 6_250_000.0)
    good = points(zurich, wkid=3857)
    assert "results" in rest.post(f"{TASK}/execute", Features=good, Seconds="0")
    bad = rest.post(f"{TASK}/execute", Features=points(paris, wkid=3857), Seconds="0")
    assert "beyond the extent" in bad["error"]["details"][0]


def test_empty_geometries_are_within_any_extent(rest, published):
    published("toys.Dawdle", input_extent="5, 45, 10, 47")
    value = '{"geometryType": "esriGeometryPoint", "features": [{"geometry": null}]}'
    answer = rest.post(f"{TASK}/execute", Features=value, Seconds="0")
    assert "results" in answer, answer


@pytest.mark.parametrize(
    "text", ["1,2,3", "a,b,c,d", "10,45,5,47", "0,0,1,91", "nan,0,1,1"]
)
def test_an_extent_that_is_none_is_refused(text):
    from services.errors import InvalidValue

    with pytest.raises(InvalidValue, match="west, south, east and north"):
        parse_degrees(text)


def test_a_body_above_the_limit_is_refused_by_its_name(rest, published):
    published("toys.Dawdle", max_request_mb=1)
    answer = rest.post(f"{TASK}/execute", Features=" " * (2**20 + 1), Seconds="0")
    assert "the size of the request is" in answer["error"]["details"][0]
    assert "this service accepts 1 MB" in answer["error"]["details"][0]


def archive(entries: int, size: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(entries):
            made.writestr(f"{number}.txt", bytes(size))
    return buffer.getvalue()


ARCHIVES: dict[str, tuple[int, bytes, bytes, str]] = {
    "max_zip_entries": (3, archive(3, 10), archive(4, 10), "at most 3 are accepted"),
    "max_zip_ratio": (2, archive(1, 2**20), archive(1, 2**20 + 9),
                      "grows more than 2 times"),
    "max_unzipped_mb": (1, archive(1, 2**20), archive(2, 2**19 + 1),
                        "at most 1 MB are accepted"),
}  # fmt: skip


@pytest.mark.parametrize("limit", ARCHIVES)
def test_an_archive_above_a_limit_is_refused_by_its_name(client, published, limit):
    value, within, above, told = ARCHIVES[limit]
    wide = {"max_zip_ratio": 1000} if limit != "max_zip_ratio" else {}
    published("samples.Echo", uploads=True, **wide | {limit: value})
    url = f"{ROOT}/Toys/Service/GPServer/uploads/upload"
    form = {"file": SimpleUploadedFile("a.zip", within), "f": "json"}
    assert client.post(url, form).json()["success"] is True
    form["file"] = SimpleUploadedFile("a.zip", above)
    refused = client.post(url, form).json()["error"]
    assert told in refused["details"][0]


def test_an_archive_by_url_has_the_same_limits(rest, published, settings):
    from tests.jobs.remote import remote

    published("samples.Echo", max_zip_entries=3)
    with remote() as site:
        settings.FETCH_HOSTS = [f"127.0.0.1:{site.port}"]
        settings.FETCH_NETWORKS = ["127.0.0.0/8"]
        site.answers = {"/a.zip": archive(4, 10)}
        value = json.dumps({"url": f"{site.url}/a.zip"})
        answer = rest.post(f"{ECHO}/execute", In_Features=value)
    assert "at most 3 are accepted" in answer["error"]["details"][0]


def stranger(address: str) -> Rest:
    rest = Rest()
    rest.client = Client(REMOTE_ADDR=address)
    return rest


def test_one_person_runs_no_more_jobs_of_a_service_than_it_lets(published, settings):
    settings.RUNNING_PER_ADDRESS = 0
    published("toys.Sleep", sync=False, max_running_per_user=1)
    published("toys.Sleep", "Toys/Other", sync=False)
    task, other = (f"/Toys/{one}/GPServer/Sleep" for one in ("Service", "Other"))
    one, two = stranger("10.0.0.1"), stranger("10.0.0.2")
    first, held, elsewhere = (
        one.post(f"{path}/submitJob", Seconds=0)["jobId"]
        for path in (task, task, other)
    )
    theirs = two.post(f"{task}/submitJob", Seconds=0)["jobId"]
    taken = []
    while (job := take("one", "host")) is not None:
        taken.append(job.pk)
    assert set(taken) == {first, elsewhere, theirs}
    Job.objects.filter(pk=first).update(status="esriJobSucceeded")
    ended = take("one", "host")
    assert ended is not None
    assert ended.pk == held


def test_one_person_queues_no_more_jobs_of_a_service_than_it_lets(published, settings):
    published("toys.Sleep", sync=False, max_queued_per_user=2)
    task, one = "/Toys/Service/GPServer/Sleep", stranger("10.0.0.1")
    for _ in range(2):
        one.post(f"{task}/submitJob", Seconds=0)
    error = one.post(f"{task}/submitJob", Seconds=0)["error"]
    assert error["code"] == 429
    assert "at most 2 of one person may wait in this service" in error["message"]
    assert "jobId" in stranger("10.0.0.2").post(f"{task}/submitJob", Seconds=0)


def test_a_job_runs_by_the_limits_that_held_when_it_was_submitted(rest, published):
    published("toys.Dawdle", sync=False)
    answer = rest.post(f"{TASK}/submitJob", Features=points((2, 48)), Seconds="0")
    Service.objects.update(
        input_extent="5, 45, 10, 47", max_depth=10, max_zip_entries=1
    )
    execution.run(answer["jobId"])
    assert Job.objects.get().status == "esriJobSucceeded"


def test_an_administrator_sets_them_in_the_admin(admin_client, rest, published):
    service = published("toys.Dawdle")
    url = f"{BOX}/service/{service.pk}/change/"
    limits = {"max_page_rows": 11, "input_extent": "5, 45, 10, 47", "max_depth": 12, "max_zip_entries": 5,
              "max_zip_ratio": 7, "max_unzipped_mb": 9, "max_running_per_user": 2,
              "max_queued_per_user": 3}  # fmt: skip
    assert edit(admin_client, url, **limits).status_code == 302
    service.refresh_from_db()
    assert {name: getattr(service, name) for name in limits} == limits
    bad = rest.post(f"{TASK}/execute", Features=points((2, 48)), Seconds="0")
    assert "beyond the extent" in bad["error"]["details"][0]
    page = edit(admin_client, url, input_extent="1, 2", max_depth=3)
    errors = page.context["adminform"].form.errors
    assert set(errors) == {"input_extent", "max_depth"}


ROWS = {"max_page_rows": 2, "sync": False}


def test_a_page_of_a_result_map_has_no_more_rows_than_the_service_lets(rest, published):
    published("samples.Echo", result_map_server=True, **ROWS)
    value = points((1, 1), (2, 2), (3, 3))
    job = rest.run_job(ECHO, In_Features=value).rpartition("/")[2]
    path = f"/Toys/Service/MapServer/jobs/{job}/0"
    assert rest.get(path)["maxRecordCount"] == 2
    found = rest.get(f"{path}/query", where="1=1", outFields="*")
    assert (len(found["features"]), found["exceededTransferLimit"]) == (2, True)


def test_a_page_of_a_published_layer_has_no_more_rows_than_it_lets(
    rest, published, admin_client
):
    published("samples.Echo", hosted_output=True, **ROWS)
    value = points((1, 1), (2, 2), (3, 3))
    job = rest.run_job(ECHO, In_Features=value)
    url = rest.get(f"{job}/results/Out_Features")["value"]["url"]
    path = url.partition("/rest/services")[2]
    assert rest.get(path)["maxRecordCount"] == 2
    assert rest.get(path.rpartition("/")[0])["maxRecordCount"] == 2
    found = rest.get(f"{path}/query", where="1=1", outFields="*")
    assert (len(found["features"]), found["exceededTransferLimit"]) == (2, True)
    HostedService.objects.update(page_rows=3)
    assert len(rest.get(f"{path}/query", where="1=1")["features"]) == 3
