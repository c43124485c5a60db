"""The messages of a job in the admin: the last ones, to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Max, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from jobs.models import Job, JobMessage
from services.admin.catalogue import rest_url

if TYPE_CHECKING:  # the generic classes exist only for the type checker
    from django.forms import ModelForm

    MessageTabularInline = admin.TabularInline[JobMessage, Job]
    MessageInlineFormSet = BaseInlineFormSet[JobMessage, Job, ModelForm[JobMessage]]
else:
    MessageTabularInline = admin.TabularInline
    MessageInlineFormSet = BaseInlineFormSet

_LAST_MESSAGES = 200


def page_of(job: Job) -> str:
    """Return the address of a job in the Services Directory; "" for a sync run."""
    if job.service_id is None or job.mode == Job.Mode.SYNC:
        return ""
    return rest_url(f"{job.service_path}/GPServer/{job.task_name}/jobs/{job.pk}")


class LastMessages(MessageInlineFormSet):
    """The last messages of a job: one that talks must not fill the browser."""

    _kept: QuerySet[JobMessage] | None = None
    #: Where all of them are, if these are not all.
    messages_url = ""

    def get_queryset(self) -> QuerySet[JobMessage]:
        if self._kept is None:
            last = self.instance.messages.aggregate(last=Max("sequence"))["last"] or 0
            newest = super().get_queryset().filter(sequence__gt=last - _LAST_MESSAGES)
            self._kept = newest
            if last > _LAST_MESSAGES:
                self.messages_url = page_of(self.instance)
        return self._kept


class MessageInline(MessageTabularInline):
    """The messages of a job, to read."""

    model = JobMessage
    formset = LastMessages
    template = "admin/jobs/job/messages.html"
    fields = readonly_fields = ("sequence", "type", "text", "created_at")
    verbose_name_plural = f"messages (the last {_LAST_MESSAGES})"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # who may see a job may see what it said
