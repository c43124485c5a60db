"""Section 8: tokens, where they go, and what errors say."""

from __future__ import annotations

from datetime import timedelta
from time import time

import pytest
from django.conf import settings
from django.test import override_settings

from portal.models import AccessToken
from portal.tokens import issue
from tests.conftest import ROOT

TOKENS = f"/{settings.CONTEXT}/tokens/generateToken"
PATH = f"{ROOT}/Toys/Private/GPServer"
SIGN_IN = {"username": "owner", "password": "owner-pass-1", "f": "json"}


@pytest.fixture(autouse=True)
def private(published):
    return published("toys.TwoOutputs", "Toys/Private", access="signed_in")


def token_of(browser, **form):
    answer = browser.post(TOKENS, SIGN_IN | form).json()
    assert "token" in answer, answer
    return answer["token"]


def code_of(client, token, **extra):
    """Return the code of the error that a token gets, 0 for none."""
    answer = client.get(PATH, {"f": "json", "token": token}, **extra).json()
    return answer.get("error", {}).get("code", 0)


@pytest.mark.protocol("8.1 expires in milliseconds", "12.20 expires is a number")
@pytest.mark.parametrize(
    ("asked", "minutes"),
    [("5", 5), ("60", 60), ("", 60), ("20160", 1440), ("99999999999", 60),
     ("-5", 60), ("soon", 60), ("0", 60)],
)  # fmt: skip
def test_an_expiration_is_clamped_and_told_in_milliseconds(
    client, owner, asked, minutes
):
    with override_settings(TOKEN_MINUTES=60, MAX_TOKEN_MINUTES=1440):
        found = client.post(TOKENS, SIGN_IN | {"expiration": asked}).json()
    assert type(found["expires"]) is int
    assert found["expires"] / 1000 == pytest.approx(time() + 60 * minutes, abs=30)


@pytest.mark.protocol("8.1 expiration is clamped")
def test_the_default_never_exceeds_the_most(client, owner):
    with override_settings(TOKEN_MINUTES=60, MAX_TOKEN_MINUTES=10):
        found = client.post(TOKENS, SIGN_IN).json()
    assert found["expires"] / 1000 == pytest.approx(time() + 600, abs=30)


@pytest.mark.protocol("8.1 without client a token is bound to nothing")
@pytest.mark.protocol("8.1 client=ip", "8.1 client=requestip")
@pytest.mark.parametrize(
    ("form", "here", "elsewhere"),
    [
        ({"client": "ip", "ip": "192.0.2.7"}, 498, 0),
        ({"client": "ip", "ip": " 127.0.0.1 "}, 0, 498),
        ({"client": "IP", "ip": "127.0.0.1"}, 0, 498),
        ({"client": "requestip"}, 0, 498),
        ({"client": "requestIP"}, 0, 498),
        ({}, 0, 0),
        ({"client": ""}, 0, 0),
    ],
    ids=repr,
)
def test_a_token_bound_to_an_address_holds_there_only(
    client, owner, form, here, elsewhere
):
    token = token_of(client, **form)
    assert code_of(client, token) == here
    assert code_of(client, token, REMOTE_ADDR="192.0.2.7") == elsewhere


@pytest.mark.protocol("8.1 client=ip needs an address")
@pytest.mark.parametrize("ip", ["", "nowhere", "1.2.3", "1.2.3.4.5", "::1%eth0x" * 9])
def test_an_address_that_is_none_is_refused_by_name(client, owner, ip):
    error = client.post(TOKENS, SIGN_IN | {"client": "ip", "ip": ip}).json()["error"]
    assert error["code"] == 400
    assert error["details"][0].startswith("Parameter 'ip'")
    assert not AccessToken.objects.exists()


@pytest.mark.protocol("8.1 client=referer")
@pytest.mark.parametrize("client_type", ["referer", "REFERER", "referrer"])
@pytest.mark.parametrize(
    ("sent", "code"),
    [("https://app.example", 0), ("https://app.example/map?x=1", 0),
     ("https://other.example", 498), ("", 498), (None, 498)],
)  # fmt: skip
def test_a_token_bound_to_a_referer_wants_it(client, owner, client_type, sent, code):
    token = token_of(client, client=client_type, referer="https://app.example")
    headers = {} if sent is None else {"Referer": sent}
    assert code_of(client, token, headers=headers) == code


@pytest.mark.protocol("8.1 request=getToken is ignored", "8.1 ssl")
def test_what_the_javascript_api_sends_is_enough(client, owner):
    form = SIGN_IN | {"request": "getToken", "expiration": "60"}
    found = client.post(f"/{settings.CONTEXT}/tokens/", form).json()
    assert found["ssl"] is False
    assert client.post(TOKENS, form, secure=True).json()["ssl"] is True
    assert code_of(client, found["token"]) == 0


@pytest.mark.protocol("8.1 names of users are case-sensitive")
@pytest.mark.protocol("8.1 a failed login")
@pytest.mark.parametrize(
    "form",
    [{"password": "wrong"}, {"username": "OWNER"}, {"username": ""}, {"password": ""},
     {"username": "nobody"}],
    ids=repr,
)  # fmt: skip
def test_a_failed_login_has_the_text_of_arcgis(client, owner, form):
    answer = client.post(TOKENS, SIGN_IN | form)
    assert answer.status_code == 200
    assert answer.json()["error"] == {
        "code": 400,
        "message": "Unable to generate token.",
        "details": ["Invalid username or password specified."],
    }


@pytest.mark.protocol("8.1 GET is refused")
@pytest.mark.parametrize(
    "path", ["tokens", "tokens/generateToken", "rest/generateToken"]
)
def test_a_password_in_an_address_gives_no_token(client, owner, path):
    answer = client.get(f"/{settings.CONTEXT}/{path}", SIGN_IN)
    assert "token" not in answer.json()
    assert answer.json()["error"]["code"] == 405
    assert not AccessToken.objects.exists()


@pytest.mark.protocol("8.1 formats of a token")
def test_a_token_comes_as_json_pjson_and_page(client, owner):
    pretty = client.post(TOKENS, SIGN_IN | {"f": "pjson"})
    assert pretty.content.startswith(b'{\n  "token": "')
    page = client.post(TOKENS, {**SIGN_IN, "f": "html"})
    assert page["Content-Type"].startswith("text/html")
    assert b"Your token is ready" in page.content
    for answer in (pretty, page):
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.protocol("8.2 precedence of tokens")
@pytest.mark.parametrize(
    ("parameter", "esri", "bearer", "cookie", "code"),
    [
        ("good", "bad", "bad", "bad", 0),
        ("bad", "good", "good", "good", 498),
        ("", "good", "bad", "bad", 0),
        ("", "bad", "good", "good", 498),
        ("", "", "good", "bad", 0),
        ("", "", "bad", "good", 498),
        ("", "", "", "good", 0),
        ("", "", "", "", 499),
    ],
)
def test_the_first_place_with_a_token_counts(
    client, owner, parameter, esri, bearer, cookie, code
):
    tokens = {"good": issue(owner, 5)[0], "bad": "nonsense", "": ""}
    headers = {}
    if esri:
        headers["X-Esri-Authorization"] = f"Bearer {tokens[esri]}"
    if bearer:
        headers["Authorization"] = f"Bearer {tokens[bearer]}"
    if cookie:
        client.cookies["agstoken"] = tokens[cookie]
    assert code_of(client, tokens[parameter], headers=headers) == code


@pytest.mark.protocol("8.2 a token in the query of a POST")
def test_a_token_in_the_address_counts_for_a_post(client, owner):
    token = issue(owner, 5)[0]
    answer = client.post(f"{PATH}/TwoOutputs/execute?token={token}", {"f": "json"})
    assert "results" in answer.json()


@pytest.mark.protocol("8.3 498 of a token that was revoked, or whose user is gone")
@pytest.mark.parametrize("why", ["expired", "revoked", "inactive", "unknown", "long"])
def test_every_token_that_does_not_count_is_invalid(client, owner, why):
    token, row = issue(owner, 5)
    if why == "expired":
        row.expires_at -= timedelta(minutes=10)
    elif why == "revoked":
        row.revoked_at = row.expires_at
    elif why == "inactive":
        owner.is_active = False
        owner.save()
    row.save()
    sent = {"unknown": "x" * 43, "long": "x" * 900}.get(why, token)
    answer = client.get(PATH, {"f": "json", "token": sent})
    assert answer.status_code == 200
    assert answer.json() == {
        "error": {"code": 498, "message": "Invalid Token", "details": []}
    }


@pytest.mark.protocol("8.3 HTTP status of pages")
@pytest.mark.parametrize(
    ("path", "status"),
    [("", 499), ("?token=x", 498), ("/x?token=x", 498), ("x", 404)],
)  # fmt: skip
def test_a_page_has_the_status_of_its_error(client, path, status):
    answer = client.get(PATH + path, {"f": "html"} if "?" not in path else None)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.protocol("8.3 optional members of an error")
def test_an_error_has_no_code_that_would_keep_a_client_from_signing_in(client):
    # @arcgis/core asks for a name and password only if there is no messageCode
    for form in ({}, {"token": "x"}):
        error = client.get(PATH, {"f": "json"} | form).json()["error"]
        assert set(error) == {"code", "message", "details"}


@pytest.mark.protocol("8.3 texts of faults")
@pytest.mark.parametrize(
    ("tool", "properties", "code", "message"),
    [
        ("toys.RaiseError", {}, 500, "Error handling service request"),
        ("toys.Fail", {"state": "STOPPED"}, 500, "Service Toys/F/GPServer not started"),
        ("toys.Fail", {}, 400, "Unable to complete operation."),
        ("toys.Vanish", {}, 500, "Unable to complete operation."),
    ],
)
def test_the_text_of_each_fault(rest, published, tool, properties, code, message):
    published(tool, "Toys/F", **properties)
    answer = rest.post(f"/Toys/F/GPServer/{tool.partition('.')[2]}/execute")
    assert (answer["error"]["code"], answer["error"]["message"]) == (code, message)


@pytest.mark.protocol("8.3 403 of a user without the right")
def test_a_user_without_the_right_is_told_so(client, stranger):
    token = issue(stranger, 5)[0]
    url = f"/{settings.CONTEXT}/admin/services/createFolder"
    answer = client.post(url, {"f": "json", "token": token, "folderName": "X"}).json()
    assert answer["code"] == 403
    assert "permission" in " ".join(answer["messages"]).lower()
