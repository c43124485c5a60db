"""Running tasks over HTTP: execute, submitJob, and everything below a job."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import redirect
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from jobs import calls, execution, sharing, storage
from jobs.answers import child_response, written_format
from jobs.call import Call, Limits, Reply
from jobs.documents import (
    input_document,
    input_names,
    job_document,
    output_entry,
)
from jobs.job_resource import JobResourceView
from jobs.map_layers import FEATURES
from jobs.map_pictures import layer_number, picture, picture_document
from jobs.models import Job
from jobs.ownership import is_mine
from jobs.passive_types import passive_type
from jobs.results import files_of, is_small, located, small_document
from jobs.runner import runner
from jobs.spool import spooled
from jobs.status import JobStatus
from services import environment
from services.access import may_use
from services.catalog import PublishedTask
from services.errors import (
    InvalidParameters,
    NotFound,
    Problem,
    ToolFailed,
)
from services.formats import DOCUMENTS, FEATURE_FORMATS, IMAGE, refuse_format
from services.keys import opens, reader
from services.models import Service
from services.views import RestView


class TaskOperationView(RestView):
    """What execute and submitJob share: the form page and the request."""

    template = "directory/operation.html"
    operation = ""
    runs = True

    def body_limit(self) -> int:
        # A service that is not there takes as much as one that is, or the size of a
        # request could tell of a hidden one.
        row = self.service.row if self.service else Service()
        megabytes = row.max_request_mb
        most: int = settings.MAX_REQUEST_BYTES
        return min(megabytes * 2**20, most)

    def task(self) -> PublishedTask:
        """Return the task of the path. Raises InvalidURL."""
        return self.found().task(self.kwargs["task"])

    def is_form_page(self) -> bool:
        """Tell if a browser just opened the page: no parameter of the task is there."""
        names = {one.name.lower() for one in self.task().visible}
        names |= {name.lower() for name in environment.NAMES}
        sent = {name.lower() for name in (*self.form.small, *self.form.large)}
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
        return calls.Request(
            service=self.found(),
            task=self.task(),
            form=self.form,
            user=self.request.user,
            reader=reader(self.request),
            file_url=job_url,
            root_url=self.root_url(),
            format=written_format(self.format_name()),
            address=str(self.request.META.get("REMOTE_ADDR", "")),
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


class JobView(JobResourceView):
    """The status of a job, with its messages."""

    is_poll = True
    template = "directory/job.html"
    formats = (*DOCUMENTS, "geojson", "kmz")  # of the results; the job is JSON
    takes_shares = True

    def get(self, request: HttpRequest, **names: str) -> Response:
        wanted = self.form.get("returnMessages", "true").strip().lower() != "false"
        document = job_document(self.job(), with_messages=wanted)
        if self.is_by_link():
            document.pop("inputs", None)  # a link opens the results alone
        return Response(document)

    def html_context(self) -> dict[str, Any]:
        is_read_only = self.is_by_link()
        can_share = not is_read_only and self.job().user_id is not None
        return {"is_read_only": is_read_only, "can_share": can_share}


class CancelView(JobResourceView):
    """Ask for a job to stop; a HEAD asks for nothing."""

    template = "directory/job.html"
    http_method_names = ("get", "post", "options")
    runs = True

    def get(self, request: HttpRequest, **names: str) -> Response:
        return Response(job_document(execution.cancel(self.job())))


class ResultView(JobResourceView):
    """One result of a job."""

    template = "directory/result.html"
    formats = (*DOCUMENTS, *FEATURE_FORMATS, IMAGE)
    takes_shares = True

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        job = finished(self.job())
        entry = located(output_entry(job, names["parameter"]), self.root_url())
        asked: str = request.accepted_renderer.format
        wants_data = self.form.get("returnType").strip().lower() == "data"
        is_drawn = self.found().row.has_result_maps and entry["dataType"] == FEATURES
        if is_drawn and asked == IMAGE:
            return picture(self, job, [layer_number(job, entry["name"])])
        if is_drawn and asked in DOCUMENTS and not wants_data:
            return Response(self.mapped(job, entry))
        refuse_format(asked, {entry["name"]: entry["dataType"]})
        if is_small(entry) and asked in DOCUMENTS:
            return Response(small_document(entry, self.file_url(job)))
        return stored_response(self, job, [entry], as_list=False)

    def mapped(self, job: Job, entry: dict[str, Any]) -> dict[str, Any]:
        """Return a result as a picture of its layer."""
        number = layer_number(job, entry["name"])
        value = {"mapImage": picture_document(self, job, [number])}
        return {"paramName": entry["name"], "dataType": entry["dataType"],
                "value": value}  # fmt: skip


class ResultsView(JobResourceView):
    """All results of a job, as an array."""

    template = "directory/results.html"
    takes_shares = True

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        job = self.job()
        if job.status != JobStatus.SUCCEEDED:
            return Response([])  # the job itself says why
        entries = [located(entry, self.root_url()) for entry in job.outputs]
        if all(is_small(entry) for entry in entries):
            url = self.file_url(job)
            return Response([small_document(entry, url) for entry in entries])
        return stored_response(self, job, entries, as_list=True)


class InputView(JobResourceView):
    """One input of a job, as it was submitted."""

    template = "directory/result.html"
    formats = (*DOCUMENTS, "kmz")

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        job = self.job()
        document = input_document(job, names["parameter"])
        if request.accepted_renderer.format in DOCUMENTS:
            return Response(document)
        name = document["paramName"]
        refuse_format("kmz", {name: document["dataType"]})
        return child_response(self, execution.read_input(job, name, "kmz"), name)


class InputsView(JobResourceView):
    """All inputs of a job, as an array."""

    template = "directory/results.html"

    def get(self, request: HttpRequest, **names: str) -> Response:
        job = self.job()
        return Response([input_document(job, name) for name in input_names(job)])


class JobFileView(RestView):
    """A file that a job has made."""

    limits_itself = True
    is_file = True
    answers_when_stopped = True

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        rows = Job.objects.select_related("service__folder")
        job = rows.filter(pk=names["job"].lower()).first()
        files = set(files_of(job.outputs)) if job else set()
        if job is None or not self._may_read(job) or names["file"] not in files:
            raise NotFound("File not found")
        try:
            path = storage.here(job.results_folder / names["file"])
            file = path.open("rb")
        except FileNotFoundError:  # the job's time was over in this moment
            raise NotFound("File not found") from None
        return FileResponse(
            file,
            as_attachment=True,
            filename=path.name,
            content_type=passive_type(path.name),
        )

    def _may_read(self, job: Job) -> bool:
        """Tell if it is the job of who asks, and the service for them; or shared.

        Of a service that was deleted there is nobody's right to ask for any more.
        """
        user = self.request.user
        is_open = job.service is None or may_use(user, job.service)
        is_for = opens(self.request, job.service_id)  # the key, if one was shown
        if is_open and is_for and is_mine(user, job):
            return True
        return bool(sharing.live_link(job.pk, self.form.get(sharing.PARAMETER)))


def finished(job: Job) -> Job:
    """Return the job if it has results; else raise why it has none."""
    if job.status == JobStatus.SUCCEEDED:
        return job
    if job.error:
        raise ToolFailed(job.error)
    raise ToolFailed(f"the job has no results: its status is {job.status}")


def stored_response(
    view: JobResourceView, job: Job, entries: list[dict[str, Any]], *, as_list: bool
) -> HttpResponseBase:
    """Let a child write the documents of stored results."""
    row = view.found().row
    limits = calls.limits_of(row)
    call = Call(
        kind="result",
        small={name: view.form.get(name) for name in environment.RESULT_NAMES},
        limits=Limits(
            seconds=limits.seconds,
            memory_mb=limits.memory_mb,
            maximum_records=limits.maximum_records,
        ),
        folder=str(storage.all_here(job.results_folder, files_of(entries))),
        file_url=view.file_url(job),
        outputs=tuple(entries),
        as_list=as_list,
        format=written_format(view.request.accepted_renderer.format),
    )
    with spooled(call) as ready:
        reply = runner().run(ready, wait=settings.RUN_WAIT_SECONDS)
    name = entries[0]["name"] if entries else job.task_name
    return child_response(view, reply, name)
