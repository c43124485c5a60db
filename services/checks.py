"""System checks: does the catalogue still fit the installed tools?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db.utils import DatabaseError

from services.errors import NotFound
from services.models import Task
from services.narrowing import problem_with
from services.registry import installation, installed, registry
from services.tool import DeclarationError
from services.toolpackages import places


@register(Tags.database)
def tasks_fit_their_tools(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """Report tasks whose tool has gone and rows that no longer fit.

    These are warnings: the rest of the catalogue works, and an error would keep
    every command from running, the worker and the one of the hint too.
    """
    try:
        registry()
    except DeclarationError as exc:
        return [Error(str(exc), hint="Mend the declaration.", id="services.E001")]
    messages: list[CheckMessage] = []
    try:
        rows = list(Task.objects.select_related("service__folder"))
    except DatabaseError:
        return []  # not migrated yet
    for task in rows:
        try:
            tool = installed(task.tool_id)
        except NotFound:
            messages.append(_missing(task))
            continue
        messages.extend(_drift(task, {one.name for one in tool.schema}))
    return messages


def _missing(task: Task) -> CheckMessage:
    broken = [one for one in installation().packages if one.breaks(task.tool_id)]
    if broken:
        text = f"{task} publishes {task.tool_id}, whose package is broken:"
        text += f" {broken[0].errors[0]}"
        return Warning(text, hint="Mend the package.", id="services.W002")
    return Warning(
        f"{task} publishes {task.tool_id}, a tool that is not installed.",
        hint="Install the tool, or delete the task in the admin.",
        id="services.W002",
    )


@register()
def tool_packages_load(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """Report what is wrong in packages of tools; the portal works without them.

    Looks nowhere, and takes no time, if there are none.
    """
    if not places():
        return []
    try:
        packages = installation().packages
    except DeclarationError:
        return []  # of our own package: services.E001
    return [
        Warning(
            f"Tool package {package.name}: {error}",
            hint="Mend the package, and start the portal anew.",
            id="services.W004",
        )
        for package in packages
        for error in package.errors
    ]


def _drift(task: Task, declared: set[str]) -> list[CheckMessage]:
    rows = {row.name: row for row in task.parameters.select_related("task")}
    hint = f"Run: manage.py publish {task.tool_id} --service '{task.service}'"
    messages: list[CheckMessage] = []
    if set(rows) != declared:
        names = ", ".join(sorted(set(rows) ^ declared))
        text = f"{task}: the tool's parameters have changed: {names}."
        messages.append(Warning(text, hint=hint, id="services.W001"))
    for name in sorted(declared & set(rows)):
        problem = problem_with(rows[name])
        if problem:
            text = f"{task}: parameter {name}: {problem}"
            fix = "Edit the parameter in the admin."
            messages.append(Warning(text, hint=fix, id="services.W003"))
    return messages
