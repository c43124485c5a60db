"""Requests that are bad as HTTP: methods, headers, bodies, repeated names."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from jobs.models import Job
from tests.bad_input_gen import build
from tests.corpus import ASK, FORM, cases, content, form

#: These need a real connection: tests/test_bad_connections.py.
CONNECTIONS = {"HTP-021", "HTP-022", "HTP-024", "HTP-025"}
CASES = [one for one in cases("http") if one["id"] not in CONNECTIONS]
GOOD, URL = ASK.good, ASK.url
_TASK = "/rest/services/<folder>/<service>/GPServer/<task>"
#: The roles as the corpus writes them into bodies.
_NAMES = {"features=": "In_Features=", "distance=": "In_Unit=", "number=": "In_Double="}
SAYS = {"distance": "In_Unit", "features": "In_Features"}
INSIDE = ("Traceback", 'File "', "site-packages", "evil.test", "<script>alert")


def path_of(path: str) -> str:
    path = path.replace(_TASK, URL.removesuffix("/execute"))
    return f"/{settings.CONTEXT}{path}" if path.startswith("/rest") else path


def body_of(case: dict[str, Any]) -> bytes:
    if "body_b64" in case:
        return base64.b64decode(case["body_b64"])
    if "multipart_files" in case:
        files = {
            f"file{i}": SimpleUploadedFile("a.txt", b"x")
            for i in range(case["multipart_files"])
        }
        return encode_multipart(BOUNDARY, {"f": "json", **files})
    text = str(case.get("chunked") or case.get("body") or "")
    for role, name in _NAMES.items():
        text = text.replace(role, name)
    return text.encode()


def send(case: dict[str, Any]) -> Any:
    """Send a described request and return the response."""
    headers = dict(case["headers"])
    kind = headers.pop("Content-Type", FORM)
    if "multipart_files" in case:
        kind = MULTIPART_CONTENT
    if "chunked" in case:
        headers |= {"Transfer-Encoding": "chunked", "Content-Length": ""}
    query = case["query"].replace("number=", "In_Double=")
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.generic(
        case["method"], path_of(case["path"]), body_of(case), kind,
        headers=headers, QUERY_STRING=query,
    )  # fmt: skip


def is_refused(response: Any) -> bool:
    return response.status_code >= 400 or '"error"' in content(response)


@pytest.mark.parametrize("case", CASES, ids=[one["id"] for one in CASES])
def test_a_bad_request_is_answered_as_expected(published, settings, case):
    """G25"""
    settings.ALLOWED_HOSTS = ["testserver"]
    published(ASK.tool_id)
    request = build(case)
    response = send(request)
    text = content(response)
    says = case.get("says", "")
    assert is_refused(response) == (case["expect"] == "error") or "alt" in case
    assert SAYS.get(says, says).lower() in text.lower()
    assert response.status_code < 500
    assert not any(word in text for word in INSIDE)
    assert "evil.test" not in response.get("Location", "")
    assert "Access-Control-Allow-Credentials" not in response
    assert not Job.objects.exists()


def envelope(response: Any) -> str:
    """Return the one detail of an Esri error that came with HTTP 200."""
    assert response.status_code == 200
    error = response.json()["error"]
    assert error["code"] == 400
    (detail,) = error["details"]
    return str(detail)


@pytest.mark.parametrize("second", ["In_Double=2", "in_double=2"])
def test_a_name_with_two_values_is_refused(client, published, second):
    published(ASK.tool_id)
    body = f"{form(GOOD)}&f=json&{second}"
    detail = envelope(client.post(URL, body, content_type=FORM))
    assert "given twice" in detail
    assert not Job.objects.exists()


def test_a_value_given_twice_is_one_value(client, published):
    published(ASK.tool_id)
    body = f"{form(GOOD)}&f=json&f=json&In_Double=1.5"
    assert "results" in client.post(URL, body, content_type=FORM).json()


def test_a_multipart_name_with_two_values_is_refused(client, published):
    published(ASK.tool_id)
    fields = GOOD | {"In_Double": ["1", "2"], "f": "json"}
    assert "'In_Double' is given twice" in envelope(client.post(URL, fields))


@pytest.mark.protocol("0.2 query and form are merged")
def test_the_body_wins_over_the_query(client, published):
    published(ASK.tool_id)
    body = form(GOOD | {"f": "json"})
    response = client.post(f"{URL}?In_Double=abc", body, content_type=FORM)
    assert "results" in response.json()


@pytest.mark.parametrize("query", ["In_Double=%ff", "In_Double=1&In_Double=2"])
def test_a_query_that_cannot_be_read_is_answered_in_json(client, published, query):
    published(ASK.tool_id)
    assert "'In_Double'" in envelope(client.get(f"{URL}?f=json&{query}"))


@pytest.mark.parametrize("kind", [FORM, MULTIPART_CONTENT])
@pytest.mark.parametrize(
    ("header", "value", "word"),
    [
        ("Transfer-Encoding", "chunked", "not in chunks"),
        ("Content-Encoding", "gzip", "without a Content-Encoding"),
        ("Content-Length", "ten", "must be a number"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    client, published, kind, header, value, word
):
    published(ASK.tool_id)
    response = client.generic("POST", URL, b"x=1", kind, headers={header: value})
    assert word in envelope(response)
    assert not Job.objects.exists()


def test_too_many_names_are_refused(client, published):
    published(ASK.tool_id)
    body = "&".join(f"a{index}=1" for index in range(1001))
    assert "1000 parameters" in envelope(client.post(URL, body, content_type=FORM))
