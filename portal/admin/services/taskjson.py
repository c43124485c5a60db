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
        problems += _add_task(service, one, f"tasks[{place}]")
    if problems:
        raise InvalidParameters(problems)


def _add_task(service: Service, sent: Any, at: str) -> list[Problem]:
    if not isinstance(sent, dict) or not isinstance(sent.get("tool"), str):
        return [Problem(f"{at}.tool", "expected the id of a tool")]
    try:
        tool = installed(sent["tool"])
    except NotFound as exc:
        return [Problem(f"{at}.tool", str(exc))]
    name = sent.get("name", tool.name)
    if not isinstance(name, str):
        return [Problem(f"{at}.name", "expected a text")]
    if service.tasks.filter(name__iexact=name).exists():
        return [Problem(f"{at}.name", TAKEN.format("task"))]
    task = Task(service=service, name=name, tool_id=tool.id)
    _fill(task, _TASK, sent)
    problems = _faults(task, at, _TASK, ["service"])
    if problems:
        return problems
    task.save()
    publish(tool, service, task.name)
    return _fill_parameters(task, sent.get("parameters") or [], at)


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
