"""Tasks and their parameters in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet, URLField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from services.admin.actions import counted, mark
from services.admin.fields import wire_text
from services.admin.filters import ServiceFilter
from services.admin.forms import (
    InputFormSet,
    OutputFormSet,
    ParameterForm,
    TaskForm,
    tool_label,
)
from services.admin.links import portal_url
from services.admin.own import OwnFolders, OwnInline
from services.admin.preview import TaskPreview, preview_context
from services.admin.renewal import renew_tasks
from services.admin.wizard import next_step, publishing
from services.catalog import publish
from services.differences import differences, differences_or_none
from services.editing import edited
from services.errors import NotFound
from services.models import Folder, Service, Task, TaskParameter
from services.narrowing import declared_parameter, problem_with
from services.registry import installed
from services.schema import Parameter

if TYPE_CHECKING:  # the generic classes exist only for the type checker
    ParameterStackedInline = admin.StackedInline[TaskParameter, Task]
else:
    ParameterStackedInline = admin.StackedInline

_MOST = 80  # characters of a declared value
_TEXTS = ("label", "category", "description")


class InputInline(OwnInline, ParameterStackedInline):
    """The inputs of a task."""

    model = TaskParameter
    form = ParameterForm
    formset = InputFormSet
    verbose_name = "input"
    verbose_name_plural = "inputs: a blank field stays as the tool declares it"
    readonly_fields = ("declared",)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("declared", ("mode", "position"), "default")}),
        # Not side by side: Django leaves a section with an error in a pair closed.
        ("Choice list and bounds", {"fields": ("choices", "minimum", "maximum"),
                                    "classes": ("collapse",)}),
        ("Texts", {"fields": _TEXTS, "classes": ("collapse",)}),
    )  # fmt: skip
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="the tool declares")
    def declared(self, row: TaskParameter) -> str:
        """Show type, necessity, default and bounds as the tool declares them."""
        return described(declared_parameter(row))


class OutputInline(InputInline):
    """The outputs of a task."""

    formset = OutputFormSet
    verbose_name = "output"
    verbose_name_plural = "outputs"
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("declared", ("mode", "position"))}),
        ("Symbology", {"fields": ("drawing_info",), "classes": ("collapse",)}),
        ("Texts", {"fields": _TEXTS, "classes": ("collapse",)}),
    )


def described(declared: Parameter) -> str:
    """Return what a tool declares of a parameter, in one line."""
    kind = declared.data_type
    said = [kind.name]
    if not declared.is_output:
        said.append("required" if declared.required else "optional")
    for name, value in (("default", declared.default), ("example", declared.example)):
        if value is not None:
            said.append(f"{name} {_short(wire_text(kind, value))}")
    unit = " m" if kind.name == "GPLinearUnit" else ""
    if declared.minimum is not None:
        said.append(f"at least {declared.minimum:,.15g}{unit}")
    if declared.maximum is not None:
        said.append(f"at most {declared.maximum:,.15g}{unit}")
    if declared.choices:
        said.append(f"{len(declared.choices)} choices")
    return ", ".join(said)


def _short(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"


@admin.register(Task)
class TaskAdmin(OwnFolders, TaskPreview):
    """Tasks with their parameters; a new one publishes a tool."""

    form = TaskForm
    change_form_template = "admin/services/task/change_form.html"
    folder_lookup = "service__folder"
    formfield_overrides: ClassVar[Any] = {URLField: {"assume_scheme": "https"}}
    list_display = ("name", "service", "tool", "enabled", "fit", "position")
    list_filter = ("enabled", ("service", ServiceFilter))
    list_select_related = ("service__folder",)
    search_fields = (
        "name", "title", "tool_id", "service__name", "service__folder__name",
    )  # fmt: skip
    search_help_text = "Search in service, name, display name and tool."
    ordering = ("service__folder__name", "service__name", "position", "pk")
    actions = ("enable", "disable", "renew_parameters")
    add_fieldsets = (
        (None, {
            "fields": ("service", "tool_id", "name"),
            "description": "Saving publishes the tool as a task of the service; its"
            " parameters come next.",
        }),
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("service", "tool", "fit", "name", ("enabled", "position"))}),
        ("Texts: a blank one stays as the tool declares it",
         {"fields": ("title", "category", "description", "help_url")}),
    )  # fmt: skip

    def folder_of(self, row: Task) -> Folder | None:
        return row.service.folder

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer the services that the user may edit."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "service":
            field.queryset = Service.objects.filter(edited(request.user))
        return field

    def get_fieldsets(self, request: HttpRequest, obj: Task | None = None) -> Any:
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_readonly_fields(
        self, request: HttpRequest, obj: Task | None = None
    ) -> tuple[str, ...]:
        # A task stays in its service, and a tool's parameters are not another's.
        return ("service", "tool", "fit") if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Task | None) -> Any:
        return (InputInline, OutputInline) if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        return super().get_queryset(request).prefetch_related("parameters")

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        more = {"title": "Publish a tool as a task"} | (extra_context or {})
        return super().add_view(request, form_url, more)

    def save_model(
        self, request: HttpRequest, obj: Task, form: Any, change: Any
    ) -> None:
        if not change:
            obj.position = obj.service.tasks.count()
        super().save_model(request, obj, form, change)
        if not change:
            publish(installed(obj.tool_id), obj.service, obj.name)

    def response_add(
        self, request: HttpRequest, obj: Task, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Go on to the parameters, unless the administrator wants otherwise."""
        if "_addanother" not in request.POST and "_popup" not in request.POST:
            form = request.POST.copy()
            form["_continue"] = "1"
            request.POST = form  # type: ignore[assignment]
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Task) -> HttpResponse:
        """Go on with publishing, if the page was a step of that."""
        steps = publishing(request, obj.pk)
        if steps and "_continue" not in request.POST:
            return HttpResponseRedirect(next_step(obj.service, steps, obj.pk))
        return super().response_change(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Answer the page of a task beside what users will see of it."""
        obj = kwargs.get("obj")
        if isinstance(obj, Task) and obj.pk:
            steps = publishing(request, obj.pk)
            context |= preview_context(obj, obj.parameters.all())
            context |= {
                "step": 3 if steps else None,
                "changes": [str(one) for one in differences_or_none(obj)],
            }
            if steps:
                context["title"] = f"Publish: the parameters of {obj.name}"
        return super().render_change_form(request, context, *args, **kwargs)

    def view_on_site(self, task: Task) -> str:
        """Return the task's page in the portal."""
        return portal_url(task.service, task.name)

    @admin.display(description="tool", ordering="tool_id")
    def tool(self, task: Task) -> str:
        """Show the title and id of the tool."""
        return tool_label(task.tool_id)

    @admin.display(description="fits its tool")
    def fit(self, task: Task) -> SafeString:
        """Show if tool and parameter rows are still of one mind."""
        try:
            changed = differences(task, installed(task.tool_id))
        except NotFound as exc:
            return mark("no", capfirst(str(exc)))
        rows = list(task.parameters.all())
        if changed:
            return mark("alert", "The tool has changed: renew the parameters")
        for row in rows:
            row.task = task
            if problem_with(row):
                return mark("alert", f"{row.name}: {problem_with(row)}")
        return mark("yes", "Yes")

    def _switch(
        self, request: HttpRequest, rows: QuerySet[Task], *, enabled: bool
    ) -> None:
        changed = rows.exclude(enabled=enabled)
        word = "enabled" if enabled else "disabled"
        for task in changed:
            task.enabled = enabled
            task.save(update_fields=["enabled"])
            self.log_change(request, task, f"{word.capitalize()}.")
        number = counted(len(changed), Task)
        self.message_user(request, f"{number} {word}.", messages.SUCCESS)

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, rows: QuerySet[Task]) -> None:
        """Show tasks to clients."""
        self._switch(request, rows, enabled=True)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, rows: QuerySet[Task]) -> None:
        """Hide tasks from clients."""
        self._switch(request, rows, enabled=False)

    @admin.action(description="Renew parameters from the tool…", permissions=["change"])
    def renew_parameters(
        self, request: HttpRequest, rows: QuerySet[Task]
    ) -> HttpResponse | None:
        """Add rows of new parameters, delete those of removed ones."""
        return renew_tasks(self, request, rows)
