"""The families that also run in one process, against the portal that really runs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test.client import MULTIPART_CONTENT

from tests.bad_input_gen import build
from tests.corpus import ASK, BUFFER, FORM, LARGEST, VALUES, cases, form
from tests.hostile.expected import assert_said
from tests.hostile.site import BOMBS, LIMIT, NOW, SHORT, Answer, Site
from tests.test_bad_connections import UNMEASURED, assert_refused
from tests.test_bad_requests import CONNECTIONS, SAYS, body_of, path_of
from tests.test_bombs import LIMITS, request_of

pytestmark = pytest.mark.corpus

HTTP = [case for case in cases("http") if case["id"] not in CONNECTIONS]
BOMB = cases("geometry-bomb")
SUCCEEDED = "esriJobSucceeded"
ENDS = (*LIMITS, "the time limit of 1 s was reached")


@pytest.mark.parametrize("case", VALUES, ids=[one["id"] for one in VALUES])
def test_a_bad_value_is_answered_as_expected(site: Site, case: Any) -> None:
    fields = ASK.fields(case)
    answer = site.post(ASK.url, fields)
    is_large = len(form(fields)) > LARGEST
    word = "the size of the request" if is_large else ASK.words(case)[-1]
    assert_said(case | {"says": word}, answer.error)
    if answer.error and not is_large:
        assert ASK.words(case)[0] in answer.error
    json.dumps(answer.document, allow_nan=False)


def sent(site: Site, case: Any) -> Answer:
    """Send a described request over a connection of its own."""
    request = build(case)
    headers = {"Content-Type": FORM} | request["headers"]
    if "multipart_files" in request:
        headers["Content-Type"] = MULTIPART_CONTENT
    query = request["query"].replace("number=", "In_Double=").replace("<", "%3C")
    path = path_of(request["path"]) + (f"?{query}" if query else "")
    if "chunked" in request:
        headers |= {"Transfer-Encoding": "chunked"}
        body = request["chunked"].encode()
        data = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        return site.ask(request["method"], path, data, headers)
    return site.ask(request["method"], path, body_of(request), headers)


@pytest.mark.parametrize("case", HTTP, ids=[one["id"] for one in HTTP])
def test_a_bad_request_is_answered_as_expected(site: Site, case: Any) -> None:
    answer = sent(site, case)
    is_refused = answer.status >= 400 or bool(answer.error)
    assert is_refused == (case["expect"] == "error") or "alt" in case
    says = case.get("says", "")
    assert SAYS.get(says, says).lower() in answer.text.lower()
    del answer.headers["Access-Control-Allow-Origin"]  # harmless without credentials
    assert "evil.test" not in answer.text + str(answer.headers)
    assert "<script>alert" not in answer.text
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("headers", UNMEASURED.values(), ids=UNMEASURED)
def test_a_request_that_cannot_be_measured_is_refused(site: Site, headers: str) -> None:
    assert_refused(site.address, headers)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", BOMB, ids=[one["id"] for one in BOMB])
def test_a_bomb_ends_within_its_limits(site: Site, case: Any) -> None:
    """The service gives a run 1 s and 1 GB; what must succeed gets 20 s, as work may.

    The input is checked with the same limit before the job runs: both are in time.
    """
    tool_id, fields = request_of(case)
    must_succeed = case["expect"] == "ok" and "alt" not in case
    task = f"{BOMBS if must_succeed else SHORT}/{tool_id.partition('.')[2]}"
    if must_succeed:
        assert site.ended(site.submit(task, fields))["jobStatus"] == SUCCEEDED
    else:  # what fits into the limits may succeed as well
        said = site.refusal(task, fields, limit=2 * LIMIT)
        assert not said or any(limit in said for limit in ENDS), said
    assert not site.post(f"{NOW}/Buffer/execute", BUFFER.good).error


def test_every_case_of_the_corpus_is_driven_here() -> None:
    families = {
        "token", "job", "query", "upload", "file-parameter", "ssrf-url", "stored-xss",
        "queue-abuse", "http", "geometry-bomb", *(case["family"] for case in VALUES),
    }  # fmt: skip
    everything = cases(*families)
    assert len(everything) == 346
