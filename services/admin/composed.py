"""Models in the admin: a list, a page for each, versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from csp.decorators import csp_update
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString, mark_safe

from services.admin.actions import mark, moment
from services.admin.modelforms import AddModelForm
from services.admin.modelgraph import JOINT_STYLE, GraphPage
from services.admin.modelpages import ModelPages
from services.modelbox import draft_of, import_model, problems_of, tool_for_step
from services.modeling.checking import tools_of
from services.modeling.choices import offered
from services.modeling.definition import Binding, Constant, Definition, FirstOf, Step
from services.modeling.drawing import model_svg
from services.modeling.reading import InvalidDefinition
from services.models import Model, Task
from services.wire import encode

if TYPE_CHECKING:  # the generic class exists only for the type checker
    ComposedModelAdmin = admin.ModelAdmin[Model]
else:
    ComposedModelAdmin = admin.ModelAdmin


@admin.register(Model)
class ComposedAdmin(ComposedModelAdmin):
    """Models; the page of one is where it is edited."""

    form = AddModelForm
    list_display = ("name", "titled", "version", "steps", "fit", "tasks", "updated")
    search_fields = ("name",)
    search_help_text = "Search in names."
    updated = moment("updated_at")
    fields = ("name", "json", "file")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.pages = ModelPages(self)

    def get_urls(self) -> list[URLPattern]:
        page: Any = GraphPage(self.pages)
        graph = csp_update({"style-src": JOINT_STYLE})(page)
        view = self.admin_site.admin_view(graph)
        found = path("<int:pk>/graph/", view, name="services_model_graph")
        return [found, *self.pages.urls(), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        rows: QuerySet[Model] = super().get_queryset(request)
        return rows.annotate(last=Max("versions__number"), number=Count("versions"))

    @admin.display(description="title")
    def titled(self, row: Model) -> str:
        """Show the title of the draft."""
        return row.title

    @admin.display(description="newest version", ordering="last")
    def version(self, row: Any) -> str:
        """Show the number of the newest version."""
        return str(row.last or "none yet")

    @admin.display(description="steps")
    def steps(self, row: Model) -> int:
        """Show how many steps the draft has."""
        return len(row.draft.get("steps", ()))

    @admin.display(description="draft")
    def fit(self, row: Model) -> SafeString:
        """Show if the draft can be run."""
        number = len(problems_of(row))
        told = "1 problem" if number == 1 else f"{number} problems"
        return mark("alert", told) if number else mark("yes", "can be run")

    @admin.display(description="published as")
    def tasks(self, row: Model) -> str:
        """Show the tasks that publish a version."""
        return ", ".join(str(task) for task in tasks_of(row)) or "-"

    def save_model(
        self, request: HttpRequest, obj: Model, form: Any, change: Any
    ) -> None:
        if form.document is None:
            obj.draft = Definition(obj.name).to_json()
            obj.save()
            return
        here = set(Model.objects.values_list("pk", flat=True))
        with transaction.atomic():
            stored = import_model(form.document, request.user).model
            known = stored.pk in here
            if known and not self.has_change_permission(request, stored):
                raise PermissionDenied
        obj.pk, obj.name, obj.draft = stored.pk, stored.name, stored.draft
        obj._state.adding = False

    def response_add(
        self, request: HttpRequest, obj: Model, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Go on to the page of the model."""
        super().response_add(request, obj, post_url_continue)
        return self.pages.back(obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Answer the page of a model."""
        if not object_id.isdecimal() or len(object_id) > 18:
            return HttpResponseRedirect("../../")
        row = self.pages.row(request, int(object_id), to_change=False)
        faults = problems_of(row)
        shared = {
            "title": f"Model {row.name}",
            "faults": faults,
            "versions": row.versions.select_related("author"),
            "tasks": tasks_of(row),
            "may_change": self.has_change_permission(request, row),
            "may_delete": self.has_delete_permission(request, row),
        }
        try:
            model = draft_of(row)
        except InvalidDefinition:
            return self.pages.page(request, "page", row, **shared)
        return self.pages.page(
            request, "page", row, **shared, model=model, picture=picture_of(model),
            steps=_rows(model), outputs=_output_rows(model),
        )  # fmt: skip


def picture_of(model: Definition) -> SafeString:
    """Return the drawing of a model; all texts in it are escaped where it is made."""
    return mark_safe(model_svg(model))


def tasks_of(row: Model) -> QuerySet[Task]:
    """Return the tasks that publish a version of a model, or its draft."""
    named = Q(tool_id=row.tool_id) | Q(tool_id__startswith=f"{row.tool_id}@")
    return Task.objects.filter(named).select_related("service__folder")


def _rows(model: Definition) -> list[dict[str, Any]]:
    """Return what the table of steps shows."""
    tools = tools_of(model, tool_for_step)[0]
    names = dict(offered(model, tools))
    rows = []
    for step in model.steps:
        tool = tools.get(step.id)
        labels = {x.name: x.label or x.name for x in tool.schema.inputs} if tool else {}
        bound = [(labels.get(name, name), _said(one, names))
                 for name, one in step.inputs.items()]  # fmt: skip
        rows.append(
            {"step": step, "tool": tool, "bound": bound, "when": _when(step, names)}
        )
    return rows


def _output_rows(model: Definition) -> list[tuple[Any, str]]:
    names = dict(offered(model, tools_of(model, tool_for_step)[0]))
    return [(one, _said(one.source, names)) for one in model.outputs]


def _said(binding: Binding, names: Mapping[Any, str]) -> str:
    if isinstance(binding, FirstOf):
        return ", or else ".join(_said(one, names) for one in binding.bindings)
    if isinstance(binding, Constant):
        text = _plain(binding.value)
        return text if len(text) <= 60 else f"{text[:59]}…"
    return names.get(binding, "what is not there")


def _plain(value: Any) -> str:
    """Return a constant as its form takes it: a list as its values, else JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return encode(value).decode()


def _when(step: Step, names: Mapping[Any, str]) -> list[str]:
    """Return when and how often a step runs, as short sentences."""
    said = []
    if step.condition:
        one = step.condition
        what = "the number of " if one.measure == "count" else ""
        said.append(f"if {what}{_said(one.of, names)} {one.operator} {one.to}")
    if step.otherwise:
        said.append(f"else-branch of {step.otherwise}")
    if step.after:
        said.append(f"after {', '.join(step.after)}")
    if step.each:
        of = f" {step.each.field}" if step.each.field else ""
        said.append(f"once for each {step.each.by}{of} of {step.each.input}")
    if step.keep:
        said.append("its outputs are kept")
    return said
