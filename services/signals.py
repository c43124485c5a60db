"""A saved or deleted row renews its service's revision, which all caches key on."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from services.catalog import bump
from services.models import Service, Task, TaskParameter


@receiver([post_save, post_delete], sender=Task)
@receiver([post_save, post_delete], sender=TaskParameter)
@receiver(post_save, sender=Service)
def renew(instance: Service | Task | TaskParameter, **_: Any) -> None:
    """Renew the revision of the service that a changed row belongs to."""
    if isinstance(instance, Service):
        bump(instance.pk)
    elif isinstance(instance, Task):
        bump(instance.service_id)
    else:
        bump(Task.objects.filter(pk=instance.task_id)
             .values_list("service_id", flat=True).first())  # fmt: skip
