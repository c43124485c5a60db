"""Jobs in the admin: to find, look at, cancel, repeat, move in the queue, delete."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest

from jobs.admin.actions import JobActions
from jobs.admin.columns import JobColumns
from jobs.admin.detail import JobDetail
from jobs.admin.filters import (
    DateFilter,
    DurationFilter,
    PeriodFilter,
    RepairedFilter,
    ServiceFilter,
    SourceFilter,
    StateFilter,
    UserFilter,
    WarningsFilter,
    WorkerFilter,
)
from jobs.admin.savedfilters import SavedFilters
from jobs.models import Job
from jobs.status import RUNNING
from services.editing import edited, may_edit, publishes


@admin.register(Job)
class JobAdmin(SavedFilters, JobActions, JobDetail, JobColumns):
    """All runs of all services."""

    list_display = (
        "status_mark", "name", "error_summary", "who", "submitted", "wait", "duration",
        "progress", "where",
    )  # fmt: skip
    list_display_links = ("name",)
    list_filter = (
        StateFilter, RepairedFilter, PeriodFilter, DateFilter, ServiceFilter,
        UserFilter, DurationFilter, WarningsFilter, SourceFilter, WorkerFilter, "mode",
        "pinned",
    )  # fmt: skip
    list_select_related = ("user",)
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each count would look at all jobs
    change_list_template = "admin/jobs/job/list.html"
    search_fields = (
        "id", "title", "user__username", "address", "error", "service_path",
        "task_name",
    )  # fmt: skip
    search_help_text = (
        "Search in job id, title, user, address, error, service and task."
    )

    class Media:
        """What suggests names of users."""

        js = (Script("portal/admin-jobs.js", defer=True),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        rows: QuerySet[Job] = super().get_queryset(request)
        if not self._sees_all(request):
            rows = rows.filter(edited(request.user, "service__folder"))
        return rows.defer("snapshot", "inputs", "outputs", "provenance", "steps")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def _sees_all(self, request: HttpRequest) -> bool:
        view = super().has_view_permission(request)
        return view or self.has_queue_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._sees_all(request) or self._publishes(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) or self._publishes(request)

    def has_cancel_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell if the user may stop jobs: all, or those of services of own folders."""
        return self.has_queue_permission(request) or self._publishes(request, obj)

    def _publishes(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell if the user may edit the service of a job, or at all one of a folder."""
        user = request.user
        if not user.has_perm("services.change_service"):
            return False
        if isinstance(obj, Job):
            obj = obj.service
            return obj is not None and may_edit(user, obj.folder)
        return publishes(user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A running job belongs to its worker; it can be cancelled, then deleted.
        running = obj is not None and obj.status in RUNNING
        return not running and super().has_delete_permission(request, obj)
