"""Schedules: a job that runs again every hour, day, week or month."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.documents import secret_inputs
from jobs.models import Job, Schedule
from jobs.repeated.schedules import MAX_OF_USER, checked_zone, next_time
from portal.pages.base import SignedPage
from portal.pages.mine import found_job
from services.errors import InvalidURL, InvalidValue, LimitExceeded

_EVERY = (
    ("hour", gettext_lazy("Every hour")),
    ("day", gettext_lazy("Every day")),
    ("week", gettext_lazy("Every week")),
    ("month", gettext_lazy("Every month")),
)


class ScheduleForm(forms.Form):
    """When a job is to run again."""

    every = forms.ChoiceField(label=gettext_lazy("How often"), choices=_EVERY)
    first = forms.DateTimeField(
        label=gettext_lazy("First time"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
    )
    zone = forms.CharField(
        label=gettext_lazy("Time zone"), initial="UTC", max_length=64
    )

    def clean_zone(self) -> str:
        """Return the name of a time zone that there is."""
        try:
            return checked_zone(self.cleaned_data["zone"].strip())
        except InvalidValue as exc:
            raise forms.ValidationError(str(exc)) from None

    def first_at(self) -> datetime:
        """Return the first time, in the zone that was chosen."""
        naive: datetime = self.cleaned_data["first"].replace(tzinfo=None)
        return naive.replace(tzinfo=ZoneInfo(self.cleaned_data["zone"]))


class SchedulesPage(SignedPage):
    """One's own schedules."""

    template = "portal/schedules.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:  # noqa: ARG002  (Django)
        """Answer the list."""
        mine = Schedule.objects.filter(user=self.owner)
        return self.page({"schedules": mine.select_related("template", "last_job")})


class NewSchedulePage(SignedPage):
    """Asks when a job is to run again."""

    template = "portal/schedule.html"

    def get(
        self,
        request: HttpRequest,  # noqa: ARG002  (Django)
        job: str,
    ) -> HttpResponseBase:
        """Answer the form."""
        found = self._template(job)
        return self.page({"job": found, "form": ScheduleForm()})

    def post(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Keep the schedule, and the job with it."""
        found = self._template(job)
        form = ScheduleForm(request.POST)
        if not form.is_valid():
            return self.page({"job": found, "form": form}, 422)
        if Schedule.objects.filter(user=self.owner).count() >= MAX_OF_USER:
            raise LimitExceeded(
                _("You have %(most)s schedules: delete one first.")
                % {"most": MAX_OF_USER}
            )
        every, zone = form.cleaned_data["every"], form.cleaned_data["zone"]
        first, now = form.first_at(), timezone.now()
        Schedule.objects.create(
            user=self.owner, template=found, every=every, zone=zone, first_at=first,
            next_at=first if first > now else next_time(first, every, zone, now),
        )  # fmt: skip
        Job.objects.filter(pk=found.pk).update(pinned=True)
        return redirect("schedules")

    def _template(self, job_id: str) -> Job:
        job = found_job(self.request, job_id)
        if job.user_id != self.owner.pk:
            raise InvalidURL(_("Only jobs of your own can be scheduled."))
        if not job.is_final or job.mode == Job.Mode.SYNC or secret_inputs(job):
            raise InvalidURL(
                _("Only a job that has ended, without secret inputs, can be scheduled.")
            )
        return job


class ChangeSchedule(SignedPage):
    """Switches a schedule on or off, or deletes it."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, schedule: int) -> HttpResponseBase:
        """Do what was asked."""
        found = Schedule.objects.filter(user=self.owner, pk=schedule).first()
        if found is None:
            raise InvalidURL(_("There is no such schedule."))
        if "delete" in request.POST:
            found.delete()
        else:
            found.is_on = not found.is_on
            now = timezone.now()
            found.next_at = max(
                found.next_at, next_time(found.first_at, found.every, found.zone, now)
            )
            found.save(update_fields=["is_on", "next_at"])
        return redirect("schedules")
