"""What is done with a model beside its forms: kept, saved, tried, published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from django.contrib import messages
from django.contrib.admin.options import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from services.admin.links import rest_url
from services.admin.modelforms import PublishForm
from services.admin.trial import publish_draft
from services.catalog import publish
from services.errors import NotFound
from services.modelbox import draft_of, exported, save_version, tool_for_step
from services.modeling import editing
from services.modeling.definition import Definition
from services.modeling.reading import InvalidDefinition
from services.models import Model, ModelVersion

MODEL_URL = "admin:services_model_"
_STALE = (
    "Somebody else, or another window, has changed the model meanwhile: look at it"
    " again before you change it."
)


class ModelActs:
    """What pages of a model share; ``admin`` is asked who may, and keeps who did."""

    def __init__(self, admin: ModelAdmin[Model]) -> None:
        self.admin = admin

    def row(self, request: HttpRequest, pk: int, *, to_change: bool = True) -> Model:
        """Return the model of an address, if the user may see or change it."""
        row = Model.objects.filter(pk=pk).first()
        if row is None:
            raise Http404("there is no such model")
        may = self.admin.has_change_permission if to_change \
            else self.admin.has_view_permission  # fmt: skip
        if not may(request, row):
            raise PermissionDenied
        return row

    def draft(self, row: Model) -> Definition:
        """Return the draft of a model; one that cannot be read has no pages."""
        try:
            return draft_of(row)
        except InvalidDefinition as exc:
            raise Http404(str(exc)) from None

    def page(
        self, request: HttpRequest, template: str, row: Model, **context: Any
    ) -> TemplateResponse:
        """Return a page about a model."""
        shared = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "row": row,
            "stamp": stamp_of(row),
            "media": self.admin.media,
        }
        request.current_app = self.admin.admin_site.name
        return TemplateResponse(
            request, f"admin/models/{template}.html", shared | context
        )

    def back(self, row: Model, anchor: str = "") -> HttpResponseRedirect:
        """Return to the page of the model."""
        url = reverse(f"{MODEL_URL}change", args=[row.pk])
        return HttpResponseRedirect(f"{url}#{anchor}" if anchor else url)

    def keep(
        self, request: HttpRequest, row: Model, model: Definition, sentence: str
    ) -> bool:
        """Store a changed draft, unless the form is of an older one; say so."""
        if self.store(request, row, model, request.POST.get("stamp", ""), sentence):
            return True
        self.admin.message_user(request, _STALE, messages.ERROR)
        return False

    def store(
        self, request: HttpRequest, row: Model, model: Definition, stamp: str,
        sentence: str = "Draft changed in the graph.",
    ) -> Model | None:  # fmt: skip
        """Store a changed draft; None if it was changed since ``stamp``."""
        with transaction.atomic():
            now = Model.objects.select_for_update().get(pk=row.pk)
            if stamp != stamp_of(now):
                return None
            now.draft = model.to_json()
            now.save(update_fields=["draft", "updated_at"])
        self.admin.log_change(request, now, sentence)
        return now

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what a button of the page says."""
        row = self.row(request, pk)
        act, _, name = request.POST.get("act", "").partition(":")
        if act == "save":
            self._save(request, row)
        elif act == "try":
            return self._try(request, row)
        elif act == "restore":
            self._restore(request, row, name)
        else:
            self._change(request, row, act, name)
        return self.back(row)

    def _change(self, request: HttpRequest, row: Model, act: str, name: str) -> None:
        model = self.draft(row)
        changes: dict[str, Callable[[], Definition]] = {
            "up": lambda: editing.moved(model, name, -1),
            "down": lambda: editing.moved(model, name, 1),
            "delete-step": lambda: editing.without_step(model, name),
            "delete-input": lambda: editing.without_input(model, name),
            "delete-output": lambda: editing.without_output(model, name),
        }
        if act not in changes:
            raise Http404("there is no such act")
        said = f"{act.replace('-', ' ').capitalize()}: {name}."
        self.keep(request, row, changes[act](), said)

    def _save(self, request: HttpRequest, row: Model) -> None:
        try:
            version = save_version(row, request.user)
        except InvalidDefinition as exc:
            told = f"The draft cannot be saved as a version: {exc}"
            self.admin.message_user(request, told, messages.ERROR)
            return
        said = f"Saved as version {version.number}."
        self.admin.log_change(request, row, said)
        self.admin.message_user(request, said, messages.SUCCESS)

    def _restore(self, request: HttpRequest, row: Model, number: str) -> None:
        version = _version(row, number)
        if version is None:
            raise Http404("there is no such version")
        row.draft = version.definition
        said = f"Version {version.number} is the draft now."
        if self.keep(request, row, draft_of(row), said):
            self.admin.message_user(request, said, messages.SUCCESS)

    def _try(self, request: HttpRequest, row: Model) -> HttpResponse:
        try:
            task = publish_draft(row, request.user)
        except NotFound as exc:
            self.admin.message_user(request, f"{exc}", messages.ERROR)
            return self.back(row)
        url = rest_url(f"{task.service.path}/GPServer/{task.name}/submitJob")
        return HttpResponseRedirect(url)

    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publish the newest version as a task of a service."""
        row = self.row(request, pk)
        form = PublishForm(request.user, request.POST or None)
        version = row.newest()
        if form.is_valid() and version is not None:
            if not request.user.has_perm("services.add_task"):
                raise PermissionDenied
            service = form.cleaned_data["service"]
            task = publish(tool_for_step(version.tool_id), service, row.name)
            said = f"Version {version.number} is published as {task}."
            self.admin.log_change(request, row, said)
            self.admin.message_user(request, said, messages.SUCCESS)
            return self.back(row)
        title = (
            f"Publish version {version.number}" if version else "Save a version first"
        )
        return self.page(request, "form", row, form=form, title=title)

    def export(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer a version as JSON, the newest unless one is asked for."""
        row = self.row(request, pk, to_change=False)
        number = request.GET.get("version", "")
        found = _version(row, number)
        document = found.bundle if found else exported(row)
        answer = HttpResponse(orjson.dumps(document, option=orjson.OPT_INDENT_2),
                              content_type="application/json")  # fmt: skip
        name = f"{row.name}.json"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def _version(row: Model, number: str) -> ModelVersion | None:
    """Return the version of a number that somebody has sent, if there is one."""
    is_number = number.isdecimal() and len(number) < 10
    return row.versions.filter(number=int(number)).first() if is_number else None


def stamp_of(row: Model) -> str:
    """Return what tells this draft of a model from all others."""
    return row.updated_at.isoformat()
