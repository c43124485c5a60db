"""The page of a job: what it does now, what came of it, and what one can do."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from jobs.access.sharing import PARAMETER
from jobs.documents import job_document, shown_messages
from jobs.models import Job
from jobs.repeated import watches
from jobs.runs import execution
from portal.pages.addresses import job_url, rest_url, tool_url
from portal.pages.base import Page
from portal.pages.following import state_of, told
from portal.pages.given import given
from portal.pages.mine import found_job, is_changed_by
from portal.pages.results import results_context


class JobPage(Page):
    """A job: state, messages, results."""

    template = "portal/job.html"

    def get(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Answer the page as the job is now; scripts follow it from there."""
        row = found_job(request, job)
        if row.is_final:
            watches.seen(self.user, row)
        rights = {"is_mine": is_changed_by(request, row), "can_act": True}
        response = self.page(job_context(row, self.user) | rights)
        response["Cache-Control"] = "no-store"
        return response


class CancelJob(Page):
    """Asks once more, and then asks for a job to stop."""

    template = "portal/job/cancel.html"

    def get(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Answer the question; a job that has ended is only shown."""
        row = found_job(request, job)
        if row.is_final:
            return redirect(job_url(row.pk))
        return self.page({"job": row, "state": state_of(row)})

    def post(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Ask for it, and lead back to the job."""
        return redirect(job_url(execution.cancel(found_job(request, job)).pk))


def job_context(
    job: Job, user: User | AnonymousUser, *, share: str = "", with_inputs: bool = True
) -> dict[str, Any]:
    """Return what the page of a job shows; ``share`` is the secret it is opened by."""
    document = job_document(job, with_messages=False)
    state = state_of(job)
    return {
        "job": job,
        "title": job.title or job.task_name,
        "document": document,
        "state": state,
        "rest_url": rest_url(job.service_path, job.task_name, job.pk)
        if job.service
        else "",
        "tool_url": tool_url(job.service_path, job.task_name) if job.service else "",
        "said": list(shown_messages(job)),
        "inputs": given(job) if with_inputs else [],
        "share": share,
        "query": f"{PARAMETER}={share}" if share else "",
        "is_staff": user.is_staff and not share,
        **told(job, document),
        **results_context(job, share),
    }
