"""Uploaded items in the admin: to look at and delete; nothing here edits one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from jobs.models import Upload
from jobs.uploads.items import delete
from services.admin.actions import moment
from services.admin.filters import ServiceFilter

if TYPE_CHECKING:  # the generic class exists only for the type checker
    UploadModelAdmin = admin.ModelAdmin[Upload]
else:
    UploadModelAdmin = admin.ModelAdmin


@admin.register(Upload)
class UploadAdmin(UploadModelAdmin):
    """All uploaded items of all services; deleting one deletes its files."""

    list_display = (
        "name", "service", "owner", "size_words", "committed", "created", "used",
    )  # fmt: skip
    list_filter = ("committed", "created_at", ("service", ServiceFilter))
    list_select_related = ("user", "service__folder")
    list_per_page = 50
    search_fields = ("id", "name", "description", "user__username", "address")
    search_help_text = "Search in item id, name, description, user and address."
    fields = readonly_fields = (
        "id", "name", "description", "service", "owner", "size_words", "committed",
        "created", "used",
    )  # fmt: skip
    created, used = moment("created_at"), moment("used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="owner", ordering="user__username")
    def owner(self, item: Upload) -> str:
        """Show the user, or the address of a stranger."""
        return str(item.user) if item.user else item.address or "-"

    @admin.display(description="size", ordering="size")
    def size_words(self, item: Upload) -> str:
        """Show the size in the unit that suits it."""
        return filesizeformat(item.size)

    def delete_model(self, request: HttpRequest, obj: Upload) -> None:
        delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Upload]) -> None:
        for item in queryset:
            delete(item)
