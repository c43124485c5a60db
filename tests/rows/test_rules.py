"""Section 0: addresses, methods, formats, errors of every resource."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client, override_settings

from services.catalog import publish
from services.models import Service
from services.registry import installed
from tests.conftest import ROOT

SERVER = f"/{settings.CONTEXT}"
TASK = "/Toys/Service/GPServer/Echo"
JOB = "/Toys/Jobs/GPServer/Echo"


@pytest.fixture
def addresses(rest: Any, published: Callable[..., Service]) -> list[str]:
    """An address of each kind that section 0.1 lists."""
    published("samples.Echo", uploads=True)
    published("samples.Echo", "Toys/Jobs", sync=False)
    job = f"{ROOT}{rest.run_job(JOB, In_Long=7)}"
    service = f"{ROOT}/Toys/Service/GPServer"
    below = ("", "/results", "/results/Out_Long", "/inputs", "/inputs/In_Long")
    return [
        f"{SERVER}/rest/info", f"{SERVER}/rest/info/healthCheck",
        ROOT, f"{ROOT}/Toys", service, f"{service}/Echo", f"{service}/Echo/execute",
        f"{ROOT}{JOB}/submitJob", f"{service}/Echo/validate", f"{service}/info",
        f"{service}/info/iteminfo", f"{service}/uploads/info",
        *(job + one for one in below), f"{job}/cancel",
    ]  # fmt: skip


def is_error(document: Any) -> bool:
    return isinstance(document, dict) and "error" in document


@pytest.mark.protocol("0.1 every address", "0.2 GET and POST")
def test_every_address_answers_by_both_methods(client, addresses):
    for url in addresses:
        for answer in (client.get(url, {"f": "json"}), client.post(url, {"f": "json"})):
            assert (answer.status_code, is_error(answer.json())) == (200, False), url


@pytest.mark.protocol("0.1 names in any case")
@pytest.mark.parametrize("change", [str.lower, str.upper], ids=["lower", "upper"])
def test_every_segment_below_the_context_is_read_in_any_case(client, addresses, change):
    for url in addresses:
        path = SERVER + change(url.removeprefix(SERVER))
        answer = client.post(path, {"f": "json"}).json()
        assert not is_error(answer), path


@pytest.mark.protocol("0.1 names in canonical case come back")
def test_names_come_back_as_they_were_declared(rest, published):
    published("samples.Echo", "Toys/Jobs", sync=False)
    path = rest.run_job("/toys/JOBS/gpserver/echo", in_long=7).lower()
    assert rest.get("/toys")["services"][0]["name"] == "Toys/Jobs"
    assert rest.get("/toys/jobs/gpserver/ECHO")["name"] == "Echo"
    assert rest.get(f"{path}/results/out_long")["paramName"] == "Out_Long"
    assert rest.get(f"{path}/inputs/IN_LONG")["paramName"] == "In_Long"


@pytest.mark.protocol("0.1 names with spaces", "12.21 Export Web Map Task")
def test_names_with_spaces_are_percent_encoded(client, published):
    service = published("toys.Fail", "My Toys/Print Maps")
    publish(installed("rows.ExportMap"), service, "Export Web Map Task")
    base = f"{ROOT}/{quote('My Toys/Print Maps')}/GPServer"
    found = client.get(base, {"f": "json"}).json()
    assert found["tasks"] == ["Fail", "Export Web Map Task"]
    task = f"{base}/{quote(found['tasks'][1])}"
    # its own name has none: print clients look for GetLayoutTemplatesInfo...
    assert client.get(task, {"f": "json"}).json()["name"] == "ExportWebMapTask"
    web_map = '{"mapOptions":{"extent":null}}'
    sent = {"f": "json", "Web_Map_as_JSON": web_map, "Layout_Template": "A4"}
    answer = client.post(f"{task}/execute", sent).json()
    assert answer["results"][0]["value"] == f"A4 {web_map}"


@pytest.mark.protocol("0.1 repeated slashes", "clients 1.4 two slashes")
@pytest.mark.parametrize(
    "path", [f"/{SERVER}/rest/info", f"{SERVER}//rest/info", f"{SERVER}/rest//info/"]
)
def test_repeated_slashes_count_as_one(db, path):
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post("/", {"f": "json"}, PATH_INFO=path)
    assert answer.json()["authInfo"]["isTokenBasedSecurity"] is True


@pytest.mark.protocol("0.2 multipart forms")
@pytest.mark.parametrize("name", ["In_String", "in_string", "IN_STRING"])
def test_a_multipart_form_is_read_like_any_other(client, published, name):
    published("samples.Echo")
    form = {"f": "json", name: "a & ä = 1"}  # the test client sends multipart
    answer = client.post(f"{ROOT}{TASK}/execute", form).json()
    values = {one["paramName"]: one["value"] for one in answer["results"]}
    assert values["Out_String"] == "a & ä = 1"


@pytest.mark.protocol("0.2 order of parameters")
def test_the_order_of_parameters_does_not_matter(client, published):
    published("samples.Echo")
    pairs = ["In_Long=7", "In_String=x", "f=json", "returnZ=true"]
    answers = [
        client.get(f"{ROOT}{TASK}/execute?{'&'.join(order)}").json()["results"]
        for order in (pairs, pairs[::-1])
    ]
    assert answers[0] == answers[1]


@pytest.mark.protocol("0.2 order of JSON members")
def test_the_order_of_the_members_of_a_value_does_not_matter(client, published):
    published("samples.Echo")
    members = [("units", "esriMiles"), ("distance", 5)]
    answers = [
        client.post(f"{ROOT}{TASK}/execute",
                    {"f": "json", "In_Unit": json.dumps(dict(order))}).json()["results"]
        for order in (members, members[::-1])
    ]  # fmt: skip
    assert answers[0] == answers[1]
    values = {one["paramName"]: one["value"] for one in answers[0]}
    assert values["Out_Unit"] == {"distance": 5, "units": "esriMiles"}


@pytest.mark.protocol("0.3 content types of json, pjson and html")
@pytest.mark.parametrize(
    ("name", "kind"),
    [("json", "application/json"), ("pjson", "application/json"),
     ("html", "text/html"), ("JSON", "application/json")],
)  # fmt: skip
def test_content_types_name_utf_8(client, db, name, kind):
    answer = client.get(ROOT, {"f": name})
    assert answer["Content-Type"].replace(" ", "") == f"{kind};charset=utf-8"


@pytest.mark.protocol("0.3 f=help", "11 API Reference")
def test_help_is_a_page_and_nothing_else_happens(client, addresses, silent_queue):
    rung = list(silent_queue)
    for url in addresses:
        for answer in (client.get(url, {"f": "help"}), client.post(url, {"f": "help"})):
            assert answer.status_code == 200, url
            assert "<h1>API Reference: " in answer.content.decode()
    assert silent_queue == rung
    page = client.get(ROOT, {"f": "html"}).content.decode()
    assert f'<a href="{ROOT}?f=help">API Reference</a>' in page


@pytest.mark.protocol("0.3 f=help")
@pytest.mark.parametrize("path", ["/No/No/GPServer", f"{TASK}x/execute", "/a/b/c/d"])
def test_help_about_nothing_is_not_there(client, published, path):
    published("samples.Echo")
    assert client.get(f"{ROOT}{path}", {"f": "help"}).status_code == 404


@pytest.mark.protocol("0.3 callback can be disabled")
def test_an_administrator_may_refuse_callbacks(client, published):
    published("samples.Echo")
    asked = {"f": "json", "callback": "go", "In_Long": "7"}
    with override_settings(JSONP=False):
        for path in (ROOT, f"{ROOT}{TASK}/execute", f"{ROOT}/Nothing"):
            answer = client.get(path, asked)
            assert answer["Content-Type"].startswith("application/json")
            assert answer.json()["error"]["code"] == 400
        plain = client.get(f"{ROOT}{TASK}/execute", asked | {"callback": ""})
    assert "results" in plain.json()


@pytest.mark.protocol("0.3 callback of an error")
def test_an_error_is_called_back_too(client, db):
    answer = client.get(f"{ROOT}/Nothing", {"f": "json", "callback": "go"})
    assert json.loads(answer.content[len("/**/go(") : -2])["error"]["code"] == 404


@pytest.mark.protocol("0.5 no success that looks like an error")
def test_no_success_has_members_that_clients_take_for_an_error(client, addresses):
    for url in addresses:
        found = client.get(url, {"f": "json"}).json()
        if isinstance(found, dict):
            assert not {"status", "code", "error"} & set(found), url
