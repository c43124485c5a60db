"""Whose a job is: jobs and their results belong to whoever has submitted them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from jobs.models import Job


def is_mine(user: User | AnonymousUser, job: Job) -> bool:
    """Tell if a job is a user's own, or an administrator asks.

    A stranger's job has no owner: its id, which nobody can guess, is the key to it.
    One whose owner was deleted is nobody's: its id was no secret.
    """
    if user.is_superuser:
        return True
    if job.user_id is None:
        return not job.owner_gone
    return job.user_id == user.pk


@receiver(pre_delete, sender=User)
def _close_jobs(instance: User, **_: Any) -> None:
    """Let the jobs of a user who is deleted not become those of a stranger."""
    Job.objects.filter(user=instance).update(owner_gone=True)
