"""Inputs that a request only names: layers, queries, files and images by URL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.conftest import ROOT
from tests.jobs.remote import Remote, remote

SYNC = "/Samples/Types/GPServer/Echo"
ASYNC = "/Samples/TypesAsync/GPServer/Echo"
LAYER = "/arcgis/rest/services/Places/FeatureServer/0"


@pytest.fixture
def site(settings: Any) -> Iterator[Remote]:
    with remote() as found:
        settings.FETCH_HOSTS = [f"127.0.0.1:{found.port}"]
        settings.FETCH_NETWORKS = ["127.0.0.0/8"]
        yield found


@pytest.fixture
def echo(published: Any) -> None:
    published("samples.Echo", "Samples/Types", sync=True)
    published("samples.Echo", "Samples/TypesAsync", sync=False)


def features(first: int, count: int, *, more: bool = False) -> dict[str, Any]:
    return {
        "geometryType": "esriGeometryPoint",
        "spatialReference": {"wkid": 4326},
        "fields": [{"name": "ID", "type": "esriFieldTypeInteger", "alias": "ID"}],
        "features": [
            {"attributes": {"ID": n}, "geometry": {"x": n / 10, "y": 47}}
            for n in range(first, first + count)
        ],
        "exceededTransferLimit": more,
    }


def layer(query: dict[str, str]) -> dict[str, Any]:
    return {
        "name": "Places",
        "geometryType": "esriGeometryPoint",
        "advancedQueryCapabilities": {"supportsPagination": True},
    }


def ids(document: dict[str, Any]) -> list[int]:
    return [feature["attributes"]["ID"] for feature in document["features"]]


def result(answer: dict[str, Any], name: str) -> Any:
    assert "results" in answer, answer
    return next(one["value"] for one in answer["results"] if one["paramName"] == name)


@pytest.mark.protocol("6.1 layer URL")
def test_a_layer_is_read_page_by_page_to_its_end(rest, echo, site):
    def page(query: dict[str, str]) -> dict[str, Any]:
        first = int(query.get("resultOffset", 0))
        return features(first, min(4, 10 - first), more=first < 8)

    site.answers = {LAYER: layer, f"{LAYER}/query": page}
    answer = rest.post(
        f"{SYNC}/execute", In_Features=json.dumps({"url": site.url + LAYER})
    )
    assert ids(result(answer, "Out_Features")) == list(range(10))


@pytest.mark.protocol("6.1 layer URL with filter", "6.1 layer URL with time")
def test_filter_and_time_go_to_the_layer(rest, echo, site):
    site.answers = {LAYER: layer, f"{LAYER}/query": features(0, 1)}
    value = {"url": site.url + LAYER, "filter": "ID < 3", "time": "null,1199145600000"}
    rest.post(f"{SYNC}/execute", In_Features=json.dumps(value))
    asked = site.seen[-1][1]
    assert asked["where"] == "ID < 3"
    assert asked["time"] == "null,1199145600000"
    assert asked["outFields"] == "*"


@pytest.mark.protocol("6.1 layer URL with time", "6.1 layer URL of a map service")
def test_a_layer_of_a_map_service_is_asked_for_one_moment(rest, echo, site):
    place = "/arcgis/rest/services/Folder/Places/MapServer/12"
    site.answers = {place: layer, f"{place}/query": features(4, 1)}
    value = {"url": site.url + place, "time": 1199145600000}
    answer = rest.post(f"{SYNC}/execute", In_Features=json.dumps(value))
    assert ids(result(answer, "Out_Features")) == [4]
    assert site.seen[-1][1]["time"] == "1199145600000"


@pytest.mark.protocol("6.1 query URL")
def test_a_query_url_is_read_as_it_is(rest, echo, site):
    site.answers = {f"{LAYER}/query": features(7, 2)}
    value = {"url": f"{site.url}{LAYER}/query?where=1%3D1&f=json"}
    answer = rest.post(f"{SYNC}/execute", In_Features=json.dumps(value))
    assert ids(result(answer, "Out_Features")) == [7, 8]
    assert site.seen[-1][1] == {"where": "1=1", "f": "json"}


@pytest.mark.protocol("6.1 file URL")
@pytest.mark.parametrize("name", ["places.json", "places.txt"])
def test_a_file_of_esri_json_is_read_as_features(rest, echo, site, name):
    site.answers = {f"/files/{name}": features(1, 3)}
    value = json.dumps({"url": f"{site.url}/files/{name}"})
    answer = rest.post(f"{SYNC}/execute", In_Features=value)
    assert ids(result(answer, "Out_Features")) == [1, 2, 3]


@pytest.mark.protocol("6.2 table by URL")
def test_a_table_is_read_from_a_layer(rest, echo, site):
    rows = {
        "fields": [{"name": "ID", "type": "esriFieldTypeInteger", "alias": "ID"}],
        "features": [{"attributes": {"ID": 5}}],
    }
    site.answers = {LAYER: {"type": "Table"}, f"{LAYER}/query": rows}
    value = json.dumps({"url": site.url + LAYER})
    answer = rest.post(f"{SYNC}/execute", In_Table=value)
    assert ids(result(answer, "Out_Table")) == [5]
    assert site.seen[-1][1]["returnGeometry"] == "false"


@pytest.mark.protocol("6.2 table by file URL")
def test_a_table_is_read_from_a_file(rest, echo, site):
    site.answers = {"/files/rows.json": {
        "fields": [{"name": "ID", "type": "esriFieldTypeInteger", "alias": "ID"}],
        "features": [{"attributes": {"ID": 8}}, {"attributes": {"ID": 9}}],
    }}  # fmt: skip
    value = json.dumps({"url": f"{site.url}/files/rows.json"})
    answer = rest.post(f"{SYNC}/execute", In_Table=value)
    assert ids(result(answer, "Out_Table")) == [8, 9]


@pytest.mark.protocol("6.4 file by URL")
def test_a_job_reads_a_file_by_its_url(rest, published, site):
    published("samples.ReverseLines", "Samples/Files", sync=False)
    site.answers = {"/files/words.txt": b"abc\ndef\n"}
    job = rest.run_job(
        "/Samples/Files/GPServer/ReverseLines",
        In_File=json.dumps({"url": f"{site.url}/files/words.txt"}),
    )
    url = rest.get(f"{job}/results/Out_File")["value"]["url"]
    path = url.partition("/rest/")[2]
    body = b"".join(rest.client.get(f"/server/rest/{path}").streaming_content)
    assert body == b"cba\nfed\n"


@pytest.mark.protocol("5.1 submitJob with a layer URL")
def test_a_job_reads_its_layer_when_it_runs(rest, echo, site):
    site.answers = {LAYER: layer, f"{LAYER}/query": features(3, 1)}
    value = json.dumps({"url": site.url + LAYER})
    answer = rest.post(f"{ASYNC}/submitJob", In_Features=value)
    assert site.seen == []
    from jobs.runs import execution

    execution.run(answer["jobId"])
    found = rest.get(f"{ASYNC}/jobs/{answer['jobId']}/results/Out_Features")
    assert ids(found["value"]) == [3]
    given = rest.get(f"{ASYNC}/jobs/{answer['jobId']}/inputs/In_Features")
    assert given["value"] == {"url": site.url + LAYER}


@pytest.mark.protocol("6.3 raster by URL")
def test_a_raster_comes_back_as_a_file_with_its_format(rest, echo, site):
    site.answers = {"/files/lake.tif": b"II*\0 not much of a raster"}
    value = json.dumps({"url": f"{site.url}/files/lake.tif", "format": "tif"})
    answer = rest.post(f"{SYNC}/execute", In_Raster=value)
    found = result(answer, "Out_Raster")
    assert found["format"] == "tif"
    assert "/rest/directories/arcgisoutput/Samples/Types_GPServer/" in found["url"]
    path = found["url"].partition("/rest/")[2]
    response = rest.client.get(f"/server/rest/{path}")
    assert b"".join(response.streaming_content) == b"II*\0 not much of a raster"


@pytest.mark.protocol("6.3 uri in the place of url")
@pytest.mark.parametrize("name", ["In_Raster", "In_Raster_Data"])
def test_a_raster_may_be_named_by_its_uri(rest, echo, site, name):
    site.answers = {"/files/lake.tif": b"II*\0 not much of a raster"}
    value = json.dumps({"uri": f"{site.url}/files/lake.tif"})
    answer = rest.post(f"{SYNC}/execute", **{name: value})
    found = result(answer, name.replace("In_", "Out_"))
    path = found["url"].partition("/rest/")[2]
    response = rest.client.get(f"/server/rest/{path}")
    assert b"".join(response.streaming_content) == b"II*\0 not much of a raster"


@pytest.mark.protocol("6.3 image service URL")
def test_an_image_service_is_asked_for_its_extent_as_a_tiff(rest, echo, site):
    service = "/arcgis/rest/services/Heights/ImageServer"
    site.answers = {
        service: {
            "fullExtent": {"xmin": 5, "ymin": 45, "xmax": 11, "ymax": 48},
            "pixelSizeX": 0.5,
        },
        f"{service}/exportImage": b"II*\0",
    }
    value = json.dumps({"url": site.url + service})
    rest.post(f"{SYNC}/execute", In_Raster=value)
    asked = site.seen[-1][1]
    assert asked["bbox"] == "5.0,45.0,11.0,48.0"
    assert asked["size"] == "12,6"
    assert (asked["format"], asked["f"]) == ("tiff", "image")


def refusal(rest: Any, value: dict[str, Any], **fields: Any) -> str:
    answer = rest.post(f"{SYNC}/execute", In_Features=json.dumps(value), **fields)
    assert answer["error"]["code"] == 400, answer
    return " ".join(answer["error"]["details"])


@pytest.mark.protocol(
    "6.10 addresses are fetched only where an administrator allows it"
)
def test_nothing_is_fetched_until_an_administrator_names_hosts(rest, echo, settings):
    with remote() as site:
        text = refusal(rest, {"url": site.url + LAYER})
        assert "CAIRN_FETCH_HOSTS" in text
        assert "In_Features" in text
        assert site.seen == []
    for path in ("submitJob",):
        answer = rest.post(f"{ASYNC}/{path}", In_Features='{"url": "http://a.b/c"}')
        assert "CAIRN_FETCH_HOSTS" in answer["error"]["details"][0]


def test_the_error_of_a_layer_is_told(rest, echo, site):
    site.answers = {LAYER: {"error": {"code": 499, "message": "Token Required"}}}
    assert "499 Token Required" in refusal(rest, {"url": site.url + LAYER})


def test_problems_of_a_source_and_of_other_inputs_come_together(rest, echo, site):
    text = refusal(rest, {"url": f"{site.url}/nowhere"}, In_Long="many")
    assert "HTTP status 404" in text
    assert "In_Long" in text


def test_a_failed_fetch_fails_the_job_with_its_reason(rest, echo, site):
    job = rest.run_job(ASYNC, In_Features=json.dumps({"url": f"{site.url}/gone"}))
    document = rest.get(job)
    assert document["jobStatus"] == "esriJobFailed"
    texts = " ".join(line["description"] for line in document["messages"])
    assert "In_Features" in texts
    assert "HTTP status 404" in texts


def test_too_many_bytes_end_the_fetch(rest, echo, site, settings):
    settings.FETCH_BYTES = 1000
    site.answers = {"/big.json": b" " * 2000}
    assert "more than" in refusal(rest, {"url": f"{site.url}/big.json"})


@pytest.mark.protocol("6.10 token member", "12.15 serviceToken")
@pytest.mark.parametrize("member", ["token", "serviceToken"])
def test_a_token_of_the_input_goes_to_its_host_and_shows_nowhere(
    rest, echo, site, member
):
    site.answers = {LAYER: layer, f"{LAYER}/query": features(0, 1)}
    value = json.dumps({"url": site.url + LAYER, member: "geheim-1234"})
    job = rest.run_job(ASYNC, In_Features=value)
    assert rest.get(job)["jobStatus"] == "esriJobSucceeded"
    sent = {seen[2].get("X-Esri-Authorization") for seen in site.seen}
    assert sent == {"Bearer geheim-1234"}
    for path in ("", "/inputs", "/inputs/In_Features", "/results/Out_Features"):
        assert "geheim-1234" not in json.dumps(rest.get(job + path))


def test_files_of_a_run_are_gone_after_it(rest, echo, site, settings):
    site.answers = {"/files/words.txt": b"abc"}
    value = json.dumps({"url": f"{site.url}/files/words.txt"})
    before = set(settings.JOBS_DIR.glob("*/fetched"))
    rest.post(f"{SYNC}/execute", In_Features=value)
    assert set(settings.JOBS_DIR.glob("*/fetched")) == before


@pytest.mark.protocol("6.1 layer URL with a query string")
@pytest.mark.protocol("6.10 token in the URL")
def test_a_token_in_the_url_is_sent_and_shows_nowhere(rest, echo, site):
    site.answers = {LAYER: layer, f"{LAYER}/query": features(0, 1)}
    value = json.dumps({"url": f"{site.url}{LAYER}?token=geheim-1234&a=b"})
    job = rest.run_job(ASYNC, In_Features=value)
    assert {seen[1]["token"] for seen in site.seen} == {"geheim-1234"}
    given = rest.get(f"{job}/inputs/In_Features")["value"]
    assert given == {"url": f"{site.url}{LAYER}?a=b"}


@pytest.mark.protocol("6.10 precedence of tokens")
def test_the_token_of_the_input_goes_before_that_in_its_url(rest, echo, site):
    site.answers = {LAYER: layer, f"{LAYER}/query": features(0, 1)}
    named = {"url": f"{site.url}{LAYER}?token=of-the-url", "token": "of-the-input"}
    answer = rest.post(f"{SYNC}/execute", In_Features=json.dumps(named))
    assert ids(result(answer, "Out_Features")) == [0]
    sent = {seen[2].get("X-Esri-Authorization") for seen in site.seen}
    assert sent == {"Bearer of-the-input"}
    assert {seen[1].get("token", "") for seen in site.seen} == {""}


@pytest.mark.protocol("6.7 composite of a source")
@pytest.mark.parametrize("tagged", [True, False])
def test_sources_are_found_in_rows_lists_and_composites(rest, published, site, tagged):
    published("typed.ReadAll", "Toys/Nested")
    site.answers = {"/a.txt": b"first", "/b.txt": b"second"}
    first, second = ({"url": f"{site.url}/{name}.txt"} for name in "ab")
    mixed = {"dataType": "GPDataFile", "value": second} if tagged else second
    answer = rest.post(
        "/Toys/Nested/GPServer/ReadAll/execute",
        Rows=json.dumps([[1, first], [2, None]]),
        Files=json.dumps([first, second]),
        Mixed=json.dumps(mixed),
    )
    assert result(answer, "Texts") == ["first", "first", "second", "second"]


def upload(rest: Any, service: str, name: str, content: bytes) -> str:
    file = SimpleUploadedFile(name, content)
    answer = rest.client.post(
        f"{ROOT}{service}/uploads/upload", {"file": file, "f": "json"}
    )
    item: str = answer.json()["item"]["itemID"]
    return item


PLACES = json.dumps(
    {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"ID": n},
         "geometry": {"type": "Point", "coordinates": [8.5 + n, 47]}}
        for n in range(3)]}
).encode()  # fmt: skip


@pytest.mark.protocol("6.1 uploaded item as features", "7 an item is an input")
@pytest.mark.parametrize("sync", [True, False])
def test_an_uploaded_file_of_another_program_is_read_as_features(rest, published, sync):
    published("samples.Echo", "Samples/Up", sync=sync, uploads=True)
    item = upload(rest, "/Samples/Up/GPServer", "places.geojson", PLACES)
    task, value = "/Samples/Up/GPServer/Echo", json.dumps({"itemID": item})
    if sync:
        answer = rest.post(f"{task}/execute", In_Features=value)
        found = result(answer, "Out_Features")
    else:
        job = rest.run_job(task, In_Features=value)
        found = rest.get(f"{job}/results/Out_Features")["value"]
    assert ids(found) == [0, 1, 2]
    assert found["spatialReference"]["wkid"] == 4326


@pytest.mark.protocol("6.2 uploaded item as a table")
def test_an_uploaded_csv_is_read_as_a_table(rest, published):
    published("samples.Echo", "Samples/Up", uploads=True)
    item = upload(
        rest, "/Samples/Up/GPServer", "rows.csv", b"ID,Name\n4,four\n5,five\n"
    )
    answer = rest.post(
        "/Samples/Up/GPServer/Echo/execute", In_Table=json.dumps({"itemID": item})
    )
    assert ids(result(answer, "Out_Table")) == [4, 5]


@pytest.mark.protocol("6.4 uploaded item as a file")
def test_a_job_reverses_the_lines_of_an_uploaded_file(rest, published):
    published("samples.ReverseLines", "Samples/Files", sync=False, uploads=True)
    item = upload(rest, "/Samples/Files/GPServer", "words.txt", b"abc\ndef\n")
    job = rest.run_job(
        "/Samples/Files/GPServer/ReverseLines", In_File=json.dumps({"itemID": item})
    )
    url = rest.get(f"{job}/results/Out_File")["value"]["url"]
    path = url.partition("/rest/")[2]
    body = b"".join(rest.client.get(f"/server/rest/{path}").streaming_content)
    assert body == b"cba\nfed\n"
    again = rest.client.get(f"{ROOT}/Samples/Files/GPServer/uploads/{item}/download")
    assert b"".join(again.streaming_content) == b"abc\ndef\n"


@pytest.mark.parametrize("sync", [True, False])
def test_an_item_that_is_not_there_is_refused_by_name(rest, published, sync):
    published("samples.Echo", "Samples/Up", sync=sync, uploads=True)
    path = "/Samples/Up/GPServer/Echo/" + ("execute" if sync else "submitJob")
    unknown = json.dumps({"itemID": "i00000000-0000-4000-8000-000000000000"})
    (told,) = rest.post(path, In_Features=unknown)["error"]["details"]
    assert told.startswith("Parameter 'In_Features': ")
    assert "no such uploaded item" in told


def test_an_input_that_was_only_named_has_no_features_to_show(rest, echo, site):
    site.answers = {LAYER: layer, f"{LAYER}/query": features(0, 1)}
    value = json.dumps({"url": site.url + LAYER, "token": "geheim-1234"})
    job = rest.run_job(ASYNC, In_Features=value)
    error = rest.get(f"{job}/inputs/In_Features", f="kmz")["error"]
    assert error["code"] == 400
    assert "named by its address" in error["details"][0]
