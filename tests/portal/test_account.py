"""The account page: people see to their own tokens and keys, and to no others."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal import tokens
from portal.models import AccessToken
from tests.conftest import Rest

ACCOUNT = f"/{settings.CONTEXT}/account"
KEY = {"name": "Nightly", "days": "30", "may_run": "run"}
EXECUTE = "/Toys/Private/GPServer/TwoOutputs/execute"


@pytest.fixture
def mine(client, owner):
    """A browser in which the owner has signed in."""
    client.force_login(owner)
    return client


@pytest.fixture
def private(published):
    return published("toys.TwoOutputs", "Toys/Private", access="signed_in")


def made(browser, **form):
    page = browser.post(f"{ACCOUNT}/keys", KEY | form)
    found = re.findall(r"cairn_[\w-]{43}", page.content.decode())
    return found[0] if found else ""


def test_who_has_not_signed_in_is_sent_to_the_login(client, db):
    for path in (
        "",
        "/keys",
        "/tokens/revoke",
        "/tokens/1/revoke",
        "/device",
        "/backup-codes",
    ):
        answer = client.post(ACCOUNT + path)
        assert answer.status_code == 302
        assert answer.url.startswith(f"{ACCOUNT}/login?next=")


def test_people_sign_in_and_out_with_their_password(client, owner):
    form = {"username": "owner", "password": "owner-pass-1"}
    assert client.post(f"{ACCOUNT}/login", form).url == ACCOUNT
    assert client.get(ACCOUNT).status_code == 200
    assert client.post(f"{ACCOUNT}/logout").status_code == 302
    assert client.get(ACCOUNT).status_code == 302


def test_a_login_leads_to_no_other_host(client, owner):
    form = {"username": "owner", "password": "owner-pass-1"}
    answer = client.post(f"{ACCOUNT}/login?next=https://evil.example/", form)
    assert answer.url == ACCOUNT


def test_a_wrong_password_is_told(client, owner):
    page = client.post(f"{ACCOUNT}/login", {"username": "owner", "password": "x"})
    assert b"correct username and password" in page.content


def test_a_key_is_shown_once_and_works(mine, owner, private):
    key = made(mine)
    assert "results" in Rest(key).post(EXECUTE)
    page = mine.get(ACCOUNT).content.decode()
    assert key not in page
    assert key[:12] in page
    assert "Nightly" in page


def test_the_page_of_a_new_key_is_kept_by_no_cache(mine):
    assert "no-store" in mine.post(f"{ACCOUNT}/keys", KEY)["Cache-Control"]


def test_a_key_has_the_scope_and_binding_of_the_form(mine, private, published):
    published("toys.TwoOutputs", "Toys/Other")
    key = made(mine, may_run="read", services=[private.pk],
               referer="https://app.example", ip="192.0.2.7")  # fmt: skip
    row = AccessToken.objects.get()
    assert (row.scope, row.referer, row.ip) == (
        "read Toys/Private", "https://app.example", "192.0.2.7",
    )  # fmt: skip
    assert row.expires_at - timezone.now() < timedelta(days=30, minutes=1)
    assert Rest(key).get("/Toys/Private/GPServer")["error"]["code"] == 498


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"days": "0"}, {"days": "9999"}, {"days": "soon"}, {"days": ""},
     {"may_run": "all"}, {"services": ["77777"]}, {"ip": "nowhere"},
     {"referer": "x" * 501}, {"name": "x" * 101}, {"ip": "1\0"}],
    ids=repr,
)  # fmt: skip
def test_a_form_that_is_wrong_makes_no_key(mine, wrong):
    page = mine.post(f"{ACCOUNT}/keys", KEY | wrong)
    assert page.status_code == 200
    assert b"No key was made" in page.content
    assert b'class="problem"' in page.content
    assert not AccessToken.objects.exists()


def test_nobody_has_more_than_fifty_keys(mine, owner):
    for number in range(50):
        tokens.make_key(owner, str(number), 1)
    assert made(mine) == ""
    assert AccessToken.objects.count() == 50


def test_a_revoked_key_and_token_work_no_more(mine, owner, private):
    key, token = made(mine), tokens.issue(owner, 5)[0]
    for row in AccessToken.objects.all():
        assert mine.post(f"{ACCOUNT}/tokens/{row.pk}/revoke").url == ACCOUNT
    for one in (key, token):
        assert Rest(one).post(EXECUTE)["error"]["code"] == 498
    assert key[:12] not in mine.get(ACCOUNT).content.decode()


def test_all_tokens_are_revoked_at_once_and_keys_stay(mine, owner, private):
    key, token = made(mine), tokens.issue(owner, 5)[0]
    mine.post(f"{ACCOUNT}/tokens/revoke")
    assert "results" in Rest(key).post(EXECUTE)
    assert Rest(token).post(EXECUTE)["error"]["code"] == 498


def test_tokens_of_others_are_neither_seen_nor_revoked(mine, stranger, private):
    key, row = tokens.make_key(stranger, "Theirs", 30)
    assert "Theirs" not in mine.get(ACCOUNT).content.decode()
    assert mine.post(f"{ACCOUNT}/tokens/{row.pk}/revoke").status_code == 404
    mine.post(f"{ACCOUNT}/tokens/revoke")
    assert "results" in Rest(key).post(EXECUTE)


def test_a_key_can_only_be_made_by_a_form_of_the_page(owner):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    assert strict.post(f"{ACCOUNT}/keys", KEY).status_code == 403
    assert not AccessToken.objects.exists()


def test_services_that_one_may_not_use_are_not_offered(mine, published):
    published("toys.TwoOutputs", "Toys/Seen")
    published("toys.TwoOutputs", "Toys/Stopped", state="STOPPED")
    page = mine.get(ACCOUNT).content.decode()
    assert "Toys/Seen" in page
    assert "Toys/Stopped" not in page


def test_ended_keys_are_told_from_those_that_work(mine, owner):
    made(mine)
    AccessToken.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert "has ended" in mine.get(ACCOUNT).content.decode()


def test_the_page_costs_as_many_queries_for_many_keys(mine, owner, private):
    costs = []
    for more in (1, 19):
        for number in range(more):
            tokens.make_key(owner, f"Key {number}", 30, services=[private])
        with CaptureQueriesContext(connection) as found:
            page = mine.get(ACCOUNT)
        costs.append(len(found))
    assert page.content.count(b"run Toys/Private") == 20
    assert costs[1] <= costs[0]


@pytest.mark.parametrize("path", ["ACCOUNT", "account/", "Account/Login/"])
def test_addresses_count_in_any_case(client, db, path):
    assert client.get(f"/{settings.CONTEXT}/{path}").status_code in (200, 302)


def test_the_pages_of_tokens_lead_here(client, db):
    page = client.get(f"/{settings.CONTEXT}/tokens/generateToken")
    assert reverse("account") in page.content.decode()
