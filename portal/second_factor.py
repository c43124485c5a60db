"""A code of an authenticator app beside the password, by django-otp.

Whoever has such a device is asked for a code at each login. CAIRN_TWO_FACTOR=1 lets
nobody into the administration without one: neither its pages nor its API.
"""

from __future__ import annotations

from base64 import b32encode
from binascii import unhexlify
from typing import TYPE_CHECKING, Any

import segno
from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.http import HttpRequest
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal import audit, backup_codes

if TYPE_CHECKING:
    Base = AuthenticationForm
else:
    Base = object

#: The name under which an authenticator app and the admin show a device.
NAME = "Authenticator"


def is_shown(request: HttpRequest | None, user: User, code: str) -> bool:
    """Tell if a code is right for a user: of the app, or a backup code, which is spent.

    Each device slows guessing down for itself.
    """
    typed = code.replace(" ", "")
    is_backup = backup_codes.is_one(typed)
    model = StaticDevice if is_backup else TOTPDevice
    for device in model.objects.devices_for_user(user, confirmed=True):
        found = verify_token(user, device.persistent_id, typed)
        if found is not None:
            user.otp_device = found  # type: ignore[attr-defined]  # django-otp's name
            if is_backup:
                left = backup_codes.count_left(user)
                audit.say_login(request, user, f"Used a backup code; {left} left.")
            return True
    return False


def has_device(user: User) -> bool:
    """Tell if a user is asked for a code."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def new_device(user: User) -> TOTPDevice:
    """Return a device that is not asked for until a code of it was shown."""
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    return TOTPDevice.objects.create(user=user, name=NAME, confirmed=False)


def confirm(device: TOTPDevice, code: str) -> bool:
    """Ask for codes of a device from now on, if a first one is right; say if it was."""
    if not device.verify_token(code.replace(" ", "")):
        return False
    device.confirmed = True
    device.save()
    return True


def typed_key(device: TOTPDevice) -> str:
    """Return the key as people type it into an app that cannot scan."""
    text = b32encode(unhexlify(device.key)).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def picture(device: TOTPDevice) -> str:
    """Return the QR code of a device as a data URL."""
    code: Any = segno.make(device.config_url, error="m")
    return str(code.svg_data_uri(scale=6, border=2, dark="#000", light="#fff"))


class _WithCode(Base):
    """Adds the code to a login form: required of those who have a device."""

    def clean(self) -> dict[str, Any]:
        """Check name and password, then the code."""
        cleaned: dict[str, Any] = super().clean()
        user: Any = self.get_user()
        if user is None or not has_device(user):
            return cleaned
        code = cleaned.get("otp_token", "")
        if not code.strip():
            raise forms.ValidationError(
                "Enter the code of your authenticator app too, or a backup code.",
                code="code_required",
            )
        if not is_shown(self.request, user, code):
            raise forms.ValidationError(
                "This code is not right, or was used already: wait for the next one.",
                code="code_wrong",
            )
        return cleaned


def _code_field() -> forms.CharField:
    return forms.CharField(
        label="Code",
        required=False,
        max_length=16,
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "inputmode": "numeric"}
        ),
    )


class LoginForm(_WithCode, AuthenticationForm):
    """The login of the account pages."""

    otp_token = _code_field()


class AdminLoginForm(_WithCode, AdminAuthenticationForm):
    """The login of the administration."""

    otp_token = _code_field()
