"""Issue, find, exchange and revoke access tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from portal.models import AccessToken
from services.errors import InvalidToken

_USE_WRITTEN_AFTER = timedelta(minutes=5)


def digest_of(token: str) -> str:
    """Return the SHA-256 hex digest; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(
    user: User, minutes: int, *, referer: str = "", ip: str | None = None
) -> tuple[str, AccessToken]:
    """Return a new token and its row; the token itself is not kept anywhere."""
    token = secrets.token_urlsafe(32)
    row = AccessToken.objects.create(
        digest=digest_of(token),
        prefix=token[:8],
        user=user,
        referer=referer[:500],
        ip=ip,
        expires_at=timezone.now() + timedelta(minutes=minutes),
    )
    return token, row


def exchange(token: str, *, referer: str, ip: str) -> tuple[str, AccessToken]:
    """Return another token of the same user, bound as the given one and ending with it.

    arcgis-rest-request trades its token so, once for each server. Raises InvalidToken.
    """
    given = _row_of(token, referer=referer, ip=ip)
    made, row = issue(given.user, 0, referer=given.referer, ip=given.ip)
    row.expires_at = given.expires_at
    row.save(update_fields=["expires_at"])
    return made, row


def user_of(token: str, *, referer: str, ip: str) -> User:
    """Return the user of a valid token. Raises InvalidToken."""
    row = _row_of(token, referer=referer, ip=ip)
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at > _USE_WRITTEN_AFTER:
        AccessToken.objects.filter(pk=row.pk).update(last_used_at=now)
    user: User = row.user
    return user


def _row_of(token: str, *, referer: str, ip: str) -> AccessToken:
    rows = AccessToken.objects.select_related("user").filter(
        digest=digest_of(token), revoked_at=None, expires_at__gt=timezone.now()
    )
    row = rows.filter(user__is_active=True).first()
    if row is None or (row.ip and row.ip != ip):
        raise InvalidToken("Invalid Token")
    if row.referer and not referer.startswith(row.referer):
        raise InvalidToken("Invalid Token")
    return row
