"""Formats of execute and of results over REST."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from jobs.models import Job
from tests.services.formats.pbuffer import feature_result, parts

ECHO = "/Toys/Service/GPServer/Echo"
POINT = json.dumps(
    {
        "geometryType": "esriGeometryPoint",
        "spatialReference": {"wkid": 4326},
        "features": [{"geometry": {"x": 25.0, "y": 60.0}, "attributes": {"name": "a"}}],
    }
)


def _body(response) -> bytes:
    if not response.streaming:
        return response.content
    body = b"".join(response.streaming_content)
    response.close()
    return body


@pytest.fixture
def job(rest, published) -> str:
    published("samples.Echo", sync=False)
    return rest.run_job(ECHO, In_Features=POINT, In_Long=5)


def _answers(rest, published, asked: str):
    """Yield the answers of execute and of a result of a job in one format."""
    published("samples.Echo")
    yield rest.raw(f"{ECHO}/execute", f=asked, In_Features=POINT, env__outSR="102100")
    published("samples.Echo", "Toys/Later", sync=False)
    later = "/Toys/Later/GPServer/Echo"
    done = rest.run_job(later, In_Features=POINT)
    yield rest.raw(f"{done}/results/out_features", f=asked, outSR="102100")


@pytest.mark.protocol("4 f=geojson", "5.5 f=geojson", "0.3 content type of geojson")
def test_geojson_of_execute_and_of_a_result(rest, published):
    for response in _answers(rest, published, "geojson"):
        assert response["Content-Type"] == "application/geo+json"
        (feature,) = json.loads(_body(response))["features"]
        assert feature == {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [25.0, 60.0]},
            "properties": {"name": "a"},
        }


@pytest.mark.protocol("4 f=kmz", "5.5 f=kmz", "0.3 content type of kmz")
def test_kmz_of_execute_and_of_a_result_is_a_file_with_a_name(rest, published):
    names = iter(["Echo.kmz", "Out_Features.kmz"])
    for response in _answers(rest, published, "kmz"):
        assert response["Content-Type"] == "application/vnd.google-earth.kmz"
        named = f'attachment; filename="{next(names)}"'
        assert response["Content-Disposition"] == named
        with zipfile.ZipFile(io.BytesIO(_body(response))) as kmz:
            assert b"<coordinates>25.0,60.0</coordinates>" in kmz.read("doc.kml")


@pytest.mark.protocol("0.3 f=pbf")
@pytest.mark.protocol("5.5 f=pbf", "0.3 content type of pbf")
def test_pbf_of_execute_and_of_a_result_heeds_the_output_reference(rest, published):
    for response in _answers(rest, published, "pbf"):
        assert response["Content-Type"] == "application/x-protobuf"
        result = feature_result(_body(response))
        assert result.spatialReference.wkid == 102100
        ((place,),) = parts(result, result.features[0])
        # x = R λ, y = R ln tan(π/4 + φ/2), R = 6378137 m (EPSG 3857)
        assert place == pytest.approx((2782987.26983, 8399737.88982), abs=1e-4)


@pytest.mark.parametrize("asked", ["geojson", "kmz", "pbf"])
@pytest.mark.protocol("5.5 formats of a value that is no feature set")
def test_a_number_has_no_format_of_features(rest, job, asked):
    response = rest.raw(f"{job}/results/Out_Long", f=asked)
    assert response["Content-Type"].startswith("application/json")
    assert response.json()["error"] == {
        "code": 400,
        "message": "Unable to complete operation.",
        "details": [f"Parameter 'f': {asked} is for features, and Out_Long is a GPLong;"
                    " use html, json or pjson"],
    }  # fmt: skip


@pytest.mark.protocol("5.5 f=image without a result map service")
def test_an_image_needs_a_result_map_service(rest, job):
    answer = rest.post(f"{job}/results/Out_Features", f="image")
    assert "result map service" in answer["error"]["details"][0]
    assert "geojson" in answer["error"]["details"][0]


@pytest.mark.protocol("4 formats of a task without features")
def test_a_task_without_features_is_refused_before_it_runs(rest, published):
    published("samples.Fail")
    path = "/Toys/Service/GPServer/Fail/execute"
    answer = rest.post(path, f="kmz", Message="x")
    assert "Report is a GPString" in answer["error"]["details"][0]
    assert not Job.objects.exists()


@pytest.mark.protocol("clients 1.9 outputs that were not produced")
@pytest.mark.parametrize("asked", ["geojson", "kmz", "pbf"])
def test_an_output_that_was_not_made_is_empty(rest, published, asked):
    published("samples.Echo")
    response = rest.raw(f"{ECHO}/execute", f=asked)
    assert "json" not in response["Content-Type"].replace("geo+json", "")
    assert response.content


@pytest.mark.parametrize("asked", ["geojson", "kmz"])
@pytest.mark.protocol("5.1 f of submitJob", "5.2 f of a job")
def test_a_job_is_told_in_json_whatever_its_results_will_be(rest, published, asked):
    published("samples.Echo", sync=False)
    answer = rest.post(f"{ECHO}/submitJob", f=asked, In_Long=1)
    assert answer["jobStatus"] == "esriJobSubmitted"
    again = rest.post(f"{ECHO}/jobs/{answer['jobId']}", f=asked)
    assert again["jobId"] == answer["jobId"]


@pytest.mark.protocol("4 transfer limit")
def test_too_many_features_for_a_kmz_are_an_error(rest, published):
    published("samples.Echo", maximum_records=1)
    two = json.loads(POINT)
    two["features"] *= 2
    answer = rest.post(f"{ECHO}/execute", f="kmz", In_Features=json.dumps(two))
    assert "at most 1" in answer["error"]["details"][0]


@pytest.mark.protocol("0.3 callback", "clients 1.18 callback on execute")
def test_a_callback_wraps_small_and_large_results(rest, published):
    published("samples.Echo", maximum_records=50_000)
    one = json.loads(POINT)
    for count in (1, 20_000):
        one["features"] = one["features"][:1] * count
        response = rest.raw(
            f"{ECHO}/execute",
            In_Features=json.dumps(one),
            callback="window._EsriLeafletCallbacks.c0",
        )
        assert response["Content-Type"].startswith("application/javascript")
        body = _body(response)
        head = b"/**/window._EsriLeafletCallbacks.c0("
        assert body.startswith(head)
        assert body.endswith(b");")
        assert json.loads(body[len(head) : -2])["messages"]


@pytest.mark.parametrize("callback", ["alert(1)//", "a b", "ä", "x" * 129, "a.", "<i>"])
@pytest.mark.protocol("0.3 callback with a checked name")
def test_a_callback_that_is_no_name_is_refused_before_anything_runs(
    rest, published, callback
):
    published("samples.Echo")
    response = rest.raw(f"{ECHO}/execute", callback=callback)
    assert response["Content-Type"].startswith("application/json")
    assert response.json()["error"]["message"] == "Invalid callback"
    assert not Job.objects.exists()


@pytest.mark.protocol("0.3 callback is for JSON alone")
def test_a_callback_is_for_json_alone(rest, published):
    published("samples.Echo")
    response = rest.raw(f"{ECHO}/execute", f="geojson", callback="cb")
    assert response["Content-Type"] == "application/geo+json"


@pytest.mark.protocol("0.3 an unknown f")
def test_an_unknown_format_names_the_known_ones(rest, published):
    published("samples.Echo")
    answer = rest.post(f"{ECHO}/execute", f="amf")
    assert answer["error"]["message"] == (
        "f must be one of html, json, pjson, geojson, kmz, pbf"
    )
    assert "geojson" not in rest.post(ECHO, f="amf")["error"]["message"]


@pytest.mark.protocol("5.6 f=kmz of an input")
def test_an_input_is_a_kmz_too(rest, job):
    response = rest.raw(f"{job}/inputs/In_Features", f="kmz")
    assert response["Content-Disposition"] == 'attachment; filename="In_Features.kmz"'
    with zipfile.ZipFile(io.BytesIO(_body(response))) as kmz:
        assert b"<coordinates>25.0,60.0</coordinates>" in kmz.read("doc.kml")
    answer = rest.post(f"{job}/inputs/In_Long", f="kmz")
    assert "In_Long is a GPLong" in answer["error"]["details"][0]
    assert rest.raw(f"{job}/inputs/In_Features", f="geojson").json()["error"]
