"""Settings of the site in the admin: one page, beside what the environment says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from portal.models import SiteSettings

if TYPE_CHECKING:  # the generic class exists only for the type checker
    SettingsModelAdmin = admin.ModelAdmin[SiteSettings]
else:
    SettingsModelAdmin = admin.ModelAdmin


@admin.register(SiteSettings)
class SiteSettingsAdmin(SettingsModelAdmin):
    """The only row; nobody adds another one or deletes it."""

    fieldsets = (
        (None, {"fields": ("name", "welcome", "help_url")}),
        ("Services", {"fields": ("services_directory", "cors_origins", "share_hours")}),
        ("What the environment says", {
            "fields": ("by_environment",),
            "description": "These are set where the processes start, and bound what"
            " is set above.",
        }),
    )  # fmt: skip
    readonly_fields = ("by_environment",)
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> SiteSettings:
        return SiteSettings.objects.first() or SiteSettings(pk=1)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send the user on to the only row."""
        return redirect("admin:portal_sitesettings_change", "1")

    def response_post_save_change(
        self, request: HttpRequest, obj: SiteSettings
    ) -> HttpResponseRedirect:
        """Send the user to the index: there is no list."""
        return redirect("admin:index")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="variables")
    def by_environment(self, row: SiteSettings) -> SafeString:
        """Show the variables that hold where nothing else is said, and the bounds."""
        origins = [one[3:-3] for one in settings.CORS_ALLOWED_ORIGIN_REGEXES]
        hours = settings.KEEP_JOBS_HOURS
        rows = (
            (
                "CAIRN_SERVICES_DIRECTORY",
                "on" if settings.SERVICES_DIRECTORY else "off",
            ),
            ("CAIRN_CORS_ORIGINS", ", ".join(origins)),
            ("CAIRN_SHARE_HOURS", settings.SHARE_HOURS),
            ("CAIRN_MAX_SHARE_HOURS", settings.MAX_SHARE_HOURS),
            ("CAIRN_KEEP_JOBS_HOURS", hours or "as each service says"),
            ("CAIRN_KEEP_UPLOADS_HOURS", f"{settings.KEEP_UPLOADS_HOURS:g}"),
        )
        return format_html_join("", "{}: {}<br>", rows)
