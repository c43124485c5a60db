"""A job over HTTP: its state, and its cancelling."""

from __future__ import annotations

from typing import Any

import orjson
from django.utils.safestring import SafeString
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from jobs.access.job_resource import JobResourceView
from jobs.documents import job_document, step_documents
from jobs.models import Job
from jobs.rest.downloads import shown_downloads
from jobs.runs import execution
from jobs.status import JobStatus
from services.formats import DOCUMENTS
from services.views import picture_of


class JobView(JobResourceView):
    """The status of a job, with its messages."""

    is_poll = True
    template = "directory/job.html"
    formats = (*DOCUMENTS, "geojson", "kmz")  # of the results; the job is JSON
    takes_shares = True

    def get(self, request: HttpRequest, **names: str) -> Response:
        wanted = self.form.get("returnMessages", "true").strip().lower() != "false"
        document = job_document(self.job(), with_messages=wanted)
        if self.is_by_link() and not (self.share_link and self.share_link.shows_inputs):
            document.pop("inputs", None)  # such a link opens the results alone
        return Response(document)

    def html_context(self) -> dict[str, Any]:
        is_read_only = self.is_by_link()
        job = self.job()
        can_share = not is_read_only and job.user_id is not None
        has_results = job.status == JobStatus.SUCCEEDED
        downloads = shown_downloads(self, job) if has_results else {}
        return {"is_read_only": is_read_only, "can_share": can_share,
                "downloads": downloads, "picture": _picture(job)}  # fmt: skip


def _picture(job: Job) -> SafeString | None:
    """Return a job's model with the states of its steps, if it runs one."""
    if "model" not in job.snapshot:
        return None
    states = {one["id"]: one["state"] for one in step_documents(job)}
    return picture_of(orjson.dumps(job.snapshot["model"]), states)


class CancelView(JobResourceView):
    """Ask for a job to stop; a HEAD asks for nothing."""

    template = "directory/job.html"
    http_method_names = ("get", "post", "options")
    runs = True

    def get(self, request: HttpRequest, **names: str) -> Response:
        return Response(job_document(execution.cancel(self.job())))
