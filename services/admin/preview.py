"""What users will see of a task: its form, of what is stored or being edited."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path

from services.catalog import publish_task
from services.errors import NotFound
from services.models import Task, TaskParameter
from services.pages import OperationForm, operation_form

if TYPE_CHECKING:  # the generic class exists only for the type checker
    TaskModelAdmin = admin.ModelAdmin[Task]
else:
    TaskModelAdmin = admin.ModelAdmin


def preview_of(
    task: Task, rows: Iterable[TaskParameter], problems: Sequence[str] = ()
) -> OperationForm:
    """Return the form of a task with these parameter rows. Raises NotFound.

    The one place that decides what a preview is made of.
    """
    shown = publish_task(task, list(rows))
    operation = "execute" if task.service.is_synchronous else "submitJob"
    return operation_form(shown, operation, None, problems)


class TaskPreview(TaskModelAdmin):
    """The address that answers the form as it would be after saving."""

    def get_urls(self) -> list[Any]:
        """Return the addresses of the admin, and that of the preview."""
        view = self.admin_site.admin_view(self.preview)
        name = "services_task_preview"
        return [path("<int:pk>/preview/", view, name=name), *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer what users would see, if the page that is sent were saved."""
        task = self.get_object(request, str(pk))
        if task is None:
            raise Http404("there is no such task")
        if not self.has_change_permission(request, task):
            raise PermissionDenied
        rows, problems = self._edited(request, copy.copy(task))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Preview of {task}",
            "original": task,
            **preview_context(task, rows, problems),
        }
        return TemplateResponse(request, "admin/services/task/preview.html", context)

    def _edited(
        self, request: HttpRequest, task: Task
    ) -> tuple[list[TaskParameter], list[str]]:
        """Return the rows as the page has them, and what is wrong with them."""
        if request.method != "POST":
            return list(task.parameters.all()), []
        rows, problems = [], []
        formsets, _ = self._create_formsets(request, task, change=True)  # type: ignore[attr-defined]
        for form in (form for one in formsets for form in one.forms):
            form.is_valid()
            rows.append(form.instance)
            texts = [str(x) for errors in form.errors.values() for x in errors]
            if texts:
                problems.append(f"Parameter '{form.instance.name}': {' '.join(texts)}")
        return rows, problems


def preview_context(
    task: Task, rows: Iterable[TaskParameter], problems: Sequence[str] = ()
) -> dict[str, Any]:
    """Return what the template of a preview needs."""
    kept = list(rows)
    for row in kept:
        row.task = task
    try:
        shown = publish_task(task, kept)
        outputs = [one for one in shown.visible if one.is_output]
        form = preview_of(task, kept, problems)
    except NotFound as exc:
        return {"preview": None, "preview_reason": str(exc)}
    return {"preview": form, "preview_task": shown, "preview_outputs": outputs}
