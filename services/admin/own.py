"""What the admin of the catalogue shows and lets edit: own folders, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from services.editing import edited, may_edit, publishes, sees_all, shown
from services.models import Folder

if TYPE_CHECKING:  # the generic class exists only for the type checker
    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.options.InlineModelAdmin[Any, Any]
else:
    AnyModelAdmin = admin.ModelAdmin
    AnyInline = object


class OwnFolders(AnyModelAdmin):
    """An admin whose permissions hold for the rows in the user's own folders."""

    #: From a row to its folder.
    folder_lookup = "folder"

    def folder_of(self, row: Any) -> Folder | None:
        """Return the folder of a row; None is the root."""
        folder: Folder | None = row.folder
        return folder

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.filter(shown(request.user, self.model, self.folder_lookup))

    def _holds(self, request: HttpRequest, row: Model | None) -> bool:
        return row is None or may_edit(request.user, self.folder_of(row))

    def has_add_permission(self, request: HttpRequest) -> bool:
        if not super().has_add_permission(request):
            return False
        return publishes(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_view_permission(request, obj):
            return False
        return sees_all(request.user, self.model) or self._holds(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and self._holds(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and self._holds(request, obj)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any
    ) -> Any:
        """Run an action on those of the chosen rows alone that the user may edit."""
        rows = queryset.filter(edited(request.user, self.folder_lookup))
        return super().response_action(request, rows, *args)


class OwnInline(AnyInline):
    """Rows on the page of a service or task: editable where that is."""

    def _holds(self, request: HttpRequest, row: Any) -> bool:
        service = getattr(row, "service", row)
        folder = getattr(service, "folder", None)
        return service is None or not service.pk or may_edit(request.user, folder)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and self._holds(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._holds(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._holds(request, obj)
