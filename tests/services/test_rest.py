"""The catalogue over REST, as clients walk it."""

from __future__ import annotations

import pytest
from django.conf import settings

from services.models import Service, TaskParameter

REST = f"/{settings.CONTEXT}/rest"


@pytest.mark.protocol(
    "1.1 services of a folder carry its name", "1.1 currentVersion is a number"
)
def test_the_catalogue_lists_folders_and_services(rest, published):
    published("toys.Fail", "Toys/Fail")
    published("toys.Fail", "Root")
    root = rest.get("")
    assert (root["folders"], root["services"]) == (
        ["Toys"], [{"name": "Root", "type": "GPServer"}],
    )  # fmt: skip
    assert isinstance(root["currentVersion"], float)
    assert rest.get("/Toys")["services"] == [{"name": "Toys/Fail", "type": "GPServer"}]


@pytest.mark.protocol(
    "2 tasks, maximumRecords, capabilities",
    "2 resultMapServerName is empty without one",
)
def test_a_service_lists_its_tasks_and_properties(rest, published):
    published("toys.Fail", description="For tests.", maximum_records=7)
    document = rest.get("/Toys/Service/GPServer")
    assert document.pop("schema")["json-schema"]["url"].endswith(
        "/arcgisoutput/Toys/Service_GPServer/spec/json-schema.json"
    )
    assert document == {
        "currentVersion": 11.3,
        "cimVersion": "3.3.0",
        "serviceDescription": "For tests.",
        "tasks": ["Fail"],
        "executionType": "esriExecutionTypeSynchronous",
        "resultMapServerName": "",
        "maximumRecords": 7,
        "capabilities": "",
    }


@pytest.mark.protocol("3 required keys of a parameter", "3 choiceList")
def test_a_task_describes_every_parameter_with_all_required_keys(rest, published):
    published("samples.Echo")
    task = rest.get("/Toys/Service/GPServer/Echo")
    assert set(task) == {
        "name", "displayName", "description", "category", "helpUrl", "executionType",
        "parameters",
    }  # fmt: skip
    needed = {
        "name", "dataType", "displayName", "description", "direction", "defaultValue",
        "parameterType", "category",
    }  # fmt: skip
    assert all(needed <= set(one) for one in task["parameters"])
    choice = next(one for one in task["parameters"] if one["name"] == "In_Choice")
    assert choice["choiceList"] == ["Red", "Green", "Blue"]
    features = next(one for one in task["parameters"] if one["name"] == "In_Features")
    assert features["defaultValue"]["features"] == []


@pytest.mark.protocol(
    "0.1 names in any case", "0.1 a slash at the end", "0.2 GET and POST"
)
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "path",
    ["/info", "/INFO/", "/services", "/Services/", "/services/toys", "/services/TOYS/service/gpserver/",
     "/services/Toys/Service/GPServer/fail", "/services/Toys/Service/GPServer/Fail/"],
)  # fmt: skip
def test_every_resource_takes_get_and_post_in_any_case(client, published, method, path):
    published("toys.Fail")
    response = getattr(client, method)(f"{REST}{path}", {"f": "json"})
    assert response.status_code == 200
    assert "error" not in response.json()


@pytest.mark.protocol("0.2 query and form are merged", "0.3 pjson is indented")
def test_f_in_the_query_counts_for_a_post(client, published):
    response = client.post(f"{REST}/info?f=pjson", {"x": "1"})
    assert response.content.startswith(b'{\n  "currentVersion"')


@pytest.mark.protocol("0.3 default of f")
def test_html_is_the_default(client, db):
    response = client.get(f"{REST}/services")
    assert response["Content-Type"].startswith("text/html")
    assert b"ArcGIS REST Services Directory" in response.content


@pytest.mark.protocol("0.3 an unknown f")
def test_an_unknown_f_is_an_error_document(client, db):
    assert client.get(f"{REST}/services", {"f": "xml"}).json()["error"]["code"] == 400


@pytest.mark.protocol(
    "8.3 404 of a folder or service that is not there",
    "8.3 400 Invalid URL of anything else",
)
@pytest.mark.parametrize(
    ("path", "code"),
    [("/services/Nope", 404), ("/services/Nope/GPServer", 404),
     ("/services/Nope/Nope/GPServer/Nope/execute", 404), ("/services/a/b/c/d/e", 400),
     ("/nothing", 400), ("/services/a%00b", 404), ("/services/a%00b/GPServer", 404),
     ("/services/a%00b/c/GPServer/d", 404)],
)  # fmt: skip
def test_what_is_not_there_is_an_error_document_with_http_200(client, db, path, code):
    response = client.get(f"{REST}{path}", {"f": "json"})
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (200, code)
    assert error["message"].endswith("not found" if code == 404 else "Invalid URL")
    assert client.get(f"{REST}{path}", {"f": "html"}).status_code == 404


@pytest.mark.protocol("0.3 callback")
def test_a_callback_wraps_the_answer(client, db):
    response = client.get(f"{REST}/info", {"f": "json", "callback": "window._cb.c0"})
    assert response.content.startswith(b"/**/window._cb.c0({")
    assert response["Content-Type"].startswith("application/javascript")


@pytest.mark.protocol("0.3 callback with a checked name")
def test_a_callback_that_is_no_name_is_refused(client, db):
    response = client.get(f"{REST}/info", {"f": "json", "callback": "alert(1)//"})
    assert response.json()["error"]["code"] == 400


@pytest.mark.protocol("0.4 preflight")
def test_other_origins_may_read_with_a_preflight(client, db):
    response = client.options(
        f"{REST}/info",
        headers={
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-esri-authorization",
        },
    )
    assert response["Access-Control-Allow-Origin"] == "https://app.example"
    assert "x-esri-authorization" in response["Access-Control-Allow-Headers"]
    assert response["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.protocol("3 defaultValue is the value that counts")
def test_an_edited_default_shows_at_once_and_counts(rest, published):
    published("samples.Echo")
    row = TaskParameter.objects.get(name="In_Long")
    row.default = 42
    row.save()
    task = rest.get("/Toys/Service/GPServer/Echo")
    shown = next(one for one in task["parameters"] if one["name"] == "In_Long")
    assert shown["defaultValue"] == 42
    answer = rest.post("/Toys/Service/GPServer/Echo/execute")
    assert {"paramName": "Out_Long", "dataType": "GPLong", "value": 42} in answer[
        "results"
    ]


def test_a_hidden_parameter_is_not_shown_and_not_taken(rest, published):
    published("samples.Echo")
    TaskParameter.objects.filter(name="In_Long").update(mode="hidden", default=1)
    Service.objects.get().save()
    task = rest.get("/Toys/Service/GPServer/Echo")
    assert "In_Long" not in [one["name"] for one in task["parameters"]]
    answer = rest.post("/Toys/Service/GPServer/Echo/execute", In_Long=5)
    assert {"paramName": "Out_Long", "dataType": "GPLong", "value": 1} in answer[
        "results"
    ]


def test_softer_bounds_of_the_administrator_hold(rest, published):
    published("samples.Sleep")
    TaskParameter.objects.filter(name="Seconds").update(maximum=1)
    Service.objects.get().save()
    answer = rest.post("/Toys/Service/GPServer/Sleep/execute", Seconds=2)
    assert "at most 1" in answer["error"]["details"][0]


@pytest.mark.protocol("8.3 400 of a request that is too large")
def test_a_body_that_is_too_large_is_an_error_document(rest, published):
    published("samples.Echo", max_request_mb=1)
    answer = rest.post("/Toys/Service/GPServer/Echo/execute", In_String="x" * 2**20)
    assert "size of the request" in answer["error"]["details"][0]


@pytest.mark.protocol("1.2 info is open to a stale token")
@pytest.mark.parametrize("path", ["info", "info/healthCheck"])
def test_info_answers_whoever_asks_whatever_token_they_hold(client, db, path):
    answer = client.get(f"/server/rest/{path}?f=json&token=stale").json()
    assert "error" not in answer
