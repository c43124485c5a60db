"""Whole conversations of clients, request by request as they were seen or read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from pyproj import Geod

from jobs.runs import execution
from tests.conftest import ROOT

SERVER = f"/{settings.CONTEXT}"
BUFFER = f"{ROOT}/Toys/Buffer/GPServer/Buffer"
KILOMETRES = '{"distance":1,"units":"esriKilometers"}'


def point(**members: Any) -> str:
    """Return one point in Helsinki as a feature set."""
    geometry = {"x": 24.94, "y": 60.17, "spatialReference": {"wkid": 4326}}
    return json.dumps({"features": [{"geometry": geometry}]} | members)


def check(value: dict[str, Any], metres: float = 1000) -> None:
    """Assert that the one buffer is that far from the point, by geographiclib."""
    [feature] = value["features"]
    x, y = np.array(feature["geometry"]["rings"][0]).T
    here = np.full(len(x), 24.94), np.full(len(x), 60.17)
    assert Geod(ellps="WGS84").inv(*here, x, y)[2] == pytest.approx(metres, abs=0.01)


def ran(client: Client, url: str) -> dict[str, Any]:
    """Run the job of that URL as a worker does; return what the client polls last."""
    execution.run(url.rpartition("/jobs/")[2].partition("/")[0])
    answer: dict[str, Any] = client.get(url, {"f": "json"}).json()
    assert answer["jobStatus"] == "esriJobSucceeded"
    return answer


@pytest.mark.protocol("clients 1.5 restapi sends a cookie only", "clients 1.11 restapi")
def test_restapi_signs_in_by_cookie_and_waits_for_its_job(client, published, owner):
    published("proximity.Buffer", "Toys/Buffer", sync=False, access="signed_in")
    form = {"username": "owner", "password": "owner-pass-1", "client": "requestip",
            "expiration": "60", "f": "json"}  # fmt: skip
    token = client.post(f"{SERVER}/tokens/generateToken", form).json()["token"]
    client.cookies["agstoken"] = token
    service = client.get(f"{ROOT}/Toys/Buffer/GPServer", {"f": "json"}).json()
    task = client.get(
        f"{ROOT}/Toys/Buffer/GPServer/{service['tasks'][0]}?f=json"
    ).json()
    assert task["executionType"] == "esriExecutionTypeAsynchronous"
    names = [one["name"] for one in task["parameters"]]
    given = dict.fromkeys(names, "") | {
        "Input_Features": point(geometryType="esriGeometryPoint"),
        "Distance": KILOMETRES, "Dissolve": "False", "env:outSR": "",
        "env:processSR": "", "returnZ": "False", "returnM": "False", "f": "json",
    }  # fmt: skip
    job = client.post(f"{BUFFER}/submitJob", given).json()
    assert job["jobStatus"] in ("esriJobSubmitted", "esriJobExecuting")
    url = f"{BUFFER}/jobs/{job['jobId']}"
    results = ran(client, url)["results"]
    value = client.get(f"{url}/{results['Output_Features']['paramUrl']}?f=json").json()
    assert value["dataType"] == "GPFeatureRecordSetLayer"
    check(value["value"])


@pytest.mark.protocol(
    "clients 1.1 esri-leaflet-gp submits by GET", "12.9 esri-leaflet-gp"
)
@pytest.mark.parametrize("callback", ["", "window._EsriLeafletCallbacks.c1"])
def test_esri_leaflet_gp_runs_a_job_by_get_with_slashes(client, published, callback):
    published("proximity.Buffer", "Toys/Buffer", sync=False)

    def ask(url: str, **form: str) -> Any:
        form |= {"f": "json"} | ({"callback": callback} if callback else {})
        text = client.get(url, form, headers={"Origin": "https://map.example"})
        plain = re.fullmatch(r"(?s)(/\*\*/[\w.]+\()?(.*?)(\);)?", text.content.decode())
        return json.loads(plain[2])

    assert ask(f"{BUFFER}/")["executionType"] == "esriExecutionTypeAsynchronous"
    job = ask(
        f"{BUFFER}/submitJob/", Distance=KILOMETRES, returnZ="false", returnM="false",
        Input_Features=point(geometryType="esriGeometryPoint"),
    )  # fmt: skip
    url = f"{BUFFER}/jobs/{job['jobId']}"
    assert ask(url)["jobStatus"] == "esriJobSubmitted"
    ran(client, url)
    check(ask(f"{url}/results/Output_Features/")["value"])


@pytest.mark.protocol("clients 1.17 esri-leaflet-gp executes", "4 execute by GET")
def test_esri_leaflet_gp_executes_a_synchronous_task(client, published):
    published("proximity.Buffer", "Toys/Buffer")
    assert (
        client.get(f"{BUFFER}/?f=json").json()["executionType"].endswith("Synchronous")
    )
    form = {"f": "json", "Input_Features": point(), "Distance": KILOMETRES,
            "env:outSR": "4326"}  # fmt: skip
    [result] = client.get(f"{BUFFER}/execute/", form).json()["results"]
    check(result["value"])


@pytest.mark.protocol("clients 1.3 arcrest posts with a slash", "12.14 arcrest")
def test_arcrest_posts_with_a_slash_and_its_own_spellings(client, published):
    published("proximity.Buffer", "Toys/Buffer", sync=False)
    sent = json.loads(point()) | {"spatialReference": {"wkid": 4326}}
    form = {"f": "json", "Input_Features": json.dumps(sent), "Distance": KILOMETRES,
            "env:outSR": "4326", "end:processSR": "4326", "returnZ": "False",
            "returnM": "False"}  # fmt: skip
    job = client.post(f"{BUFFER}/submitJob/", form).json()
    url = f"{BUFFER}/jobs/{job['jobId']}"
    results = ran(client, url)["results"]
    address = f"{url}/{results['Output_Features']['paramUrl']}"
    check(client.get(address, {"f": "json", "returnZ": "False"}).json()["value"])


@pytest.mark.protocol("12.7 R reads the list of results", "5.6 results list")
def test_r_submits_polls_and_reads_the_list_of_results(client, published):
    published("proximity.Buffer", "Toys/Buffer", sync=False)
    known = {f"esriJob{name}" for name in (
        "Submitted", "Waiting", "Executing", "Succeeded", "Failed", "TimedOut",
        "Cancelling", "Cancelled",
    )}  # fmt: skip
    form = {"f": "json", "Input_Features": point(), "Distance": KILOMETRES}
    job = client.post(f"{BUFFER}/submitJob", form).json()
    url = f"{BUFFER}/jobs/{job['jobId']}"
    assert client.post(url, {"f": "json"}).json()["jobStatus"] in known
    ran(client, url)
    results = client.get(f"{url}/results", {"f": "json"}).json()
    assert results[0]["paramName"] == "Output_Features"
    check(results[0]["value"])


@pytest.mark.protocol("0.2 R writes texts as JSON", "6 GPString in quotes")
def test_a_text_in_quotes_keeps_them(rest, published):
    # arcgisutils encodes every value as JSON; nobody can tell its quotes from others
    published("samples.Echo")
    path = "/Toys/Service/GPServer/Echo/execute"
    answer = rest.post(path, In_String='"a text"', In_Long="7", In_Double="1.5")
    values = {one["paramName"]: one["value"] for one in answer["results"]}
    assert values["Out_String"] == '"a text"'
    assert (values["Out_Long"], values["Out_Double"]) == (7, 1.5)


@pytest.mark.protocol("clients 1.7 arcgis reads errors", "8.3 texts that stop py")
def test_the_python_client_finds_the_words_that_it_looks_for(client, published):
    published("samples.Echo", access="signed_in")
    told = client.get(f"{ROOT}/Toys/Service/GPServer", {"f": "json"}).json()
    assert "token required" in told["error"]["message"].lower()


#: GDAL as QGIS and ogr2ogr have it: in a process where nobody has shut it in.
_GDAL = """
import json, sys, pyogrio
info = pyogrio.read_info(sys.argv[1])
print(json.dumps([info[name] for name in ("driver", "geometry_type", "features", "crs")]))
"""


@pytest.mark.protocol("clients 1.24 GDAL reads a result", "5.5 f of a result")
def test_gdal_reads_a_result_as_features(client, published, tmp_path):
    published("proximity.Buffer", "Toys/Buffer", sync=False)
    form = {"f": "json", "Input_Features": point(), "Distance": KILOMETRES}
    job = client.post(f"{BUFFER}/submitJob", form).json()
    url = f"{BUFFER}/jobs/{job['jobId']}"
    ran(client, url)
    result = client.get(f"{url}/results/Output_Features?f=json").json()["value"]
    file = tmp_path / "result.json"
    file.write_text(json.dumps(result), "utf-8")
    told = subprocess.run(
        [sys.executable, "-c", _GDAL, str(file)], capture_output=True, check=True
    )
    assert json.loads(told.stdout) == ["ESRIJSON", "Polygon", 1, "EPSG:4326"]
