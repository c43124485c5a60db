"""The results of a job as files over HTTP."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.access.job_resource import JobResourceView, finished
from jobs.documents import output_entry
from jobs.downloads.stored import StoredRows
from jobs.downloads.views import DownloadView, downloads_document
from jobs.files.passive_types import passive_type
from jobs.models import Job
from jobs.runs.downloads import ROWS, result_rows
from services.errors import InvalidParameters, NotFound, Problem
from services.moments import milliseconds_of


class ResultDownloadView(DownloadView, JobResourceView):
    """A result as a file, with all its rows."""

    takes_shares = True

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        entry = output_entry(finished(self.job()), names["parameter"])
        if entry["kind"] != "file":
            return super().get(request, **names)
        if self.is_file:
            why = "the result is a file already: leave format out for its address"
            raise InvalidParameters([Problem("format", why)])
        return Response(result_downloads(self, self.job(), entry))

    def rows(self) -> StoredRows:
        job = finished(self.job())
        return result_rows(job, output_entry(job, self.kwargs["parameter"]))


def shown_downloads(
    view: JobResourceView, job: Job, names: Collection[str] = ()
) -> dict[str, Any]:
    """Return the documents of those results, or all, that can be files, for a page."""
    found: dict[str, Any] = {}
    for entry in job.outputs:
        if not names or entry["name"] in names:
            with suppress(NotFound):  # a page tells of a job whose files are gone, too
                made = result_downloads(view, job, entry)
                found |= {entry["name"]: made} if made else {}
    return found


def result_downloads(
    view: JobResourceView, job: Job, entry: dict[str, Any]
) -> dict[str, Any] | None:
    """Return the document of a result's files; None for one that has none."""
    task = f"{view.root_url()}/rest/services/{quote(view.found().row.path)}/GPServer"
    task = f"{task}/{quote(job.task_name)}"
    url = f"{task}/jobs/{job.pk}/results/{quote(entry['name'])}/download"
    if entry["kind"] in ROWS:
        return downloads_document(result_rows(job, entry), url)
    if entry["kind"] != "file":
        return None
    expires, name = job.expires_at, entry["file"]
    return {
        "name": entry["name"],
        "count": None,
        "expires": milliseconds_of(expires) if expires else None,
        "files": [{
            "format": entry.get("format", ""),
            "title": "File",
            "fileName": name,
            "mediaType": passive_type(name),
            "url": f"{view.file_url(job)}/{quote(name)}",
            "size": entry.get("bytes"),
            "notes": [],
        }],
    }  # fmt: skip
