"""Edits of parameters from a command line, checked by the form of the admin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError
from django.forms import modelform_factory

from services.admin.forms import ParameterForm
from services.models import Task, TaskParameter

_FIELDS = (
    "mode", "position", "label", "description", "category", "default", "choices",
    "minimum", "maximum",
)  # fmt: skip


def edit_parameters(task: Task, given: Mapping[str, list[str]]) -> None:
    """Set fields of parameters, each ``Name=value`` under its field.

    Raises CommandError, which names parameter and field as the form would.
    """
    edits: dict[str, dict[str, str]] = defaultdict(dict)
    for field, texts in given.items():
        for text in texts:
            name, sign, value = text.partition("=")
            if not sign:
                raise CommandError(f"--{field}: write PARAMETER=VALUE, not {text}")
            edits[name.lower()][field] = value
    rows = {row.name.lower(): row for row in task.parameters.select_related("task")}
    for key, values in edits.items():
        if key not in rows:
            names = ", ".join(row.name for row in rows.values())
            raise CommandError(f"{task} has no parameter {key}; it has {names}")
        _edit(rows[key], values)


def _edit(row: TaskParameter, values: dict[str, str]) -> None:
    if "choices" in values:
        values = values | {"choices": values["choices"].replace(",", "\n")}
    kind: Any = modelform_factory(TaskParameter, form=ParameterForm, fields=_FIELDS)
    blank = kind(instance=row)
    data = {one.name: one.value() for one in blank if one.value() is not None}
    form = kind(data | values, instance=row)
    if not form.is_valid():
        told = [f"{row.name}, {name}: {' '.join(texts)}"
                for name, texts in form.errors.items()]  # fmt: skip
        raise CommandError("; ".join(told))
    form.save()
