"""Announcements in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.safestring import SafeString

from portal.models import Announcement
from services.admin.actions import mark, moment

if TYPE_CHECKING:  # the generic class exists only for the type checker
    AnnouncementModelAdmin = admin.ModelAdmin[Announcement]
else:
    AnnouncementModelAdmin = admin.ModelAdmin

_ICONS = {Announcement.Level.WARNING: "alert", Announcement.Level.DANGER: "no"}


@admin.register(Announcement)
class AnnouncementAdmin(AnnouncementModelAdmin):
    """What pages of the portal tell everybody; the newest first."""

    list_display = (
        "__str__",
        "level_mark",
        "state",
        "starts",
        "ends",
        "only_signed_in",
    )
    list_filter = ("level", "only_signed_in", "starts_at")
    list_per_page = 50
    search_fields = ("text",)
    search_help_text = "Search in the text."
    fields = ("text", "level", "starts_at", "ends_at", "only_signed_in")
    starts, ends = moment("starts_at"), moment("ends_at")

    @admin.display(description="level", ordering="level")
    def level_mark(self, row: Announcement) -> SafeString | str:
        """Show the level in word and sign."""
        icon = _ICONS.get(Announcement.Level(row.level))
        return mark(icon, row.get_level_display()) if icon else row.get_level_display()

    @admin.display(description="state")
    def state(self, row: Announcement) -> str:
        """Show if pages show it now."""
        return row.state.capitalize()
