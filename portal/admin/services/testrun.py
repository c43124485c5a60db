"""A run of a task from the admin, also of one that no client sees yet."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.options import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from jobs.models import Job
from jobs.processes.runner import InternalError
from jobs.runs import calls, execution
from portal.proxy import address_of
from services.catalog import PublishedService, PublishedTask, publish_task
from services.errors import GPError, InvalidParameters, NotFound
from services.form import Form
from services.keys import Caller, Client
from services.models import Service, Task
from services.pages import operation_form


class TestRun:
    """The page with the task's form; ``admin`` is that of services."""

    __test__ = False  # no test of pytest, whatever its name

    def __init__(self, admin: ModelAdmin[Service]) -> None:
        self.admin = admin

    def page(self, request: HttpRequest, pk: int, task_pk: int) -> HttpResponse:
        """Show the form of a task, and run it as a job of who sends it."""
        task = self._task(request, pk, task_pk)
        try:
            shown = publish_task(task)
        except NotFound as exc:
            self.admin.message_user(request, f"{task}: {exc}.", messages.ERROR)
            return HttpResponseRedirect(_back(task))
        details: tuple[str, ...] = ()
        if request.method == "POST":
            try:
                return self._started(
                    request, execution.submit(_asked(request, task, shown))
                )
            except InvalidParameters as exc:
                details = tuple(str(one) for one in exc.problems)
            except (GPError, InternalError) as exc:
                details = (str(exc) if isinstance(exc, GPError) else "It crashed.",)
        sent = request.POST.dict() if request.method == "POST" else None
        form = operation_form(shown, "submitJob", sent, details)
        return self._shown(request, task, form)

    def _task(self, request: HttpRequest, pk: int, task_pk: int) -> Task:
        rows = Task.objects.filter(pk=task_pk, service=pk)
        task = rows.select_related("service__folder").first()
        if task is None:
            raise Http404("there is no such task")
        if not self.admin.has_change_permission(request, task.service):
            raise PermissionDenied
        return task

    def _started(self, request: HttpRequest, job: Job) -> HttpResponse:
        text = "The test run is a job of yours: load this page again to see it end."
        messages.success(request, text)
        return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[job.pk]))

    def _shown(self, request: HttpRequest, task: Task, form: Any) -> HttpResponse:
        context = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": f"Test run of {task}",
            "task": task,
            "back": _back(task),
            "form": form,
        }
        status = 400 if form.refused or form.other_problems else 200
        return TemplateResponse(
            request, "admin/services/service/testrun.html", context, status=status
        )


def _asked(request: HttpRequest, task: Task, shown: PublishedTask) -> calls.Request:
    """Return the request for the one path of runs, of the form in the admin."""
    user: Any = request.user
    own = {"csrfmiddlewaretoken"}
    small = {name: text for name, text in request.POST.items() if name not in own}
    return calls.Request(
        service=PublishedService(task.service, (shown,)),
        task=shown,
        form=Form({name: str(text) for name, text in small.items()}),
        caller=Caller(user),
        client=Client("", address_of(request)),
        root_url=request.build_absolute_uri(f"/{settings.CONTEXT}"),
    )


def _back(task: Task) -> str:
    return reverse("admin:services_service_change", args=[task.service_id])
