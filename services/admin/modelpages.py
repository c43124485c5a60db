"""The pages on which a model is edited: plain forms, which work without a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import orjson
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from services.admin.modelacts import MODEL_URL, ModelActs
from services.admin.modelforms import InputForm, JSONForm, OutputForm, TextsForm
from services.admin.stepform import StepForm
from services.errors import NotFound
from services.modelbox import (
    problems_of,
    tool_for_step,
)
from services.modeling import editing
from services.modeling.checking import tools_of
from services.modeling.definition import Definition, Step
from services.registry import publishable
from services.tool import Tool


class ModelPages(ModelActs):
    """The pages below a model, each a form."""

    def urls(self) -> list[URLPattern]:
        """Return the addresses of the pages."""
        pages: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "texts": ("texts/", self.texts),
            "json": ("json/", self.as_json),
            "tools": ("tools/", self.tools),
            "step": ("steps/<str:name>/", self.step),
            "input": ("inputs/<str:name>/", self.input),
            "new_input": ("inputs/", self.input),
            "output": ("outputs/<str:name>/", self.output),
            "new_output": ("outputs/", self.output),
            "act": ("act/", self.act),
            "publish": ("publish/", self.publish),
            "export": ("export/", self.export),
        }
        wrap = self.admin.admin_site.admin_view
        return [path(f"<int:pk>/{address}", wrap(view), name=f"services_model_{name}")
                for name, (address, view) in pages.items()]  # fmt: skip

    def texts(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Edit title and description."""
        row = self.row(request, pk)
        model = self.draft(row)
        initial = {"title": model.title, "description": model.description}
        form = TextsForm(request.POST or None, initial=initial)
        if form.is_valid():
            about = form.cleaned_data["description"].replace("\r\n", "\n")
            title = form.cleaned_data["title"]
            made = replace(model, title=title, description=about)
            if self.keep(request, row, made, "Texts changed."):
                return self.back(row)
        return self.page(request, "form", row, form=form, title="Title and description")

    def as_json(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Edit the draft as JSON."""
        row = self.row(request, pk)
        text = orjson.dumps(row.draft, option=orjson.OPT_INDENT_2).decode()
        form = JSONForm(request.POST or None, initial={"json": text})
        if form.is_valid():
            made = replace(form.cleaned_data["json"], name=row.name)
            if self.keep(request, row, made, "Draft written as JSON."):
                return self.back(row)
        return self.page(request, "form", row, form=form, title="The draft as JSON")

    def tools(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add a step: search for a tool."""
        row = self.row(request, pk)
        model = self.draft(row)
        wanted = request.GET.get("q", "").strip().lower()
        if request.method == "POST":
            try:
                tool = tool_for_step(request.POST.get("tool", ""))
            except NotFound as exc:
                self.admin.message_user(request, f"{exc}.", messages.ERROR)
                return self.back(row)
            made, step = editing.with_tool(model, tool)
            if not self.keep(request, row, made, f"Step {step.id} added."):
                return self.back(row)
            return HttpResponseRedirect(
                reverse(f"{MODEL_URL}step", args=[row.pk, step.id])
            )
        words = wanted.split()
        found = [one for one in publishable().values() if _has(one, words)]
        found.sort(key=lambda one: (one.category, one.title))
        return self.page(request, "tools", row, tools=found, wanted=wanted,
                         title="Add a step")  # fmt: skip

    def step(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Edit a step."""
        row = self.row(request, pk)
        model = self.draft(row)
        step, tools = self._step(model, name), tools_of(model, tool_for_step)[0]
        if step.id not in tools:
            told = f"The tool {step.tool} is not here: delete the step."
            self.admin.message_user(request, told, messages.ERROR)
            return self.back(row)
        form = StepForm(model, step, tools, request.POST or None)
        if form.is_valid() and self.keep(
            request, row, form.changed, f"Step {step.id} changed."
        ):
            return self.back(row, "steps")
        faults = [one for one in problems_of(row) if one.step == step.id]
        return self.page(
            request, "step", row, form=form, step=step, tool=tools[step.id],
            faults=faults, title=model.heading(step),
        )  # fmt: skip

    def _step(self, model: Definition, name: str) -> Step:
        step = model.step(name)
        if step is None:
            raise Http404("the model has no such step")
        return step

    def input(self, request: HttpRequest, pk: int, name: str = "") -> HttpResponse:
        """Edit or add an input of the model."""
        row = self.row(request, pk)
        model = self.draft(row)
        parameter = model.input(name)
        if name and parameter is None:
            raise Http404("the model has no such input")
        form = InputForm(model, parameter, request.POST or None)
        if form.is_valid():
            made = editing.with_input(model, form.made)
            if self.keep(request, row, made, f"Input {form.made.name} changed."):
                return self.back(row, "inputs")
        title = f"Input {name}" if name else "Add an input"
        return self.page(request, "form", row, form=form, title=title)

    def output(self, request: HttpRequest, pk: int, name: str = "") -> HttpResponse:
        """Edit or add an output of the model."""
        row = self.row(request, pk)
        model = self.draft(row)
        output = next((one for one in model.outputs if one.name == name), None)
        if name and output is None:
            raise Http404("the model has no such output")
        tools = tools_of(model, tool_for_step)[0]
        form = OutputForm(model, tools, output, request.POST or None)
        if form.is_valid():
            made = editing.with_output(model, form.made())
            if self.keep(request, row, made, f"Output {form.made().name} changed."):
                return self.back(row, "outputs")
        title = f"Output {name}" if name else "Add an output"
        return self.page(request, "form", row, form=form, title=title)


def _has(tool: Tool, words: list[str]) -> bool:
    """Tell if all words, in lower case, occur in what a tool says of itself."""
    said = f"{tool.id} {tool.title} {tool.category} {tool.summary}".lower()
    return all(word in said for word in words)
