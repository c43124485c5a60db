"""Passwords that are guessed: a few a minute for a user, some an hour for an address.

django-axes asks and tells us of each login, here and at the token service; its table
of failures is what counts. A lock ends by itself, and an administrator who deletes
failures ends it sooner. Nobody can lock a user out from another address.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.handlers.base import AxesHandler
from axes.models import AccessFailureLog
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal.proxy import address_of, neighbourhood
from services.errors import TooManyRequests

_FORGET_AFTER = timedelta(days=1)
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_LONGEST = 255


class LoginBackend(AxesStandaloneBackend):  # type: ignore[misc]  # no types there
    """Stops a login that came too often; what has no request is a program's own."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Raise PermissionDenied while the user here, or the address, has to wait."""
        if request is not None:
            super().authenticate(request, **credentials)


class LoginLimits(AxesHandler):  # type: ignore[misc]
    """Counts failures by user and address for a minute, by address for an hour."""

    def is_locked(
        self, request: HttpRequest, credentials: dict[str, Any] | None = None
    ) -> bool:
        """Tell if a login has to wait; the password is not even looked at then."""
        return wait_seconds(request, _name(credentials)) > 0

    def user_login_failed(
        self,
        sender: Any,  # noqa: ARG002  (the signature of a signal)
        credentials: dict[str, Any],
        request: HttpRequest | None = None,
        **_: Any,
    ) -> None:
        """Count a failure; one that was refused beforehand lengthens nothing."""
        if request is None or is_refused(request):
            return
        now = timezone.now()
        AccessFailureLog.objects.filter(attempt_time__lt=now - _FORGET_AFTER).delete()
        AccessFailureLog.objects.create(
            username=_name(credentials),
            ip_address=neighbourhood(address_of(request)),
            user_agent=_short(request.headers.get("User-Agent", "")),
            path_info=_short(request.path),
        )

    def user_logged_in(
        self,
        sender: Any,  # noqa: ARG002
        request: HttpRequest,
        user: Any,
        **_: Any,
    ) -> None:
        """Forget what the user got wrong before, from this address."""
        forgive(request, user.get_username())

    def reset_attempts(
        self,
        *,
        ip_address: str | None = None,
        username: str | None = None,
        ip_or_username: bool = False,
    ) -> int:
        """Forget failures; what ``manage.py axes_reset`` does."""
        address = Q(ip_address=neighbourhood(ip_address)) if ip_address else Q()
        name = Q(username=username) if username else Q()
        wanted = address | name if ip_or_username else address & name
        return int(AccessFailureLog.objects.filter(wanted).delete()[0])


def is_refused(request: HttpRequest) -> bool:
    """Tell if a login was refused for those before it."""
    return bool(getattr(request, "axes_locked_out", False))


def forgive(request: HttpRequest, username: str) -> None:
    """Forget the failures of a user who has shown the password now."""
    _of(request, _short(username)).delete()


def wait_seconds(request: HttpRequest, username: str) -> int:
    """Return how long a user has to wait at an address before the next try."""
    mine = _of(request, username)
    here = AccessFailureLog.objects.filter(
        ip_address=neighbourhood(address_of(request))
    )
    ends = (
        _end(mine, settings.LOGINS_PER_USER, _MINUTE),
        _end(here, settings.LOGINS_PER_ADDRESS, _HOUR),
    )
    left = [(end - timezone.now()).total_seconds() for end in ends if end is not None]
    return max(0, ceil(max(left, default=0)))


def _end(rows: QuerySet[Any], most: int, window: timedelta) -> datetime | None:
    """Return when there are fewer than ``most`` failures in a window; None for now."""
    if not most:
        return None
    times = rows.filter(attempt_time__gt=timezone.now() - window).order_by(
        "-attempt_time"
    )
    last = times.values_list("attempt_time", flat=True)[most - 1 : most]
    found: list[datetime] = list(last)
    return found[0] + window if found else None


def _of(request: HttpRequest, username: str) -> QuerySet[Any]:
    found: QuerySet[Any] = AccessFailureLog.objects.filter(
        username=username, ip_address=neighbourhood(address_of(request))
    )
    return found


def _name(credentials: dict[str, Any] | None) -> str:
    return _short(str((credentials or {}).get("username") or ""))


def _short(text: str) -> str:
    return text[:_LONGEST].replace("\0", "")


def refusal(request: HttpRequest, username: str) -> TooManyRequests:
    """Return the error that says how long to wait."""
    seconds = max(1, wait_seconds(request, _short(username)))
    return TooManyRequests(
        f"Too many failed logins: try again in {seconds} seconds.", seconds
    )


def refusal_page(
    request: HttpRequest,
    response: HttpResponse | None = None,  # noqa: ARG001  (the signature of axes)
    credentials: dict[str, Any] | None = None,
) -> HttpResponse:
    """Return the page in the place of a login form, with HTTP status 429."""
    name = _name(credentials) or _short(request.POST.get("username", ""))
    error = refusal(request, name)
    page = render(request, "account/wait.html", {"error": error}, status=429)
    page["Retry-After"] = str(error.retry_after_seconds)
    page["Cache-Control"] = "no-store"
    return page
