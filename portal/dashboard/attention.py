"""What needs somebody: failed jobs, stopped services, findings of the doctor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from jobs.models import Worker
from portal.dashboard.tiles import Counts, job_list
from portal.doctor import State, setup, work
from services.admin.packages import may_see, unusable_tasks
from services.models import Service

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Concern:
    """A sentence, what to do, and where; grave ones come first."""

    text: str
    advice: str = ""
    url: str = ""
    is_grave: bool = False


def concerns(
    request: HttpRequest, counts: Counts | None, services: QuerySet[Service]
) -> list[Concern]:
    """Return what a user of the admin is to look at, the gravest first."""
    found = [*_findings(request), *_failed(counts), *_stopped(services)]
    found += _unusable(request)
    return sorted(found, key=lambda one: not one.is_grave)


def _failed(counts: Counts | None) -> Iterator[Concern]:
    if counts and counts.not_repaired:
        jobs = "job" if counts.not_repaired == 1 else "jobs"
        text = (
            f"{counts.not_repaired:,} failed {jobs} of the last 24 hours not repaired"
        )
        advice = "Look why, run them again, or mark them as repaired."
        url = job_list(repaired="no", period="24h")
        yield Concern(text, advice, url)


def _stopped(services: QuerySet[Service]) -> Iterator[Concern]:
    stopped = services.filter(state=Service.State.STOPPED).select_related("folder")
    paths = [one.path for one in stopped]
    if paths:
        word = "service is" if len(paths) == 1 else "services are"
        url = f"{reverse('admin:services_service_changelist')}?state__exact=STOPPED"
        yield Concern(f"{len(paths)} {word} stopped: {_listed(paths)}", "", url)


def _unusable(request: HttpRequest) -> Iterator[Concern]:
    tasks = [str(one) for one in unusable_tasks(request)] if may_see(request) else []
    if tasks:
        word = "task has" if len(tasks) == 1 else "tasks have"
        advice = "Install or mend the package, and start the portal anew."
        yield Concern(f"{len(tasks)} {word} no tool any more: {_listed(tasks)}", advice,
                      reverse("admin:tool-packages"), is_grave=True)  # fmt: skip


def _findings(request: HttpRequest) -> Iterator[Concern]:
    """Yield what the doctor finds that costs little, for those who see the workers."""
    if not admin.site.get_model_admin(Worker).has_view_permission(request):
        return
    looks = (work.workers, work.queue, setup.disks, setup.tool_packages)
    urls = {"Workers": "admin:jobs_worker_changelist",
            "Tool packages": "admin:tool-packages"}  # fmt: skip
    for finding in (one for look in looks for one in look()):
        if finding.state != State.OK:
            url = reverse(urls[finding.name]) if finding.name in urls else ""
            yield Concern(f"{finding.name}: {finding.text}", finding.advice, url,
                          finding.state == State.WRONG)  # fmt: skip


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
