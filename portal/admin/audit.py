"""The audit log in the admin: for those who may see it, and for nobody to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditlog.mixins import LogEntryAdminMixin
from auditlog.models import LogEntry
from django.contrib import admin
from django.http import HttpRequest

from services.admin.actions import moment

if TYPE_CHECKING:  # the generic class exists only for the type checker
    EntryModelAdmin = admin.ModelAdmin[Any]
else:
    EntryModelAdmin = admin.ModelAdmin

admin.site.unregister(LogEntry)  # the library's own page knows no logins


@admin.register(LogEntry)
class AuditLogAdmin(LogEntryAdminMixin, EntryModelAdmin):  # type: ignore[misc]
    """Who has done what to what, from where; the id finds it in the server's log."""

    fields = ("at", "who", "event", "kind", "what", "msg", "remote_addr", "cid")
    readonly_fields = fields
    list_display = ("at", "who", "event", "kind", "what", "changed", "remote_addr")
    list_filter = (
        "action", "timestamp", ("content_type", admin.RelatedOnlyFieldListFilter),
    )  # fmt: skip
    list_select_related = ("actor", "content_type")
    date_hierarchy = "timestamp"
    search_fields = ("object_repr", "actor__username", "remote_addr", "cid")
    search_help_text = "Search in user, object, address and id of the request."
    show_full_result_count = False
    list_per_page = 50
    at = moment("timestamp")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="who", ordering="actor__username")
    def who(self, entry: Any) -> str:
        """Show the user, also one who is gone."""
        kept = (entry.additional_data or {}).get("user", "")
        return str(entry.actor or kept or "-")

    @admin.display(description="event", ordering="action")
    def event(self, entry: Any) -> str:
        """Show what was done."""
        said = (entry.additional_data or {}).get("event")
        return said or f"{entry.get_action_display().capitalize()}d."

    @admin.display(description="kind", ordering="content_type")
    def kind(self, entry: Any) -> str:
        """Show the kind of object."""
        return str(entry.content_type.name)

    @admin.display(description="object", ordering="object_repr")
    def what(self, entry: Any) -> str:
        """Show the object, as it was called then."""
        return str(entry.object_repr)

    @admin.display(description="changed")
    def changed(self, entry: Any) -> str:
        """Show the names of the fields that changed."""
        if entry.action != LogEntry.Action.UPDATE:
            return ""
        return ", ".join(one for one in entry.changes_dict if one != "action")
