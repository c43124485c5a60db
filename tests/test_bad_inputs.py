"""Every parameter value of the corpus of bad requests answers as expected."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from jobs.models import Job
from tests.bad_input_gen import build, evaluate, good
from tests.conftest import ROOT

CORPUS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "bad_inputs.json").read_text()
)
CASES = [one for one in CORPUS if one["family"] not in ("http", "geometry-bomb")]

#: The wire name that stands for each role of the corpus.
ROLES = {
    "features": "In_Features",
    "distance": "In_Unit",
    "number": "In_Double",
    "choice": "In_Choice",
    "date": "In_Date",
    "flag": "In_Boolean",
}
GOOD = {
    "In_Features": good(),
    "In_Unit": '{"distance": 5, "units": "esriKilometers"}',
    "In_Double": "1.5",
    "In_Long": "7",
    "In_Choice": "ALL",
    "In_Date": "1700000000000",
    "In_Boolean": "true",
}
FORM = "application/x-www-form-urlencoded"
LARGEST = 20 * 2**20
URL = f"{ROOT}/Toys/Service/GPServer/Ask/execute"
#: Reserved characters as clients send them, for texts too long for quote_plus.
_QUOTED = [(mark, quote_plus(mark)) for mark in '%{}[],:"&+= ']
_INSIDE = ("Traceback", 'File "', "Error(", "<class", "/work/", "site-packages")


def form(fields: dict[str, str]) -> str:
    """Encode a form."""
    return "&".join(f"{name}={_quoted(text)}" for name, text in fields.items())


def _quoted(text: str) -> str:
    if len(text) < 1_000_000:
        return quote_plus(text)
    for mark, quoted in _QUOTED:
        text = text.replace(mark, quoted)
    return text


def wire_name(case: dict[str, Any]) -> str:
    """Return the parameter that a case fills."""
    if case.get("only") == "GPLong":
        return "In_Long"
    return ROLES.get(case["param"], str(case["param"]))


def fields_of(case: dict[str, Any]) -> dict[str, str]:
    """Return good values for all parameters but the one of the case."""
    given = {"f": "json", **GOOD, wire_name(case): build(case)}
    if "with_features" in case:
        given["In_Features"] = evaluate(case["with_features"])
    return given


def content(response: Any) -> str:
    body = b"".join(response) if response.streaming else response.content
    return str(body, "utf-8")


def expected_words(case: dict[str, Any], body: str) -> list[str]:
    """Return what a refusal must hold: the parameter, and the word of the case."""
    if len(body) > LARGEST:
        return ["the size of the request"]
    name = wire_name(case)
    says = case.get("says", name)
    return [f"{name.removeprefix('env:')}':", name if says == case["param"] else says]


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


@pytest.mark.parametrize("case", CASES, ids=[one["id"] for one in CASES])
def test_a_bad_value_is_answered_as_expected(client, published, case):
    published("roles.Ask")
    body = form(fields_of(case))
    began = time.monotonic()
    response = client.post(URL, body, content_type=FORM)
    elapsed = time.monotonic() - began
    document = json.loads(content(response))
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/json")
    if case["expect"] == "ok" or ("error" not in document and "alt" in case):
        assert_answered(document)
    else:
        assert_refused(document, expected_words(case, body))
    # A hang takes minutes, a loaded machine only a little longer.
    assert elapsed < 3 * case.get("limit_s", 5)


MARKED_UP = [
    one for one in CASES if "<" in json.dumps([one.get("value"), one.get("generator")])
]


@pytest.mark.parametrize("case", MARKED_UP, ids=[one["id"] for one in MARKED_UP])
def test_no_page_carries_markup_of_a_value(client, published, case):
    published("roles.Ask")
    fields = fields_of(case) | {"f": "html"}
    page = content(client.post(URL, form(fields), content_type=FORM))
    assert "</html>" in page
    for markup in ("<script>alert", "<img src=x", "<svg onload", "<b>esri"):
        assert markup not in page


def test_every_bad_parameter_is_named_at_once(client, published):
    published("roles.Ask")
    fields = GOOD | {"f": "json", "In_Unit": "5 parsecs", "In_Double": "1e999"}
    fields |= {"In_Choice": "PURPLE", "In_Features": "[]", "env:outSR": "abc"}
    response = client.post(URL, form(fields), content_type=FORM)
    details = json.loads(content(response))["error"]["details"]
    named = {one.split("'")[1] for one in details}
    assert named == {"In_Unit", "In_Double", "In_Choice", "In_Features", "env:outSR"}
    assert len(details) == 5
    assert not Job.objects.exists()


@pytest.mark.parametrize("name", list(GOOD))
def test_a_missing_parameter_is_asked_for(client, published, name):
    published("roles.Ask")
    fields = {"f": "json"} | {key: text for key, text in GOOD.items() if key != name}
    response = client.post(URL, form(fields), content_type=FORM)
    assert_refused(json.loads(content(response)), [f"'{name}': a value is required"])


@pytest.mark.parametrize("text", ["1000.1", "-1000.1", "1e300"])
def test_a_number_beyond_its_bounds_is_refused(client, published, text):
    published("roles.Ask")
    fields = GOOD | {"f": "json", "In_Double": text}
    response = client.post(URL, form(fields), content_type=FORM)
    assert_refused(json.loads(content(response)), ["In_Double': out of range", "1000"])
