"""Whose a job is: jobs and their results belong to whoever has submitted them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from jobs.access import sharing
from jobs.models import Job
from services.access import may_use
from services.keys import Caller


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


def may_read(caller: Caller, job: Job, share: str = "") -> bool:
    """Tell if a caller may read the results of a job, or has a link that opens them.

    Of a service that was deleted there is nobody's right to ask for any more.
    """
    is_open = job.service is None or may_use(caller.user, job.service)
    if is_open and caller.opens(job.service_id) and is_mine(caller.user, job):
        return True
    return sharing.live_link(job.pk, share) is not None


@receiver(pre_delete, sender=User)
def _close_jobs(instance: User, **_: Any) -> None:
    """Let the jobs of a user who is deleted not become those of a stranger."""
    Job.objects.filter(user=instance).update(owner_gone=True)
