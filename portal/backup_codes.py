"""Backup codes: each lets its user in once, in the place of the authenticator app's.

They are the tokens of a static device of django-otp. Only whoever has an app has codes:
they go with it.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

NAME = "Backup codes"
COUNT = 10
#: Digits alone, for the keyboards that forms of codes ask for; longer than the app's,
#: and with no zero in front, so that none is taken for another.
_DIGITS = 10
_FIRST = 10 ** (_DIGITS - 1)


def make(user: User) -> list[str]:
    """Return new codes of a user as people write them; those before count no more."""
    codes = [str(_FIRST + secrets.randbelow(9 * _FIRST)) for _ in range(COUNT)]
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name=NAME)
        StaticToken.objects.bulk_create(
            StaticToken(device=device, token=code) for code in codes
        )
    return [f"{code[:5]} {code[5:]}" for code in codes]


def is_one(code: str) -> bool:
    """Tell if a code that somebody has typed can only be a backup code."""
    return len(code) == _DIGITS


def count_left(user: User) -> int:
    """Return how many codes of a user have not been used."""
    left: int = StaticToken.objects.filter(device__user=user).count()
    return left


@receiver(post_delete, sender=TOTPDevice)
def _go_with_the_app(instance: TOTPDevice, **_: Any) -> None:
    """Delete the codes of a user whose last app has been taken away."""
    if not TOTPDevice.objects.filter(user=instance.user_id, confirmed=True).exists():
        StaticDevice.objects.filter(user=instance.user_id).delete()
