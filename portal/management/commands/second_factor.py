"""manage.py second_factor: give a user an authenticator app, or take it away."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import segno
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.second_factor import NAME, typed_key


class Command(BaseCommand):
    """Makes a device that counts at once, and shows its key in the terminal."""

    help = "Give a user an authenticator app as a second factor, or take it away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--remove", action="store_true", help="the user has lost it: take it away"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get(username=options["username"])
        except User.DoesNotExist:
            raise CommandError(f"There is no user {options['username']}.") from None
        devices = TOTPDevice.objects.filter(user=user)
        if options["remove"]:
            count = devices.count()
            devices.delete()  # and the backup codes with them
            self.stdout.write(f"{count} removed: the password alone lets {user} in.")
            return
        if devices.filter(confirmed=True).exists():
            raise CommandError(f"{user} has one; --remove takes it away.")
        devices.delete()
        device = TOTPDevice.objects.create(user=user, name=NAME)
        code: Any = segno.make(device.config_url)
        code.terminal(self.stdout, compact=True)
        self.stdout.write(f"Scan this with an authenticator app, or type the key:\n"
                          f"{typed_key(device)}\n{device.config_url}")  # fmt: skip
