"""Jobs in the admin: to look at, cancel, move in the queue, pin and delete."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.admin.actions import JobActions
from jobs.admin.messages import MessageInline
from jobs.admin.texts import boxed, produced, sent, spoken, table
from jobs.models import Job, JobMessage
from jobs.queueing.moves import forget_files
from jobs.queueing.policy import position
from jobs.runs.execution import cancel
from jobs.status import FINAL, RUNNING, JobStatus
from services.admin.actions import ask, counted, mark, moment
from services.admin.catalogue import rest_url
from services.admin.filters import ServiceFilter
from services.confidential import without_tokens
from services.editing import edited, may_edit, publishes

_ICONS = {
    JobStatus.SUCCEEDED: "yes",
    JobStatus.FAILED: "no",
    JobStatus.TIMED_OUT: "no",
}


class StageFilter(admin.SimpleListFilter):
    """Jobs that wait or run, or those that have ended."""

    title = "stage"
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("active", "Waiting or running"), ("ended", "Ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        if self.value() == "active":
            return queryset.exclude(status__in=FINAL)
        if self.value() == "ended":
            return queryset.filter(status__in=FINAL)
        return queryset


@admin.register(Job)
class JobAdmin(JobActions):
    """All runs of all services."""

    list_display = (
        "short_id", "status_mark", "task_path", "mode_word", "user", "submitted",
        "duration", "size_words", "error_summary",
    )  # fmt: skip
    list_filter = (
        StageFilter, "status", "mode", "submitted_at", "priority", "pinned",
        ("service", ServiceFilter),
    )  # fmt: skip
    list_select_related = ("user",)
    list_per_page = 50
    show_full_result_count = False
    date_hierarchy = "submitted_at"
    search_fields = (
        "id",
        "user__username",
        "address",
        "error",
        "service_path",
        "task_name",
    )
    search_help_text = "Search in job id, user, address, error, service and task."
    inlines = (MessageInline,)
    actions = ("cancel_jobs", "set_priority", "pin", "unpin", "delete_selected")
    fieldsets = (
        (None, {"fields": ("id", "status_mark", "error", "progress")}),
        ("Request", {"fields": ("service_link", "task_name", "mode", "user",
                                "address")}),
        ("Queue", {"fields": ("priority", "place")}),
        ("Times", {"fields": ("submitted", "started", "ended", "duration")}),
        ("Inputs and outputs", {"fields": ("inputs_table", "outputs_table",
                                           "size_words", "pinned")}),
        ("Provenance: versions, parameters and fingerprints of data",
         {"fields": ("provenance_text",), "classes": ("collapse",)}),
        ("Worker", {"fields": ("attempt", "worker", "host", "lease"),
                    "classes": ("collapse",)}),
        ("Snapshot: tool, schema and limits that hold for this job",
         {"fields": ("snapshot_text",), "classes": ("collapse",)}),
    )  # fmt: skip

    submitted, started = moment("submitted_at"), moment("started_at")
    ended, lease = moment("ended_at"), moment("lease_until")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        rows: QuerySet[Job] = super().get_queryset(request)
        if not self._sees_all(request):
            rows = rows.filter(edited(request.user, "service__folder"))
        return rows.defer("snapshot", "inputs", "outputs", "provenance")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Job | None = None
    ) -> list[str]:
        return flatten_fieldsets(self.fieldsets)

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

    def has_queue_permission(self, request: HttpRequest) -> bool:
        """Tell if the user may do with all jobs what does not end them."""
        return request.user.has_perm("jobs.change_job")

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

    def view_on_site(self, job: Job) -> str | None:
        """Return the job's page in the Services Directory; none for a sync run."""
        if job.mode == Job.Mode.SYNC or job.service_id is None:
            return None
        return rest_url(f"{job.service_path}/GPServer/{job.task_name}/jobs/{job.pk}")

    @admin.display(description="status", ordering="status")
    def status_mark(self, job: Job) -> SafeString | str:
        """Show the status in word and, if it is final, sign."""
        icon = _ICONS.get(JobStatus(job.status))
        return (
            mark(icon, job.get_status_display()) if icon else job.get_status_display()
        )

    @admin.display(description="job", ordering="pk")
    def short_id(self, job: Job) -> str:
        """Show the start of the id: enough to tell jobs apart."""
        return f"{job.pk[:9]}…"

    @admin.display(description="task", ordering="service_path")
    def task_path(self, job: Job) -> str:
        """Show service and task."""
        return f"{job.service_path}/{job.task_name}"

    @admin.display(description="mode", ordering="mode")
    def mode_word(self, job: Job) -> str:
        """Show the mode in one short word."""
        return job.mode

    @admin.display(description="duration", ordering=F("ended_at") - F("started_at"))
    def duration(self, job: Job) -> str:
        """Show how long the run took, or how long it runs already."""
        if job.started_at is None:
            return "-"
        if job.ended_at is None:
            return f"{spoken(timezone.now() - job.started_at)} so far"
        return spoken(job.ended_at - job.started_at)

    @admin.display(description="error", ordering="error")
    def error_summary(self, job: Job) -> str:
        """Show the first line of why the job failed."""
        line = job.error.partition("\n")[0]
        return line if len(line) <= 100 else f"{line[:99]}…"

    @admin.display(description="position")
    def place(self, job: Job) -> str:
        """Show the place of a waiting job in the queue."""
        return str(position(job)) if job.status == JobStatus.SUBMITTED else "-"

    @admin.display(description="size", ordering="size")
    def size_words(self, job: Job) -> str:
        """Show the size of the job's files in the unit that suits it."""
        return filesizeformat(job.size) if job.size else "-"

    @admin.display(description="progress")
    def progress(self, job: Job) -> str:
        """Show how far the run is."""
        percent = job.progress_percent
        parts = ["" if percent is None else f"{percent:.0f} %", job.progress_text]
        return " ".join(filter(None, parts)) or "-"

    @admin.display(description="service")
    def service_link(self, job: Job) -> SafeString | str:
        """Show the path of the service with a link to it, if it still exists."""
        if job.service_id is None:
            return f"{job.service_path} (deleted)"
        url = reverse("admin:services_service_change", args=[job.service_id])
        return format_html('<a href="{}">{}</a>', url, job.service_path)

    @admin.display(description="inputs")
    def inputs_table(self, job: Job) -> SafeString | str:
        """Show the raw inputs as they were sent; large ones by their file."""
        return table(sent(job))

    @admin.display(description="outputs")
    def outputs_table(self, job: Job) -> SafeString | str:
        """Show what the job produced: the manifest of its stored results."""
        return table((one["name"], produced(one)) for one in job.outputs)

    @admin.display(description="snapshot")
    def snapshot_text(self, job: Job) -> SafeString | str:
        """Show the snapshot as JSON, in a box that scrolls."""
        shown = without_tokens(job.snapshot)  # a default may be an old one
        return boxed(shown) if job.snapshot else "-"

    @admin.display(description="provenance")
    def provenance_text(self, job: Job) -> SafeString | str:
        """Show what made the results, as JSON."""
        return boxed(job.provenance) if job.provenance else "-"

    @admin.action(description="Cancel", permissions=["cancel"])
    def cancel_jobs(
        self, request: HttpRequest, rows: QuerySet[Job]
    ) -> HttpResponse | None:
        """Ask jobs to stop; those that one only sees go on."""
        if not self.has_queue_permission(request):
            rows = rows.filter(edited(request.user, "service__folder"))
        active = rows.exclude(status__in=FINAL)
        effect = f"{counted(active.count(), Job).capitalize()} not ended yet:"
        effect += " these stop and leave no results. Jobs that have ended stay."
        page = ask(self, request, rows, question="Cancel these jobs", effect=effect)
        if page is None:
            stopped = [cancel(job) for job in active]
            for job in stopped:
                self.log_change(request, job, "Cancelled.")
            text = f"{counted(len(stopped), Job)} cancelled."
            self.message_user(request, text, messages.SUCCESS)
        return page

    @admin.action(description="Delete with files", permissions=["delete"])
    def delete_selected(
        self, request: HttpRequest, rows: QuerySet[Job]
    ) -> HttpResponse | None:
        """Delete jobs with their inputs and results; running ones are cancelled."""
        page = ask(
            self, request, rows, question="Delete these jobs",
            effect="Their messages, inputs and result files go as well; this cannot be"
            " undone. Jobs that run are cancelled and stay in the list.",
        )  # fmt: skip
        if page is None:
            self.delete_queryset(request, rows)
        return page

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        deleted = running = 0
        for job in queryset:
            if not cancel(job).is_final:
                running += 1
                continue
            self.log_deletions(request, Job.objects.filter(pk=job.pk))
            self.delete_model(request, job)
            deleted += 1
        text = f"{counted(deleted, Job)} deleted with files."
        self.message_user(request, text, messages.SUCCESS)
        if running:
            text = f"{counted(running, Job)} still running: cancelled, not deleted yet."
            self.message_user(request, text, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Job) -> None:
        cancel(obj)  # a worker may have taken it in this moment: it lets go
        forget_files(obj)
        obj.delete()

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Count messages instead of listing each."""
        said = JobMessage.objects.filter(job__in=objs).count()
        counts = {"jobs": len(objs), "messages": said}
        return [f"Job {job} with its files" for job in objs], counts, set(), []
