"""Whose the jobs of a page are: those of the user, or of a stranger's session."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from jobs.access.ownership import is_mine
from jobs.models import Job
from jobs.repeated.watches import watch
from services.access import may_use
from services.errors import InvalidURL, TokenRequired

#: Jobs of a stranger that a session remembers.
_MOST = 50
_KEY = "jobs"


def my_jobs(request: HttpRequest) -> QuerySet[Job]:
    """Return the jobs of whoever reads a page, the newest first."""
    rows = Job.objects.select_related("service__folder").defer("snapshot", "inputs")
    if isinstance(request.user, User):
        return rows.filter(user=request.user)
    if not hasattr(request, "session"):
        return rows.none()
    return rows.filter(pk__in=request.session.get(_KEY, ()), user=None)


def remember(request: HttpRequest, job: Job) -> None:
    """Let whoever submits a job hear of its end; a stranger's session knows it."""
    if isinstance(request.user, User):
        watch(request.user, job)
    else:
        known = [one for one in request.session.get(_KEY, ()) if one != job.pk]
        request.session[_KEY] = [job.pk, *known][:_MOST]


def found_job(request: HttpRequest, job_id: str) -> Job:
    """Return a job for who may read it; the same refusal for foreign and unknown.

    Raises InvalidURL, and TokenRequired for a stranger who could sign in.
    """
    job = (
        Job.objects.select_related("service__folder", "user").filter(pk=job_id).first()
    )
    if job is None or not is_mine(request.user, job):
        if not request.user.is_authenticated:
            raise TokenRequired("Token Required")
        raise InvalidURL("There is no such job, or it is not yours.")
    if job.service is not None and not may_use(request.user, job.service):
        raise InvalidURL("There is no such job, or it is not yours.")
    return job
