"""Failed logins in the admin: to look at, and to forget, which ends a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axes.models import AccessFailureLog
from django.contrib import admin
from django.http import HttpRequest

from services.admin.actions import moment

if TYPE_CHECKING:  # the generic class exists only for the type checker
    FailureModelAdmin = admin.ModelAdmin[Any]
else:
    FailureModelAdmin = admin.ModelAdmin


@admin.register(AccessFailureLog)
class FailedLoginAdmin(FailureModelAdmin):
    """Failures of the last day; who deletes those of a user or address ends a lock."""

    fields = ("attempt", "username", "ip_address", "user_agent", "path_info")
    readonly_fields = fields
    list_display = ("attempt", "username", "ip_address", "path_info", "user_agent")
    list_filter = ("attempt_time",)
    search_fields = ("username", "ip_address")
    search_help_text = "Search in user and address. Delete failures to end a lock."
    show_full_result_count = False
    attempt = moment("attempt_time")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
