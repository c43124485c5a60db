"""The page of tool packages: what is installed, what is broken, and publishing it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from services.admin.actions import counted
from services.admin.publishing import PublishForm
from services.editing import publishes, shown
from services.errors import NotFound
from services.models import Service, Task
from services.registry import OWN, installation, installed
from services.tool import Tool
from services.toolpackages import LoadError
from services.version import VERSION

TITLE = "Tool packages"


@dataclass(frozen=True, slots=True)
class Row:
    """A tool on the page, with the tasks that publish it."""

    tool: Tool
    tasks: list[Task]


@dataclass(frozen=True, slots=True)
class Listed:
    """A package on the page."""

    name: str
    version: str
    origin: str
    fingerprint: str
    rows: list[Row]
    errors: tuple[LoadError, ...]


def may_see(request: HttpRequest) -> bool:
    """Tell if the user sees the page: whoever sees or publishes tasks."""
    user = request.user
    return any(user.has_perm(f"services.{verb}_task") for verb in ("view", "change"))


def may_publish(request: HttpRequest) -> bool:
    """Tell if the user may publish a tool anywhere."""
    return request.user.has_perm("services.add_task") and publishes(request.user)


def tool_packages(request: HttpRequest) -> HttpResponse:
    """Show the packages of tools; publish those of their tools that are chosen."""
    if not may_see(request):
        raise PermissionDenied
    form = None
    if may_publish(request):
        form = PublishForm(request.user, request.POST or None)
        if request.method == "POST" and form.is_valid():
            _publish(request, form)
            return redirect("admin:tool-packages")
    context = {
        **admin.site.each_context(request),
        "title": TITLE,
        "packages": _listed(request),
        "unusable": unusable_tasks(request),
        "form": form,
        "chosen": request.POST.getlist("tools"),
    }
    return TemplateResponse(request, "admin/tool_packages.html", context)


def _publish(request: HttpRequest, form: PublishForm) -> None:
    is_new = form.cleaned_data["service"] is None
    service, tasks = form.save()
    if is_new:
        admin.site.get_model_admin(Service).log_addition(
            request, service, [{"added": {}}]
        )
    tasks_admin: Any = admin.site.get_model_admin(Task)
    for task in tasks:
        tasks_admin.log_addition(request, task, [{"added": {}}])
    known = len(form.cleaned_data["tools"]) - len(tasks)
    url = reverse("admin:services_service_change", args=[service.pk])
    names = format_html_join(", ", "{}", ((one.name,) for one in tasks))
    text = format_html(
        '{} published in <a href="{}">{}</a>{}{}.', counted(len(tasks), Task), url,
        service.path, ": " if tasks else "", names,
    )  # fmt: skip
    messages.success(request, text)
    if known:
        messages.info(request, f"{counted(known, Task)} had been there before.")


def _listed(request: HttpRequest) -> list[Listed]:
    found = installation()
    tasks = defaultdict(list)
    for task in _tasks(request):
        tasks[task.tool_id].append(task)

    def rows(tools: Iterable[Tool]) -> list[Row]:
        return [Row(one, tasks[one.id]) for one in tools]

    own = [one for key, one in found.tools.items() if key not in found.owners]
    others = [
        Listed(one.name, one.version, one.origin, one.fingerprint,
               rows(one.tools.values()), one.errors)
        for one in found.packages
    ]  # fmt: skip
    return [*others, Listed(OWN, VERSION, "this portal", "", rows(own), ())]


def _tasks(request: HttpRequest) -> Iterable[Task]:
    rows = Task.objects.filter(shown(request.user, Task, "service__folder"))
    return rows.select_related("service__folder")


def unusable_tasks(request: HttpRequest) -> list[Task]:
    """Return the tasks whose tool is gone or broken."""
    return [one for one in _tasks(request) if not _is_usable(one.tool_id)]


def _is_usable(tool_id: str) -> bool:
    try:
        installed(tool_id)
    except NotFound:
        return False
    return True
