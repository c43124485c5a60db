"""What clients need of the answers: states, keys, callbacks, origins, rings."""

from __future__ import annotations

import ast
import json
import keyword

import pytest
from django.conf import settings
from shapely.geometry import Polygon

from jobs.status import JobStatus
from services.documents import task_document
from services.models import Service
from services.samples import load_samples
from tests.conftest import ROOT

#: Services whose tasks have blanks in their names.
BLANKS = ("Utilities/PrintingTools", "HomelandSecurity/Incident_Data_Extraction")
SERVER = f"/{settings.CONTEXT}"
TASK = "/Toys/Service/GPServer/Echo"
EXECUTE = f"{ROOT}{TASK}/execute"


@pytest.mark.protocol("clients 1.6 errors are HTTP 200", "0.5 HTTP status of errors")
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_refusal_is_http_200_so_that_no_client_repeats_it(
    client, rest, published, method
):
    # arcgis sends a POST that got 500, 502, 503 or 429 five times more: five more jobs
    published("toys.Sleep", "Toys/Full", sync=False, max_queued=1)
    published("toys.RaiseError", "Toys/Bug")
    published("toys.Segfault", "Toys/Crash")
    published("toys.Fail", "Toys/Stopped", state="STOPPED")
    rest.post("/Toys/Full/GPServer/Sleep/submitJob", Seconds=0)
    for path, code in (
        ("Full/GPServer/Sleep/submitJob?Seconds=0", 503),
        ("Bug/GPServer/RaiseError/execute", 500),
        ("Crash/GPServer/Segfault/execute", 500),
        ("Stopped/GPServer/Fail/execute", 500),
        ("Nothing/GPServer", 404),
    ):
        url, _, query = f"{ROOT}/Toys/{path}".partition("?")
        response = getattr(client, method)(f"{url}?f=json&{query}")
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (200, code), path
        assert isinstance(error["details"], list)


@pytest.mark.protocol(
    "clients 1.8 states before the end", "5.2 states that are emitted"
)
def test_a_job_is_submitted_or_executing_until_it_ends(rest, published):
    # restapi and R stop at New and Waiting, arcgis never at Deleting and Deleted
    known = {"Submitted", "Executing", "Succeeded", "Failed", "TimedOut", "Cancelling",
             "Cancelled"}  # fmt: skip
    assert {str(one) for one in JobStatus} == {f"esriJob{name}" for name in known}
    published("samples.Echo", sync=False)
    assert rest.post(f"{TASK}/submitJob")["jobStatus"] == "esriJobSubmitted"


@pytest.mark.protocol(
    "clients 1.10 every declared output is there", "4 order of results"
)
def test_results_are_all_declared_outputs_in_their_order(rest, published):
    published("samples.Echo")
    published("samples.Echo", "Toys/Jobs", sync=False)
    path = rest.run_job("/Toys/Jobs/GPServer/Echo", In_Long=7)
    declared = [
        one["name"] for one in rest.get(TASK)["parameters"]
        if one["direction"] == "esriGPParameterDirectionOutput"
    ]  # fmt: skip
    assert len(declared) >= 14
    executed = rest.post(f"{TASK}/execute", In_Long=7)["results"]
    assert [one["paramName"] for one in executed] == declared
    assert list(rest.get(path)["results"]) == declared
    assert [one["paramName"] for one in rest.get(f"{path}/results")] == declared
    for name in declared:
        assert rest.get(f"{path}/results/{name}")["paramName"] == name


@pytest.mark.protocol("clients 1.9 null breaks a client", "12.11 objects, not null")
@pytest.mark.parametrize(
    "name", ["Out_Features", "Out_Table", "Out_File", "Out_Multi", "Out_Longs"]
)
def test_a_structured_output_is_never_null(rest, published, name):
    published("samples.Echo")
    results = {one["paramName"]: one["value"]
               for one in rest.post(f"{TASK}/execute")["results"]}  # fmt: skip
    assert results[name] in ({}, [])


@pytest.mark.protocol(
    "clients 1.17 execution type and result map server",
    "2 executionType",
    "3 keys py reads",
)
def test_what_clients_read_without_asking_is_there(rest, published):
    for is_sync, word in ((True, "Synchronous"), (False, "Asynchronous")):
        path = f"/Toys/{word}/GPServer"
        published("samples.Echo", path.removesuffix("/GPServer")[1:], sync=is_sync)
        service, task = rest.get(path), rest.get(f"{path}/Echo")
        assert service["executionType"] == f"esriExecutionType{word}"
        assert task["executionType"] == service["executionType"]
        assert service["resultMapServerName"] == ""
        needed = {"defaultValue", "displayName", "parameterType", "direction", "dataType",
                  "name", "description"}  # fmt: skip
        assert all(needed <= set(one) for one in task["parameters"])
        assert all(isinstance(one["description"], str) for one in task["parameters"])


CALLBACK = "window._EsriLeafletCallbacks.c0"


@pytest.mark.protocol("0.3 content type of a callback")
@pytest.mark.protocol("clients 1.18 JSONP", "0.3 callback")
@pytest.mark.parametrize(
    "tail", ["rest/info", "rest/services", "rest/services/Toys", "JOB", "JOB/results",
             "JOB/results/Out_Features", "JOB/inputs/In_Long", "rest/services/Nothing",
             *[f"rest/services/Toys/Service/GPServer{part}"
               for part in ("", "/Echo", "/Echo/execute")]],
)  # fmt: skip
def test_every_resource_may_be_called_back(client, rest, published, tail):
    published("samples.Echo")
    published("samples.Echo", "Toys/Jobs", sync=False)
    if tail.startswith("JOB"):
        path = rest.run_job("/Toys/Jobs/GPServer/Echo", In_Long=7)
        tail = f"rest/services{path}{tail.removeprefix('JOB')}"
    form = {"f": "json", "callback": CALLBACK, "In_Long": "7"}
    response = client.get(f"{SERVER}/{tail}", form)
    text = response.content.decode()
    begin, end = f"/**/{CALLBACK}(", ");"
    assert (text[: len(begin)], text[-len(end) :]) == (begin, end)
    plain = client.get(f"{SERVER}/{tail}", form | {"callback": ""}).json()
    told = json.loads(text[len(begin) : -len(end)])
    assert told.keys() == plain.keys() if isinstance(told, dict) else told == plain
    assert response["Content-Type"].startswith("application/javascript")


@pytest.mark.protocol("clients 1.19 addresses behind a proxy", "1.2 tokenServicesUrl")
def test_absolute_addresses_follow_the_proxy(client, rest, published, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.USE_X_FORWARDED_HOST = True
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "gis.example.org"}
    published("toys.WriteFile", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/WriteFile", Text="x")
    result = client.get(f"{ROOT}{path}/results/Out_File?f=json", headers=headers).json()
    info = client.get(f"{SERVER}/rest/info?f=json", headers=headers).json()
    for url in (result["value"]["url"], info["authInfo"]["tokenServicesUrl"],
                info["soapUrl"]):  # fmt: skip
        assert url.startswith(f"https://gis.example.org{SERVER}/")


@pytest.mark.protocol("clients 1.21 names a Python client can use", "3 argument names")
def test_every_sample_has_names_that_python_can_use(db):
    load_samples()
    from services.catalog import published as found

    for row in Service.objects.all():
        service = found(row)
        for task in service.tasks:
            document = task_document(service, task)
            names = [one["name"].lower() for one in document["parameters"]]
            assert len(set(names)) == len(names)
            assert all(
                one.isidentifier() and not keyword.iskeyword(one) for one in names
            )
            is_known = row.path in BLANKS  # as clients know them: blanks become _
            name = task.name.replace(" ", "_") if is_known else task.name
            assert name.isidentifier()
            text = f'"""{document["description"]}"""'
            assert ast.literal_eval(text) == document["description"]


@pytest.mark.protocol("clients 1.22 scripts of other origins", "0.4 origin echoed")
@pytest.mark.parametrize("tail", ["rest/info", "rest/services/Toys/Nope/GPServer",
                                  "tokens/generateToken", "FILE"])  # fmt: skip
def test_every_answer_may_be_read_by_scripts_of_other_origins(
    client, rest, published, tail
):
    published("toys.WriteFile", sync=False)
    url = f"{SERVER}/{tail}"
    if tail == "FILE":
        path = rest.run_job("/Toys/Service/GPServer/WriteFile", Text="x")
        url = rest.get(f"{path}/results/Out_File")["value"]["url"]
    response = client.get(url, {"f": "json"}, headers={"Origin": "https://app.example"})
    list(response)  # a file is closed when it was read
    assert response["Access-Control-Allow-Origin"] == "https://app.example"


@pytest.mark.protocol("clients 1.23 html is the default", "0.3 default of f")
@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_without_f_every_resource_is_a_page(client, published, accept):
    published("samples.Echo")
    for tail in ("", "/Toys", "/Toys/Service/GPServer", "/Toys/Service/GPServer/Echo"):
        response = client.get(f"{ROOT}{tail}", headers={"Accept": accept})
        assert response["Content-Type"].startswith("text/html")


@pytest.mark.protocol("clients 1.24 HEAD and Range")
def test_head_and_a_range_get_what_there_is(client, rest, published):
    published("toys.WriteFile", sync=False)
    path = rest.run_job("/Toys/Service/GPServer/WriteFile", Text="hello")
    result = f"{ROOT}{path}/results/Out_File?f=json"
    ranged = {"Range": "bytes=0-16383"}
    assert client.head(result).status_code == 200
    whole = client.get(result)
    assert client.get(result, headers=ranged).content == whole.content
    file = client.get(whole.json()["value"]["url"], headers=ranged)
    assert file.status_code in (200, 206)
    assert b"".join(file.streaming_content) == b"hello"


@pytest.mark.protocol(
    "clients 1.26 no owningSystemUrl", "1.2 owningSystemUrl is left out"
)
def test_a_server_of_its_own_names_no_portal(client, db):
    assert "owningSystemUrl" not in client.get(f"{SERVER}/rest/info?f=json").json()


@pytest.mark.protocol("clients 1.27 paramUrl is relative", "5.2 paramUrl")
def test_results_and_inputs_are_named_below_the_job(rest, published):
    published("samples.Echo", sync=False)
    path = rest.run_job(TASK, In_Long=7)
    job = rest.get(path)
    for kind, name in (("results", "Out_Long"), ("inputs", "In_Long")):
        assert job[kind][name] == {"paramUrl": f"{kind}/{name}"}
        assert rest.post(f"{path}/{job[kind][name]['paramUrl']}")["value"] == 7


@pytest.mark.protocol("clients 1.28 number of records", "10.2 maximumRecords")
def test_a_service_returns_at_least_what_clients_read_in_one_page(published, rest):
    published("samples.Echo")
    assert 1000 <= rest.get("/Toys/Service/GPServer")["maximumRecords"] <= 2000


_SQUARE = [[0, 0], [0, 9], [9, 9], [9, 0], [0, 0]]  # clockwise
_HOLE = [[3, 3], [6, 3], [6, 6], [3, 6], [3, 3]]  # counter-clockwise


@pytest.mark.protocol("clients 1.29 order of rings", "6.11 polygons")
@pytest.mark.parametrize("swapped", [False, True])
def test_outer_rings_come_clockwise_and_holes_do_not(rest, published, swapped):
    published("samples.Echo")
    rings = [_SQUARE, _HOLE]
    sent = {
        "spatialReference": {"wkid": 4326},
        "geometryType": "esriGeometryPolygon",
        "features": [{"geometry": {"rings": rings[::-1] if swapped else rings}}],
    }
    answer = rest.post(f"{TASK}/execute", In_Features=json.dumps(sent))
    value = next(one["value"] for one in answer["results"]
                 if one["paramName"] == "Out_Features")  # fmt: skip
    outer, hole = value["features"][0]["geometry"]["rings"]
    assert not Polygon(outer).exterior.is_ccw
    assert Polygon(hole).exterior.is_ccw
    assert Polygon(outer, [hole]).area == 72
