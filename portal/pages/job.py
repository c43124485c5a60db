"""The page of a job: what it does now, what came of it, and what one can do."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from jobs.documents import input_document, input_names, job_document
from jobs.models import Job
from jobs.runs import execution
from jobs.status import JobStatus
from portal.pages.addresses import job_url, rest_url, tool_url
from portal.pages.base import Page
from portal.pages.mine import found_job
from portal.pages.results import results_context
from services.pages import form_text

_LONGEST_SHOWN = 500


class JobPage(Page):
    """A job: state, messages, results."""

    template = "portal/job.html"

    def get(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Answer the page as the job is now; scripts follow it from there."""
        return self.page(job_context(found_job(request, job)))


class CancelJob(Page):
    """Asks for a job to stop."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Ask, and lead back to the job."""
        return redirect(job_url(execution.cancel(found_job(request, job)).pk))


def job_context(job: Job) -> dict[str, Any]:
    """Return what the page of a job shows."""
    return {
        "job": job,
        "document": job_document(job),
        "state": STATES[job.status],
        "rest_url": rest_url(job.service_path, job.task_name, job.pk),
        "tool_url": tool_url(job.service_path, job.task_name),
        "inputs": [_input(job, name) for name in input_names(job)],
        **results_context(job),
    }


#: Our word for each status, as style sheets and scripts know it.
STATES: dict[str, str] = {
    JobStatus.SUBMITTED: "queued",
    JobStatus.EXECUTING: "running",
    JobStatus.SUCCEEDED: "succeeded",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLING: "cancelling",
    JobStatus.CANCELLED: "cancelled",
    JobStatus.TIMED_OUT: "timed-out",
}


def _input(job: Job, name: str) -> dict[str, str]:
    text = form_text(input_document(job, name)["value"])
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return {"name": name, "value": shown}
