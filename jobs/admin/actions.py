"""Actions of the job list: on the rows that are ticked, or on all that match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from jobs.admin.batches import do_to_each, report
from jobs.admin.exporting import csv_response
from jobs.models import Job, JobMessage
from jobs.queueing.moves import forget_files
from jobs.runs.again import run_again
from jobs.runs.execution import cancel
from jobs.status import FINAL, UNSUCCESSFUL, JobStatus
from services.admin.actions import ask, counted, is_confirmed
from services.editing import edited
from services.models import Service

if TYPE_CHECKING:  # the generic class exists only for the type checker
    JobModelAdmin = admin.ModelAdmin[Job]
else:
    JobModelAdmin = admin.ModelAdmin

_HIGHEST = 32_000  # of a small integer


class PriorityForm(forms.Form):
    """Which jobs start first."""

    priority = forms.TypedChoiceField(
        choices=Service.Priority.choices, initial=Service.Priority.NORMAL, coerce=int
    )


class JobActions(JobModelAdmin):
    """What may be done to jobs; each tells to how many it was done."""

    actions: tuple[str, ...] = (
        "cancel_jobs", "run_jobs_again", "move_to_front", "set_priority",
        "mark_repaired", "pin", "unpin", "export_csv", "delete_selected",
    )  # fmt: skip

    def has_queue_permission(self, request: HttpRequest) -> bool:
        """Tell if the user may do with all jobs what does not end them."""
        return request.user.has_perm("jobs.change_job")

    def _set(
        self, request: HttpRequest, rows: QuerySet[Job], what: str, **values: Any
    ) -> None:
        """Set fields of the rows that are not so yet; tell of how many."""
        open_ones = rows.exclude(**values)

        def act(job: Job) -> str:  # a worker may take one in this moment
            if not open_ones.filter(pk=job.pk).update(**values):
                return "it has changed meanwhile"
            self.log_change(request, job, f"{what.capitalize()}.")
            return ""

        report(self, request, do_to_each(open_ones, act), what)

    @admin.action(description="Cancel…", permissions=["cancel"])
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

            def act(job: Job) -> str:
                self.log_change(request, cancel(job), "Cancelled.")
                return ""

            report(self, request, do_to_each(active, act), "cancelled")
        return page

    @admin.action(description="Run again…", permissions=["queue"])
    def run_jobs_again(
        self, request: HttpRequest, rows: QuerySet[Job]
    ) -> HttpResponse | None:
        """Submit jobs again, each with its own inputs and for its own user."""
        page = ask(
            self, request, rows, question="Run these jobs again",
            effect="Each one that has ended is submitted anew with the same inputs, for"
            " the same user and linked to it. A failure counts as repaired once its new"
            " run succeeds.",
        )  # fmt: skip
        if page is None:

            def act(job: Job) -> str:
                again = run_again(job)
                self.log_change(request, job, f"Run again as {again.pk}.")
                return ""

            report(self, request, do_to_each(rows, act), "submitted again")
        return page

    @admin.action(description="Move to front of the queue", permissions=["queue"])
    def move_to_front(self, request: HttpRequest, rows: QuerySet[Job]) -> None:
        """Let waiting jobs start before all others, in the order that they have."""
        waiting = Job.objects.filter(status=JobStatus.SUBMITTED)
        highest = waiting.aggregate(highest=Max("priority"))["highest"] or 0
        chosen = rows.filter(status=JobStatus.SUBMITTED)
        front = min(_HIGHEST, highest + 1)
        self._set(request, chosen, "moved to the front", priority=front)

    @admin.action(description="Set priority…", permissions=["queue"])
    def set_priority(
        self, request: HttpRequest, rows: QuerySet[Job]
    ) -> HttpResponse | None:
        """Let waiting jobs start before others, or after them."""
        form = PriorityForm(request.POST if is_confirmed(request) else None)
        page = ask(
            self, request, rows, question="Set the priority of these jobs", form=form,
            effect="Jobs that wait start before those of a lower priority."
            " Jobs that run or have ended stay as they are.",
        )  # fmt: skip
        if page is None:
            priority = Service.Priority(form.cleaned_data["priority"])
            waiting = rows.filter(status=JobStatus.SUBMITTED)
            what = f"set to {priority.label.lower()} priority"
            self._set(request, waiting, what, priority=priority)
        return page

    @admin.action(description="Mark repaired", permissions=["queue"])
    def mark_repaired(self, request: HttpRequest, rows: QuerySet[Job]) -> None:
        """Take failures off the list of what needs somebody."""
        failed = rows.filter(status__in=UNSUCCESSFUL, repaired_at=None)

        def act(job: Job) -> str:
            same = Job.objects.filter(pk=job.pk, repaired_at=None)
            if not same.update(repaired_at=timezone.now()):
                return "it was already"
            self.log_change(request, job, "Marked repaired.")
            return ""

        report(self, request, do_to_each(failed, act), "marked repaired")

    @admin.action(description="Pin", permissions=["queue"])
    def pin(self, request: HttpRequest, rows: QuerySet[Job]) -> None:
        """Keep jobs, with their files, until they are unpinned or deleted."""
        self._set(request, rows, "pinned", pinned=True)

    @admin.action(description="Unpin", permissions=["queue"])
    def unpin(self, request: HttpRequest, rows: QuerySet[Job]) -> None:
        """Let jobs go when their time is over."""
        self._set(request, rows, "unpinned", pinned=False)

    @admin.action(description="Export as CSV", permissions=["view"])
    def export_csv(
        self, request: HttpRequest, rows: QuerySet[Job]
    ) -> StreamingHttpResponse:
        """Send the jobs as a file for spreadsheets."""
        return csv_response(rows)

    @admin.action(description="Delete with files…", permissions=["delete"])
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
        def act(job: Job) -> str:
            if not cancel(job).is_final:
                return "still running: cancelled, not deleted yet"
            self.log_deletions(request, Job.objects.filter(pk=job.pk))
            self.delete_model(request, job)
            return ""

        report(self, request, do_to_each(queryset, act), "deleted with files")

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
