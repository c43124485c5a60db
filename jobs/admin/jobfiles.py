"""Files of jobs in the admin: what takes the room, when it goes, what is nobody's."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.admin.actions import JobActions
from jobs.admin.columns import JobColumns
from jobs.admin.filters import (
    ChoiceFilter,
    PeriodFilter,
    ServiceFilter,
    SizeFilter,
    StateFilter,
)
from jobs.models import Job, JobFiles
from services.admin.actions import mark


class OrphanFilter(ChoiceFilter):
    """Files of which the service or the owner is gone."""

    title = "orphans"
    parameter_name = "orphan"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Service or owner gone"), ("no", "Both there")]

    def chosen(self, rows: QuerySet[Job], value: str) -> QuerySet[Job]:
        gone = Q(service=None) | Q(owner_gone=True)
        return rows.filter(gone if value == "yes" else ~gone)


@admin.register(JobFiles)
class JobFilesAdmin(JobActions, JobColumns):
    """The largest first; a folder that belongs to no job is removed by the sweep."""

    list_display = (
        "job_link", "size_words", "status_mark", "who", "submitted", "goes", "pinned",
        "orphan",
    )  # fmt: skip
    list_display_links = None
    list_filter = (
        SizeFilter, OrphanFilter, StateFilter, PeriodFilter, ServiceFilter, "pinned",
    )  # fmt: skip
    list_select_related = ("user", "service")
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("id", "title", "user__username", "service_path", "task_name")
    search_help_text = "Search in job id, title, user, service and task."
    actions = ("pin", "unpin", "export_csv", "delete_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).filter(size__gt=0)
        return rows.defer("snapshot", "inputs", "outputs", "provenance", "steps")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perms(["jobs.view_job"])

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("jobs.delete_job")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        """Send the user to the job's page, which hides what nobody may read."""
        return redirect("admin:jobs_job_change", object_id)

    @admin.display(description="job", ordering="service_path")
    def job_link(self, job: Job) -> SafeString:
        """Show service, task and the start of the id, with a link to the job's page."""
        url = reverse("admin:jobs_job_change", args=[job.pk])
        return format_html('<a href="{}">{}</a>', url, self.name(job))

    @admin.display(description="goes", ordering="ended_at")
    def goes(self, job: Job) -> str:
        """Show when the files go at the latest."""
        if job.pinned:
            return "Not before it is unpinned"
        at = job.expires_at
        if at is None:
            return "Not ended yet"
        return (
            "Now"
            if at <= timezone.now()
            else f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
        )

    @admin.display(description="orphan")
    def orphan(self, job: Job) -> SafeString | str:
        """Show if nobody is left to whom the files matter."""
        if job.service_id is None:
            return mark("alert", "Service gone")
        return mark("alert", "Owner gone") if job.owner_gone else ""
