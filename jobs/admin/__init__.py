"""Jobs and uploaded items in the admin."""

from __future__ import annotations

from jobs.admin.job import JobAdmin
from jobs.admin.upload import UploadAdmin

__all__ = ["JobAdmin", "UploadAdmin"]
