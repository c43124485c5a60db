"""Publishing step by step: tools, service, parameters, and the look at all of it.

What is published is a draft first: rows that no client sees. Whoever stops on the way
finds it among the stopped services.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.options import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from services.admin.links import portal_url, rest_url
from services.admin.packages import may_publish
from services.admin.preview import preview_of
from services.admin.publishing import DRAFT, PublishForm
from services.editing import edited, own_folders, shown
from services.errors import NotFound
from services.modeling.definition import TOOLBOX
from services.models import Folder, Service, Task
from services.naming import name_problem
from services.narrowing import problem_with
from services.registry import OWN, installation, publishable
from services.tool import Tool


def wizard_urls(admin: ModelAdmin[Service]) -> list[Any]:
    """Return the addresses of the steps, below the list of services."""
    pages, wrap = Wizard(admin), admin.admin_site.admin_view
    return [
        path("publish/", wrap(pages.tools), name="services_publish"),
        path("publish/service/", wrap(pages.service), name="services_publish_service"),
        path("publish/check/", wrap(pages.check), name="services_publish_check"),
        path("<int:pk>/publish/", wrap(pages.review), name="services_publish_review"),
    ]


class Wizard:
    """The pages; ``admin`` is that of services, which keeps who did what."""

    def __init__(self, admin: ModelAdmin[Service]) -> None:
        self.admin = admin

    def _page(
        self, request: HttpRequest, name: str, title: str, **context: Any
    ) -> HttpResponse:
        shared = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": title,
            "media": self.admin.media,
        }
        template = f"admin/publish/{name}.html"
        return TemplateResponse(request, template, shared | context)

    def tools(self, request: HttpRequest) -> HttpResponse:
        """Choose tools: of the portal, of packages, and models."""
        if not may_publish(request):
            raise PermissionDenied
        chosen = (request.POST or request.GET).getlist("tools")
        if request.method == "POST" and chosen:
            query = urlencode([("tools", one) for one in chosen])
            url = reverse("admin:services_publish_service")
            return HttpResponseRedirect(f"{url}?{query}")
        wanted = request.GET.get("q", "").strip()
        words = wanted.lower().split()
        found = [one for one in publishable().values()
                 if one.id in chosen or _has(one, words)]  # fmt: skip
        return self._page(
            request, "tools", "Publish: choose tools", step=1, wanted=wanted,
            chosen=chosen, nothing=request.method == "POST",
            groups=_grouped(found, _tasks(request), chosen),
        )  # fmt: skip

    def service(self, request: HttpRequest) -> HttpResponse:
        """Say where the tools go, how they run, and who can run them."""
        if not may_publish(request):
            raise PermissionDenied
        tools = [one for one in (request.POST or request.GET).getlist("tools")
                 if one in publishable()]  # fmt: skip
        if not tools:
            return HttpResponseRedirect(reverse("admin:services_publish"))
        sent = request.POST if request.method == "POST" else None
        form = PublishForm(request.user, sent, {"tools": tools, **_proposed(tools)})
        if form.is_valid():
            return self._drafted(request, form)
        return self._page(
            request, "service", "Publish: choose a service", step=2, form=form,
            tools=[publishable()[one] for one in tools],
        )  # fmt: skip

    def _drafted(self, request: HttpRequest, form: PublishForm) -> HttpResponse:
        is_new = form.cleaned_data["service"] is None
        service, tasks = form.save(draft=True)
        if is_new:
            self.admin.log_addition(request, service, [{"added": {}}])
        log: Any = self.admin.admin_site.get_model_admin(Task)
        for task in tasks:
            log.log_addition(request, task, [{"added": {}}])
        if not tasks:
            text = f"All of these are tasks of {service} already."
            messages.info(request, text)
        return HttpResponseRedirect(next_step(service, [one.pk for one in tasks]))

    def check(self, request: HttpRequest) -> HttpResponse:
        """Tell a script what is wrong with a name, as the form would."""
        if not may_publish(request):
            raise PermissionDenied
        given = request.GET.get("folder", "")
        folders = Folder.objects.filter(own_folders(request.user))
        folder = folders.filter(pk=given).first() if given.isdecimal() else None
        name = request.GET.get("name", "")[:200]
        problem = name_problem(folder, name)
        place = f"{folder.name}/{name}" if folder else name
        told = problem or f"Free: {rest_url(f'{place}/GPServer')}"
        return JsonResponse({"problem": problem, "text": told})

    def review(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Look at what users will see, and let them see it."""
        rows = Service.objects.filter(edited(request.user), pk=pk)
        service = rows.select_related("folder").first()
        if service is None:
            raise Http404("there is no such service of yours")
        if not self.admin.has_change_permission(request, service):
            raise PermissionDenied
        tasks = list(service.tasks.prefetch_related("parameters"))
        if request.method == "POST":
            return self._published(request, service, tasks)
        named = set(request.GET.get("tasks", "").split(","))
        listed = [_looked_at(one, str(one.pk) in named) for one in tasks]
        return self._page(
            request, "review", "Publish: look at it", step=4, service=service,
            listed=listed, is_draft=_is_draft(service),
        )  # fmt: skip

    def _published(
        self, request: HttpRequest, service: Service, tasks: list[Task]
    ) -> HttpResponse:
        """Switch the ticked tasks on and the others off; start what was a draft."""
        ticked = set(request.POST.getlist("tasks"))
        for task in tasks:
            is_on = str(task.pk) in ticked
            if task.enabled != is_on:
                task.enabled = is_on
                task.save(update_fields=["enabled"])
        if _is_draft(service):
            service.state, service.stop_reason = Service.State.STARTED, ""
            service.save(update_fields=["state", "stop_reason", "updated_at"])
        self.admin.log_change(request, service, "Published.")
        text = format_html(
            '{} is published: <a href="{}">in the portal</a>,'
            ' <a href="{}">in the Services Directory</a>.',
            service, portal_url(service), rest_url(f"{service.path}/GPServer"),
        )  # fmt: skip
        messages.success(request, text)
        if service.state == Service.State.STOPPED:
            told = "The service is stopped: clients see its tasks once it is started."
            messages.warning(request, told)
        url = reverse("admin:services_service_change", args=[service.pk])
        return HttpResponseRedirect(url)


def next_step(service: Service, tasks: list[int], after: int | None = None) -> str:
    """Return the address of the next task's parameters, or of the look at all."""
    waiting = tasks if after is None else tasks[tasks.index(after) + 1 :]
    listed = ",".join(map(str, tasks))
    if not waiting:
        url = reverse("admin:services_publish_review", args=[service.pk])
        return f"{url}?tasks={listed}"
    url = reverse("admin:services_task_change", args=[waiting[0]])
    return f"{url}?publishing={listed}"


def publishing(request: HttpRequest, pk: int | None) -> list[int]:
    """Return the tasks whose parameters are gone through, if this is one of them."""
    given = request.GET.get("publishing", "").split(",")
    found = [int(one) for one in given if one.isdecimal()]
    return found if pk in found else []


def _is_draft(service: Service) -> bool:
    return service.state == Service.State.STOPPED and service.stop_reason == DRAFT


def _looked_at(task: Task, is_named: bool) -> dict[str, Any]:
    """Return what the page shows of a task."""
    rows = list(task.parameters.all())
    for row in rows:
        row.task = task
    faults = [f"{row.name}: {x}" for row in rows if (x := problem_with(row))]
    try:
        form = preview_of(task, rows)
    except NotFound as exc:
        form, faults = None, [str(exc)]
    return {
        "task": task, "form": form, "faults": faults,
        "is_on": task.enabled or is_named,
    }  # fmt: skip


def _proposed(tools: list[str]) -> dict[str, Any]:
    """Return a name for the service of one tool: the tool's."""
    return {"name": publishable()[tools[0]].name} if len(tools) == 1 else {}


def _tasks(request: HttpRequest) -> dict[str, list[Task]]:
    """Return the tasks that the user sees, by their tools without a version."""
    found = defaultdict(list)
    rows = Task.objects.filter(shown(request.user, Task, "service__folder"))
    for task in rows.select_related("service__folder"):
        found[task.tool_id.partition("@")[0]].append(task)
    return found


def _grouped(
    tools: list[Tool], tasks: dict[str, list[Task]], chosen: list[str]
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the tools by category, those that are chosen before all."""
    owners = installation().owners
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in sorted(tools, key=lambda tool: tool.title):
        name = one.id.partition("@")[0]
        owner = owners[one.id].name if one.id in owners else OWN
        origin = "a model" if name.startswith(f"{TOOLBOX}.") else owner
        category = "Chosen" if one.id in chosen else one.category or "Other"
        row = {"tool": one, "origin": origin, "tasks": tasks.get(name, [])}
        groups[category].append(row)
    return sorted(groups.items(), key=lambda group: (group[0] != "Chosen", group[0]))


def _has(tool: Tool, words: list[str]) -> bool:
    said = f"{tool.id} {tool.title} {tool.category} {tool.summary}".lower()
    return all(word in said for word in words)
