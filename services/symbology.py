"""How an administrator wants the outputs of a task drawn."""

from __future__ import annotations

from typing import Any

from services.models import Service, TaskParameter


def symbology_of(service: Service | None, task_name: str) -> dict[str, Any]:
    """Return the drawing information of outputs by name, of those that have one."""
    rows = TaskParameter.objects.filter(
        task__service=service, task__name__iexact=task_name, drawing_info__isnull=False
    )
    return dict(rows.values_list("name", "drawing_info"))
