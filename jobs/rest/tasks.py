"""Running tasks over HTTP: execute and submitJob."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import redirect
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from jobs.child.call import Reply
from jobs.processes.answers import child_response, written_format
from jobs.runs import calls, execution
from services import environment
from services.catalog import PublishedTask
from services.errors import (
    InvalidParameters,
    Problem,
)
from services.formats import DOCUMENTS, FEATURE_FORMATS, refuse_format
from services.keys import Client, caller_of
from services.models import Service
from services.param import plain_name
from services.views import RestView


class TaskOperationView(RestView):
    """What execute and submitJob share: the form page and the request."""

    template = "directory/operation.html"
    operation = ""
    runs = True

    def body_limit(self, row: Service | None) -> int:
        most: int = settings.MAX_REQUEST_BYTES
        return min((row or Service()).max_request_mb * 2**20, most)

    def task(self) -> PublishedTask:
        """Return the task of the path. Raises InvalidURL."""
        return self.found().task(self.kwargs["task"])

    def is_form_page(self) -> bool:
        """Tell if a browser just opened the page: no parameter of the task is there."""
        names = {plain_name(one.name) for one in self.task().visible}
        names |= {plain_name(name) for name in environment.NAMES}
        sent = {plain_name(name) for name in (*self.form.small, *self.form.large)}
        is_get = self.request.method in ("GET", "HEAD")
        return is_get and self.format_name() == "html" and not names & sent

    def format_name(self) -> str:
        """Return the format that was asked for."""
        name: str = self.request.accepted_renderer.format
        return name

    def head(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        """Answer the form page's head; a HEAD must not start anything."""
        if not self.is_form_page():
            raise MethodNotAllowed("HEAD")
        page: HttpResponseBase = self.get(request, **names)
        return page

    def run_request(self, job_url: str = "") -> calls.Request:
        """Return the request for the execution path."""
        address = str(self.request.META.get("REMOTE_ADDR", ""))
        return calls.Request(
            service=self.found(),
            task=self.task(),
            form=self.form,
            caller=caller_of(self.request),
            client=Client(self.request.META.get("HTTP_REFERER", ""), address),
            file_url=job_url,
            root_url=self.root_url(),
            format=written_format(self.format_name()),
        )

    def html_context(self) -> dict[str, Any]:
        return {"task": self.task(), "operation": self.operation}

    def refuse(self, is_synchronous: bool) -> None:
        """Raise unless the service runs its tasks this way."""
        if self.found().row.is_synchronous != is_synchronous:
            other = "execute" if self.found().row.is_synchronous else "submitJob"
            raise InvalidParameters(
                [Problem("operation", f"this service runs its tasks by {other}")]
            )


class ExecuteView(TaskOperationView):
    """Run a task and wait for its results."""

    operation = "execute"
    formats = (*DOCUMENTS, *FEATURE_FORMATS)

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        self.refuse(is_synchronous=True)
        if self.is_form_page():
            return Response({"form": self.task().name})
        outputs = self.task().schema.outputs
        refuse_format(
            self.format_name(), {one.name: one.data_type.name for one in outputs}
        )
        self.template = "directory/results.html"
        reply = execution.execute(self.run_request(self._file_url()))
        return self.answer(reply)

    def _file_url(self) -> str:
        path = quote(self.found().row.path)
        return f"{self.root_url()}/rest/directories/arcgisoutput/{path}_GPServer"

    def answer(self, reply: Reply) -> HttpResponseBase:
        """Return what the child wrote: as it is, or as a page for HTML."""
        return child_response(self, reply, self.task().name)


class SubmitJobView(TaskOperationView):
    """Store a job for a task; answers the job at once."""

    operation = "submitJob"
    formats = (*DOCUMENTS, "geojson", "kmz")  # of the results; the job is JSON

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        self.refuse(is_synchronous=False)
        if self.is_form_page():
            return Response({"form": self.task().name})
        job = execution.submit(self.run_request())
        if self.format_name() == "html":
            path = request.path.rstrip("/")
            token = self.form.get("token")
            query = f"?{urlencode({'token': token})}" if token else ""
            return redirect(f"{path[: path.rindex('/')]}/jobs/{job.pk}{query}")
        return Response({"jobId": job.pk, "jobStatus": job.status})
