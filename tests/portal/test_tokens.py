"""Tokens: where they hold, by which clock they end, what is kept of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from portal import tokens
from portal.models import AccessToken
from services.errors import InvalidToken

TOKENS = f"/{settings.CONTEXT}/tokens/generateToken"
SIGN_IN = {"username": "owner", "password": "owner-pass-1", "f": "json"}


def works(token, referer="", ip="192.0.2.1"):
    try:
        tokens.row_of(token, referer=referer, ip=ip)
    except InvalidToken:
        return False
    return True


@pytest.mark.parametrize(
    ("bound", "sent", "expected"),
    [
        ("https://app.example", "https://app.example/", True),
        ("https://app.example", "https://APP.example/map?x=1", True),
        ("https://app.example/", "https://app.example", True),
        ("https://app.example/maps", "https://app.example/maps/1", True),
        ("https://app.example", "https://app.example.evil.example/", False),
        ("https://app.example", "https://app.example@evil.example/", False),
        ("https://app.example", "https://app.example:8443/", False),
        ("https://app.example", "http://app.example/", False),
        ("https://app.example/maps", "https://app.example/mapsevil", False),
        ("https://app.example/maps", "https://app.example/", False),
        ("https://app.example", "", False),
        ("https://app.example", "https://app.example:x/", False),
        ("https://app.example", "https://[app.example/", False),
        ("http", "http", True),  # what the ArcGIS API for Python calls itself
        ("http", "http://anything.example", False),
        ("@esri/arcgis-rest-js", "@esri/arcgis-rest-js", True),
    ],
)
def test_a_referer_holds_for_its_own_pages_only(owner, bound, sent, expected):
    token, _ = tokens.issue(owner, 5, referer=bound)
    assert works(token, referer=sent) is expected


@pytest.mark.parametrize(
    ("bound", "sent"),
    [("192.0.2.7", "::ffff:192.0.2.7"), ("::ffff:c000:207", "192.0.2.7"),
     ("2001:db8::1", "2001:DB8:0:0::1")],
)  # fmt: skip
def test_an_address_is_the_same_in_each_of_its_forms(owner, bound, sent):
    token, _ = tokens.issue(owner, 5, ip=bound)
    assert works(token, ip=sent)
    assert not works(token, ip="192.0.2.8")


@pytest.mark.parametrize(
    "form", [{}, {"referer": " "}, {"referer": "x" * 501}, {"referer": "a\0b"}]
)
def test_a_binding_to_no_referer_is_refused_by_name(client, owner, form):
    answer = client.post(TOKENS, SIGN_IN | {"client": "referer"} | form).json()
    assert answer["error"]["details"][0].startswith("Parameter 'referer'")
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_token_ends_by_the_clock_of_the_database(owner, monkeypatch, hours):
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(hours=hours))
    token, row = tokens.issue(owner, 10)  # by a host whose clock is off
    left = row.expires_at - now()
    assert timedelta(minutes=9) < left < timedelta(minutes=11)
    assert works(token)
    AccessToken.objects.update(expires_at=now() - timedelta(seconds=1))
    assert not works(token)


def test_old_tokens_go_when_another_is_made(owner, stranger):
    ended = timezone.now() - timedelta(days=31)
    rows = [tokens.issue(owner, 1)[1], tokens.issue(stranger, 1)[1],
            tokens.make_key(owner, "k", 1)[1]]  # fmt: skip
    AccessToken.objects.update(expires_at=ended)
    _, new = tokens.issue(owner, 1)
    left = set(AccessToken.objects.values_list("pk", flat=True))
    assert left == {rows[1].pk, rows[2].pk, new.pk}


def test_a_get_gives_a_token_only_where_that_is_allowed(client, owner):
    assert client.get(TOKENS, SIGN_IN).json()["error"]["code"] == 405
    with override_settings(TOKENS_BY_GET=True):
        assert "token" in client.get(TOKENS, SIGN_IN).json()


@pytest.mark.parametrize("username", ["owner", "nobody"])
def test_an_unknown_user_costs_as_many_hashes_as_a_wrong_password(
    client, owner, monkeypatch, username
):
    from django.contrib.auth.hashers import MD5PasswordHasher

    made = []
    encode = MD5PasswordHasher.encode

    def counted(self, *args, **kwargs):
        made.append(1)
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    client.post(TOKENS, SIGN_IN | {"username": username, "password": "wrong"})
    assert len(made) == 1


def test_a_token_costs_one_query(client, owner, published, django_assert_num_queries):
    published("toys.TwoOutputs", "Toys/Private", access="signed_in")
    token, _ = tokens.issue(owner, 5)
    url = f"/{settings.CONTEXT}/rest/services/Toys/Private/GPServer"
    client.get(url, {"f": "json", "token": token})  # warm, and its use is written
    AccessToken.objects.update(last_used_at=timezone.now())
    with django_assert_num_queries(2):  # the service, the token with its user
        assert "tasks" in client.get(url, {"f": "json", "token": token}).json()


def test_a_new_password_ends_tokens_and_spares_keys(owner, stranger):
    token, _ = tokens.issue(owner, 5)
    key, _ = tokens.make_key(owner, "k", 1)
    other, _ = tokens.issue(stranger, 5)
    owner.first_name = "Ada"
    owner.save()
    assert works(token)
    owner.set_password("owner-pass-2")
    owner.save()
    assert [works(one) for one in (token, key, other)] == [False, True, True]


def test_a_token_from_before_the_update_still_works(owner):
    token, _ = tokens.issue(owner, 5)
    AccessToken.objects.update(password_mark="")
    assert works(token)
