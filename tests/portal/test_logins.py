"""Guessed passwords: after a few, user and address have to wait, for a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from axes.models import AccessFailureLog
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import Client

TOKENS = f"/{settings.CONTEXT}/tokens/generateToken"
RIGHT = "owner-pass-1"


def token(client, password="wrong", username="owner", address="192.0.2.7", **extra):
    form = {"username": username, "password": password, "f": "json"}
    return client.post(TOKENS, form, REMOTE_ADDR=address, **extra)


def code(answer):
    return answer.json().get("error", {}).get("code", 0)


def later(**time):
    """Let time go by, for the failures."""
    AccessFailureLog.objects.update(attempt_time=F("attempt_time") - timedelta(**time))


def test_five_wrong_passwords_a_minute_and_no_more(client, owner):
    codes = [code(token(client)) for _ in range(7)]
    assert codes == [400] * 5 + [429] * 2


def test_the_right_password_is_not_looked_at_meanwhile(client, owner):
    for _ in range(5):
        token(client)
    answer = token(client, RIGHT)
    assert answer.status_code == 200  # as all errors with f=json
    assert code(answer) == 429
    assert answer.json()["error"]["message"].startswith("Too many failed logins: try")
    assert 1 <= int(answer["Retry-After"]) <= 60
    page = client.post(TOKENS, {"username": "owner", "password": RIGHT},
                       REMOTE_ADDR="192.0.2.7")  # fmt: skip
    assert page.status_code == 429


def test_the_lock_ends_after_a_minute_however_often_one_knocks(client, owner):
    for _ in range(20):
        token(client)
    later(seconds=61)
    assert code(token(client, RIGHT)) == 0


def test_a_user_is_not_locked_out_by_others(client, owner, stranger):
    for _ in range(5):
        token(client)
    assert code(token(client, RIGHT, address="192.0.2.8")) == 0
    assert code(token(client, "stranger-pass-1", "stranger")) == 0


def test_a_login_forgives_what_was_mistyped_before(client, owner):
    for _ in range(4):
        token(client)
    assert code(token(client, RIGHT)) == 0
    assert [code(token(client)) for _ in range(6)] == [400] * 5 + [429]


def test_an_address_that_tries_many_names_waits_for_an_hour(client, owner):
    for number in range(50):
        token(client, username=f"user{number}")
    answer = token(client, RIGHT)
    assert code(answer) == 429
    assert 3000 < int(answer["Retry-After"]) <= 3600
    later(minutes=61)
    assert code(token(client, RIGHT)) == 0


def test_unknown_names_are_counted_like_known_ones(client, owner):
    codes = [code(token(client, username="nobody")) for _ in range(6)]
    assert codes == [400] * 5 + [429]


@pytest.mark.parametrize("username", ["x" * 400, "a\0b", "", "Ünal"])
def test_any_name_is_counted(client, db, username):
    codes = [code(token(client, username=username)) for _ in range(6)]
    assert codes == [400] * 5 + [429]


def test_addresses_of_ipv6_count_by_network(client, owner):
    for number in range(5):
        token(client, address=f"2001:db8:0:7::{number + 1:x}")
    assert code(token(client, RIGHT, address="2001:db8:0:7:ffff::1")) == 429
    assert code(token(client, RIGHT, address="2001:db8:0:8::1")) == 0


def test_an_address_without_an_end_is_counted_too(client, owner):
    codes = [code(token(client, address="")) for _ in range(6)]  # a socket file
    assert codes == [400] * 5 + [429]


def test_the_login_of_the_administration_waits_as_well(client, admin_user):
    form = {"username": "admin", "password": "wrong"}
    for _ in range(5):
        assert client.post("/admin/login/", form).status_code == 200
    page = client.post("/admin/login/", form | {"password": "password"})
    assert page.status_code == 429
    assert int(page["Retry-After"]) > 0
    assert b"Too many failed logins" in page.content
    later(seconds=61)
    form["password"] = "password"
    assert client.post("/admin/login/", form).status_code == 302


def test_limits_can_be_switched_off(client, owner, settings):
    settings.LOGINS_PER_USER = settings.LOGINS_PER_ADDRESS = 0
    assert [code(token(client)) for _ in range(8)] == [400] * 8


def test_failures_go_after_a_day(client, owner):
    token(client)
    later(hours=25)
    token(client)
    assert AccessFailureLog.objects.count() == 1


def test_no_password_is_kept(client, owner):
    token(client, password="my-secret-77", QUERY_STRING="password=my-secret-77")
    row = AccessFailureLog.objects.values().get()
    assert "my-secret-77" not in str(row)


LIST = "/admin/axes/accessfailurelog/"


def test_an_administrator_sees_and_forgets_failures(admin_client, owner):
    client = Client()
    for _ in range(5):
        token(client)
    page = admin_client.get(LIST, {"q": "192.0.2.7"})
    assert page.content.count(b"owner") >= 5
    rows = list(AccessFailureLog.objects.values_list("pk", flat=True))
    data = {"action": "delete_selected", "_selected_action": rows, "post": "yes"}
    admin_client.post(LIST, data)
    assert code(token(client, RIGHT)) == 0


def test_failures_are_not_written_by_hand(admin_client, owner):
    token(Client())
    row = AccessFailureLog.objects.get()
    assert admin_client.get(f"{LIST}add/").status_code == 403
    page = admin_client.get(f"{LIST}{row.pk}/change/")
    assert b'name="_save"' not in page.content


def test_who_only_sees_failures_forgets_none(client, owner):
    staff = User.objects.create_user("auditor", password="x", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_accessfailurelog"))
    token(Client())
    client.force_login(staff)
    assert client.get(LIST).status_code == 200
    row = AccessFailureLog.objects.get()
    assert client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_command_of_axes_forgets_too(client, owner):
    for _ in range(5):
        token(client)
    call_command("axes_reset_ip", "192.0.2.7", verbosity=0)
    assert code(token(client, RIGHT)) == 0


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_time_are_counted_too():
    User.objects.create_user("owner", password=RIGHT)

    def guess(_):
        try:
            return [code(token(Client())) for _ in range(5)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        codes = [one for some in pool.map(guess, range(4)) for one in some]
    # those who ask at the same time may be as many more as there are threads
    assert 5 <= codes.count(400) <= 8
    assert codes.count(400) + codes.count(429) == 20
