"""Services in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, FilteredRelation, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from services.admin.actions import ask, counted, is_confirmed, mark, moment
from services.admin.filters import FolderFilter
from services.admin.forms import (
    MessageLevelForm,
    ServiceForm,
    TaskForm,
    TaskFormSet,
)
from services.admin.own import OwnFolders, OwnInline
from services.catalog import publish
from services.editing import edits_all, own_folders
from services.errors import NotFound
from services.models import Folder, Service, Task
from services.registry import installed

if TYPE_CHECKING:  # the generic classes exist only for the type checker
    ServiceModelAdmin = admin.ModelAdmin[Service]
    TaskTabularInline = admin.TabularInline[Task, Service]
else:
    ServiceModelAdmin = admin.ModelAdmin
    TaskTabularInline = admin.TabularInline


def rest_url(path: str) -> str:
    """Return the URL of a service or task in the Services Directory."""
    return quote(f"/{settings.CONTEXT}/rest/services/{path}")


def renew_tasks(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, tasks: QuerySet[Task]
) -> None:
    """Fit the parameter rows of tasks to their tools; say what was done."""
    done = 0
    for task in tasks.select_related("service__folder"):
        try:
            publish(installed(task.tool_id), task.service, task.name)
            done += 1
        except NotFound as exc:
            model_admin.message_user(request, f"{task}: {exc}.", messages.ERROR)
    if done:
        model_admin.message_user(
            request, f"The parameters of {counted(done, Task)} fit the tools again."
        )


def _jobs(service: Service, text: str, more: str = "") -> SafeString:
    url = reverse("admin:jobs_job_changelist")
    url += f"?service={service.pk}{more}"
    return format_html('<a href="{}">{}</a>', url, text)


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


@admin.register(Service)
class ServiceAdmin(OwnFolders, ServiceModelAdmin):
    """Services with their tasks."""

    form = ServiceForm
    inlines = (TaskInline,)
    list_display = (
        "path", "state_mark", "access_mark", "execution_type", "message_level",
        "task_names", "unfinished_jobs",
    )  # fmt: skip
    list_filter = (
        "state", "access", "execution_type", ("folder", FolderFilter), "message_level",
        "uploads",
    )  # fmt: skip
    list_select_related = ("folder",)
    list_per_page = 50
    search_fields = (
        "name", "title", "description", "folder__name", "tasks__name", "tasks__tool_id",
    )  # fmt: skip
    search_help_text = "Search in folder, name, texts, tasks and tools."
    readonly_fields = ("jobs_link", "created", "updated")
    filter_horizontal = ("allowed_groups",)
    created = moment("created_at")
    updated = moment("updated_at")
    actions = (
        "start", "stop", "make_public", "require_sign_in", "set_message_level",
        "renew_parameters",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("folder", "name", "title", "description")}),
        ("Who can run it", {"fields": (("state", "access"),)}),
        ("Chosen groups and users: they count with that access",
         {"fields": ("allowed_groups", "allowed_users"), "classes": ("collapse",)}),
        ("Runs", {"fields": ("execution_type", "message_level", "max_run_seconds",
                             "max_memory_mb", "max_disk_mb")}),
        ("Queue", {"fields": ("max_running", "max_running_per_user", "max_queued",
                              "max_queued_per_user", "max_wait_seconds", "priority")}),
        ("Input", {"fields": ("max_request_mb", "max_features", "max_vertices",
                              "max_depth", "input_extent")}),
        ("Uploads and archives", {"fields": (
            "uploads", "max_upload_mb", "allowed_upload_types", "max_zip_entries",
            "max_zip_ratio", "max_unzipped_mb")}),
        ("Results", {"fields": ("maximum_records", "max_page_rows", "keep_jobs_hours",
                                "keep_jobs_mb", "result_map_server", "hosted_output")}),
        ("Record", {"fields": ("jobs_link", "created", "updated"),
                    "classes": ("collapse",)}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Service]:
        unfinished = FilteredRelation("jobs", condition=Q(jobs__ended_at=None))
        rows: QuerySet[Service] = super().get_queryset(request)
        rows = rows.annotate(unfinished=unfinished)
        return rows.annotate(unfinished_count=Count("unfinished")).prefetch_related(
            "tasks"
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        names = self.list_display
        may = request.user.has_perm
        sees_jobs = may("jobs.view_job") or not may("services.view_service")
        return names if sees_jobs else [x for x in names if x != "unfinished_jobs"]

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
        """Return the service's page in the Services Directory."""
        return rest_url(f"{service.path}/GPServer")

    @admin.display(description="service", ordering="name")
    def path(self, service: Service) -> str:
        """Show folder and name."""
        return service.path

    @admin.display(description="state", ordering="state")
    def state_mark(self, service: Service) -> SafeString:
        """Show the state in word and sign."""
        started = service.state == Service.State.STARTED
        return mark("yes" if started else "no", service.get_state_display())

    @admin.display(description="who can run it", ordering="access")
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

    @admin.display(description="unfinished jobs", ordering="unfinished_count")
    def unfinished_jobs(self, service: Any) -> SafeString:
        """Show how many jobs wait or run, with a link to them."""
        return _jobs(service, str(service.unfinished_count), "&state=active")

    @admin.display(description="jobs")
    def jobs_link(self, service: Service) -> SafeString | str:
        """Link to the jobs of the service."""
        return _jobs(service, "All jobs of this service") if service.pk else "-"

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

    def _set(
        self, request: HttpRequest, rows: QuerySet[Service], done: str, **values: Any
    ) -> None:
        changed = rows.exclude(**values)
        for service in changed:
            for name, value in values.items():
                setattr(service, name, value)
            service.save(update_fields=[*values, "updated_at"])
            self.log_change(request, service, f"{done.capitalize()}.")
        number = counted(len(changed), Service)
        self.message_user(request, f"{number} {done}.", messages.SUCCESS)

    @admin.action(description="Start", permissions=["change"])
    def start(self, request: HttpRequest, rows: QuerySet[Service]) -> None:
        """Let services answer."""
        self._set(request, rows, "started", state=Service.State.STARTED)

    @admin.action(description="Stop", permissions=["change"])
    def stop(
        self, request: HttpRequest, rows: QuerySet[Service]
    ) -> HttpResponse | None:
        """Let services answer no more."""
        page = ask(
            self, request, rows, question="Stop these services",
            effect="Clients get an error until the services are started again."
            " Jobs that wait or run go on.",
        )  # fmt: skip
        if page is None:
            self._set(request, rows, "stopped", state=Service.State.STOPPED)
        return page

    @admin.action(description="Make public", permissions=["change"])
    def make_public(
        self, request: HttpRequest, rows: QuerySet[Service]
    ) -> HttpResponse | None:
        """Open services to everyone."""
        page = ask(
            self, request, rows, question="Open these services to everyone",
            effect="Anybody who reaches this portal can run them without signing in.",
        )  # fmt: skip
        if page is None:
            self._set(request, rows, "made public", access=Service.Access.EVERYONE)
        return page

    @admin.action(description="Require sign-in", permissions=["change"])
    def require_sign_in(self, request: HttpRequest, rows: QuerySet[Service]) -> None:
        """Close services to strangers."""
        self._set(request, rows, "closed to strangers", access=Service.Access.SIGNED_IN)

    @admin.action(description="Set message level…", permissions=["change"])
    def set_message_level(
        self, request: HttpRequest, rows: QuerySet[Service]
    ) -> HttpResponse | None:
        """Choose which messages clients get."""
        form = MessageLevelForm(request.POST if is_confirmed(request) else None)
        page = ask(
            self, request, rows, question="Set the message level", form=form,
            effect="Holds for runs from now on; jobs that wait keep their level.",
        )  # fmt: skip
        if page is None:
            level = form.cleaned_data["message_level"]
            done = f"set to message level {level}"
            self._set(request, rows, done, message_level=level)
        return page

    @admin.action(description="Renew parameters from the tools", permissions=["change"])
    def renew_parameters(self, request: HttpRequest, rows: QuerySet[Service]) -> None:
        """Add rows of new parameters, delete those of removed ones."""
        renew_tasks(self, request, Task.objects.filter(service__in=rows.values("pk")))
