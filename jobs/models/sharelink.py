"""ShareLink: lets whoever has it read one job and its results, for a time."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone


def new_share_id() -> str:
    """Return the name by which a link is listed and revoked; it opens nothing."""
    return secrets.token_hex(8)


class ShareLinks(models.Manager["ShareLink"]):
    """All links; ``live`` ones work."""

    def live(self) -> QuerySet[ShareLink]:
        """Return the links that still work: those of whom is dismissed do not."""
        now = timezone.now()
        live = self.filter(revoked_at=None, expires_at__gt=now)
        return live.filter(created_by__is_active=True)


class ShareLink(models.Model):
    """A link to the results of a job; only the SHA-256 digest of its secret is kept.

    ``shows_inputs`` says that it also opens what the job was given.
    """

    id = models.CharField(
        "share id", primary_key=True, max_length=16, default=new_share_id,
        editable=False,
    )  # fmt: skip
    job = models.ForeignKey("jobs.Job", models.CASCADE, related_name="share_links")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    label = models.CharField(max_length=100, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    shows_inputs = models.BooleanField(default=False)

    objects = ShareLinks()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.label or self.id} of {self.job_id}"

    @property
    def state(self) -> str:
        """``revoked``, ``expired`` or ``live``."""
        if self.revoked_at is not None:
            return "revoked"
        return "live" if self.expires_at > timezone.now() else "expired"
