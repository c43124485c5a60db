"""Hosts that inputs may name, in the admin: rows beside what the environment says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.models.fetchhosts import FetchHost
from services.admin.actions import mark, moment

if TYPE_CHECKING:  # the generic class exists only for the type checker
    FetchHostModelAdmin = admin.ModelAdmin[FetchHost]
else:
    FetchHostModelAdmin = admin.ModelAdmin


@admin.register(FetchHost)
class FetchHostAdmin(FetchHostModelAdmin):
    """Rows count from the next request on; a refusal more than a permission."""

    list_display = ("pattern", "effect_mark", "note", "created")
    list_filter = ("effect",)
    list_per_page = 100
    search_fields = ("pattern", "note")
    search_help_text = "Search in host and note."
    fields = ("pattern", "effect", "note", "by_environment")
    readonly_fields = ("by_environment",)
    created = moment("created_at")

    @admin.display(description="effect", ordering="effect")
    def effect_mark(self, row: FetchHost) -> SafeString:
        """Show the effect in word and sign."""
        is_allowed = row.effect == FetchHost.Effect.ALLOW
        return mark("yes" if is_allowed else "no", row.get_effect_display())

    @admin.display(description="in the environment")
    def by_environment(self, row: FetchHost) -> SafeString:
        """Show what holds besides the rows; only a restart changes it."""
        lists = (settings.FETCH_HOSTS, settings.FETCH_DENIED, settings.FETCH_NETWORKS)
        allowed, denied, networks = (", ".join(one) or "none" for one in lists)
        return format_html(
            "Allowed by CAIRN_FETCH_HOSTS: {}.<br>Denied by CAIRN_FETCH_DENIED,"
            " whatever a row says: {}.<br>Networks that are not public, open by"
            " CAIRN_FETCH_NETWORKS: {}; a row opens no other.",
            allowed, denied, networks,
        )  # fmt: skip

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Let a new row allow."""
        return {"effect": FetchHost.Effect.ALLOW}
