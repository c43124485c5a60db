"""Services in the admin: list and page; what has to do with jobs comes on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from services.admin.actions import mark, moment
from services.admin.fieldsets import fieldsets
from services.admin.filters import FolderFilter
from services.admin.forms import ServiceForm, TaskForm, TaskFormSet
from services.admin.links import portal_url, rest_url
from services.admin.own import OwnFolders, OwnInline
from services.admin.serviceacts import ServiceActs
from services.catalog import publish
from services.editing import edits_all, own_folders
from services.models import Folder, Service, Task
from services.registry import installed

if TYPE_CHECKING:  # the generic classes exist only for the type checker
    TaskTabularInline = admin.TabularInline[Task, Service]
else:
    TaskTabularInline = admin.TabularInline

__all__ = ["ServiceAdmin", "jobs_url", "portal_url", "rest_url"]


def jobs_url(service: Service, more: str = "") -> str:
    """Return the URL of the list of a service's jobs."""
    url = reverse("admin:jobs_job_changelist")
    return f"{url}?service={service.pk}{more}"


class TaskInline(OwnInline, TaskTabularInline):
    """The tasks of a service; a new row publishes a tool."""

    model = Task
    form = TaskForm
    formset = TaskFormSet
    fields = ("tool_id", "name", "position", "enabled")
    show_change_link = True
    extra = 0
    verbose_name_plural = "tasks: the tools that this service publishes"

    def get_extra(
        self, request: HttpRequest, obj: Service | None = None, **kwargs: Any
    ) -> int:
        return 0 if obj else 1


class ServiceAdmin(OwnFolders, ServiceActs):
    """Services with their tasks."""

    form = ServiceForm
    inlines = (TaskInline,)
    list_display: Any = (
        "path", "state_mark", "access_mark", "execution_type", "task_names",
    )  # fmt: skip
    list_filter: ClassVar[Any] = (
        "state", ("folder", FolderFilter), "execution_type", "access", "uploads",
    )  # fmt: skip
    list_select_related = ("folder",)
    list_per_page = 50
    search_fields = (
        "name", "title", "summary", "description", "tags", "folder__name",
        "tasks__name", "tasks__tool_id",
    )  # fmt: skip
    search_help_text = "Search in folder, name, texts, tags, tasks and tools."
    readonly_fields: ClassVar[Any] = ("state_mark", "links", "created", "updated")
    filter_horizontal = ("allowed_groups",)
    created = moment("created_at")
    updated = moment("updated_at")
    actions: Any = (
        "start", "stop", "restart", "set_access", "set_message_level", "duplicate",
        "renew_parameters",
    )  # fmt: skip
    fieldsets: ClassVar[Any] = fieldsets()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Service]:
        rows: QuerySet[Service] = super().get_queryset(request)
        return rows.prefetch_related("tasks")

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer the folders that the user publishes in; the root is for who may all."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "folder":
            field.queryset = Folder.objects.filter(own_folders(request.user))
            field.required = not edits_all(request.user)
        return field

    def view_on_site(self, service: Service) -> str:
        """Return the service's page in the portal."""
        return portal_url(service)

    @admin.display(description="service", ordering="name")
    def path(self, service: Service) -> str:
        """Show folder and name."""
        return service.path

    @admin.display(description="state", ordering="state")
    def state_mark(self, service: Service) -> SafeString:
        """Show the state in word and sign."""
        started = service.state == Service.State.STARTED
        return mark("yes" if started else "no", service.get_state_display())

    @admin.display(description="access", ordering="access")
    def access_mark(self, service: Service) -> str:
        """Show who may run the service."""
        said = service.get_access_display()
        if service.access != Service.Access.FOLDER or service.folder is None:
            return said
        return f"{said}: {service.folder.get_access_display().lower()}"

    @admin.display(description="tasks")
    def task_names(self, service: Service) -> str:
        """Show the names of the tasks; those switched off in brackets."""
        names = (t.name if t.enabled else f"({t.name})" for t in service.tasks.all())
        return ", ".join(names) or "none yet"

    @admin.display(description="see also")
    def links(self, service: Service) -> SafeString | str:
        """Link to where clients and users find the service, and to its jobs."""
        if not service.pk:
            return "-"
        return format_html(
            '<a href="{}">Portal page</a>, <a href="{}">REST page</a>,'
            ' <a href="{}">jobs of this service</a>',
            portal_url(service), rest_url(f"{service.path}/GPServer"),
            jobs_url(service),
        )  # fmt: skip

    def save_model(
        self, request: HttpRequest, obj: Service, form: Any, change: Any
    ) -> None:
        # Only what was edited: the revision in this row may be behind already.
        own = {one.name for one in obj._meta.concrete_fields}
        edits = [one for one in form.changed_data if one in own]
        fields = [*edits, "updated_at"] if change else None
        obj.save(update_fields=fields)

    def save_formset(
        self, request: HttpRequest, form: Any, formset: Any, change: Any
    ) -> None:
        super().save_formset(request, form, formset, change)
        for task in formset.new_objects:
            publish(installed(task.tool_id), task.service, task.name)
