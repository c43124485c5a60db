"""Every parameter value of the corpus of bad requests answers as expected."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from jobs.models import Job
from tests.corpus import ASK, BUFFER, FORM, LARGEST, VALUES, Task, content, form

_INSIDE = ("Traceback", 'File "', "Error(", "<class", "/work/", "site-packages")

#: What is too large for Ask is too large for Buffer.
SENT = [(ASK, case) for case in VALUES] + [
    (BUFFER, case)
    for case in VALUES
    if BUFFER.takes(case) and case.get("says") != "size" and case["id"] != "SRS-OUT-4"
]


def post(client: Any, task: Task, fields: dict[str, str] | str) -> Any:
    """Run a task with fields or a body; return the decoded document."""
    body = fields if isinstance(fields, str) else form(fields)
    response = client.post(task.url, body, content_type=FORM)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/json")
    return json.loads(content(response))


def assert_refused(document: Any, words: list[str]) -> None:
    """One error in Esri's envelope that holds these words, and no record."""
    error = document["error"]
    assert set(error) == {"code", "message", "details"}
    assert error["code"] == 400
    text = " ".join([error["message"], *error["details"]])
    assert [word for word in words if word.lower() not in text.lower()] == [], text
    assert not any(word in text for word in _INSIDE)
    assert len(text) < 1000
    assert not Job.objects.exists()


def assert_answered(document: Any) -> None:
    """A result whose numbers are all finite, and the record of one run."""
    assert "error" not in document, document
    json.dumps(document, allow_nan=False)
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("task", "case"), SENT, ids=[f"{task.tool_id}-{case['id']}" for task, case in SENT]
)
def test_a_bad_value_is_answered_as_expected(client, published, task, case):
    """G25"""
    published(task.tool_id)
    body = form(task.fields(case))
    began = time.monotonic()
    document = post(client, task, body)
    elapsed = time.monotonic() - began
    if case["expect"] == "ok" or ("error" not in document and "alt" in case):
        assert_answered(document)
    else:
        too_large = ["the size of the request"] if len(body) > LARGEST else []
        assert_refused(document, too_large or task.words(case))
    # A hang takes minutes, a loaded machine only a little longer.
    assert elapsed < 3 * case.get("limit_s", 5)


MARKED_UP = [
    one for one in VALUES if "<" in json.dumps([one.get("value"), one.get("generator")])
]


@pytest.mark.parametrize("case", MARKED_UP, ids=[one["id"] for one in MARKED_UP])
def test_no_page_carries_markup_of_a_value(client, published, case):
    published(ASK.tool_id)
    fields = ASK.fields(case) | {"f": "html"}
    page = content(client.post(ASK.url, form(fields), content_type=FORM))
    assert "</html>" in page
    for markup in ("<script>alert", "<img src=x", "<svg onload", "<b>esri"):
        assert markup not in page


@pytest.mark.protocol("8.3 400 of bad parameters")
def test_every_bad_parameter_is_named_at_once(client, published):
    published(ASK.tool_id)
    fields = ASK.good | {"f": "json", "In_Unit": "5 parsecs", "In_Double": "1e999"}
    fields |= {"In_Choice": "PURPLE", "In_Features": "[]", "env:outSR": "abc"}
    details = post(client, ASK, fields)["error"]["details"]
    named = {one.split("'")[1] for one in details}
    assert named == {"In_Unit", "In_Double", "In_Choice", "In_Features", "env:outSR"}
    assert len(details) == 5
    assert not Job.objects.exists()


@pytest.mark.protocol("3 a required parameter is asked for")
@pytest.mark.parametrize("name", list(ASK.good))
def test_a_missing_parameter_is_asked_for(client, published, name):
    published(ASK.tool_id)
    fields = {"f": "json"} | {k: text for k, text in ASK.good.items() if k != name}
    assert_refused(post(client, ASK, fields), [f"'{name}': a value is required"])


def test_a_distance_beyond_all_numbers_is_refused(client, published):
    published(BUFFER.tool_id)
    fields = BUFFER.good | {"f": "json", "Distance": "1e308 Miles"}
    assert_refused(post(client, BUFFER, fields), ["'Distance': distance out of range"])


@pytest.mark.parametrize("text", ["1000.1", "-1000.1", "1e300"])
def test_a_number_beyond_its_bounds_is_refused(client, published, text):
    published(ASK.tool_id)
    document = post(client, ASK, ASK.good | {"f": "json", "In_Double": text})
    assert_refused(document, ["In_Double': out of range", "1000"])
