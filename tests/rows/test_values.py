"""Section 6: values of the data types, in and out, as clients send them."""

from __future__ import annotations

import json

import pytest

from portal.tokens import issue
from tests.conftest import ROOT, Rest

ECHO = "/Toys/Service/GPServer/Echo"
FAR = "/Toys/Service/GPServer/CountFar"
LARGEST = 4503599627370495


def values(answer):
    assert "results" in answer, answer
    return {one["paramName"]: one["value"] for one in answer["results"]}


@pytest.mark.protocol("6 GPLong bounds of 11.2")
@pytest.mark.parametrize("number", [LARGEST, -LARGEST, 2**31, -(2**31) - 1, 0])
@pytest.mark.parametrize("sync", [True, False], ids=["execute", "submitJob"])
def test_a_long_of_53_bits_comes_back_whole(rest, published, number, sync):
    published("rows.CountFar", sync=sync)
    if sync:
        found = values(rest.post(f"{FAR}/execute", Number=number))["Same"]
    else:
        found = rest.get(f"{rest.run_job(FAR, Number=number)}/results/Same")["value"]
    assert found == number


@pytest.mark.protocol("6 GPLong bounds of 11.2")
@pytest.mark.parametrize("text", [LARGEST + 1, -LARGEST - 1, 10**30, "1.5", "0x7"])
def test_a_long_beyond_its_bounds_is_refused_by_name(rest, published, text):
    published("rows.CountFar")
    error = rest.post(f"{FAR}/execute", Number=text)["error"]
    assert error["code"] == 400
    assert error["details"][0].startswith("Parameter 'Number'")


@pytest.mark.protocol("6 numbers and booleans answer as such")
def test_scalars_are_json_of_their_kind(rest, published):
    published("samples.Echo")
    found = values(
        rest.post(f"{ECHO}/execute", In_Double="345.678", In_Long="345",
                  In_Boolean="true", In_String="345")
    )  # fmt: skip
    assert (found["Out_Double"], found["Out_Long"]) == (345.678, 345)
    assert (found["Out_Boolean"], found["Out_String"]) == (True, "345")


@pytest.mark.protocol(
    "6.6 GPDate answers a number", "6.6 GPDate with a colon before milliseconds"
)
@pytest.mark.parametrize(
    "text",
    ["1199145600000", "2008-01-01T00:00:00", "2008-01-01T00:00:00.000",
     "2008-01-01T00:00:00:000",
     '{"date":"2008-01-01 00:00:00","format":"yyyy-MM-dd HH:mm:ss"}'],
)  # fmt: skip
def test_a_date_is_answered_in_milliseconds(rest, published, text):
    published("samples.Echo")
    found = values(rest.post(f"{ECHO}/execute", In_Date=text))
    assert found["Out_Date"] == 1199145600000  # gpserver-rest.md 6.6


@pytest.mark.protocol("6.5 missing units")
@pytest.mark.parametrize(
    ("name", "sent", "units"),
    [("Unit", {"distance": 5}, "esriMeters"),
     ("Time", {"time": 5}, "esriTimeUnitsUnknown")],
)  # fmt: skip
def test_a_missing_unit_is_the_documented_one(rest, published, name, sent, units):
    published("samples.Echo")
    answer = rest.post(f"{ECHO}/execute", **{f"In_{name}": json.dumps(sent)})
    assert values(answer)[f"Out_{name}"]["units"] == units


@pytest.mark.protocol("0.2 url-encoded forms")
@pytest.mark.protocol("6.7 GPMultiValue as array and comma list")
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [("In_Longs=[1,2]", [1, 2]), ("In_Longs=1,2", [1, 2]),
     ("In_Longs=1&In_Longs=2", [1, 2]), ("In_Longs=[]", []), ("In_Longs=7", [7]),
     ('In_Longs=["1",2]', [1, 2]), ("In_Longs=", None)],
)  # fmt: skip
def test_several_numbers_in_every_form(client, published, method, query, expected):
    published("samples.Echo")
    url, kind = f"{ROOT}{ECHO}/execute", "application/x-www-form-urlencoded"
    body = f"f=json&{query}"
    if method == "get":
        answer = client.get(f"{url}?{body}")
    else:
        answer = client.post(url, body, content_type=kind)
    found = values(answer.json())["Out_Longs"]
    assert found == expected or (expected is None and not found)


_SET = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 4326},
    "fields": [
        {"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": "OBJECTID"},
        {"name": "label", "type": "esriFieldTypeString", "alias": "Label", "length": 9},
    ],
    "features": [
        {"geometry": {"x": 1, "y": 2}, "attributes": {"OBJECTID": 1, "label": "x"}}
    ],
}


@pytest.mark.protocol("6.1 fields and their aliases come back", "6.1 displayFieldName")
def test_a_feature_set_comes_back_with_its_schema(rest, published):
    published("samples.Echo")
    found = values(rest.post(f"{ECHO}/execute", In_Features=json.dumps(_SET)))
    value = found["Out_Features"]
    assert value["displayFieldName"] == ""
    fields = [(one["name"], one["type"], one["alias"]) for one in value["fields"]]
    assert fields == [
        ("OBJECTID", "esriFieldTypeOID", "OBJECTID"),
        ("label", "esriFieldTypeString", "Label"),
    ]
    assert value["features"] == _SET["features"]


@pytest.mark.protocol("6.1 layer object and feature collection as input")
@pytest.mark.parametrize(
    "sent",
    [
        {"layerDefinition": {"geometryType": "esriGeometryPoint"}, "featureSet": _SET},
        {"layerDefinition": {}, "featureSet": _SET, "popupInfo": {"title": "x"}},
        {"layers": [{"layerDefinition": {}, "featureSet": _SET}]},
    ],
    ids=["layer", "popup", "layers"],
)
def test_a_layer_object_is_read_as_its_features(rest, published, sent):
    published("samples.Echo")
    found = values(rest.post(f"{ECHO}/execute", In_Features=json.dumps(sent)))
    assert found["Out_Features"]["features"] == _SET["features"]


@pytest.mark.protocol("6.11 ids of points are read and not kept")
@pytest.mark.parametrize(
    ("kind", "geometry"),
    [("Point", {"x": 1, "y": 2, "id": 7}),
     ("Multipoint", {"points": [[1, 2], [3, 4]], "ids": [7, 8]})],
)  # fmt: skip
def test_points_may_have_ids(rest, published, kind, geometry):
    published("samples.Echo")
    sent = {"geometryType": f"esriGeometry{kind}", "spatialReference": {"wkid": 4326},
            "features": [{"geometry": geometry}]}  # fmt: skip
    found = values(rest.post(f"{ECHO}/execute", In_Features=json.dumps(sent)))
    [feature] = found["Out_Features"]["features"]
    kept = {key: value for key, value in geometry.items() if key not in ("id", "ids")}
    assert feature["geometry"] == kept


@pytest.mark.protocol("6.2 a table in and out")
def test_a_table_comes_back(rest, published):
    published("samples.Echo")
    rows = [{"attributes": {"n": 1}}, {"attributes": {"n": None}}]
    sent = {"fields": [{"name": "n", "type": "esriFieldTypeInteger"}], "features": rows}
    found = values(rest.post(f"{ECHO}/execute", In_Table=json.dumps(sent)))["Out_Table"]
    assert (found["features"], found["exceededTransferLimit"]) == (rows, False)
    assert "geometryType" not in found


@pytest.mark.protocol("6.1 a portal item is refused", "6.4 portalItemID is refused")
@pytest.mark.parametrize("name", ["In_Features", "In_Table", "In_File", "In_Raster"])
def test_an_item_of_a_portal_is_refused_by_name(rest, published, name):
    published("samples.Echo")
    sent = json.dumps({"portalItemID": "0f4e6ff4c9f84f5a9b3e0f4e6ff4c9f8"})
    error = rest.post(f"{ECHO}/execute", **{name: sent})["error"]
    assert error["code"] == 400
    assert error["details"][0].startswith(f"Parameter '{name}'")


@pytest.mark.protocol("6.3 an output that was not made is an object")
def test_rasters_that_were_not_made_are_empty_objects(rest, published):
    published("samples.Echo")
    found = values(rest.post(f"{ECHO}/execute"))
    assert (found["Out_Raster"], found["Out_Raster_Data"]) == ({}, {})


@pytest.mark.protocol(
    "6.4 content type of a file", "6.4 files of a user are for that user"
)
def test_a_file_has_its_type_and_its_owner(rest, published, owner):
    published("toys.WriteFile", sync=False)
    mine = Rest(issue(owner, 5)[0])
    path = mine.run_job("/Toys/Service/GPServer/WriteFile", Text="x")
    url = mine.get(f"{path}/results/Out_File")["value"]["url"]
    answer = mine.client.get(url, {"token": mine.token})
    assert answer["Content-Type"].startswith("text/plain")
    assert b"".join(answer.streaming_content) == b"x"
    assert rest.client.get(url, {"f": "json"}).json()["error"]["code"] == 404


@pytest.mark.protocol("0.1 files of synchronous runs")
@pytest.mark.protocol(
    "6.3 places of files", "12.30 case of files' addresses", "0.1 files of jobs"
)
@pytest.mark.parametrize("sync", [True, False], ids=["execute", "submitJob"])
def test_files_lie_where_clients_expect_them(rest, published, sync):
    published("toys.WriteFile", "Toys/Write", sync=sync)
    task = "/Toys/Write/GPServer/WriteFile"
    if sync:
        url = values(rest.post(f"{task}/execute", Text="x"))["Out_File"]["url"]
        assert "/rest/directories/arcgisoutput/Toys/Write_GPServer/" in url
    else:
        path = rest.run_job(task, Text="x")
        url = rest.get(f"{path}/results/Out_File")["value"]["url"]
        job = path.rpartition("/")[2]
        folder = "/rest/directories/arcgisjobs/toys/write_gpserver"
        assert f"{folder}/{job}/scratch/written.txt" in url
    for address in (url, url.replace("write_gpserver", "WRITE_GPSERVER")):
        assert b"".join(rest.client.get(address).streaming_content) == b"x"


@pytest.mark.protocol("6.10 tokens of inputs are masked")
@pytest.mark.parametrize("name", ["token", "serviceToken"])
def test_the_token_of_an_input_is_not_shown_again(rest, published, name):
    published("samples.Echo", sync=False)
    sent = {"url": "https://e.org/a/FeatureServer/0?token=s3cret&x=1", name: "s3cret"}
    job = rest.post(f"{ECHO}/submitJob", In_Features=json.dumps(sent))
    if "jobId" in job:
        text = json.dumps(rest.get(f"{ECHO}/jobs/{job['jobId']}/inputs"))
    else:
        text = json.dumps(job)
    assert "s3cret" not in text
