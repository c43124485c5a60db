"""Feature services over HTTP: the sample one, hosted ones, and inputs that name them."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import Any

import pytest
import shapely
from django.utils import timezone

from jobs.models.hosted import HostedService
from jobs.runs import execution
from jobs.workers import sweeper
from portal import tokens
from services import data
from services.samples import load_samples
from tests.conftest import ROOT, Rest

WORLD = "/Samples/World/FeatureServer"
HOSTED = "Samples/BufferHosted"
TASK = f"/{HOSTED}/GPServer/Buffer"
NAME = "esri_out_feature_service_name"
POINTS = json.dumps({
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 4326},
    "features": [{"geometry": {"x": x, "y": 47}, "attributes": {"n": x}}
                 for x in range(3)],
})  # fmt: skip
BUFFER = {"Input_Features": POINTS, "Distance": "5 Kilometers"}


@pytest.fixture(autouse=True)
def samples(db: None) -> None:
    load_samples(HOSTED, "Samples/Buffer", "Samples/BufferAsync", "Samples/Types")


def signed_in(user: Any) -> Rest:
    return Rest(tokens.issue(user, 60, referer="", ip=None)[0])


def hosted(rest: Rest, **fields: Any) -> str:
    """Run the task; return the path of the layer that it has made."""
    job = rest.run_job(TASK, **(BUFFER | fields))
    value = rest.get(f"{job}/results/Output_Layer")["value"]
    assert list(value) == ["url"]
    return str(value["url"]).partition(ROOT)[2]


def refusal(rest: Rest, name: str) -> str:
    answer = rest.post(f"{TASK}/submitJob", **BUFFER, **{NAME: name})
    assert answer["error"]["code"] == 400
    return " ".join(answer["error"]["details"])


@pytest.mark.protocol("9 layer resource", "clients 1.2 POST reads metadata")
@pytest.mark.parametrize(
    "path", ["/0", "/0/", "/0?f=json", "/1"], ids=["plain", "slash", "query", "other"]
)
def test_a_layer_says_what_it_is_by_get_and_post_in_any_case(rest, path):
    for address in (WORLD + path, (WORLD + path).lower()):
        for document in (rest.get(address), rest.post(address)):
            assert document["type"] == "Feature Layer"
            assert document["objectIdField"] == "OBJECTID"
            assert document["advancedQueryCapabilities"]["supportsPagination"] is True
            assert document["supportedQueryFormats"] == "JSON, geoJSON, PBF"


@pytest.mark.protocol("9 feature service resource", "9 all layers and tables")
def test_a_service_lists_its_layers(rest):
    service = rest.get(WORLD)
    assert [(one["id"], one["name"]) for one in service["layers"]] == [
        (0, "Countries"), (1, "Cities")
    ]  # fmt: skip
    assert service["capabilities"] == "Query"
    layers = rest.get(f"{WORLD}/layers")["layers"]
    assert [one["geometryType"] for one in layers] == [
        "esriGeometryPolygon", "esriGeometryPoint"
    ]  # fmt: skip
    assert layers[0] == rest.get(f"{WORLD}/0")


@pytest.mark.protocol("9 units of the coordinates")
def test_the_units_are_those_of_the_spatial_reference(rest):
    assert rest.get(WORLD)["units"] == "esriDecimalDegrees"
    mercator = POINTS.replace("4326", "102100")
    layer = hosted(rest, **{NAME: "Flat", "Input_Features": mercator})
    assert rest.get(layer.rpartition("/")[0])["units"] == "esriMeters"


def test_what_is_not_there_is_not_found(rest):
    for path in (f"{WORLD}/7", f"{WORLD}/7/query", "/Hosted/Nothing/FeatureServer",
                 "/Other/World/FeatureServer/0"):  # fmt: skip
        assert rest.get(path)["error"]["code"] == 404


@pytest.mark.protocol("9 query: returnGeometry")
@pytest.mark.protocol("9 query by GET and POST", "clients 1.13 booleans in any case")
@pytest.mark.parametrize("flag", ["false", "False", "FALSE"])
def test_a_query_is_answered_by_get_and_post(rest, flag):
    fields = {"where": "name='France'", "outFields": "name", "returnGeometry": flag}
    found = rest.get(f"{WORLD}/0/query", **fields)
    assert found["features"] == [{"attributes": {"name": "France"}}]
    assert rest.post(f"{WORLD}/0/QUERY/", **fields) == found


def test_a_large_geometry_comes_by_post(rest):
    disc = shapely.Point(10, 50).buffer(3, 1000)
    held = shapely.intersects(disc, data.countries().geometries)
    ring = shapely.get_coordinates(disc).tolist()
    geometry = json.dumps({"rings": [ring]})
    assert len(geometry) > 40_000
    fields = {"geometry": geometry, "geometryType": "esriGeometryPolygon",
              "returnCountOnly": "true"}  # fmt: skip
    assert rest.post(f"{WORLD}/0/query", **fields)["count"] == int(held.sum())


@pytest.mark.protocol("clients 1.18 JSONP")
def test_a_query_is_answered_to_a_callback(rest):
    response = rest.raw(f"{WORLD}/0/query", where="1=1", returnCountOnly="true",
                        callback="window._EsriLeafletCallbacks.c0")  # fmt: skip
    assert response.content == b'/**/window._EsriLeafletCallbacks.c0({"count":177});'


@pytest.mark.protocol("9 query: f=json, geojson and pbf")
def test_formats_have_their_media_types(rest):
    for name, media in (("geojson", "application/geo+json"), ("pbf", "application/x-protobuf"),
                        ("html", "text/html; charset=utf-8")):  # fmt: skip
        response = rest.raw(f"{WORLD}/1/query", f=name, where="OBJECTID=1")
        assert (response.status_code, response["Content-Type"]) == (200, media)


def test_a_bad_where_is_a_documented_error(rest):
    answer = rest.get(f"{WORLD}/0/query", where="1=1; DROP TABLE jobs_job")
    assert answer["error"]["code"] == 400
    assert "where" in answer["error"]["details"][0]


@pytest.mark.protocol(
    "9 hosted feature service as output", "3.3 esri_out_feature_service_name"
)
def test_an_output_becomes_a_layer_of_the_name_that_is_given(rest):
    names = [one["name"] for one in rest.get(TASK)["parameters"]]
    assert names[-1] == NAME
    assert NAME not in [
        one["name"]
        for one in rest.get("/Samples/BufferAsync/GPServer/Buffer")["parameters"]
    ]
    layer = hosted(rest, **{NAME: "Lakes"})
    assert layer == "/Hosted/Lakes/FeatureServer/0"
    found = rest.get(f"{layer}/query", where="n>0", outFields="*")
    assert [one["attributes"]["n"] for one in found["features"]] == [1, 2]
    assert found["geometryType"] == "esriGeometryPolygon"
    assert {"name": "Hosted/Lakes", "type": "FeatureServer"} in rest.get("/Hosted")[
        "services"
    ]
    assert "Hosted" in rest.get("")["folders"]


@pytest.mark.protocol("9 dataType of a hosted output stays")
def test_a_name_is_made_if_none_is_given_and_the_type_stays(rest):
    job = rest.run_job(TASK, **BUFFER)
    result = rest.get(f"{job}/results/Output_Layer")
    assert result["dataType"] == "GPFeatureRecordSetLayer"
    name = f"Buffer_{job.rpartition('/j')[2][:12]}"
    assert result["value"]["url"].endswith(f"/Hosted/{name}/FeatureServer/0")
    assert rest.get(f"{job}/results") == [result]


@pytest.mark.protocol("9 hosted output has no transfer limit")
def test_more_features_than_a_result_may_have_are_hosted(rest, published):
    published(
        "samples.Buffer", "Toys/Few", sync=False, hosted_output=True, maximum_records=1
    )
    job = rest.run_job("/Toys/Few/GPServer/Buffer", **BUFFER)
    layer = rest.get(f"{job}/results/Output_Layer")["value"]["url"].partition(ROOT)[2]
    assert rest.get(f"{layer}/query", where="1=1", returnCountOnly="true") == {
        "count": 3
    }


@pytest.mark.protocol("5.1 esri_out_feature_service_name: name rules")
@pytest.mark.parametrize(
    "name",
    ["1st", "a b", "a/b", "../x", "x" * 99, "ä", '{"serviceProperties": 5}', "{", "[1]",
     '{"itemProperties": {"overwrite": true}}', '{"serviceProperties": {"name": 7}}',
     '{"serviceProperties": {"serviceUrl": "http://x/y"}}'],
)  # fmt: skip
def test_a_name_that_is_none_is_refused(rest, name):
    assert NAME in refusal(rest, name)
    assert not HostedService.objects.exists()


@pytest.mark.protocol("3.3 only a service that hosts has it")
def test_a_service_that_hosts_nothing_does_not_know_the_parameter(rest):
    for name in ("x", ""):
        answer = rest.post(
            "/Samples/BufferAsync/GPServer/Buffer/submitJob", **BUFFER, **{NAME: name}
        )
        assert "jobId" in answer
    assert not HostedService.objects.exists()


def _overwrite(name: str, **more: Any) -> str:
    return json.dumps({"serviceProperties": {"name": name},
                       "itemProperties": {"overwrite": True, **more}})  # fmt: skip


@pytest.mark.protocol("5.1 esri_out_feature_service_name: overwrite")
def test_only_its_owner_overwrites_a_service(
    rest, owner, stranger, django_capture_on_commit_callbacks
):
    mine = signed_in(owner)
    layer = hosted(mine, **{NAME: "Lakes"})
    old = HostedService.objects.get().folder
    assert "already" in refusal(mine, "lakes")
    assert "owner" in refusal(signed_in(stranger), _overwrite("Lakes"))
    assert "owner" in refusal(rest, _overwrite("Lakes"))
    with django_capture_on_commit_callbacks(execute=True):
        again = hosted(mine, **{NAME: _overwrite("LAKES", snippet="New"), "Distance": "1 Meters",
                                "Input_Features": POINTS.replace('"x": 2', '"x": 9')})  # fmt: skip
    assert again == layer
    row = HostedService.objects.get()
    assert (row.name, row.snippet, row.owner) == ("Lakes", "New", owner)
    assert row.folder.is_dir()
    assert not old.exists()
    extent = mine.get(f"{layer}/query", where="1=1", returnExtentOnly="true")["extent"]
    assert extent["xmax"] == pytest.approx(9, abs=1e-3)


@pytest.mark.protocol("5.1 newFeatureServiceOnOverwriteFail")
def test_a_service_that_may_not_be_overwritten_gets_a_numbered_neighbour(
    owner, stranger
):
    hosted(signed_in(owner), **{NAME: "Lakes"})
    other = signed_in(stranger)
    wish = _overwrite("Lakes", newFeatureServiceOnOverwriteFail=True)
    assert hosted(other, **{NAME: wish}) == "/Hosted/Lakes_1/FeatureServer/0"
    assert hosted(other, **{NAME: wish}) == "/Hosted/Lakes_2/FeatureServer/0"


def test_of_two_jobs_with_one_name_the_second_fails_and_leaves_nothing(rest, settings):
    first, second = (rest.post(f"{TASK}/submitJob", **BUFFER, **{NAME: "Lakes"})["jobId"]
                     for _ in range(2))  # fmt: skip
    execution.run(first)
    execution.run(second)
    assert rest.get(f"{TASK}/jobs/{first}")["jobStatus"] == "esriJobSucceeded"
    failed = rest.get(f"{TASK}/jobs/{second}")
    assert failed["jobStatus"] == "esriJobFailed"
    assert "already" in failed["messages"][-2]["description"]
    kept = {row.content for row in HostedService.objects.all()}
    found = {path.name for path in settings.HOSTED_DIR.iterdir()}
    assert len(kept & found) == 1
    assert not [name for name in found if name.endswith(".tmp")]


@pytest.mark.protocol("8.3 403 of a user without the right")
@pytest.mark.protocol("9 hosted services are their owner's")
def test_a_hosted_service_is_seen_by_those_who_may(rest, owner, stranger):
    mine, other = signed_in(owner), signed_in(stranger)
    layer = hosted(mine, **{NAME: "Lakes"})
    service = layer.rpartition("/")[0]
    listed = {"name": "Hosted/Lakes", "type": "FeatureServer"}
    query = f"{layer}/query"
    for path in (service, layer, query, f"{service}/layers"):
        assert rest.get(path)["error"]["code"] == 499
        unknown = path.replace("Lakes", "Seas")
        assert rest.get(unknown) == rest.get(path)
        told = json.dumps(other.get(path)).replace("lakes", "seas")
        assert other.get(unknown) == json.loads(told)
        assert other.get(path)["error"]["code"] == 404
        assert "error" not in mine.get(path)
    assert rest.get("/Hosted")["error"]["code"] == 404
    assert listed in mine.get("/Hosted")["services"]
    HostedService.objects.update(access="signed_in")
    assert "error" not in other.get(query)
    assert rest.get(query)["error"]["code"] == 499
    HostedService.objects.update(access="everyone")
    assert "error" not in rest.get(query)
    assert listed in rest.get("/Hosted")["services"]


def test_what_belongs_to_nobody_goes_when_its_time_is_over(
    rest, django_capture_on_commit_callbacks
):
    hosted(rest, **{NAME: "Lakes"})
    row = HostedService.objects.get()
    assert row.access == "everyone"
    assert row.expires_at is not None
    sweeper.sweep()
    assert row.folder.is_dir()
    HostedService.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    with django_capture_on_commit_callbacks(execute=True):
        sweeper.sweep()
    assert not HostedService.objects.exists()
    assert not row.folder.exists()
    assert rest.get("/Hosted/Lakes/FeatureServer")["error"]["code"] == 404


def test_data_of_which_no_row_tells_go_after_a_day(rest, settings):
    layer = hosted(rest, **{NAME: "Lakes"})
    left = settings.HOSTED_DIR / "hleft"
    fresh = settings.HOSTED_DIR / "hfresh"
    kept = HostedService.objects.get().folder
    for folder in (left, fresh):
        folder.mkdir()
    for folder in (left, kept):
        os.utime(folder, (1, 1))
    sweeper.sweep()
    assert not left.exists()
    assert fresh.is_dir()
    assert "error" not in rest.get(f"{layer}/query", where="1=1")


def test_an_administrator_sees_and_deletes_hosted_services(
    owner, admin_client, django_capture_on_commit_callbacks
):
    hosted(signed_in(owner), **{NAME: "Lakes"})
    row = HostedService.objects.get()
    assert b"Lakes" in admin_client.get("/admin/jobs/hostedservice/").content
    page = admin_client.get(f"/admin/jobs/hostedservice/{row.pk}/change/")
    assert b"/Hosted/Lakes/FeatureServer" in page.content
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(
            f"/admin/jobs/hostedservice/{row.pk}/delete/", {"post": "yes"}
        )
    assert not HostedService.objects.exists()
    assert not row.folder.exists()


@pytest.mark.protocol("6.1 layer URL of this server")
def test_an_input_may_name_a_layer_of_this_server_without_any_host_to_fetch(
    rest, settings
):
    assert settings.FETCH_HOSTS == []
    url = f"http://testserver{ROOT}{WORLD}"
    value = json.dumps({"url": f"{url}/0", "filter": "continent = 'Oceania'"})
    answer = rest.post("/Samples/Types/GPServer/Echo/execute", In_Features=value)
    found = next(
        one["value"] for one in answer["results"] if one["paramName"] == "Out_Features"
    )
    expected = rest.get(
        f"{WORLD}/0/query", where="continent = 'Oceania'", outFields="name"
    )
    assert [one["attributes"]["name"] for one in found["features"]] == [
        one["attributes"]["name"] for one in expected["features"]
    ]
    query = json.dumps({"url": f"{url}/1/query?where=OBJECTID<4&outFields=name&f=json"})
    layer = hosted(rest, Input_Features=query)
    assert rest.get(f"{layer}/query", where="1=1", returnCountOnly="true") == {
        "count": 3
    }


@pytest.mark.protocol("6.10 the caller's own token for this server")
def test_an_input_reads_with_the_rights_of_its_sender(rest, owner, stranger):
    layer = hosted(signed_in(owner), **{NAME: "Lakes"})
    value = json.dumps({"url": f"http://testserver{ROOT}{layer}"})
    fields = {"Input_Features": value, "Distance": "1 Meters"}
    for who in (rest, signed_in(stranger)):
        for path in ("/Samples/Buffer/GPServer/Buffer/execute", f"{TASK}/submitJob"):
            answer = who.post(path, **fields)
            assert "no access" in answer["error"]["details"][0]
    hosted(signed_in(owner), **fields)
    answer = signed_in(owner).post("/Samples/Buffer/GPServer/Buffer/execute", **fields)
    assert len(answer["results"][0]["value"]["features"]) == 3


@pytest.mark.parametrize(
    ("bad", "why"),
    [("/Hosted/No/FeatureServer/0", "not here"), (f"{WORLD}/9", "not found")],
)
def test_an_input_that_names_no_layer_of_this_server_is_refused(rest, bad, why):
    value = json.dumps({"url": f"http://testserver{ROOT}{bad}"})
    answer = rest.post("/Samples/Buffer/GPServer/Buffer/execute",
                       Input_Features=value, Distance="1 Meters")  # fmt: skip
    assert why in answer["error"]["details"][0]
    value = json.dumps({"url": f"http://testserver{ROOT}{WORLD}/0", "filter": "1=1; x"})
    answer = rest.post("/Samples/Buffer/GPServer/Buffer/execute",
                       Input_Features=value, Distance="1 Meters")  # fmt: skip
    assert "where" in answer["error"]["details"][0]
