"""A code beside the password: who is asked for it, and where it is demanded."""

from __future__ import annotations

import re
import time
from io import StringIO

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.core.management import CommandError, call_command
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.models import AccessToken

ACCOUNT = f"/{settings.CONTEXT}/account"
TOKENS = f"/{settings.CONTEXT}/tokens/generateToken"
ADMIN = f"/{settings.CONTEXT}/admin/services"
LOGIN = {"username": "admin", "password": "password"}


def code_of(device, steps=0):
    """Return the code that an app shows: RFC 6238 over the key."""
    return f"{totp(device.bin_key, t0=-30 * steps):06d}"


@pytest.fixture
def device(admin_user):
    return TOTPDevice.objects.create(user=admin_user, name="Phone")


def test_codes_are_those_of_the_standard():
    # RFC 6238, appendix B: the code from 30 s to 59 s, SHA-1, eight digits
    key = b"12345678901234567890"
    assert totp(key, t0=int(time.time()) - 40, digits=8) == 94287082


@pytest.mark.parametrize("path", ["/admin/login/", f"{ACCOUNT}/login"])
def test_who_has_a_device_is_asked_for_its_code(client, device, path):
    assert b"Enter the code" in client.post(path, LOGIN).content
    assert (
        b"This code is not right"
        in client.post(path, LOGIN | {"otp_token": "123"}).content
    )
    device.refresh_from_db()
    device.throttle_reset()  # wrong codes are slowed down
    assert client.post(path, LOGIN | {"otp_token": code_of(device)}).status_code == 302


def test_a_code_counts_once(client, device):
    login = LOGIN | {"otp_token": code_of(device)}
    assert client.post("/admin/login/", login).status_code == 302
    client.logout()
    assert client.post("/admin/login/", login).status_code == 200


def test_the_code_of_another_user_does_not_count(client, device, owner):
    other = TOTPDevice.objects.create(user=owner, name="Other")
    login = LOGIN | {"otp_token": code_of(other)}
    assert client.post("/admin/login/", login).status_code == 200


def test_without_a_device_the_password_is_enough_if_nobody_demands_more(
    client, admin_user
):
    client.post("/admin/login/", LOGIN)
    assert client.get("/admin/").status_code == 200


def test_an_administration_that_demands_it_lets_no_password_in(
    client, admin_user, settings
):
    settings.TWO_FACTOR = True
    client.force_login(admin_user)
    page = client.get("/admin/", follow=True)
    assert b"without the code of an authenticator app" in page.content
    assert client.get("/admin/auth/user/").status_code == 302


def test_it_lets_in_who_shows_a_code(client, device, settings):
    settings.TWO_FACTOR = True
    client.post("/admin/login/", LOGIN | {"otp_token": code_of(device)})
    assert client.get("/admin/auth/user/").status_code == 200


def test_tokens_of_administrators_need_the_code_too(client, device, settings):
    form = LOGIN | {"f": "json"}
    plain = client.post(TOKENS, form).json()["token"]
    wrong = client.post(TOKENS, form | {"otp": "123"}).json()["error"]
    assert wrong["details"] == ["Invalid code of the authenticator app specified."]
    device.refresh_from_db()
    device.throttle_reset()
    shown = client.post(TOKENS, form | {"otp": code_of(device)}).json()["token"]
    traded = client.post(TOKENS, {"f": "json", "token": shown}).json()["token"]

    def answer(token):
        return client.get(ADMIN, {"f": "json", "token": token}).json()

    assert "services" in answer(plain)
    settings.TWO_FACTOR = True
    assert answer(plain)["code"] == 403
    assert "services" in answer(shown)
    assert "services" in answer(traded)


def test_people_set_up_an_app_themselves(client, owner):
    client.force_login(owner)
    page = client.get(f"{ACCOUNT}/device").content.decode()
    assert "data:image/svg+xml" in page
    device = TOTPDevice.objects.get()
    assert not device.confirmed
    assert re.search(r"<code>(\w{4} ){7}\w{4}</code>", page)
    page = client.post(f"{ACCOUNT}/device", {"code": "12"})
    assert b"not right" in page.content
    device.refresh_from_db()
    device.throttle_reset()
    client.post(f"{ACCOUNT}/device", {"code": code_of(device)})
    device.refresh_from_db()
    assert device.confirmed
    assert client.get(f"{ACCOUNT}/device").status_code == 302
    assert b"asks for a code" in client.get(ACCOUNT).content


def test_a_device_that_was_never_confirmed_asks_for_nothing(client, owner):
    client.force_login(owner)
    client.get(f"{ACCOUNT}/device")
    client.logout()
    form = {"username": "owner", "password": "owner-pass-1"}
    assert client.post(f"{ACCOUNT}/login", form).status_code == 302


def test_the_command_gives_and_takes_a_device(client, admin_user):
    said = StringIO()
    call_command("second_factor", "admin", stdout=said)
    device = TOTPDevice.objects.get()
    assert "otpauth://totp/Cairn" in said.getvalue()
    assert client.post("/admin/login/", LOGIN).status_code == 200
    with pytest.raises(CommandError, match="--remove"):
        call_command("second_factor", "admin", stdout=said)
    login = LOGIN | {"otp_token": code_of(device)}
    assert client.post("/admin/login/", login).status_code == 302
    client.logout()
    call_command("second_factor", "admin", "--remove", stdout=said)
    assert client.post("/admin/login/", LOGIN).status_code == 302


def test_the_command_knows_no_user_that_is_not_there(db):
    with pytest.raises(CommandError, match="no user nobody"):
        call_command("second_factor", "nobody")


def test_the_administration_shows_the_code_of_a_device(admin_client, device):
    picture = admin_client.get(f"/admin/otp_totp/totpdevice/{device.pk}/qrcode/")
    assert picture["Content-Type"] == "image/svg+xml"
    assert b"<svg" in picture.content


def test_tokens_say_if_a_code_was_shown(client, device):
    form = LOGIN | {"f": "json", "otp": code_of(device)}
    client.post(TOKENS, form)
    client.post(TOKENS, LOGIN | {"f": "json"})
    shown = AccessToken.objects.order_by("pk").values_list(
        "has_second_factor", flat=True
    )
    assert list(shown) == [True, False]


# --- Backup codes ---------------------------------------------------------------------


@pytest.fixture
def codes(client, device, admin_user):
    """Ten codes, as the page has shown them to their owner."""
    client.force_login(admin_user)
    page = client.post(f"{ACCOUNT}/backup-codes")
    assert "no-store" in page["Cache-Control"]
    client.logout()
    return re.findall(r"<code>(\d{5} \d{5})</code>", page.content.decode())


@pytest.mark.parametrize("path", ["/admin/login/", f"{ACCOUNT}/login"])
def test_a_backup_code_lets_in_once(client, codes, path):
    assert len(set(codes)) == 10
    login = LOGIN | {"otp_token": codes[3]}
    assert client.post(path, login).status_code == 302
    client.logout()
    assert client.post(path, login).status_code == 200
    StaticDevice.objects.get().throttle_reset()
    login["otp_token"] = codes[4].replace(" ", "")
    assert client.post(path, login).status_code == 302
    assert "You have 8 backup codes left" in client.get(ACCOUNT).content.decode()


def test_a_backup_code_counts_where_a_code_is_demanded(client, codes, settings):
    settings.TWO_FACTOR = True
    form = LOGIN | {"f": "json", "otp": codes[0]}
    token = client.post(TOKENS, form).json()["token"]
    assert "services" in client.get(ADMIN, {"f": "json", "token": token}).json()
    client.post("/admin/login/", LOGIN | {"otp_token": codes[1]})
    assert client.get("/admin/auth/user/").status_code == 200


def test_wrong_backup_codes_are_slowed_down_and_leave_the_app_alone(
    client, codes, device
):
    wrong = LOGIN | {"otp_token": "00000 00000"}
    assert client.post(f"{ACCOUNT}/login", wrong).status_code == 200
    right = LOGIN | {"otp_token": codes[0]}
    assert client.post(f"{ACCOUNT}/login", right).status_code == 200  # too soon
    app = LOGIN | {"otp_token": code_of(device)}
    assert client.post(f"{ACCOUNT}/login", app).status_code == 302


def test_new_backup_codes_take_the_place_of_the_old(client, codes, admin_user):
    client.force_login(admin_user)
    client.post(f"{ACCOUNT}/backup-codes")
    client.logout()
    login = LOGIN | {"otp_token": codes[0]}
    assert client.post(f"{ACCOUNT}/login", login).status_code == 200
    assert StaticToken.objects.count() == 10


def test_backup_codes_go_with_the_app(client, codes, device):
    device.delete()
    assert not StaticDevice.objects.exists()
    assert client.post(f"{ACCOUNT}/login", LOGIN).status_code == 302


def test_who_has_no_app_has_no_backup_codes(client, owner):
    client.force_login(owner)
    assert client.post(f"{ACCOUNT}/backup-codes").url == ACCOUNT
    assert "backup code" not in client.get(ACCOUNT).content.decode()
    assert not StaticDevice.objects.exists()


def test_backup_codes_of_another_do_not_count(client, codes, owner):
    TOTPDevice.objects.create(user=owner, name="Phone")
    form = {"username": "owner", "password": "owner-pass-1", "otp_token": codes[0]}
    assert client.post(f"{ACCOUNT}/login", form).status_code == 200


def test_the_audit_log_has_when_codes_were_made_and_used_and_none_of_them(
    client, codes
):
    client.post(f"{ACCOUNT}/login", LOGIN | {"otp_token": codes[0]})
    rows = LogEntry.objects.order_by("pk").values_list("changes", "additional_data")
    told = str(list(rows))
    assert "Made backup codes." in told
    assert "Used a backup code; 9 left." in told
    assert not [one for one in codes if one in told or one.replace(" ", "") in told]


def test_the_administration_shows_no_backup_codes(admin_client, codes):
    for address in ("", "statictoken/", "staticdevice/"):
        assert admin_client.get(f"/admin/otp_static/{address}").status_code == 404
