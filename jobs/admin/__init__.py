"""Jobs, share links, uploaded items and hosted feature services in the admin."""

from __future__ import annotations

from jobs.admin.hosted import HostedServiceAdmin
from jobs.admin.job import JobAdmin
from jobs.admin.sharelink import ShareLinkAdmin
from jobs.admin.upload import UploadAdmin

__all__ = ["HostedServiceAdmin", "JobAdmin", "ShareLinkAdmin", "UploadAdmin"]
