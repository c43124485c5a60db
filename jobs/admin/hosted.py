"""Hosted feature services in the admin: who may see them, and deleting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.models.hosted import HostedLayer, HostedService
from services.admin.actions import moment
from services.admin.people import UserNamesField
from services.pages import root_path

if TYPE_CHECKING:  # the generic classes exist only for the type checker
    HostedModelAdmin = admin.ModelAdmin[HostedService]
    HostedModelForm = forms.ModelForm[HostedService]
    LayerTabularInline = admin.TabularInline[HostedLayer, HostedService]
else:
    HostedModelAdmin = admin.ModelAdmin
    HostedModelForm = forms.ModelForm
    LayerTabularInline = admin.TabularInline


class HostedForm(HostedModelForm):
    """A hosted service; users of a portal are too many for a list."""

    allowed_users = UserNamesField(
        label="Users", help_text="User names, one a line. They count as the groups do."
    )


class LayerInline(LayerTabularInline):
    """The layers of a service: to look at."""

    model = HostedLayer
    fields = readonly_fields = ("number", "name", "is_table", "count")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(HostedService)
class HostedServiceAdmin(HostedModelAdmin):
    """All hosted feature services; deleting one deletes its data."""

    form = HostedForm
    filter_horizontal = ("allowed_groups",)

    list_display = ("name", "owner", "access", "layer_names", "created", "updated")
    list_filter = ("access", "created_at")
    list_select_related = ("owner",)
    list_per_page = 50
    search_fields = ("name", "snippet", "description", "tags", "owner__username")
    search_help_text = "Search in name, texts, tags and owner."
    fields = (
        "name", "link", "owner", "access", "allowed_groups", "allowed_users",
        "snippet", "description", "tags", "page_rows",
        "expires_at", "job_id", "created", "updated",
    )  # fmt: skip
    readonly_fields = ("link", "job_id", "created", "updated")
    autocomplete_fields = ("owner",)
    inlines = (LayerInline,)
    created, updated = moment("created_at"), moment("updated_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("layers")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # jobs make them

    @admin.display(description="layers")
    def layer_names(self, service: HostedService) -> str:
        """Show the names of the layers."""
        return ", ".join(one.name for one in service.layers.all())

    @admin.display(description="address")
    def link(self, service: HostedService) -> SafeString:
        """Show the address of the service."""
        url = f"{root_path()}/{service.path}/FeatureServer"
        return format_html('<a href="{0}">{0}</a>', url)
