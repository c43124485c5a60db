"""The files that a job has made, over HTTP."""

from __future__ import annotations

from django.http import HttpResponseBase
from rest_framework.request import Request as HttpRequest

from jobs.access import sharing
from jobs.access.ownership import is_mine
from jobs.child.results import files_of
from jobs.files import storage
from jobs.files.passive_types import passive_type
from jobs.files.served import ServedFile, file_response
from jobs.models import Job
from services.access import may_use
from services.errors import (
    NotFound,
)
from services.keys import opens
from services.views import RestView


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
        except FileNotFoundError:  # the job's time was over in this moment
            raise NotFound("File not found") from None
        kind = passive_type(path.name)
        file = ServedFile(path, path.name, kind, job.expires_at)
        return file_response(request._request, file)

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
