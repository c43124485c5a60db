"""Tokens and secured services."""

from __future__ import annotations

import pytest
from django.conf import settings

from portal.models import AccessToken
from tests.conftest import Rest

TOKENS = f"/{settings.CONTEXT}/tokens/generateToken"
PATH = "/Toys/Private/GPServer/TwoOutputs/execute"


@pytest.fixture
def private(published):
    return published("toys.TwoOutputs", "Toys/Private", access="signed_in")


def token_for(browser, **fields):
    form = {"username": "owner", "password": "owner-pass-1", "f": "json"} | fields
    return browser.post(TOKENS, form)


@pytest.mark.protocol("8.3 499")
def test_a_secured_service_asks_for_a_token(rest, private):
    assert rest.post(PATH)["error"] == {
        "code": 499,
        "message": "Token Required",
        "details": [],
    }


@pytest.mark.protocol("1.1 what one may not see is left out")
def test_a_secured_service_is_not_in_a_strangers_catalogue(rest, private, owner):
    assert rest.get("")["folders"] == []
    token = token_for(rest.client).json()["token"]
    assert rest.get("/Toys", token=token)["services"][0]["name"] == "Toys/Private"


@pytest.mark.protocol("0.1 addresses of the token service")
@pytest.mark.protocol("8.1 addresses of the token service", "1.2 tokenServicesUrl")
@pytest.mark.parametrize(
    "tail", ["tokens", "tokens/", "tokens/generateToken", "rest/generateToken"]
)
def test_every_token_address_answers(client, owner, tail):
    answer = client.post(
        f"/{settings.CONTEXT}/{tail}",
        {"username": "owner", "password": "owner-pass-1", "f": "json"},
    )
    assert set(answer.json()) == {"token", "expires", "ssl"}


@pytest.mark.protocol("8.2 a token in each of four places")
def test_a_token_opens_the_service_in_four_places(rest, private, owner):
    token = token_for(rest.client).json()["token"]
    url = f"/{settings.CONTEXT}/rest/services{PATH}"
    answers = [
        rest.client.post(url, {"f": "json", "token": token}),
        rest.client.get(
            url, {"f": "json"}, headers={"X-Esri-Authorization": f"Bearer {token}"}
        ),
        rest.client.get(
            url, {"f": "json"}, headers={"Authorization": f"Bearer {token}"}
        ),
    ]
    rest.client.cookies["agstoken"] = token
    answers.append(rest.client.post(url, {"f": "json"}))
    assert all("results" in one.json() for one in answers)


@pytest.mark.protocol("8.3 498 of an unknown token")
def test_a_wrong_token_is_refused_even_on_a_public_service(rest, published):
    published("toys.TwoOutputs")
    answer = rest.post("/Toys/Service/GPServer/TwoOutputs/execute", token="nonsense")
    assert answer["error"]["code"] == 498


@pytest.mark.protocol("8.1 a failed login")
def test_a_wrong_password_gives_no_token(client, owner):
    answer = token_for(client, password="wrong").json()
    assert "Invalid username or password" in answer["error"]["details"][0]


@pytest.mark.protocol("8.1 GET is refused")
def test_a_password_in_a_url_is_refused(client, owner):
    answer = client.get(
        TOKENS, {"username": "owner", "password": "owner-pass-1", "f": "json"}
    )
    assert answer.json()["error"]["code"] == 405


@pytest.mark.protocol("8.1 client=referer")
def test_a_token_bound_to_a_referer_needs_it(rest, private, owner):
    token = token_for(
        rest.client, client="referer", referer="https://app.example"
    ).json()["token"]
    url = f"/{settings.CONTEXT}/rest/services{PATH}"
    plain = rest.client.post(url, {"f": "json", "token": token})
    bound = rest.client.post(
        url,
        {"f": "json", "token": token},
        headers={"Referer": "https://app.example/map"},
    )
    assert (plain.json()["error"]["code"], "results" in bound.json()) == (498, True)


def test_only_the_digest_of_a_token_is_kept(client, owner):
    token = token_for(client).json()["token"]
    row = AccessToken.objects.get()
    assert token not in (row.digest, row.prefix)
    assert len(row.digest) == 64


@pytest.mark.protocol("8.3 498 of an expired token")
def test_an_expired_token_is_invalid(private, owner):
    from portal.tokens import issue

    token, _ = issue(owner, 0)
    assert Rest(token).post(PATH)["error"]["code"] == 498


@pytest.mark.protocol("8.3 500 of a stopped service")
def test_a_stopped_service_says_so(rest, published):
    published("toys.TwoOutputs", state="STOPPED")
    error = rest.post("/Toys/Service/GPServer/TwoOutputs/execute")["error"]
    assert (error["code"], error["message"]) == (
        500,
        "Service Toys/Service/GPServer not started",
    )


def exchanged(browser, token, **headers):
    """Trade a token as arcgis-rest-request does for a server of its own."""
    form = {"token": token, "serverUrl": "http://h/server", "expiration": "20160"}
    return browser.post(TOKENS, form | {"f": "json"}, headers=headers).json()


@pytest.mark.protocol("clients 1.5 a token is exchanged")
def test_a_token_is_exchanged_for_another_that_ends_with_it(rest, private, owner):
    first = token_for(rest.client, expiration="7").json()
    second = exchanged(rest.client, first["token"])
    assert second["token"] != first["token"]
    assert second["expires"] == first["expires"]
    assert "results" in rest.post(PATH, token=second["token"])


@pytest.mark.protocol("clients 1.5 a token is exchanged")
def test_the_binding_of_a_token_goes_with_its_exchange(rest, private, owner):
    bound = {"client": "referer", "referer": "@esri/arcgis-rest-js"}
    first = token_for(rest.client, **bound).json()["token"]
    assert exchanged(rest.client, first)["error"]["code"] == 498
    second = exchanged(rest.client, first, Referer="@esri/arcgis-rest-js")["token"]
    assert rest.post(PATH, token=second)["error"]["code"] == 498


def test_nothing_is_given_for_a_token_that_is_none(client, owner):
    assert exchanged(client, "nonsense")["error"]["code"] == 498
