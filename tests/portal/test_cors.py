"""Scripts of other origins: documents, refusals, files, tokens, preflights."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import override_settings

ROOT = f"/{settings.CONTEXT}"
ORIGIN = {"Origin": "https://app.example"}
NAMED = override_settings(
    CORS_ALLOWED_ORIGIN_REGEXES=[r"(?:https://app\.example)\Z"],
    CORS_ALLOW_CREDENTIALS=True,
)
ALLOWED = "Access-Control-Allow-Origin"
CREDENTIALS = "Access-Control-Allow-Credentials"


@pytest.mark.protocol("0.4 every origin by default")
@pytest.mark.protocol("0.4 origin echoed", "clients 1.22 files across origins")
def test_documents_refusals_and_files_echo_the_origin(rest, published):
    published("toys.WriteFile", "Toys/Write", sync=False)
    done = rest.run_job("/Toys/Write/GPServer/WriteFile", Text="x")
    file = f"toys/write_gpserver/{done.rpartition('/')[2]}/scratch/written.txt"
    for path in (
        "/rest/info?f=json",
        "/rest/services/Nope/GPServer?f=json",
        "/rest/services/Toys/Write/GPServer/WriteFile/execute?f=json&callback=!",
        "/rest/services/Nope/GPServer",
        f"/rest/directories/arcgisjobs/{file}",
        f"/rest/directories/arcgisjobs/{file}x",
    ):
        response = rest.client.get(ROOT + path, headers=ORIGIN)
        assert response[ALLOWED] == "https://app.example"
        assert "origin" in response["Vary"].lower()
        response.close()


@pytest.mark.protocol("0.4 no Origin, no header")
def test_without_an_origin_there_is_no_header(client, db):
    assert not client.get(f"{ROOT}/rest/info", {"f": "json"}).has_header(ALLOWED)


@pytest.mark.protocol("0.4 preflight")
@pytest.mark.parametrize(
    "header", ["x-esri-authorization", "authorization", "content-type"]
)
def test_a_preflight_allows_what_clients_send(client, db, header):
    asked = ORIGIN | {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": header,
    }
    response = client.options(f"{ROOT}/rest/services", headers=asked)
    assert response[ALLOWED] == "https://app.example"
    assert header in response["Access-Control-Allow-Headers"]
    assert "POST" in response["Access-Control-Allow-Methods"]


@pytest.mark.protocol("0.4 an origin that is not allowed")
@pytest.mark.protocol("0.4 credentials for named origins")
def test_credentials_are_for_origins_that_were_named(client, db):
    path, query = f"{ROOT}/rest/info", {"f": "json"}
    assert not client.get(path, query, headers=ORIGIN).has_header(CREDENTIALS)
    with NAMED:
        assert client.get(path, query, headers=ORIGIN)[CREDENTIALS] == "true"
        for other in ("https://app.example.evil.example", "https://other.example"):
            response = client.get(path, query, headers={"Origin": other})
            assert not response.has_header(ALLOWED)


@pytest.mark.protocol("8.1 admin/generateToken")
@pytest.mark.protocol("0.4 tokens for every origin")
@pytest.mark.parametrize(
    "path",
    ["tokens", "tokens/generateToken", "rest/generateToken", "admin/generateToken"],
)
def test_every_origin_may_ask_for_a_token(client, owner, path):
    form = {"username": "owner", "password": "owner-pass-1", "f": "json"}
    other = {"Origin": "https://other.example"}
    with NAMED:
        response = client.post(f"{ROOT}/{path}", form, headers=other)
    assert response[ALLOWED] == "https://other.example"
    assert response.json()["token"]
