"""Notifications: what has ended, and which of it one has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from jobs.models import Job, Watch
from jobs.repeated import batches, watches
from portal.pages.base import SignedPage
from portal.pages.following import STATES

_A_PAGE = 50


class NotificationsPage(SignedPage):
    """The list behind the bell."""

    template = "portal/notifications.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the list; what is shown stays unread until somebody says so."""
        pages = Paginator(watches.notifications(self.owner), _A_PAGE)
        shown = pages.get_page(request.GET.get("page"))
        rows = batches.rows_of_all([one.batch for one in shown if one.batch])
        told = [_told(one, rows) for one in shown]
        return self.page({"page": shown, "told": told})

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Mark one, or all, as read; follow to what it tells of if that was asked."""
        mine = watches.unread(self.owner)
        chosen = request.POST.get("watch", "")
        if chosen.isdecimal():
            mine = mine.filter(pk=int(chosen[:18]))
        Watch.objects.filter(pk__in=list(mine.values_list("pk", flat=True))).update(
            read_at=timezone.now()
        )
        return redirect("notifications")


def _told(one: Watch, rows: Mapping[str, list[Job]]) -> dict[str, Any]:
    if one.batch is None:
        assert one.job is not None  # noqa: S101  (one of the two, by a constraint)
        return {"watch": one, "job": one.job, "state": STATES[one.job.status]}
    progress = batches.progress_of(rows[one.batch.pk])
    return {"watch": one, "batch": one.batch, "progress": progress,
            "state": "failed" if progress.failed else "succeeded"}  # fmt: skip
