"""The result map service of a job over REST: documents, legend, permissions."""

from __future__ import annotations

import base64
import io
import json

import pytest
from PIL import Image

from jobs.models import Job
from services.models import TaskParameter
from tests.conftest import Rest
from tests.jobs.maps import RED, SQUARE, TASK, echo_job, map_of, paint, token_of


@pytest.fixture
def job(rest, published) -> str:
    return echo_job(rest, published)


DOCUMENT_KEYS = {
    "currentVersion", "mapName", "description", "copyrightText",
    "supportsDynamicLayers", "layers", "tables", "spatialReference",
    "singleFusedMapCache", "initialExtent", "fullExtent", "units",
    "supportedImageFormatTypes", "documentInfo", "capabilities", "maxRecordCount",
    "maxImageHeight", "maxImageWidth", "supportedQueryFormats",
}  # fmt: skip


@pytest.mark.protocol("9 layers are named as the parameter is displayed")
@pytest.mark.protocol("9 map service document", "9 layers of the outputs")
def test_the_map_lists_features_and_tables_in_the_order_of_the_outputs(rest, job):
    answer = rest.get(map_of(job))
    assert set(answer) >= DOCUMENT_KEYS
    assert answer["singleFusedMapCache"] is False
    assert answer["units"] == "esriDecimalDegrees"
    named = {one["id"]: one["name"] for one in (*answer["layers"], *answer["tables"])}
    outputs = [
        one for one in Job.objects.get().outputs
        if one["dataType"] in ("GPFeatureRecordSetLayer", "GPRecordSet")
    ]  # fmt: skip
    names = [one.get("label") or one["name"].replace("_", " ") for one in outputs]
    assert [named[at] for at in sorted(named)] == names
    for one in answer["layers"]:
        assert one["parentLayerId"] == -1
        assert one["defaultVisibility"] is True
    sides = [answer["fullExtent"][side] for side in ("xmin", "ymin", "xmax", "ymax")]
    assert sides == [0, 0, 10, 10]


@pytest.mark.protocol(
    "0.1 address of a result map", "9 the address that JS and py make"
)
@pytest.mark.protocol("clients 1.3 a slash at the end", "clients 1.2 POST reads maps")
def test_the_map_answers_in_any_case_with_a_slash_and_by_post(rest, job):
    path = map_of(job)
    expected = rest.get(path)
    assert rest.get(f"{path}/") == expected
    assert rest.post(f"{path}/") == expected
    assert rest.get(path.replace("MapServer", "mapserver").upper()) == expected
    assert rest.get(path.replace("Maps/Echo", "maps/echo")) == expected


@pytest.mark.protocol("9 layer resource")
def test_a_layer_tells_fields_extent_and_drawing(rest, job):
    paint()
    answer = rest.get(f"{map_of(job)}/0")
    assert answer["type"] == "Feature Layer"
    assert answer["geometryType"] == "esriGeometryPolygon"
    assert answer["drawingInfo"]["renderer"] == RED["renderer"]
    assert answer["objectIdField"] == "OBJECTID"
    fields = {one["name"]: one["type"] for one in answer["fields"]}
    assert fields["OBJECTID"] == "esriFieldTypeOID"
    assert fields["name"] == "esriFieldTypeString"
    assert answer["extent"]["xmax"] == 10
    assert answer["maxRecordCount"] == 2000
    assert {"id", "name", "capabilities", "advancedQueryCapabilities"} <= set(answer)
    everything = rest.get(f"{map_of(job)}/layers")
    assert everything["layers"][0] == answer
    for table in everything["tables"]:
        assert table["type"] == "Table"
        assert "drawingInfo" not in table


@pytest.mark.protocol("9 legend")
def test_the_legend_shows_each_symbol_as_a_small_picture(rest, job):
    paint()
    answer = rest.get(f"{map_of(job)}/legend")
    first = answer["layers"][0]
    assert (first["layerId"], first["layerType"]) == (0, "Feature Layer")
    (entry,) = first["legend"]
    assert (entry["width"], entry["height"]) == (20, 20)
    assert entry["contentType"] == "image/png"
    image = Image.open(io.BytesIO(base64.b64decode(entry["imageData"])))
    assert image.size == (20, 20)
    assert image.convert("RGBA").getpixel((10, 10)) == (255, 0, 0, 255)
    assert image.convert("RGBA").getpixel((0, 0))[3] == 0


@pytest.mark.protocol(
    "2 resultMapServerName of a service that has one",
    "9 the map has the folder and the name of its service",
)
@pytest.mark.protocol("1.1 a service with a result map service appears twice")
def test_the_catalogue_lists_the_service_twice(rest, job):
    services = rest.get("/Maps")["services"]
    assert services == [
        {"name": "Maps/Echo", "type": "GPServer"},
        {"name": "Maps/Echo", "type": "MapServer"},
    ]
    assert rest.get("/Maps/Echo/GPServer")["resultMapServerName"] == "Maps/Echo"
    assert rest.get("/Maps/Echo/MapServer")["layers"] == []


@pytest.mark.protocol("9 only where the service has a result map service")
def test_a_service_without_result_maps_has_none(rest, published):
    published("samples.Echo", "Maps/Echo", sync=False)
    done = rest.run_job(TASK, In_Features=SQUARE)
    assert "not found" in rest.get(map_of(done))["error"]["message"]
    assert rest.get("/Maps/Echo/MapServer")["error"]["code"] == 404
    assert len(rest.get("/Maps")["services"]) == 1
    assert "features" in rest.get(f"{done}/results/Out_Features")["value"]


@pytest.mark.protocol("9 only for jobs that have succeeded")
def test_a_job_that_failed_or_is_unknown_has_no_map(rest, published):
    published("samples.Fail", "Maps/Fail", sync=False, result_map_server=True)
    failed = rest.run_job("/Maps/Fail/GPServer/Fail", Message="no luck")
    assert "no luck" in json.dumps(rest.get(map_of(failed))["error"])
    unknown = rest.get(f"/Maps/Fail/MapServer/jobs/j{'0' * 32}")
    assert unknown["error"]["details"] == ["Job not found"]


@pytest.mark.protocol("9 who may see the map")
def test_a_foreign_map_is_as_unknown_as_a_foreign_job(rest, published, owner, stranger):
    published("samples.Echo", "Maps/Echo", sync=False, result_map_server=True)
    done = Rest(token_of(owner)).run_job(TASK, In_Features=SQUARE)
    for below in ("", "/layers", "/0", "/legend", "/export", "/identify", "/find"):
        assert rest.get(map_of(done) + below)["error"]["details"] == ["Job not found"]


def test_symbology_is_checked_where_it_is_entered(job):
    from django.core.exceptions import ValidationError

    row = TaskParameter.objects.get(name="Out_Features")
    for wrong in ({}, {"renderer": {"type": "heat"}}, {"renderer": {"type": "simple"}}):
        row.drawing_info = wrong
        with pytest.raises(ValidationError) as caught:
            row.full_clean()
        assert "drawing_info" in caught.value.message_dict


@pytest.mark.protocol("9 layers by number")
def test_an_unknown_layer_is_not_found(rest, job):
    assert "layer 77 not found" in rest.get(f"{map_of(job)}/77")["error"]["message"]


@pytest.mark.protocol("9 pages of a map", "11 pages of result maps")
def test_every_resource_of_a_map_has_a_page(rest, job):
    for below in ("", "/layers", "/0", "/legend", "/export"):
        response = rest.client.get(f"/server/rest/services{map_of(job)}{below}")
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/html")
        assert "Echo (MapServer)" in response.content.decode()
    page = rest.client.get(f"/server/rest/services{job}").content.decode()
    assert f"{map_of(job)}/export" in page
    result = rest.client.get(f"/server/rest/services{job}/results/Out_Features")
    assert "<img" in result.content.decode()
    assert (
        rest.client.get("/server/rest/services/Maps/Echo/MapServer").status_code == 200
    )


@pytest.mark.protocol("9 layers of a map as feature layers")
@pytest.mark.protocol("9 query of a layer of a map")
def test_a_layer_of_a_map_is_asked_like_one_of_a_feature_service(rest, published):
    published("samples.Echo", "Toys/Mapped", sync=False, result_map_server=True)
    places = {
        "geometryType": "esriGeometryPoint",
        "spatialReference": {"wkid": 4326},
        "fields": [{"name": "N", "type": "esriFieldTypeInteger", "alias": "N"}],
        "features": [
            {"attributes": {"N": n}, "geometry": {"x": n, "y": 0}} for n in range(5)
        ],
    }
    job = rest.run_job("/Toys/Mapped/GPServer/Echo", In_Features=json.dumps(places))
    layer = f"/Toys/Mapped/MapServer/jobs/{job.rpartition('/')[2]}/0"
    document = rest.get(layer)
    assert "Query" in document["capabilities"]
    found = rest.post(f"{layer}/query", where="N >= 3", outFields="*")
    assert [one["attributes"]["N"] for one in found["features"]] == [3, 4]
    assert found["objectIdFieldName"] == document["objectIdField"]
    count = rest.get(f"{layer}/QUERY/", where="1=1", returnCountOnly="true")
    assert count == {"count": 5}


@pytest.mark.protocol("9 a query of a foreign map is refused")
def test_who_may_not_see_the_job_may_not_ask_its_layers(rest, published):
    published(
        "samples.Echo", "Toys/Mapped", sync=False, result_map_server=True,
        access="signed_in",
    )  # fmt: skip
    layer = f"/Toys/Mapped/MapServer/jobs/j{'0' * 32}/0"
    assert rest.get(f"{layer}/query", where="1=1")["error"]["code"] == 499
