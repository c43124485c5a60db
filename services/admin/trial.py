"""Drafts of models that are tried out: tasks for nobody but who tries them."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from services.catalog import publish
from services.modelbox import DRAFT, find
from services.models import Folder, Model, Service, Task

FOLDER = "Trials"


@transaction.atomic
def publish_draft(row: Model, user: Any) -> Task:
    """Publish the draft of a model for one user; return the task.

    It lies in a service of its own, which is open to those who have tried the model.
    Raises NotFound, with the reason, if the draft has a fault.
    """
    tool = find(f"{row.tool_id}{DRAFT}")
    folder, _ = Folder.objects.get_or_create(
        name=FOLDER, defaults={"access": Service.Access.CHOSEN}
    )
    service, _ = Service.objects.get_or_create(
        folder=folder, name=row.name,
        defaults={
            "access": Service.Access.CHOSEN,
            "description": f"The draft of the model {row.name}, to try it out.",
            "keep_jobs_hours": 1,
        },
    )  # fmt: skip
    service.allowed_users.add(user)
    return publish(tool, service, row.name)
