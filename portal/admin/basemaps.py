"""Basemaps in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from portal.models import Basemap

if TYPE_CHECKING:  # the generic class exists only for the type checker
    BasemapModelAdmin = admin.ModelAdmin[Basemap]
else:
    BasemapModelAdmin = admin.ModelAdmin


@admin.register(Basemap)
class BasemapAdmin(BasemapModelAdmin):
    """Tiles that maps of the portal offer; pages let browsers load from no other."""

    list_display = ("name", "source", "enabled", "is_default", "max_zoom", "position")
    list_editable = ("position",)
    list_filter = ("enabled",)
    search_fields = ("name", "url_template", "attribution")
    search_help_text = "Search in name, address and attribution."
    fields = (
        "name", "url_template", "attribution", "max_zoom", "enabled", "is_default",
        "position",
    )  # fmt: skip

    @admin.display(description="loads from", ordering="url_template")
    def source(self, row: Basemap) -> str:
        """Show the host that browsers of users ask."""
        return row.source
