"""The asynchronous jobs of a service: to find, to cancel, to delete."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.models import Job
from jobs.runs.execution import cancel
from jobs.status import JobStatus
from portal.adminrest.access import Act
from portal.adminrest.base import (
    AdminView,
    ChangeView,
    delete_logged,
    log_change,
    model_admin,
    refused,
)
from portal.adminrest.statistics import job_statistics_document
from services.errors import NO_RIGHT, NotAllowed, NotFound, ToolFailed

VIEW = Act(Job, "view")
CANCEL = Act(Job, "cancel")
DELETE = Act(Job, "delete")

_PAGE = 10
_LONGEST_PAGE = 1000
#: Statuses that GPServer has and a job here never is in.
_NEVER = frozenset({"esrijobnew", "esrijobwaiting"})


def jobs_of(view: AdminView) -> QuerySet[Job]:
    """Return the jobs of the path's service that the user sees, the newest first."""
    seen = model_admin(Job).get_queryset(view.request)
    jobs = seen.filter(service=view.row(), mode=Job.Mode.ASYNC)
    found: QuerySet[Job] = jobs.select_related("user").defer(
        "snapshot", "inputs", "provenance"
    )
    return found.order_by("-submitted_at", "-pk")


def job_of(view: AdminView) -> Job:
    """Return the job of the path. Raises NotFound."""
    job = jobs_of(view).filter(pk=view.kwargs["job"].lower()).first()
    if job is None:
        raise NotFound(f"job {view.kwargs['job'][:100]} not found")
    return job


def cancelled(view: ChangeView, job: Job) -> Job:
    """Stop a job, for who may stop this one. Raises NotAllowed."""
    if not CANCEL.is_allowed(view.request, job):
        raise NotAllowed(NO_RIGHT)
    return cancel(job)


def job_document(job: Job, root_url: str) -> dict[str, Any]:
    """Return what an administrator is told of a job; times in epoch milliseconds."""
    path = f"{job.service_path}/GPServer/{job.task_name}/jobs/{job.pk}"
    return {
        "jobID": job.pk,
        "taskName": job.task_name,
        "submittedTime": _milliseconds(job.submitted_at),
        "startTime": _milliseconds(job.started_at),
        "endTime": _milliseconds(job.ended_at),
        "status": job.status,
        "username": job.user.get_username() if job.user else None,
        "machinename": job.host or None,
        "url": f"{root_url}/rest/services/{quote(path)}",
    }


def _milliseconds(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)


class JobsView(AdminView):
    """What there is below jobs."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        self.row()
        return Response({"resources": ["statistics"]})


class JobStatisticsView(AdminView):
    """How many jobs ended how."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        return Response(job_statistics_document(jobs_of(self)))


class JobView(AdminView):
    """One job."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        return Response(job_document(job_of(self), self.root_url()))


class QueryJobsView(AdminView):
    """A page of the jobs that fit filters; ``nextStart`` is -1 on the last."""

    acts = (VIEW,)

    def get(self, request: Request, **names: str) -> Response:
        start = max(1, self._number("start", 1))
        size = min(max(1, self._number("number", _PAGE)), _LONGEST_PAGE)
        jobs = self._filtered(jobs_of(self))
        total = jobs.count()
        page = jobs[start - 1 : start - 1 + size]
        following = start + size
        root = self.root_url()
        return Response(
            {
                "total": total,
                "start": start,
                "num": size,
                "nextStart": following if following <= total else -1,
                "results": {job.pk: job_document(job, root) for job in page},
            }
        )

    def _filtered(self, jobs: QuerySet[Job]) -> QuerySet[Job]:
        status = self.text("status").strip() or self.text("jobStatus").strip()
        if status:
            jobs = jobs.filter(status__in=_statuses(status))
        since, until = self._moment("startTime"), self._moment("endTime")
        if since:
            jobs = jobs.filter(submitted_at__gte=since)
        if until:
            jobs = jobs.filter(submitted_at__lte=until)
        user, host = self.text("userName").strip(), self.text("machineName").strip()
        if user.lower() == "anonymous":
            jobs = jobs.filter(user=None)
        elif user:
            jobs = jobs.filter(user__username=user)
        return jobs.filter(host__iexact=host) if host else jobs

    def _number(self, name: str, default: int) -> int:
        text = self.text(name).strip()
        if not text:
            return default
        if not text.lstrip("-").isdecimal() or len(text) > 9:
            raise refused(name, "expected a whole number")
        return int(text)

    def _moment(self, name: str) -> datetime | None:
        text = self.text(name).strip()
        if not text:
            return None
        try:
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            hint = "expected a time in milliseconds since 1970"
            raise refused(name, hint) from None


def _statuses(text: str) -> list[JobStatus]:
    """Return the statuses of a name: ``esriJobFailed``, ``FAILED``; none for some."""
    word = text.lower()
    name = word if word.startswith("esrijob") else f"esrijob{word.replace('_', '')}"
    found = [one for one in JobStatus if one.value.lower() == name]
    if not found and name not in _NEVER:
        known = ", ".join(one.value for one in JobStatus)
        raise refused("status", f"expected one of {known}")
    return found


class CancelJobView(ChangeView):
    """Stop a job that waits or runs; its record stays."""

    acts = (CANCEL,)

    def change(self, request: Request, **names: str) -> None:
        job = job_of(self)
        if job.is_final:
            raise ToolFailed(f"job {job.pk} has ended already: {job.status}")
        log_change(request, cancelled(self, job), "Cancelled.")


class DeleteJobView(ChangeView):
    """Delete a job with its files; one that runs is cancelled, and then is refused."""

    acts = (DELETE,)

    def post(self, request: Request, **names: str) -> Response:
        job = cancel(job_of(self))
        if not job.is_final:  # a running job belongs to its worker
            log_change(request, job, "Cancelled.")
            text = f"job {job.pk} is being cancelled; delete it once it has ended"
            raise ToolFailed(text)
        return super().post(request, **names)

    def change(self, request: Request, **names: str) -> None:
        delete_logged(request, job_of(self))


class PurgeQueueView(ChangeView):
    """Cancel all jobs that wait."""

    acts = (CANCEL,)

    def change(self, request: Request, **names: str) -> None:
        for job in jobs_of(self).filter(status=JobStatus.SUBMITTED):
            log_change(request, cancelled(self, job), "Cancelled.")
