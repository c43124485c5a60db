"""Jobs in the admin."""

from __future__ import annotations

from jobs.admin.job import JobAdmin

__all__ = ["JobAdmin"]
