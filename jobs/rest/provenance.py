"""Where the results of a job come from, over HTTP."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.access.job_resource import JobResourceView
from jobs.provenance import provenance_document, script, script_name


class ProvenanceView(JobResourceView):
    """Versions, parameters and fingerprints of a job."""

    template = "directory/provenance.html"

    def get(self, request: Request, **names: str) -> Response:
        return Response(provenance_document(self.job()))


class ScriptView(JobResourceView):
    """A job as a Python script."""

    is_file = True

    def get(self, request: Request, **names: str) -> HttpResponse:
        job = self.job()
        path = f"{self.found().row.path}/GPServer/{job.task_name}/jobs/{job.pk}"
        text = script(job, f"{self.root_url()}/rest/services/{quote(path)}")
        name = script_name(job)
        return HttpResponse(text, content_type="text/x-python; charset=utf-8", headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        })  # fmt: skip
