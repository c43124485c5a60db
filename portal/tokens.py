"""Issue, find, exchange and revoke access tokens and API keys.

Both are rows of AccessToken, found by the digest of what the client shows. Their end is
by the clock of the database, so a host whose own clock is off lengthens no token.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from portal.models import AccessToken
from portal.proxy import canonical
from services.errors import NO_RIGHT, InvalidToken, NotAllowed
from services.keys import Caller, Client
from services.models import Service

_USE_WRITTEN_AFTER = timedelta(minutes=5)
#: Tokens that ended so long ago are deleted when their user gets another.
_FORGET_AFTER = timedelta(days=30)
_TOKEN_SHOWN, _KEY_SHOWN = 8, 12  # characters by which people know them
#: How each API key begins, for what looks for secrets in files.
KEY_PREFIX = "cairn_"


@dataclass(frozen=True, slots=True)
class Binding:
    """Where alone a token works; "" and None: anywhere."""

    referer: str = ""
    ip: str | None = None


ANYWHERE = Binding()


def digest_of(token: str) -> str:
    """Return the SHA-256 hex digest; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(
    user: User,
    minutes: int,
    *,
    referer: str = "",
    ip: str | None = None,
    has_second_factor: bool = False,
) -> tuple[str, AccessToken]:
    """Return a new token and its row; the token itself is not kept anywhere."""
    old = AccessToken.objects.filter(user=user, is_key=False)
    old.filter(expires_at__lt=Now() - _FORGET_AFTER).delete()
    row = AccessToken(
        user=user, password_mark=_mark(user), has_second_factor=has_second_factor
    )
    token = secrets.token_urlsafe(32)
    return token, _kept(row, token, timedelta(minutes=minutes), Binding(referer, ip))


def make_key(
    user: User,
    name: str,
    days: int,
    *,
    may_run: bool = True,
    services: Iterable[Service] | None = None,
    bound: Binding = ANYWHERE,
) -> tuple[str, AccessToken]:
    """Return a new API key and its row; ``services`` None: all of its user."""
    row = AccessToken(
        user=user, is_key=True, name=name, may_run=may_run,
        all_services=services is None,
    )  # fmt: skip
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    _kept(row, key, timedelta(days=days), bound)
    row.services.set(services or ())
    return key, row


def _mark(user: User) -> str:
    """Return what tells a password from the next one; nothing can be got from it."""
    return digest_of(f"mark of {user.password}")[:16]


def _kept(row: AccessToken, token: str, life: timedelta, bound: Binding) -> AccessToken:
    row.digest = digest_of(token)
    row.prefix = token[: _KEY_SHOWN if row.is_key else _TOKEN_SHOWN]
    row.referer, row.ip = bound.referer, bound.ip
    row.expires_at = Now() + life
    row.save(force_insert=True)
    row.refresh_from_db(fields=["expires_at"])
    return row


def exchange(token: str, *, referer: str, ip: str) -> tuple[str, AccessToken]:
    """Return another token of the same user, bound as the given one and ending with it.

    arcgis-rest-request trades its token so, once for each server. Raises InvalidToken,
    and NotAllowed for an API key, which would shed its scopes.
    """
    given = row_of(token, referer=referer, ip=ip)
    if given.is_key:
        raise NotAllowed(NO_RIGHT)
    made, row = issue(
        given.user, 0, referer=given.referer, ip=given.ip,
        has_second_factor=given.has_second_factor,
    )  # fmt: skip
    row.expires_at = given.expires_at
    row.save(update_fields=["expires_at"])
    return made, row


def row_of(token: str, *, referer: str, ip: str) -> AccessToken:
    """Return the row of a valid token or key, with its user. Raises InvalidToken."""
    row = _valid_row(token)
    if row.ip and canonical(row.ip) != canonical(ip):
        raise InvalidToken("Invalid Token")
    if row.referer and not is_below(row.referer, referer):
        raise InvalidToken("Invalid Token")
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at > _USE_WRITTEN_AFTER:
        AccessToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return row


def _valid_row(token: str) -> AccessToken:
    """Return the row of a token or key that works somewhere. Raises InvalidToken."""
    row = valid().filter(digest=digest_of(token), user__is_active=True).first()
    if row is None or (row.password_mark and row.password_mark != _mark(row.user)):
        raise InvalidToken("Invalid Token")
    return row


def holder_of(token: str, client: Client | None) -> Caller:
    """Return who is let in by a token that an input brings along. Raises InvalidToken.

    ``client`` sends the request; None in a worker, long after: from where the token
    works was looked at when the job was submitted.
    """
    if client is None:
        row = _valid_row(token)
    else:
        row = row_of(token, referer=client.referer, ip=client.address)
    return Caller(row.user, None if row.all_services else row.chosen())


def valid() -> QuerySet[AccessToken]:
    """Return the tokens and keys that work, with their users."""
    rows = AccessToken.objects.select_related("user")
    return rows.filter(revoked_at=None, expires_at__gt=Now())


def revoke(rows: QuerySet[AccessToken]) -> list[AccessToken]:
    """Let tokens work no more from the next request on; return those that did."""
    found = list(rows.filter(revoked_at=None))
    picked = AccessToken.objects.filter(pk__in=[one.pk for one in found])
    picked.update(revoked_at=timezone.now())
    return found


def is_below(bound: str, sent: str) -> bool:
    """Tell if a referer is the one that a token is bound to, or a page below it.

    The start of a text is not enough: https://app.example.net begins with
    https://app.example. What is no address, such as the names by which scripts call
    themselves, has to be the same.
    """
    if bound == sent:
        return True
    try:
        base, page = urlsplit(bound), urlsplit(sent)
        if not base.netloc or _origin(base) != _origin(page):
            return False
    except ValueError:  # no port, or half an IPv6 address
        return False
    path = base.path.rstrip("/")
    return page.path.rstrip("/") == path or page.path.startswith(f"{path}/")


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port
