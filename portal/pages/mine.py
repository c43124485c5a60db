"""Whose the jobs of a page are: those of the user, or of a stranger's session."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from jobs.access.ownership import is_mine
from jobs.models import Job
from jobs.repeated.watches import watch
from portal.models import preferences_of
from services.access import may_use
from services.errors import InvalidURL, NotAllowed, TokenRequired

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
        wanted = preferences_of(request.user)
        watch(request.user, job, wanted.notify, by_mail=wanted.notify_by_email)
    else:
        known = [one for one in request.session.get(_KEY, ()) if one != job.pk]
        request.session[_KEY] = [job.pk, *known][:_MOST]


def is_changed_by(request: HttpRequest, job: Job) -> bool:
    """Tell if whoever reads a page may rename, pin or delete a job that they may read.

    The address of a stranger's job opens it to anybody; it is changed by the session
    that has submitted it.
    """
    user = request.user
    if isinstance(user, User) and (user.is_superuser or job.user_id == user.pk):
        return True
    return job.user_id is None and job.pk in request.session.get(_KEY, ())


def changed_job(request: HttpRequest, job_id: str) -> Job:
    """Return a job for who may change it. Raises NotAllowed, and as ``found_job``."""
    job = found_job(request, job_id)
    if not is_changed_by(request, job):
        raise NotAllowed(
            _(
                "Only the browser in which this job was submitted can change it: it was"
                " submitted without signing in."
            )
        )
    return job


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
        raise InvalidURL(_not_there())
    if job.service is not None and not may_use(request.user, job.service):
        raise InvalidURL(_not_there())
    return job


def _not_there() -> str:
    return _(
        "There is no such job, or it is not yours."
        " Jobs are deleted when their time is over."
    )
