"""How clients ask: methods, slashes, tokens, and odd ways to write a value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from portal.tokens import issue
from tests.conftest import ROOT

SERVER = f"/{settings.CONTEXT}"
TASK = "/Toys/Service/GPServer/Echo"
EXECUTE = f"{ROOT}{TASK}/execute"


@pytest.fixture
def echo(published: Any) -> Any:
    return published("samples.Echo")


@pytest.fixture
def browser(db: None) -> Client:
    """A client as strict as a browser: a form without a CSRF token would be refused."""
    return Client(enforce_csrf_checks=True)


def outputs(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the values of an answer of execute by name."""
    assert "results" in answer, answer
    return {one["paramName"]: one["value"] for one in answer["results"]}


@pytest.mark.protocol("5.1 submitJob by GET and POST")
@pytest.mark.protocol("clients 1.1 GET submits and cancels", "0.2 GET and POST")
@pytest.mark.parametrize("submit", ["get", "post"])
@pytest.mark.parametrize("cancel", ["get", "post"])
def test_jobs_are_submitted_and_cancelled_by_both_methods(
    browser, published, submit, cancel
):
    published("samples.Echo", sync=False)
    form = {"f": "json", "In_Long": "7"}
    job = getattr(browser, submit)(f"{ROOT}{TASK}/submitJob", form).json()
    assert job["jobStatus"] == "esriJobSubmitted"
    path = f"{ROOT}{TASK}/jobs/{job['jobId']}"
    # arcgis-rest-request adds the id and returnMessages
    extra = {"f": "json", "id": job["jobId"], "returnMessages": "false"}
    answer = getattr(browser, cancel)(f"{path}/cancel", extra).json()
    assert (answer["jobId"], answer["jobStatus"]) == (job["jobId"], "esriJobCancelled")


@pytest.mark.protocol("5.2 GET and POST of a job")
@pytest.mark.protocol("clients 1.2 POST reads metadata", "12.5 POST of info and polls")
@pytest.mark.parametrize(
    "tail", ["", "/results", "/results/Out_Long", "/inputs", "/inputs/In_Long"]
)
@pytest.mark.parametrize("slash", ["", "/"])
def test_everything_below_a_job_reads_the_same_by_post_and_with_a_slash(
    rest, browser, published, tail, slash
):
    published("samples.Echo", sync=False)
    url = f"{ROOT}{rest.run_job(TASK, In_Long=7)}{tail}"
    wanted = browser.get(url, {"f": "json"}).json()
    assert "error" not in wanted
    assert browser.post(url + slash, {"f": "json"}).json() == wanted
    assert browser.post(f"{url}{slash}?f=json").json() == wanted
    assert browser.get(f"{url}{slash}?f=json").json() == wanted


@pytest.mark.protocol("clients 1.3 trailing slashes", "0.1 no redirect of a POST")
@pytest.mark.parametrize("tail", ["/submitJob/", "/SubmitJob", "/submitjob/"])
def test_a_body_survives_a_slash_and_any_case(browser, published, tail):
    published("samples.Echo", sync=False)
    answer = browser.post(f"{ROOT}{TASK}{tail}", {"f": "json", "In_Long": "7"})
    assert answer.status_code == 200
    job = answer.json()["jobId"]
    value = browser.get(f"{ROOT}{TASK}/jobs/{job}/inputs/In_Long/?f=json").json()
    assert value["value"] == 7


@pytest.mark.protocol("clients 1.3 tokens with and without a slash")
@pytest.mark.parametrize("tail", ["tokens", "tokens/", "tokens/generateToken/"])
def test_a_token_is_posted_with_and_without_a_slash(browser, owner, tail):
    form = {"username": "owner", "password": "owner-pass-1", "f": "json"}
    assert "token" in browser.post(f"{SERVER}/{tail}", form).json()


@pytest.mark.protocol("0.1 the context is one segment")
@pytest.mark.protocol("clients 1.4 discovery below the context")
def test_a_client_that_looks_for_the_token_service_finds_one_only(browser):
    # what the ArcGIS API for Python asks, in this order, until authInfo is there
    answers = [browser.get(f"{SERVER}/{path}?f=json")
               for path in ("info", "rest/info", "sharing/rest/info")]  # fmt: skip
    assert [one.status_code for one in answers] == [404, 200, 404]
    assert (
        answers[1]
        .json()["authInfo"]["tokenServicesUrl"]
        .endswith("/tokens/generateToken")
    )


@pytest.mark.protocol(
    "clients 1.5 a token in four places", "8.2 a token in each of four places"
)
@pytest.mark.parametrize("place", ["query", "form", "esri", "bearer", "cookie"])
@pytest.mark.parametrize("is_good", [True, False], ids=["good", "bad"])
def test_a_token_counts_in_every_place(browser, published, owner, place, is_good):
    published("samples.Echo", access="signed_in")
    token = issue(owner, 5)[0] if is_good else "nonsense"
    url, form, headers = EXECUTE, {"f": "json", "In_Long": "7"}, {}
    if place == "query":
        url += f"?token={token}"
    elif place == "form":
        form["token"] = token
    elif place == "cookie":
        browser.cookies["agstoken"] = token
    else:
        name = "X-Esri-Authorization" if place == "esri" else "Authorization"
        headers = {name: f"Bearer {token}"}
    answer = browser.post(url, form, headers=headers).json()
    if is_good:
        assert outputs(answer)["Out_Long"] == 7
    else:
        assert answer["error"]["code"] == 498


@pytest.mark.protocol("clients 1.5 no token on a secured service", "8.3 499")
@pytest.mark.parametrize("tail", ["", "/Echo", "/Echo/execute", "/Echo/jobs/j0"])
def test_a_secured_service_says_499_everywhere_below(browser, published, tail):
    published("samples.Echo", access="signed_in")
    answer = browser.post(f"{ROOT}/Toys/Service/GPServer{tail}", {"f": "json"}).json()
    assert answer == {
        "error": {"code": 499, "message": "Token Required", "details": []}
    }


@pytest.mark.protocol(
    "clients 1.25 tokens without a referer", "8.1 token requests of clients"
)
@pytest.mark.parametrize(
    "form",
    [
        {"request": "getToken", "expiration": "60"},  # @arcgis/core
        {"client": "requestip"},
        {"client": "referer", "referer": "http", "expiration": "60"},  # arcgis
        {"client": "referer", "referer": "@esri/arcgis-rest-js", "expiration": "20160"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("referer", [None, "", "http", "@esri/arcgis-rest-js"])
def test_a_token_holds_unless_it_was_asked_for_another_referer(
    browser, published, owner, form, referer
):
    published("samples.Echo", access="signed_in")
    sign_in = {"username": "owner", "password": "owner-pass-1", "f": "json"}
    headers = {} if referer is None else {"Referer": referer}
    token = browser.post(f"{SERVER}/tokens/", sign_in | form, headers=headers).json()
    answer = browser.post(
        EXECUTE, {"f": "json", "token": token["token"]}, headers=headers
    ).json()
    bound = form.get("referer", "")
    assert ("results" in answer) == (referer or "").startswith(bound)


@pytest.mark.protocol("clients 1.11 empty is not given", "0.2 empty parameters")
def test_an_empty_text_is_not_given(rest, echo):
    described = rest.get(TASK)["parameters"]
    # arcgis posts "" for each omitted parameter, restapi for the environment as well
    empty = dict.fromkeys((one["name"] for one in described), "")
    around = dict.fromkeys(
        ["env:outSR", "env:processSR", "context", "returnZ", "returnM"], ""
    )
    answer = rest.post(f"{TASK}/execute", **empty | around | {"In_Long": "7"})
    values = outputs(answer)
    assert values["Out_Long"] == 7
    assert values["Out_String"] is None


@pytest.mark.protocol("clients 1.12 units in any case", "12.13 units from py")
@pytest.mark.parametrize(
    ("sent", "unit"),
    [("esriNauticalmiles", "esriNauticalMiles"), ("Esrimeters", "esriMeters"),
     ("Esrifeet", "esriFeet"), ("esriKilometers", "esriKilometers"),
     ("ESRIDECIMALDEGREES", "esriDecimalDegrees")],
)  # fmt: skip
def test_units_are_read_in_any_case(rest, echo, sent, unit):
    raw = json.dumps({"distance": 5, "units": sent})
    answer = rest.post(f"{TASK}/execute", In_Unit=raw)
    assert outputs(answer)["Out_Unit"] == {"distance": 5, "units": unit}


@pytest.mark.protocol("clients 1.13 booleans in any case", "0.2 booleans")
@pytest.mark.parametrize(
    ("sent", "value"),
    [("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False)],
)  # fmt: skip
def test_booleans_are_read_in_any_case(rest, echo, sent, value):
    answer = rest.post(
        f"{TASK}/execute", In_Boolean=sent, returnZ=sent, returnM=sent,
        returnFeatureCollection=sent,
    )  # fmt: skip
    assert outputs(answer)["Out_Boolean"] is value


@pytest.mark.protocol("clients 1.13 returnMessages=True", "5.2 returnMessages")
@pytest.mark.parametrize(("sent", "there"), [("True", True), ("False", False)])
def test_messages_are_returned_in_any_case(rest, published, sent, there):
    published("samples.Echo", sync=False)
    path = rest.run_job(TASK)
    assert ("messages" in rest.get(path, returnMessages=sent)) is there


POINT = {
    "spatialReference": {"wkid": 4326},
    "features": [{"geometry": {"x": 1, "y": 2}}],
}
#: The same place in Web Mercator, by the formula x = R pi / 180.
METRES = pytest.approx(111319.490793, abs=1e-5)


@pytest.mark.protocol("clients 1.14 env:outSR", "4 context and env:*")
@pytest.mark.parametrize(
    "form",
    [
        {"env:outSR": "102100"},
        {"env:outSR": '{"wkid":102100}'},
        {"env:outSR": '{"latestWkid":3857,"wkid":102100}'},
        {"context": '{"extent":null,"outSR":102100,"processSR":null}'},
        {"context": '{"extent":{"xmin":0,"ymin":0,"xmax":9,"ymax":9,"spatialReference"'
                    ':{"wkid":4326}},"outSR":{"wkid":102100},"processSR":null}'},
        {"end:processSR": "102100"},  # arcrest
    ],
    ids=repr,
)  # fmt: skip
def test_the_output_reference_in_every_form(browser, echo, form):
    sent = {"f": "json", "In_Features": json.dumps(POINT)} | form
    value = outputs(browser.post(EXECUTE, sent).json())["Out_Features"]
    assert value["spatialReference"]["wkid"] == 102100
    assert value["features"][0]["geometry"]["x"] == METRES


@pytest.mark.protocol(
    "clients 1.14 outSR of a result", "5.5 outSR", "5.5 returnType=data"
)
@pytest.mark.parametrize("reference", ["102100", '{"latestWkid":3857,"wkid":102100}'])
def test_a_result_comes_in_the_reference_that_is_asked(rest, published, reference):
    published("samples.Echo", sync=False)
    path = rest.run_job(TASK, In_Features=json.dumps(POINT))
    value = rest.get(
        f"{path}/results/Out_Features", outSR=reference, returnType="data"
    )["value"]
    assert value["spatialReference"] == {"wkid": 102100, "latestWkid": 3857}
    assert value["features"][0]["geometry"]["x"] == METRES


_GEOMETRY = {"x": 1, "y": 2}
_SR = {"spatialReference": {"wkid": 4326}}


@pytest.mark.protocol("clients 1.20 places of the spatial reference", "6.1 input forms")
@pytest.mark.parametrize(
    "sent",
    [
        # esri-leaflet-gp; arcgis and arcrest; both; @arcgis/core with its null members
        {"features": [{"geometry": _GEOMETRY | _SR}],
         "geometryType": "esriGeometryPoint"},
        {"features": [{"geometry": _GEOMETRY}]} | _SR,
        {"features": [{"geometry": _GEOMETRY | _SR, "attributes": {}}]} | _SR,
        {"features": [{"geometry": _GEOMETRY | _SR, "aggregateGeometries": None,
                       "symbol": None, "popupTemplate": None, "attributes": {}}],
         "fields": [], "geometryType": "esriGeometryPoint", "exceededTransferLimit": False},
        {"layerDefinition": {"geometryType": "esriGeometryPoint"},
         "featureSet": {"features": [{"geometry": _GEOMETRY | _SR}]}},
    ],
)  # fmt: skip
def test_features_are_read_as_each_client_sends_them(rest, echo, sent):
    answer = rest.post(
        f"{TASK}/execute", In_Features=json.dumps(sent), env__outSR="102100"
    )
    [feature] = outputs(answer)["Out_Features"]["features"]
    assert feature["geometry"]["x"] == METRES


@pytest.mark.protocol("6.7 GPMultiValue as array and comma list")
@pytest.mark.parametrize(
    "query",
    ['In_Multi=["a","b c"]', "In_Multi=a&In_Multi=b c", "In_Multi=a,b c"],
)
def test_a_multivalue_in_every_form(browser, echo, query):
    answer = browser.get(f"{EXECUTE}?f=json&{query}").json()
    assert outputs(answer)["Out_Multi"] == ["a", "b c"]


@pytest.mark.protocol("0.2 unknown parameters are ignored")
def test_what_no_parameter_is_called_is_ignored(rest, echo):
    answer = rest.post(
        f"{TASK}/execute", In_Long="7", estimate="false", someFutureOption="{", dpi="96"
    )
    assert outputs(answer)["Out_Long"] == 7
