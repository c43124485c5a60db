"""AccessToken: what a client shows instead of a password, for an hour or a year."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.functional import cached_property


class AccessToken(models.Model):
    """A token or API key of a user; only its SHA-256 digest is kept.

    An empty ``referer`` or null ``ip`` means that it is not bound to one. A token can
    what its user can, until the password that gave it is changed. A key lives longer,
    has a name, and opens the services of its scope alone: to read, or to run as well.
    """

    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=12, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="access_tokens"
    )
    is_key = models.BooleanField("API key", default=False, editable=False)
    name = models.CharField(max_length=100, blank=True)
    may_run = models.BooleanField("may run tools", default=True)
    all_services = models.BooleanField(default=True)
    services = models.ManyToManyField("services.Service", blank=True)
    password_mark = models.CharField(max_length=16, blank=True, editable=False)
    has_second_factor = models.BooleanField(default=False, editable=False)
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

    def opens(self, service_id: int | None) -> bool:
        """Tell if the scope holds a service; None stands for what is of no service."""
        return self.all_services or service_id in self._service_ids

    @property
    def scope(self) -> str:
        """What it may be used for, in words: ``run Samples/Buffer, Samples/World``."""
        if not self.is_key:
            return "all that the user may do"
        paths = sorted(one.path for one in self.services.all())
        which = "all services" if self.all_services else ", ".join(paths)
        return f"{'run' if self.may_run else 'read'} {which or 'no service any more'}"

    def chosen(self) -> frozenset[int]:
        """Return the services of a scope that has not all."""
        return self._service_ids

    @cached_property
    def _service_ids(self) -> frozenset[int]:
        return frozenset(self.services.values_list("pk", flat=True))


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
