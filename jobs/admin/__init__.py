"""What the admin shows of jobs: them, share links, uploads, hosted services, hosts."""

from __future__ import annotations

from jobs.admin.fetching import FetchHostAdmin
from jobs.admin.hosted import HostedServiceAdmin
from jobs.admin.job import JobAdmin
from jobs.admin.jobfiles import JobFilesAdmin
from jobs.admin.sharelink import ShareLinkAdmin
from jobs.admin.upload import UploadAdmin

__all__ = [
    "FetchHostAdmin", "HostedServiceAdmin", "JobAdmin", "JobFilesAdmin",
    "ShareLinkAdmin", "UploadAdmin",
]  # fmt: skip
