"""Tokens that are none, over, another's, or asked for in a wrong way."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from tests.bad_input_gen import build
from tests.corpus import FORM, cases
from tests.hostile.expected import assert_said
from tests.hostile.site import OF_BOB, SECURED, Answer, Site

ALL = cases("token")
ASKING = [case for case in ALL if case["param"] == "_request"]
GIVEN = [case for case in ALL if case["param"] == "token"]


def ask(site: Site, request: dict[str, Any]) -> Answer:
    """Send a described request as often as it says; return the last answer."""
    path = f"/{settings.CONTEXT}{request['path']}"
    if request["query"]:
        path += f"?{request['query']}"
    body = request.get("body", "").replace("<pw>", "alice-pass-1").encode()
    for _ in range(request.get("repeat", 1)):
        answer = site.ask(request["method"], path, body, request["headers"])
    return answer


@pytest.mark.parametrize("case", ASKING, ids=[one["id"] for one in ASKING])
def test_a_token_is_asked_for_as_expected(site, case):
    answer = ask(site, build(case))
    assert_said(case, answer.error)
    assert "pass-1" not in answer.text
    if case["expect"] == "ok":
        assert set(answer.document) == {"token", "expires", "ssl"}


def token_of(site: Site, value: str) -> str:
    """Return the token that a case means."""
    named = {
        "<expired>": site.tokens["expired"],
        "<token of disabled user>": site.tokens["carol"],
        "<ip token>": site.tokens["elsewhere"],
        "<token of A>": site.tokens["alice"],
    }
    if "last character" in value:
        token = site.tokens["alice"]
        return token[:-1] + ("A" if token[-1] != "A" else "B")
    return named.get(value, value)


@pytest.mark.parametrize("case", GIVEN, ids=[one["id"] for one in GIVEN])
@pytest.mark.parametrize("way", ["body", "header", "cookie"])
def test_a_bad_token_opens_nothing(site, case, way):
    token = token_of(site, str(build(case)))
    if way != "body" and len(token) > 5000:
        token = token[:5000]  # longer headers never reach the portal
    headers = {"Content-Type": FORM, "X-Forwarded-For": "192.0.2.7"}
    body = b"f=json"
    if way == "body":
        body += f"&token={token}".encode()
    elif way == "header":
        headers["X-Esri-Authorization"] = f"Bearer {token}"
    else:
        headers["Cookie"] = f"agstoken={token}"
    service = OF_BOB if "only B" in case["why"] else SECURED
    answer = site.ask("POST", service, body, headers)
    assert_said(case, answer.error)
    assert "Tell" not in answer.text


def test_a_service_of_one_user_opens_to_him(site):
    token = f"f=json&token={site.tokens['bob']}".encode()
    answer = site.ask("POST", OF_BOB, token, {"Content-Type": FORM})
    assert "Tell" in answer.document["tasks"]
