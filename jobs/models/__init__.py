"""The tables of jobs, of what they leave, and of who may have it."""

from __future__ import annotations

from jobs.models.fetchhosts import FetchHost
from jobs.models.hosted import HostedLayer, HostedService
from jobs.models.job import Job, JobMessage, new_job_id
from jobs.models.jobfiles import JobFiles
from jobs.models.repeated import Batch, Schedule, Watch
from jobs.models.roster import Worker
from jobs.models.savedfilter import SavedFilter
from jobs.models.sharelink import ShareLink
from jobs.models.upload import Upload
from jobs.models.usage import Usage

__all__ = [
    "Batch", "FetchHost", "HostedLayer", "HostedService", "Job", "JobFiles",
    "JobMessage", "SavedFilter", "Schedule", "ShareLink", "Upload", "Usage", "Watch",
    "Worker", "new_job_id",
]  # fmt: skip
