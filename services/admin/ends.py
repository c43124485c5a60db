"""EndFilter: which of the things that expire and can be revoked still work."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone


class EndFilter(admin.SimpleListFilter):
    """Rows with ``expires_at`` and ``revoked_at``; a subclass says what works is."""

    title = "state"
    parameter_name = "state"
    #: What a row is called that still works.
    working = "valid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = (self.working, "expired", "revoked")
        return [(name, name.capitalize()) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "revoked":
            return queryset.exclude(revoked_at=None)
        open_ones = queryset.filter(revoked_at=None)
        if self.value() == "expired":
            return open_ones.filter(expires_at__lte=timezone.now())
        if self.value() == self.working:
            return open_ones.filter(expires_at__gt=timezone.now())
        return queryset
