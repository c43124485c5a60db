"""A job that is deleted before a sweep has counted it is counted then."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from jobs.models import Job
from jobs.usage.counting import count_now


@receiver(pre_delete, sender=Job)
def count_before(instance: Job, **_: Any) -> None:
    """Count a job that goes, whoever deletes it."""
    if instance.counted_at is None:
        count_now(instance.pk)
