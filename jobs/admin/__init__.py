"""Jobs, uploaded items, hosted feature services and hosts of inputs in the admin."""

from __future__ import annotations

from jobs.admin.fetching import FetchHostAdmin
from jobs.admin.hosted import HostedServiceAdmin
from jobs.admin.job import JobAdmin
from jobs.admin.upload import UploadAdmin

__all__ = ["FetchHostAdmin", "HostedServiceAdmin", "JobAdmin", "UploadAdmin"]
