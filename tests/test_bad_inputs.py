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

CORPUS = json.loads((Path(__file__).parent / "data" / "bad_inputs.json").read_text())
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
URL = f"{ROOT}/Toys/Service/GPServer/Ask/execute"
#: Reserved characters as clients send them, for texts too long for quote_plus.
_QUOTED = [(mark, quote_plus(mark)) for mark in "%{}[],:\"&+= "]
_INSIDE = ("Traceback", "File \"", "Error(", "<class", "/work/", "site-packages")


def form(fields: dict[str, str]) -> str:
    """Encode a form; megabytes by replacement instead of character by character."""
    pieces = []
    for name, text in fields.items():
        if len(text) > 1_000_000:
            for mark, quoted in _QUOTED:
                text = text.replace(mark, quoted)
        else:
            text = quote_plus(text)
        pieces.append(f"{quote_plus(name)}={text}")
    return "&".join(pieces)


def wire_name(case: dict[str, Any]) -> str:
    """Return the parameter that a case fills."""
    if case.get("only") == "GPLong":
        return "In_Long"
    return ROLES.get(case["param"], case["param"])


def fields_of(case: dict[str, Any]) -> dict[str, str]:
    """Return good values for all parameters but the one of the case."""
    given = {"f": "json", **GOOD, wire_name(case): build(case)}
    if "with_features" in case:
        given["In_Features"] = evaluate(case["with_features"])
    return given


def post(client: Any, fields: dict[str, str]) -> Any:
    return client.post(
        URL, form(fields), content_type="application/x-www-form-urlencoded"
    )


def content(response: Any) -> str:
    body = b"".join(response) if response.streaming else response.content
    return str(body, "utf-8")


def assert_refused(document: Any, case: dict[str, Any]) -> None:
    """One error in Esri's envelope that names the parameter and what was expected."""
    error = document["error"]
    assert set(error) == {"code", "message", "details"}
    assert error["code"] == 400
    text = " ".join([error["message"], *error["details"]])
    assert not any(word in text for word in _INSIDE)
    assert len(text) < 1000
    says = case.get("says", wire_name(case))
    if says != "size":  # a body above its limit is refused before it is read
        assert f"'{wire_name(case)}'" in text
    assert ROLES.get(says, says).lower() in text.lower()
    assert not Job.objects.exists()


def assert_answered(document: Any) -> None:
    """A result whose numbers are all finite, and the record of one run."""
    assert "error" not in document, document
    json.dumps(document, allow_nan=False)
    assert Job.objects.count() == 1


@pytest.mark.parametrize("case", CASES, ids=[one["id"] for one in CASES])
def test_a_bad_value_is_answered_as_expected(client, published, case):
    published("roles.Ask")
    fields = fields_of(case)
    began = time.monotonic()
    response = post(client, fields)
    elapsed = time.monotonic() - began
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/json")
    document = json.loads(content(response))
    if case["expect"] == "ok" or ("error" not in document and "alt" in case):
        assert_answered(document)
    else:
        assert_refused(document, case)
    # A hang is minutes; a loaded machine may be slow.
    assert elapsed < 3 * case.get("limit_s", 5)
