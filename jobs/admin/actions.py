"""Actions of the job list that change a job's place in the queue or its keeping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from jobs.models import Job
from jobs.status import JobStatus
from services.admin.actions import ask, counted, is_confirmed
from services.models import Service

if TYPE_CHECKING:  # the generic class exists only for the type checker
    JobModelAdmin = admin.ModelAdmin[Job]
else:
    JobModelAdmin = admin.ModelAdmin


class PriorityForm(forms.Form):
    """Which jobs start first."""

    priority = forms.TypedChoiceField(
        choices=Service.Priority.choices, initial=Service.Priority.NORMAL, coerce=int
    )


class JobActions(JobModelAdmin):
    """Priority, pin and unpin; for those who may change jobs."""

    def _set(
        self, request: HttpRequest, rows: QuerySet[Job], done: str, **values: Any
    ) -> None:
        changed = list(rows.exclude(**values))
        count = 0
        for job in changed:  # a worker may take one in this moment
            if rows.filter(pk=job.pk).update(**values):
                self.log_change(request, job, f"{done.capitalize()}.")
                count += 1
        self.message_user(request, f"{counted(count, Job)} {done}.", messages.SUCCESS)

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
            done = f"set to {priority.label.lower()} priority"
            self._set(request, waiting, done, priority=priority)
        return page

    @admin.action(description="Pin", permissions=["queue"])
    def pin(self, request: HttpRequest, rows: QuerySet[Job]) -> None:
        """Keep jobs, with their files, until they are unpinned or deleted."""
        self._set(request, rows, "pinned", pinned=True)

    @admin.action(description="Unpin", permissions=["queue"])
    def unpin(self, request: HttpRequest, rows: QuerySet[Job]) -> None:
        """Let jobs go when their time is over."""
        self._set(request, rows, "unpinned", pinned=False)
