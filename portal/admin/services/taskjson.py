"""Tasks of a service as JSON, to carry them with all edits to another portal."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from services.catalog import publish
from services.errors import InvalidParameters, NotFound, Problem
from services.models import Service, Task, TaskParameter
from services.naming import TAKEN
from services.registry import installed

#: Members of a task and of a parameter, with their fields.
_TASK = {
    "title": "title", "description": "description", "category": "category",
    "helpUrl": "help_url", "position": "position", "enabled": "enabled",
}  # fmt: skip
_PARAMETER = {
    "mode": "mode", "label": "label", "description": "description",
    "category": "category", "default": "default", "choiceList": "choices",
    "minimum": "minimum", "maximum": "maximum", "drawingInfo": "drawing_info",
    "position": "position",
}  # fmt: skip


def tasks_document(service: Service) -> list[dict[str, Any]]:
    """Return the tasks of a service with what was edited of their parameters."""
    return [
        {"name": task.name, "tool": task.tool_id}
        | {member: getattr(task, field) for member, field in _TASK.items()}
        | {"parameters": [_parameter_document(row) for row in task.parameters.all()]}
        for task in service.tasks.prefetch_related("parameters")
    ]


def _parameter_document(row: TaskParameter) -> dict[str, Any]:
    said = {member: getattr(row, field) for member, field in _PARAMETER.items()}
    return {"name": row.name} | {k: x for k, x in said.items() if x not in (None, "")}


def add_tasks(service: Service, documents: Any) -> None:
    """Publish the tasks that a document describes. Raises InvalidParameters."""
    if not isinstance(documents, list):
        raise InvalidParameters([Problem("tasks", "expected a list of objects")])
    problems: list[Problem] = []
    for place, one in enumerate(documents):
        at = f"tasks[{place}]"
        if not isinstance(one, dict) or not isinstance(one.get("tool"), str):
            problems.append(Problem(f"{at}.tool", "expected the id of a tool"))
            continue
        try:
            tool = installed(one["tool"])
        except NotFound as exc:
            problems.append(Problem(f"{at}.tool", str(exc)))
            continue
        name = one.get("name", tool.name)
        if not isinstance(name, str):
            problems.append(Problem(f"{at}.name", "expected a text"))
            continue
        task = Task(service=service, name=name, tool_id=tool.id)
        _fill(task, _TASK, one)
        problems += _faults(task, at, _TASK, ["service"])
        if service.tasks.filter(name__iexact=name).exists():
            problems.append(Problem(f"{at}.name", TAKEN.format("task")))
        if not problems:
            task.save()
            publish(tool, service, task.name)
            problems += _fill_parameters(task, one.get("parameters") or [], at)
    if problems:
        raise InvalidParameters(problems)


def _fill_parameters(task: Task, documents: Any, at: str) -> list[Problem]:
    if not isinstance(documents, list):
        return [Problem(f"{at}.parameters", "expected a list of objects")]
    rows = {row.name: row for row in task.parameters.select_related("task")}
    problems = []
    for one in documents:
        name = str(one.get("name") if isinstance(one, dict) else one)[:100]
        row = rows.get(name)
        if row is None or not isinstance(one, dict):
            text = f"the tool has no parameter {name}"
            problems.append(Problem(f"{at}.parameters", text))
            continue
        _fill(row, _PARAMETER, one)
        found = _faults(row, f"{at}.parameters.{name}", _PARAMETER, ["task"])
        problems += found
        if not found:
            row.save()
    return problems


def _fill(row: Task | TaskParameter, members: dict[str, str], sent: Any) -> None:
    for member, field in members.items():
        if sent.get(member) is not None:
            setattr(row, field, sent[member])


def _faults(
    row: Task | TaskParameter, at: str, members: dict[str, str], but: list[str]
) -> list[Problem]:
    """Return what is wrong with a row, by the members that it was read from."""
    try:
        row.full_clean(exclude=but)
    except ValidationError as exc:
        names = {"name": "name"} | {field: key for key, field in members.items()}
        return [
            Problem(f"{at}.{names[field]}" if field in names else at, text)
            for field, texts in exc.message_dict.items()
            for text in texts
        ]
    return []
