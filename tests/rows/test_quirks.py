"""Section 12 and clients: what only some clients do."""

from __future__ import annotations

import json

import pytest
from django.conf import settings

from tests.conftest import ROOT

SERVER = f"/{settings.CONTEXT}"
ECHO = "/Toys/Service/GPServer/Echo"


@pytest.mark.protocol("12.6 results and inputs in any case")
def test_the_segment_of_a_result_may_differ_in_case(rest, published):
    published("samples.Echo", sync=False)
    path = rest.run_job(ECHO, In_Long=7)
    job = rest.get(path)
    assert "Out_Long" in job["results"]
    assert rest.get(f"{path}/results/out_long") == rest.get(f"{path}/results/Out_Long")


@pytest.mark.protocol("12.9 esri-leaflet-gp")
def test_a_request_for_an_undefined_result_is_an_error_document(rest, published):
    published("rows.Speak", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/Speak")
    assert rest.get(f"{path}/results/undefined")["error"]["code"] == 400


@pytest.mark.protocol(
    "12.12 outputs that @arcgis/core loses come as other clients want"
)
def test_newer_types_are_answered_as_they_are(rest, published):
    published("samples.Echo")
    box = {"xmin": 0, "ymin": 0, "xmax": 1, "ymax": 1}
    answer = rest.post(f"{ECHO}/execute", In_Extent=json.dumps(box))
    found = {one["paramName"]: one for one in answer["results"]}["Out_Extent"]
    assert found["dataType"] == "GPExtent"
    assert {name: found["value"][name] for name in box} == box


@pytest.mark.protocol("12.14 True and False of arcrest", "12.14 empty values of py")
def test_options_in_python_spelling_and_empty_are_read(rest, published):
    published("samples.Echo")
    answer = rest.post(
        f"{ECHO}/execute", In_Long="7", returnZ="True", returnM="False",
        env__outSR="", env__processSR="", context="", returnColumnName="",
    )  # fmt: skip
    assert {"paramName": "Out_Long", "dataType": "GPLong", "value": 7} in answer[
        "results"
    ]


@pytest.mark.protocol("1.2 soapUrl and secureSoapUrl")
@pytest.mark.protocol("12.20 names of 10.0 are not needed")
def test_info_has_the_names_that_clients_look_for_first(client, db):
    info = client.get(f"{SERVER}/rest/info", {"f": "json"}).json()
    assert "tokenServicesUrl" in info["authInfo"]
    assert {"soapUrl", "secureSoapUrl"} <= set(info)


@pytest.mark.protocol("12.21 print clients")
@pytest.mark.parametrize("sync", [True, False])
def test_a_print_task_takes_unformatted_json_as_text(rest, published, sync):
    published("rows.ExportMap", sync=sync)
    task = "/Toys/Service/GPServer/ExportMap"
    web_map = '{"mapOptions":{"extent":{"xmin":0}},"exportOptions":{"dpi":96}}'
    names = [one["name"] for one in rest.get(task)["parameters"]]
    assert names[:2] == ["Web_Map_as_JSON", "Layout_Template"]
    if sync:
        found = rest.post(f"{task}/execute", Web_Map_as_JSON=web_map)["results"][0]
    else:
        path = rest.run_job(task, Web_Map_as_JSON=web_map)
        found = rest.get(f"{path}/results/Output")
    assert found["value"] == f"MAP_ONLY {web_map}"


@pytest.mark.protocol("12.22 no key is left out that a client reads")
def test_parameters_have_a_category_also_where_there_is_none(rest, published):
    published("rows.Speak")
    published("rows.CountFar", "Toys/Far")
    task = rest.get("/Toys/Far/GPServer/CountFar")
    assert all("category" in one for one in task["parameters"])
    assert rest.get("/Toys/Service/GPServer/Speak")["parameters"] == []


@pytest.mark.protocol(
    "12.23 f=amf is refused", "0.3 formats of map services are refused"
)
@pytest.mark.parametrize("name", ["amf", "lyr", "jsapi", "pitemx"])
def test_formats_of_other_times_are_refused_by_name(rest, published, name):
    published("samples.Echo")
    for path in ("", ECHO, f"{ECHO}/execute"):
        error = rest.get(path, f=name)["error"]
        assert (error["code"], error["message"][:13]) == (400, "f must be one")


@pytest.mark.protocol("12.28 SOAP is not there")
def test_soap_leads_nowhere(client, db):
    assert client.post(f"{SERVER}/services", b"<a/>", "text/xml").status_code == 404


@pytest.mark.protocol("clients 1.7 no status that a client repeats")
def test_a_busy_server_says_so_with_http_200(rest, published):
    published("toys.Sleep", sync=False, max_queued=1)
    task = "/Toys/Service/GPServer/Sleep"
    rest.post(f"{task}/submitJob", Seconds=0)
    answer = rest.raw(f"{task}/submitJob", Seconds=0)
    assert (answer.status_code, answer.json()["error"]["code"]) == (200, 503)


@pytest.mark.protocol("clients 1.4 probes below the context")
@pytest.mark.parametrize(
    "path",
    ["rest/rest/info", "rest/sharing/rest/info", "rest/rest/services", "sharing"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_probes_for_a_portal_find_none(client, db, path, method):
    answer = getattr(client, method)(f"{SERVER}/{path}", {"f": "json"})
    assert answer.status_code == 404 or "error" in answer.json()


@pytest.mark.protocol("0.5 details are an array")
@pytest.mark.protocol("clients 1.6 details are a list")
@pytest.mark.parametrize("path", ["", "/Nothing", f"{ECHO}/jobs/j1", f"{ECHO}/execute"])
def test_details_are_always_a_list(client, published, path):
    published("samples.Echo")
    form = {"f": "json", "token": "x"} if not path else {"f": "json", "In_Long": "x"}
    error = client.get(ROOT + path, form).json()["error"]
    assert all(isinstance(one, str) for one in error["details"])
    assert isinstance(error["details"], list)
