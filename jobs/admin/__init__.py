"""What the admin shows of jobs: them, what they leave, who runs them, how much."""

from __future__ import annotations

from jobs.admin.fetching import FetchHostAdmin
from jobs.admin.hosted import HostedServiceAdmin
from jobs.admin.job import JobAdmin
from jobs.admin.jobfiles import JobFilesAdmin
from jobs.admin.sharelink import ShareLinkAdmin
from jobs.admin.upload import UploadAdmin
from jobs.admin.usage import UsageAdmin
from jobs.admin.worker import WorkerAdmin

__all__ = [
    "FetchHostAdmin", "HostedServiceAdmin", "JobAdmin", "JobFilesAdmin",
    "ShareLinkAdmin", "UploadAdmin", "UsageAdmin", "WorkerAdmin",
]  # fmt: skip
