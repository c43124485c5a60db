"""The results and inputs of a job over HTTP."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from jobs.access.job_resource import JobResourceView, finished
from jobs.child.call import Call, Limits
from jobs.child.results import files_of, is_small, located, small_document
from jobs.documents import (
    FEATURES,
    input_document,
    input_names,
    output_entry,
    result_file,
)
from jobs.files.served import tell_end
from jobs.files.spool import spooled
from jobs.maps.pictures import layer_number, picture, picture_document
from jobs.models import Job
from jobs.processes.answers import child_response, written_format
from jobs.processes.runner import runner
from jobs.rest.downloads import shown_downloads
from jobs.runs import calls, execution
from jobs.status import JobStatus
from services import environment
from services.formats import DOCUMENTS, FEATURE_FORMATS, IMAGE, refuse_format


class ResultView(JobResourceView):
    """One result of a job."""

    template = "directory/result.html"
    formats = (*DOCUMENTS, *FEATURE_FORMATS, IMAGE)
    takes_shares = True

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        job = finished(self.job())
        response = self.answer(request, job, names["parameter"])
        tell_end(response, job.expires_at)
        return response

    def answer(
        self, request: HttpRequest, job: Job, parameter: str
    ) -> HttpResponseBase:
        """Return the result in the format that was asked for."""
        entry = located(output_entry(job, parameter), self.root_url())
        asked: str = request.accepted_renderer.format
        wants_data = self.form.get("returnType").strip().lower() == "data"
        is_layer = entry["dataType"] == FEATURES or "raster" in entry
        is_drawn = self.found().row.has_result_maps and is_layer
        if is_drawn and asked == IMAGE:
            return picture(self, job, [layer_number(job, entry["name"])])
        if is_drawn and asked in DOCUMENTS and not wants_data:
            return Response(self.mapped(job, entry))
        refuse_format(asked, {entry["name"]: entry["dataType"]})
        if is_small(entry) and asked in DOCUMENTS:
            return Response(small_document(entry, self.file_url(job)))
        return stored_response(self, job, [entry], as_list=False)

    def html_context(self) -> dict[str, Any]:
        """Return where a page links to: downloads, the image service of a raster."""
        job = self.job()
        entry = output_entry(job, self.kwargs["parameter"])
        name = entry["name"]
        shown = shown_downloads(self, job, [name]).get(name)
        context: dict[str, Any] = {"downloads": shown}
        if job.mode == Job.Mode.ASYNC and "raster" in entry:
            folder = f"/{settings.CONTEXT}/rest/services/{self.found().row.path}"
            context["image_path"] = f"{folder}/ImageServer/jobs/{job.pk}/{name}"
        return context

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
        url = self.file_url(job)
        response: HttpResponseBase
        if all(is_small(entry) for entry in entries):
            response = Response([small_document(entry, url) for entry in entries])
        else:
            response = stored_response(self, job, entries, as_list=True)
        tell_end(response, job.expires_at)
        return response


class InputView(JobResourceView):
    """One input of a job, as it was submitted."""

    template = "directory/result.html"
    formats = (*DOCUMENTS, "kmz")
    takes_shares = tells_inputs = True

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
    takes_shares = tells_inputs = True

    def get(self, request: HttpRequest, **names: str) -> Response:
        job = self.job()
        return Response([input_document(job, name) for name in input_names(job)])


def stored_response(
    view: JobResourceView, job: Job, entries: list[dict[str, Any]], *, as_list: bool
) -> HttpResponseBase:
    """Let a child write the documents of stored results."""
    for file in files_of(entries):
        result_file(job, file)
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
        folder=str(job.results_folder),
        file_url=view.file_url(job),
        outputs=tuple(entries),
        as_list=as_list,
        format=written_format(view.request.accepted_renderer.format),
    )
    with spooled(call) as ready:
        reply = runner().run(ready, wait=settings.RUN_WAIT_SECONDS)
    name = entries[0]["name"] if entries else job.task_name
    return child_response(view, reply, name)
