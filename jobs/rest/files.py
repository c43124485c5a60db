"""The files that a job has made, over HTTP."""

from __future__ import annotations

from django.http import HttpResponseBase
from rest_framework.request import Request as HttpRequest

from jobs.access import sharing
from jobs.access.ownership import may_read
from jobs.child.results import files_of
from jobs.documents import result_file
from jobs.files.passive_types import passive_type
from jobs.files.served import ServedFile, file_response
from jobs.models import Job
from services.errors import NotFound
from services.keys import caller_of
from services.views import RestView


class JobFileView(RestView):
    """A file that a job has made."""

    limits_itself = True
    is_file = True
    answers_when_stopped = True

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        rows = Job.objects.select_related("service__folder")
        job = rows.filter(pk=names["job"].lower()).first()
        share = self.form.get(sharing.PARAMETER)
        if (
            job is None
            or not may_read(caller_of(request), job, share)
            or names["file"] not in files_of(job.outputs)
        ):
            raise NotFound("File not found")
        path = result_file(job, names["file"])
        kind = passive_type(path.name)
        file = ServedFile(path, path.name, kind, job.expires_at)
        return file_response(request._request, file)
