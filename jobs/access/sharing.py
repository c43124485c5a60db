"""Share links: made and revoked by the owner of a job, found by their secret."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.module_loading import import_string

from jobs.models import Job, ShareLink
from services.errors import LimitExceeded

#: Name of the parameter that carries the secret.
PARAMETER = "share"
MAX_LIVE = 50

_USE_WRITTEN_AFTER = timedelta(minutes=5)


def digest_of(secret: str) -> str:
    """Return the SHA-256 hex digest; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def usual_hours() -> int:
    """Return how long a link works unless its maker says; in hours."""
    said: Callable[[], int] = import_string(settings.USUAL_SHARE_HOURS)
    return said()


def share(
    job: Job, user: User, minutes: int, label: str = "", *, shows_inputs: bool = False
) -> tuple[str, ShareLink]:
    """Return the secret of a new link and its row; the secret is not kept anywhere.

    ``minutes`` are clamped to what the site allows. Raises LimitExceeded.
    """
    if ShareLink.objects.live().filter(job=job).count() >= MAX_LIVE:
        raise LimitExceeded(
            f"a job has at most {MAX_LIVE} share links that work: revoke one first"
        )
    longest: int = settings.MAX_SHARE_HOURS * 60
    secret = secrets.token_urlsafe(32)
    row = ShareLink.objects.create(
        job=job,
        digest=digest_of(secret),
        label=label[:100],
        created_by=user,
        shows_inputs=shows_inputs,
        expires_at=timezone.now() + timedelta(minutes=min(minutes, longest)),
    )
    return secret, row


def live_link(job_id: str, secret: str) -> ShareLink | None:
    """Return the link of a job that a secret is of, None if it does not work."""
    row = link_of(secret)
    return row if row and row.job_id == job_id else None


def link_of(secret: str) -> ShareLink | None:
    """Return the link that a secret is of, None if it does not work (any more)."""
    if not secret:
        return None
    row = ShareLink.objects.live().filter(digest=digest_of(secret)).first()
    now = timezone.now()
    if row and (not row.last_used_at or now - row.last_used_at > _USE_WRITTEN_AFTER):
        ShareLink.objects.filter(pk=row.pk).update(last_used_at=now)
    return row


def revoke(row: ShareLink) -> None:
    """Let a link work no more, at once; the time of the first revocation stays."""
    found = ShareLink.objects.filter(pk=row.pk, revoked_at=None)
    found.update(revoked_at=timezone.now())
