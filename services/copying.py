"""A copy of a service under another name, with all that an administrator has said."""

from __future__ import annotations

from django.db import transaction

from services.catalog import bump
from services.models import Folder, Service, Task, TaskParameter


@transaction.atomic
def duplicate(service: Service, folder: Folder | None, name: str) -> Service:
    """Return a stored copy of a service: settings, access, tasks, parameters."""
    own = {"id", "folder", "name", "revision", "created_at", "updated_at"}
    copy = Service(folder=folder, name=name, **_values(service, own))
    if copy.access == Service.Access.FOLDER and folder is None:
        copy.access = Service.Access.CHOSEN  # who may run it is still to be said
    copy.save()
    copy.allowed_groups.set(service.allowed_groups.all())
    copy.allowed_users.set(service.allowed_users.all())
    for task in service.tasks.prefetch_related("parameters"):
        made = Task.objects.create(service=copy, **_values(task, {"id", "service"}))
        TaskParameter.objects.bulk_create(
            TaskParameter(task=made, **_values(row, {"id", "task"}))
            for row in task.parameters.all()
        )
    bump(copy.pk)
    return copy


def _values(row: Service | Task | TaskParameter, but: set[str]) -> dict[str, object]:
    fields = row._meta.concrete_fields
    return {one.name: getattr(row, one.name) for one in fields if one.name not in but}
