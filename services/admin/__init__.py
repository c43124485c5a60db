"""The catalogue in the admin: folders, services, tasks and their parameters."""

from __future__ import annotations

from services.admin.catalogue import ServiceAdmin
from services.admin.composed import ComposedAdmin
from services.admin.folders import FolderAdmin
from services.admin.tasks import TaskAdmin

__all__ = ["ComposedAdmin", "FolderAdmin", "ServiceAdmin", "TaskAdmin"]
