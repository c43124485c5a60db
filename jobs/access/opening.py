"""Who may read what a job has made, whatever the address."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User

from jobs.access.ownership import is_mine
from jobs.access.sharing import live_link
from jobs.models import Job
from services.access import may_use


def may_read_results(
    user: User | AnonymousUser, job: Job, secret: str = "", *, is_for: bool = True
) -> bool:
    """Tell if it is the job of a user, and the service for them; or shared.

    ``is_for`` is whether the key that was shown, if any, is for the service. Of a
    service that was deleted there is nobody's right to ask for any more.
    """
    is_open = job.service is None or may_use(user, job.service)
    return (is_open and is_for and is_mine(user, job)) or bool(
        live_link(job.pk, secret)
    )
