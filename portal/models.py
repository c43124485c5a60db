"""AccessToken: what an API client shows instead of a password."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AccessToken(models.Model):
    """A token of a user; only its SHA-256 digest is kept.

    An empty ``referer`` or null ``ip`` means that the token is not bound to one.
    """

    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=8, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="access_tokens"
    )
    referer = models.CharField(max_length=500, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.user}"


class KeptProperties(models.Model):
    """What an administrator client has set of a service and Cairn has no use for.

    Such members are answered as they were sent, so that what a client has written
    it reads again. ``properties`` holds members of the service JSON, ``item_info``
    those of the item information.
    """

    service = models.OneToOneField(
        "services.Service", models.CASCADE, related_name="kept_properties"
    )
    properties = models.JSONField(default=dict)
    item_info = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"kept properties of {self.service}"
