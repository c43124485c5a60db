"""Folders of the catalogue in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from services.admin.own import OwnFolders
from services.admin.people import users_field
from services.editing import edits_all
from services.models import Folder
from services.naming import TAKEN

if TYPE_CHECKING:  # the generic classes exist only for the type checker
    FolderModelAdmin = admin.ModelAdmin[Folder]
    FolderModelForm = forms.ModelForm[Folder]
else:
    FolderModelAdmin = admin.ModelAdmin
    FolderModelForm = forms.ModelForm


class FolderForm(FolderModelForm):
    """A folder; clients find it in any case, so its name is unique in any case."""

    allowed_users = users_field("Users", "They count as the groups do.")
    owners = users_field(
        "Owners", "Publishers who edit the services of this folder, and may run them."
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Folder.objects.exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise ValidationError(TAKEN.format("folder"))
        return name


@admin.register(Folder)
class FolderAdmin(OwnFolders, FolderModelAdmin):
    """Folders of the catalogue; their names and owners are an administrator's."""

    form = FolderForm
    folder_lookup = "pk"
    list_display = ("name", "title", "access", "owner_names", "number_of_services")
    list_filter = ("access",)
    search_fields = ("name", "title", "description", "owners__username")
    search_help_text = "Search in name, title, description and owners."
    filter_horizontal = ("allowed_groups",)
    fieldsets = (
        (None, {"fields": ("name", "title", "description", "owners")}),
        ("Who can run the services that go with their folder",
         {"fields": ("access", "allowed_groups", "allowed_users")}),
    )  # fmt: skip

    def folder_of(self, row: Folder) -> Folder:
        return row

    def get_readonly_fields(
        self, request: HttpRequest, obj: Folder | None = None
    ) -> tuple[str, ...]:
        return () if edits_all(request.user) else ("name", "owner_names")

    def get_fieldsets(self, request: HttpRequest, obj: Folder | None = None) -> Any:
        shown_as = "owners" if edits_all(request.user) else "owner_names"
        head = (None, {"fields": ("name", "title", "description", shown_as)})
        return (head, *self.fieldsets[1:])

    @admin.display(description="owners")
    def owner_names(self, folder: Folder) -> str:
        """Show who publishes in the folder."""
        return ", ".join(one.username for one in folder.owners.all()) or "-"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Folder]:
        rows: QuerySet[Folder] = super().get_queryset(request)
        counted = rows.annotate(Count("services", distinct=True))
        return counted.prefetch_related("owners")

    @admin.display(description="services", ordering="services__count")
    def number_of_services(self, folder: Any) -> SafeString:
        """Show how many services the folder holds, with a link to them."""
        url = reverse("admin:services_service_changelist")
        return format_html(
            '<a href="{}?folder__id__exact={}">{}</a>',
            url,
            folder.pk,
            folder.services__count,
        )
