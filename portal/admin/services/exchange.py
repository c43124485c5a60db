"""Services as JSON in the shape of ArcGIS Server: to download, and to make anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from django.contrib import admin, messages
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from portal.admin.services.importform import ImportForm
from portal.admin.services.jobacts import JobActs
from portal.admin.services.taskjson import add_tasks, tasks_document
from portal.adminrest.creation import new_service
from portal.adminrest.documents import folder_name, item_document, service_document
from portal.adminrest.members import ITEM_MEMBERS, TOOLBOX, flat
from services.errors import InvalidParameters, InvalidValue, Problem
from services.models import Folder, Service

_USER = "user:"
_NO_MEMBERS = ("name", "type", "typeKeywords")


def exported(row: Service) -> dict[str, Any]:
    """Return the service JSON, with item information, who may run it, and tasks."""
    item = {k: x for k, x in item_document(row).items() if k not in _NO_MEMBERS}
    groups = row.allowed_groups.values_list("name", flat=True).order_by("name")
    users = row.allowed_users.values_list("username", flat=True).order_by("username")
    return service_document(row) | {
        "folderName": folder_name(row),
        "iteminfo": item,
        "principals": [*groups, *(_USER + one for one in users)],
        "tasks": tasks_document(row),
    }


@transaction.atomic
def imported(document: Any, folder: Folder | None, name: str) -> Service:
    """Store the service that ``exported`` described, or a service JSON of ArcGIS.

    Raises InvalidParameters, which names the members to blame; nothing is stored then.
    """
    if not isinstance(document, dict):
        raise InvalidParameters([Problem("service", "expected a JSON object")])
    if not isinstance(document.get("properties", {}), dict | type(None)):
        raise InvalidParameters([Problem("properties", "expected a JSON object")])
    own = {"folderName", "iteminfo", "principals", "tasks"}
    sent = flat({k: x for k, x in document.items() if k not in own})
    sent |= {"serviceName": name} if name else {}
    tasks = document.get("tasks")
    if tasks is not None:
        sent.pop(TOOLBOX, None)
    row = new_service(folder, sent, None if tasks is None else ()).save()
    _set_texts(row, document.get("iteminfo"))
    _set_principals(row, document.get("principals"))
    if tasks is not None:
        add_tasks(row, tasks)
    return row


def _set_texts(row: Service, sent: Any) -> None:
    problems = []
    for member in ITEM_MEMBERS:
        value = sent.get(member.path) if isinstance(sent, dict) else None
        if value in (None, "", []) or member.path == "description":
            continue
        try:
            setattr(row, member.field, member.kind.read(value))
        except InvalidValue as exc:
            problems.append(Problem(f"iteminfo.{member.path}", str(exc)))
    if problems:
        raise InvalidParameters(problems)
    row.save()


def _set_principals(row: Service, sent: Any) -> None:
    problems = []
    for one in sent if isinstance(sent, list) else []:
        text = str(one)
        found: Any
        if text.startswith(_USER):
            found = User.objects.filter(username=text.removeprefix(_USER)).first()
            chosen: Any = row.allowed_users
        else:
            found = Group.objects.filter(name=text).first()
            chosen = row.allowed_groups
        if found is None:
            problems.append(Problem("principals", f"there is no {text[:150]} here"))
        else:
            chosen.add(found)
    if problems:
        raise InvalidParameters(problems)


class ExchangeActs(JobActs):
    """The act that exports."""

    @admin.action(description="Export as JSON", permissions=["view"])
    def export_json(
        self, request: HttpRequest, rows: QuerySet[Service]
    ) -> HttpResponse:
        """Answer services as JSON, one as its service JSON."""
        documents = [exported(one) for one in rows]
        is_one = len(documents) == 1
        document = documents[0] if is_one else {"services": documents}
        name = documents[0]["serviceName"] if is_one else "services"
        body = orjson.dumps(document, option=orjson.OPT_INDENT_2)
        response = HttpResponse(body, content_type="application/json")
        file_name = f"{name.replace(' ', '_')}.json"
        response["Content-Disposition"] = f'attachment; filename="{file_name}"'
        return response


def import_page(model_admin: ExchangeActs) -> Callable[[HttpRequest], HttpResponse]:
    """Return the view of the page on which services are made of JSON."""

    def view(request: HttpRequest) -> HttpResponse:
        if not model_admin.has_add_permission(request):
            raise PermissionDenied
        is_sent = request.method == "POST"
        sent = (request.POST, request.FILES) if is_sent else (None, None)
        form = ImportForm(request.user, *sent)
        if form.is_valid():
            try:
                rows = _import_all(form)
            except InvalidParameters as exc:
                for problem in exc.problems:
                    form.add_error("text", f"{problem.parameter}: {problem.message}")
            else:
                return _imported(model_admin, request, rows)
        context = {
            **model_admin.admin_site.each_context(request),
            "opts": model_admin.opts,
            "title": "Import services from JSON",
            "form": form,
        }
        return TemplateResponse(
            request, "admin/services/service/import.html", context,
            status=400 if form.errors else 200,
        )  # fmt: skip

    return view


@transaction.atomic
def _import_all(form: ImportForm) -> list[Service]:
    return [
        imported(one, folder, form.cleaned_data["name"])
        for one, folder in form.documents()
    ]


def _imported(
    model_admin: ExchangeActs, request: HttpRequest, rows: list[Service]
) -> HttpResponse:
    for row in rows:
        model_admin.log_addition(request, row, [{"added": {}}])
    names = ", ".join(str(one) for one in rows)
    model_admin.message_user(request, f"Imported: {names}.", messages.SUCCESS)
    if len(rows) == 1:
        url = reverse("admin:services_service_change", args=[rows[0].pk])
    else:
        url = reverse("admin:services_service_changelist")
    return HttpResponseRedirect(url)
