"""What its owner may change of a job: title and note, its keeping, its end."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jobs.models import Job
from jobs.queueing.moves import forget_files
from jobs.runs import execution
from portal.pages.addresses import job_url
from portal.pages.base import Page
from portal.pages.following import state_of
from portal.pages.mine import changed_job
from services.errors import LimitExceeded, NotAllowed

#: Jobs that one person may keep for ever.
MOST_PINNED = 50


class WordsForm(forms.Form):
    """What its owner calls a job, and notes on it."""

    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    note = forms.CharField(
        label=_("Note"), max_length=5000, required=False, widget=forms.Textarea
    )


class EditJob(Page):
    """The title and the note of a job."""

    template = "portal/job/edit.html"

    def get(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Answer the form."""
        row = changed_job(request, job)
        form = WordsForm(initial={"title": row.title, "note": row.note})
        return self.page({"job": row, "state": state_of(row), "form": form})

    def post(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Keep the words, and lead back to the job."""
        row = changed_job(request, job)
        form = WordsForm(request.POST)
        if not form.is_valid():
            told = {"job": row, "state": state_of(row), "form": form}
            return self.page(told, 422)
        Job.objects.filter(pk=row.pk).update(**form.cleaned_data)
        return redirect(job_url(row.pk))


class PinJob(Page):
    """Keeps a job, with its files, or lets it go in time."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Pin or unpin, and lead back to the job."""
        row = changed_job(request, job)
        pin(row, pinned=request.POST.get("pinned") == "yes")
        return redirect(job_url(row.pk))


class DeleteJob(Page):
    """Asks once more, and then deletes a job with its files."""

    template = "portal/job/delete.html"

    def get(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Answer the question."""
        row = changed_job(request, job)
        return self.page({"job": row, "state": state_of(row)})

    def post(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Delete it and lead to the list; one that still runs is cancelled first."""
        row = changed_job(request, job)
        if not remove(row):
            text = gettext("The job is being cancelled. Delete it once it has stopped.")
            messages.warning(request, text)
            return redirect(job_url(row.pk))
        messages.success(request, gettext("The job was deleted."))
        return redirect("job-list")


def pin(job: Job, *, pinned: bool) -> None:
    """Keep a job for ever, or no longer. Raises NotAllowed and LimitExceeded."""
    if pinned and job.user_id is None:
        text = gettext("Sign in before you run a tool to be able to pin its job.")
        raise NotAllowed(text)
    mine = Job.objects.filter(user=job.user_id, pinned=True).exclude(pk=job.pk)
    if pinned and mine.count() >= MOST_PINNED:
        text = gettext("At most %(most)s jobs can be pinned: unpin one.")
        raise LimitExceeded(text % {"most": MOST_PINNED})
    Job.objects.filter(pk=job.pk).update(pinned=pinned)


def remove(job: Job) -> bool:
    """Delete a job with its files; False if it has to stop first: it was asked to."""
    if not execution.cancel(job).is_final:
        return False
    found = Job(pk=job.pk)
    job.delete()
    forget_files(found)
    return True
