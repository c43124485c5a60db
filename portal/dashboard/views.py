"""The dashboard as a part of the admin's first page, and alone for its renewal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from auditlog.models import LogEntry
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from jobs.admin.charts import stacked
from jobs.models import Job, Worker
from jobs.usage.periods import CUSTOM, Period, asked, usual
from jobs.usage.reading import by_service, by_slice, total
from portal.dashboard.attention import concerns
from portal.dashboard.services import MOST_SERVICES, service_rows
from portal.dashboard.tiles import Counts, count_jobs, job_tiles, worker_tile
from services.editing import edited, shown
from services.models import Service

_ACTIONS = 8


@dataclass(frozen=True, slots=True)
class View:
    """What a user of the admin may see: jobs, services and workers."""

    jobs: QuerySet[Job] | None
    services: QuerySet[Service]
    usage: Q
    sees_workers: bool


def view_of(request: HttpRequest) -> View:
    """Return what the lists of the admin show a user: the dashboard counts the same."""
    site = admin.site
    jobs: Any = site.get_model_admin(Job)
    services, workers = map(site.get_model_admin, (Service, Worker))
    sees_jobs = jobs.has_view_permission(request)
    names = ("jobs.view_job", "jobs.change_job")
    sees_all = any(request.user.has_perm(name) for name in names)
    return View(
        jobs=jobs.get_queryset(request) if sees_jobs else None,
        services=Service.objects.filter(shown(request.user, Service))
        if services.has_view_permission(request)
        else Service.objects.none(),
        usage=Q() if sees_all else edited(request.user, "service__folder"),
        sees_workers=workers.has_view_permission(request),
    )


def dashboard(request: HttpRequest) -> dict[str, Any]:
    """Return what the template of the dashboard shows of the period in the query."""
    view = view_of(request)
    form = asked(request.GET.dict())
    found: dict[str, Any] = {
        "form": form,
        "is_custom": form.data.get("range") == CUSTOM,
        "updated": timezone.now(),
        "fragment": f"{reverse('admin:dashboard')}?{request.GET.urlencode()}",
        "actions": _actions(request),
    }
    counts = None
    if view.jobs is not None:
        counts = count_jobs(view.jobs)
        found |= _of_jobs(view, view.jobs, counts, form.period)
    if view.sees_workers:
        found["tiles"] = [*found.get("tiles", []), worker_tile()]
    found["concerns"] = concerns(request, counts, view.services)
    return {"dashboard": found}


def _of_jobs(
    view: View, jobs: QuerySet[Job], counts: Counts, period: Period
) -> dict[str, Any]:
    day = by_service(usual("day"), view.usage)
    rows = service_rows(view.services, jobs, day)
    more = view.services.count() - len(rows) if len(rows) == MOST_SERVICES else 0
    return {
        "tiles": job_tiles(counts, total(day)),
        "chart": stacked(period.starts(), period.slice, by_slice(period, view.usage)),
        "period": period,
        "rows": rows,
        "more": more,
    }


def _actions(request: HttpRequest) -> list[tuple[Any, str]] | None:
    """Return entries of the audit log and what was done, for those who may read it."""
    log: Any = admin.site.get_model_admin(LogEntry)
    if not log.has_view_permission(request):
        return None
    rows = LogEntry.objects.exclude(action=LogEntry.Action.ACCESS)
    newest = rows.select_related("actor", "content_type")[:_ACTIONS]
    return [(one, log.event(one)) for one in newest]


def fragment(request: HttpRequest) -> HttpResponse:
    """Answer the dashboard alone, which its script puts in the place of the old one."""
    answer = render(request, "admin/dashboard/dashboard.html", dashboard(request))
    answer["Cache-Control"] = "no-store"
    return answer
