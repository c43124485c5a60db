"""What tells the audit log of logins, and keeps secrets out of it."""

from __future__ import annotations

from typing import Any

from auditlog.models import LogEntry
from auditlog.signals import pre_log
from django.contrib.auth.models import User
from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from portal import audit, logins

pre_log.connect(audit.wants)
pre_save.connect(audit.hide_defaults, sender=LogEntry)


@receiver(user_logged_in)
def _came_in(request: HttpRequest | None, user: User, **_: Any) -> None:
    audit.say_login(request, user, "Signed in.")


@receiver(user_logged_out)
def _went(request: HttpRequest | None, user: User | None, **_: Any) -> None:
    if user is not None:
        audit.say_login(request, user, "Signed out.")


@receiver(user_login_failed)
def _failed(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """Keep a failure under the name of a user who is there: others may be passwords."""
    if request is None or logins.is_refused(request):
        return
    name = str(credentials.get("username") or "")[:150].replace("\0", "")
    user = User.objects.filter(username=name).first()
    audit.say_login(request, user, "Failed to sign in.")
