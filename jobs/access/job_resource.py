"""What the resources below a job share: the job, for who may read it."""

from __future__ import annotations

from urllib.parse import quote

from django.utils.functional import cached_property

from jobs.access import sharing
from jobs.access.ownership import is_mine
from jobs.models import Job, ShareLink
from jobs.status import JobStatus
from services.access import may_use
from services.errors import InvalidURL, ToolFailed
from services.views import RestView


class JobResourceView(RestView):
    """What everything below a job shares: the job, found and allowed."""

    answers_when_stopped = True
    #: True if whoever has a share link of the job may read the resource.
    takes_shares = False
    #: True if only those links do that show the inputs of the job.
    tells_inputs = False

    def job(self) -> Job:
        """Return the job of the path; the same refusal for foreign and unknown."""
        job = Job.objects.filter(pk=self.kwargs["job"].lower()).first()
        row = self.found().row
        task = self.kwargs.get("task", job.task_name if job else "").lower()
        if (
            job is None
            or job.service_id != row.pk
            or job.task_name.lower() != task
            or not (is_mine(self.request.user, job) or self.is_shared())
        ):
            raise InvalidURL("Job not found")
        job.service = row
        return job

    @cached_property
    def share_link(self) -> ShareLink | None:
        """The share link by which the request came, if it opens this resource."""
        secret = self.form.get(sharing.PARAMETER) if self.takes_shares else ""
        link = sharing.live_link(self.kwargs["job"].lower(), secret)
        return link if link and (link.shows_inputs or not self.tells_inputs) else None

    def is_shared(self) -> bool:
        return self.share_link is not None

    def is_by_link(self) -> bool:
        """Tell if only a link lets the request in: then there is less to do here."""
        return self.is_shared() and not (
            may_use(self.request.user, self.found().row)
            and is_mine(self.request.user, self.job())
        )

    def file_url(self, job: Job) -> str:
        """Return the URL of the folder that serves the job's files."""
        name = quote(self.found().row.path.lower())
        folder = f"{self.root_url()}/rest/directories/arcgisjobs/{name}_gpserver"
        return f"{folder}/{job.pk}/scratch"


def finished(job: Job) -> Job:
    """Return the job if it has results; else raise why it has none."""
    if job.status == JobStatus.SUCCEEDED:
        return job
    if job.error:
        raise ToolFailed(job.error)
    raise ToolFailed(f"the job has no results: its status is {job.status}")
