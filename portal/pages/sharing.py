"""Sharing a job: its owner makes and revokes links; whoever has one reads the job."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jobs.access import sharing
from jobs.models import Job
from portal.pages.base import Page
from portal.pages.following import state_of
from portal.pages.job import job_context
from portal.pages.mine import found_job
from services.errors import InvalidURL, NotAllowed

_HOURS = ((1, _("1 hour")), (24, _("1 day")), (7 * 24, _("1 week")),
          (30 * 24, _("30 days")))  # fmt: skip


class ShareForm(forms.Form):
    """How long a new link works, for whom it is, and what it opens."""

    hours = forms.TypedChoiceField(label=_("Works for"), coerce=int)
    label = forms.CharField(label=_("For whom"), max_length=100, required=False)
    inputs = forms.BooleanField(label=_("Show the inputs too"), required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        longest: int = settings.MAX_SHARE_HOURS
        usual: int = settings.SHARE_HOURS
        choices = [one for one in _HOURS if one[0] <= longest]
        hours: Any = self.fields["hours"]
        hours.choices = choices or [(longest, _("as long as this site allows"))]
        hours.initial = usual if usual in dict(choices) else hours.choices[-1][0]


class SharePage(Page):
    """The links of a job, and the form for a new one."""

    template = "portal/job/share.html"

    def get(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Answer the list and the form."""
        row = found_job(request, job)
        return self._answer(row, ShareForm(initial={"inputs": True}))

    def post(self, request: HttpRequest, job: str) -> HttpResponseBase:
        """Make a link; its address is told this once."""
        row, form = _owned(request, job), ShareForm(request.POST)
        if not form.is_valid() or not isinstance(request.user, User):
            return self._answer(row, form, status=422)
        wish = form.cleaned_data
        secret, _row = sharing.share(
            row, request.user, wish["hours"] * 60, wish["label"],
            shows_inputs=wish["inputs"],
        )  # fmt: skip
        made = request.build_absolute_uri(f"/s/{secret}/")
        return self._answer(row, ShareForm(initial={"inputs": True}), made)

    def _answer(
        self, job: Job, form: ShareForm, made: str = "", status: int = 200
    ) -> HttpResponseBase:
        links = list(job.share_links.all()) if job.user_id else []
        told = {"job": job, "state": state_of(job), "links": links, "form": form,
                "made": made, "is_nobodys": job.user_id is None}  # fmt: skip
        response = self.page(told, status)
        response["Cache-Control"] = "no-store"
        return response


class RevokeShare(Page):
    """Lets a link work no more."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, job: str, share: str) -> HttpResponseBase:
        """Revoke it, and lead back to the list."""
        row = _owned(request, job)
        sharing.revoke(get_object_or_404(row.share_links, pk=share))
        return redirect("share-job", row.pk)


class SharedJobPage(Page):
    """A job for whoever has a link to it: to read, and nothing else."""

    template = "portal/job.html"
    http_method_names = ("get", "head")

    def get(
        self,
        request: HttpRequest,  # noqa: ARG002  (Django)
        secret: str,
    ) -> HttpResponseBase:
        """Answer the page, while the link works. Raises InvalidURL."""
        link = sharing.link_of(secret)
        if link is None:
            raise InvalidURL(
                gettext(
                    "This link does not work (any more). Ask whoever gave it to you for"
                    " a new one."
                )
            )
        shown = job_context(link.job, self.user, share=secret,
                            with_inputs=link.shows_inputs)  # fmt: skip
        response = self.page(shown | {"link": link, "is_mine": False, "can_act": False})
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response


def _owned(request: HttpRequest, job_id: str) -> Job:
    """Return a job that has an owner who shares it. Raises NotAllowed."""
    job = found_job(request, job_id)
    if job.user_id is None:
        raise NotAllowed(
            gettext(
                "This job was submitted without signing in: whoever has its address may"
                " read it."
            )
        )
    return job
