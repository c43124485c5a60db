"""Renewing the parameters of tasks after their tools have changed, shown first."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from services.admin.actions import ask, counted
from services.catalog import publish
from services.differences import differences, newest_tool
from services.errors import NotFound
from services.models import Task


def renew_tasks(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, tasks: QuerySet[Task]
) -> TemplateResponse | None:
    """Fit the parameter rows of tasks to their tools, after a page of what changes."""
    found = tasks.select_related("service__folder").prefetch_related("parameters")
    page = ask(
        model_admin, request, found, question="Renew the parameters of these tasks",
        effect="New parameters come in as the tool declares them, those that are gone"
        " go with what was edited of them, all other edits stay. Jobs that wait or run"
        " keep the parameters that they were accepted with.", notes=_changes,
    )  # fmt: skip
    if page is None:
        _renew(model_admin, request, found)
    return page


def _changes(task: Task) -> list[str]:
    try:
        return [str(one) for one in differences(task)] or ["nothing has changed"]
    except NotFound as exc:
        return [f"{exc}"]


def _renew(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, tasks: QuerySet[Task]
) -> None:
    done = 0
    for task in tasks:
        try:
            publish(newest_tool(task), task.service, task.name)
            done += 1
        except NotFound as exc:
            model_admin.message_user(request, f"{task}: {exc}.", messages.ERROR)
    if done:
        model_admin.message_user(
            request, f"The parameters of {counted(done, Task)} fit the tools again."
        )
