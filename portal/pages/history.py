"""The list of one's jobs: filtered by the address, and changed many at a time."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from jobs.models import Job
from jobs.runs import execution
from jobs.status import FINAL
from portal.pages.base import Page
from portal.pages.changing import pin, remove
from portal.pages.entries import entry
from portal.pages.following import STATE_WORDS, STATES
from portal.pages.mine import is_changed_by, my_jobs
from services.errors import GPError

PAGE_SIZE = 50
#: Stands for all jobs that have not ended.
ACTIVE = "active"


class FilterForm(forms.Form):
    """What of the jobs is listed; all of it may be left out."""

    q = forms.CharField(label=_("Text"), max_length=200, required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    tool = forms.CharField(label=_("Tool"), max_length=320, required=False)
    since = forms.DateField(label=_("From"), required=False)
    until = forms.DateField(label=_("Until"), required=False)
    pinned = forms.BooleanField(label=_("Pinned only"), required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        state: Any = self.fields["state"]
        state.choices = [("", _("All")), (ACTIVE, _("Not ended")), *STATE_WORDS.items()]

    def narrowed(self, rows: QuerySet[Job]) -> QuerySet[Job]:
        """Return the jobs that fit what is valid of the form."""
        said = self.cleaned_data
        if said.get("q"):
            rows = rows.filter(_text(said["q"]))
        if said.get("state"):
            rows = _in_state(rows, said["state"])
        if said.get("tool"):
            path, _, task = said["tool"].rpartition("/")
            rows = rows.filter(service_path=path, task_name=task)
        if said.get("since"):
            rows = rows.filter(submitted_at__gte=_moment(said["since"], time.min))
        if said.get("until"):
            rows = rows.filter(submitted_at__lte=_moment(said["until"], time.max))
        return rows.filter(pinned=True) if said.get("pinned") else rows


class JobList(Page):
    """One's jobs, the newest first; strangers see those of their session."""

    template = "portal/jobs.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the page."""
        form = FilterForm(request.GET)
        form.is_valid()
        mine = my_jobs(request)
        found = form.narrowed(mine)
        page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
        entries = [entry(one) for one in page.object_list]
        tools = _tools(mine)
        return self.page({
            "form": form, "entries": entries, "page": page, "tools": tools,
            "has_any": bool(tools), "is_active": any(one.is_active for one in entries),
            "is_filtered": any(form.cleaned_data.values()) or bool(form.errors),
            "others": _without_page(request),
            "here": request.get_full_path(),
        })  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Do something with the jobs that were ticked; ask first where it ends them."""
        action, back = request.POST.get("action", ""), _back(request)
        ids = [one for one in request.POST.getlist("job") if one.isalnum()]
        rows = my_jobs(request).filter(pk__in=ids[:PAGE_SIZE])
        jobs = [one for one in rows if is_changed_by(request, one)]
        if action not in _ACTIONS or not jobs:
            messages.warning(request, _("Choose some jobs, and what to do with them."))
            return redirect(back)
        if action in _ASKED and request.POST.get("confirmed") != "yes":
            asked = {"action": action, "entries": [entry(one) for one in jobs],
                     "back": back}  # fmt: skip
            self.template = "portal/jobs_confirm.html"
            return self.page(asked)
        for level, text in _ACTIONS[action](jobs):
            messages.add_message(request, level, text)
        return redirect(back)


def _moment(day: date, hour: time) -> datetime:
    """Return a moment of a day, by the clock of the portal."""
    return make_aware(datetime.combine(day, hour))


def _text(words: str) -> Q:
    """Return the condition that all words stand in what a job is called."""
    found = Q()
    for word in words.split():
        found &= (
            Q(title__icontains=word)
            | Q(note__icontains=word)
            | Q(task_name__icontains=word)
            | Q(service_path__icontains=word)
            | Q(error__icontains=word)
            | Q(pk__istartswith=word)
        )
    return found


def _in_state(rows: QuerySet[Job], state: str) -> QuerySet[Job]:
    if state == ACTIVE:
        return rows.exclude(status__in=FINAL)
    return rows.filter(status__in=[key for key, one in STATES.items() if one == state])


def _tools(mine: QuerySet[Job]) -> list[tuple[str, str]]:
    """Return path and words of each tool that one's jobs have run."""
    rows = mine.order_by("service_path", "task_name").values_list(
        "service_path", "task_name").distinct()  # fmt: skip
    return [(f"{path}/{task}", f"{task} ({path})") for path, task in rows]


def _without_page(request: HttpRequest) -> str:
    """Return the filters of the address, as another page of the list has them."""
    given = request.GET.copy()
    given.pop("page", None)
    return given.urlencode()


def _back(request: HttpRequest) -> str:
    back = str(request.POST.get("back", ""))
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if is_ours and back.startswith("/jobs/") else "/jobs/"


Said = list[tuple[int, str]]


def _cancel(jobs: list[Job]) -> Said:
    asked = [execution.cancel(one) for one in jobs if not one.is_final]
    text = ngettext("%(n)d job is asked to stop.", "%(n)d jobs are asked to stop.",
                    len(asked)) % {"n": len(asked)}  # fmt: skip
    return [(messages.SUCCESS, text)]


def _delete(jobs: list[Job]) -> Said:
    gone = sum(remove(one) for one in jobs)
    left = len(jobs) - gone
    text = ngettext("%(n)d job was deleted.", "%(n)d jobs were deleted.", gone)
    said = [(messages.SUCCESS, text % {"n": gone})]
    if left:
        text = ngettext(
            "%(n)d job is being cancelled. Delete it once it has stopped.",
            "%(n)d jobs are being cancelled. Delete them once they have stopped.",
            left,
        )
        said.append((messages.WARNING, text % {"n": left}))
    return said


def _pin(jobs: list[Job], *, pinned: bool = True) -> Said:
    try:
        for one in jobs:
            pin(one, pinned=pinned)
    except GPError as exc:
        return [(messages.ERROR, str(exc))]
    return []


def _unpin(jobs: list[Job]) -> Said:
    return _pin(jobs, pinned=False)


_ACTIONS = {"cancel": _cancel, "delete": _delete, "pin": _pin, "unpin": _unpin}
#: What is done only after the question has been answered.
_ASKED = ("cancel", "delete")
