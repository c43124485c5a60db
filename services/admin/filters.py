"""Filters of lists that name services and folders: those that the user sees."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from services.editing import shown
from services.models import Folder, Service


class ServiceFilter(admin.RelatedFieldListFilter):
    """One service; reads all that the user sees, with their folders, at once."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[Any, Any]]:
        rows = Service.objects.filter(shown(request.user, Service))
        return [(row.pk, row.path) for row in rows.select_related("folder")]


class FolderFilter(admin.RelatedFieldListFilter):
    """One of the folders that the user sees."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[Any, Any]]:
        rows = Folder.objects.filter(shown(request.user, Folder, "pk"))
        return [(row.pk, row.name) for row in rows]
