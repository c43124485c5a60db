"""Uploaded items in the admin: to look at and delete; nothing here edits one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from jobs.admin.filters import ChoiceFilter, SizeFilter
from jobs.models import Upload
from jobs.uploads.items import delete
from services.admin.actions import moment
from services.admin.filters import ServiceFilter

if TYPE_CHECKING:  # the generic class exists only for the type checker
    UploadModelAdmin = admin.ModelAdmin[Upload]
else:
    UploadModelAdmin = admin.ModelAdmin


class OrphanFilter(ChoiceFilter):
    """Items that nobody has finished, or used in the time that they are kept."""

    title = "orphans"
    parameter_name = "orphan"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("unfinished", "Never finished"), ("overdue", "Not used in time")]

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "unfinished":
            return rows.filter(committed=False)
        before = timezone.now() - timedelta(hours=settings.KEEP_UPLOADS_HOURS)
        return rows.filter(used_at__lt=before)


@admin.register(Upload)
class UploadAdmin(UploadModelAdmin):
    """All uploaded items of all services; deleting one deletes its files."""

    list_display = (
        "name", "service", "owner", "size_words", "committed", "created", "used",
        "expires",
    )  # fmt: skip
    list_filter = (
        OrphanFilter, SizeFilter, "committed", "created_at", ("service", ServiceFilter),
    )  # fmt: skip
    list_select_related = ("user", "service__folder")
    list_per_page = 50
    search_fields = ("id", "name", "description", "user__username", "address")
    search_help_text = "Search in item id, name, description, user and address."
    fields = readonly_fields = (
        "id", "name", "description", "service", "owner", "size_words", "committed",
        "created", "used", "expires",
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

    @admin.display(description="expires", ordering="used_at")
    def expires(self, item: Upload) -> str:
        """Show when it goes unless somebody uses it before."""
        at = item.used_at + timedelta(hours=settings.KEEP_UPLOADS_HOURS)
        return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"

    def delete_model(self, request: HttpRequest, obj: Upload) -> None:
        delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Upload]) -> None:
        for item in queryset:
            delete(item)
