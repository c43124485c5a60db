"""Acts on services that their jobs feel: cancel what has not ended, empty the queue."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse

from jobs.models import Job
from jobs.runs.execution import cancel
from jobs.status import FINAL, RUNNING, JobStatus
from services.admin.serviceacts import ServiceActs, pinned
from services.editing import edited, shown
from services.models import Service


def unfinished(service: Service) -> QuerySet[Job]:
    """Return the jobs of a service that wait or run."""
    return Job.objects.filter(service=service).exclude(status__in=FINAL)


class JobActs(ServiceActs):
    """What needs the jobs of services."""

    def affected(self, service: Service) -> list[str]:
        counts = unfinished(service).aggregate(
            running=Count("pk", filter=Q(status__in=RUNNING)),
            waiting=Count("pk", filter=Q(status=JobStatus.SUBMITTED)),
        )
        if not any(counts.values()):
            return ["no jobs wait or run"]
        run = _counted(counts["running"], "runs", "run")
        return [f"{run}, {_counted(counts['waiting'], 'waits', 'wait')}"]

    def cancel_unfinished(
        self, request: HttpRequest, service: Service, *, running: bool
    ) -> int:
        jobs = unfinished(service)
        if not running:
            jobs = jobs.filter(status=JobStatus.SUBMITTED)
        log: Any = self.admin_site.get_model_admin(Job)
        found = list(jobs.defer("snapshot", "inputs", "outputs", "provenance"))
        for job in found:
            log.log_change(request, cancel(job), "Cancelled.")
        return len(found)

    def has_cancel_jobs_permission(self, request: HttpRequest) -> bool:
        """Tell if the user may cancel jobs: all, or those of own services."""
        may: Any = self.admin_site.get_model_admin(Job)
        return bool(may.has_cancel_permission(request))

    @admin.action(description="Purge queue…", permissions=["cancel_jobs"])
    def purge_queue(
        self, request: HttpRequest, rows: QuerySet[Service]
    ) -> HttpResponse | None:
        """Cancel the jobs that wait, for who may cancel them."""
        if not request.user.has_perm("jobs.change_job"):
            rows = rows.filter(edited(request.user))
        page = self._ask(
            request, rows, "Cancel the waiting jobs of these services",
            "Jobs that wait are cancelled; those that run go on.",
        )  # fmt: skip
        if page is None:
            self._cancel(request, pinned(rows), running=False)
        return page

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any
    ) -> Any:
        """Let who may only read or only cancel do that, with all that they see."""
        index = int(request.POST.get("index") or 0)
        named = request.POST.getlist("action")
        if named[index : index + 1] in (["purge_queue"], ["export_json"]):
            rows = queryset.filter(shown(request.user, Service))
            return admin.ModelAdmin.response_action(self, request, rows, *args)
        return super().response_action(request, queryset, *args)


def _counted(number: int, one: str, more: str) -> str:
    return f"1 job {one}" if number == 1 else f"{number} jobs {more}"
