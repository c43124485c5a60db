"""The list of services: how each does, what needs somebody first."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import date
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from jobs.workers.figures import Figures, figures_of, recent_failures
from services.admin.catalogue import jobs_url
from services.admin.serviceacts import ServiceActs
from services.models import Service

if TYPE_CHECKING:
    Base = ServiceActs
else:
    Base = object

#: How a row's button is called: what it does, a colon, the id of the service.
QUICK = "quick"
_FAILED = "&status__in=esriJobFailed,esriJobTimedOut"


class FailuresFilter(admin.SimpleListFilter):
    """Services with failed runs in the last 24 hours, or without."""

    title = "failures in 24 h"
    parameter_name = "failures"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Some"), ("no", "None")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Service]
    ) -> QuerySet[Service]:
        condition = {"yes": {"failures__gt": 0}, "no": {"failures": 0}}
        return queryset.filter(**condition.get(self.value() or "", {}))


class ServiceList(ChangeList):
    """A page of services, with the figures of those on it."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: Any = list(self.result_list)
        found = figures_of([one.pk for one in rows])
        for one in rows:
            one.figures = found[one.pk]
        self.result_list = rows


class ServiceListing(Base):
    """The columns of the list."""

    list_display: Any = (
        "state_mark", "quick", "name", "folder_name", "mode_word", "access_mark",
        "task_count", "unfinished_jobs", "success", "typical_time", "last_run",
    )  # fmt: skip
    list_display_links = ("name",)
    #: Columns that tell of jobs, for who may see these.
    of_jobs = frozenset({"unfinished_jobs", "success", "typical_time", "last_run"})

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ServiceList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Service]:
        return super().get_queryset(request).annotate(failures=recent_failures())

    def get_ordering(self, request: HttpRequest) -> Any:
        """Put stopped services first, then those with most failures."""
        return ("-state", F("failures").desc(), "folder__name", "name")

    def sees_jobs(self, request: HttpRequest) -> bool:
        """Tell if the user sees the jobs of the services in the list."""
        may = request.user.has_perm
        return may("jobs.view_job") or not may("services.view_service")

    def get_list_display(self, request: HttpRequest) -> Any:
        names = self.list_display
        if not self.sees_jobs(request):
            names = [one for one in names if one not in self.of_jobs]
        may_change = self.has_change_permission(request)
        return names if may_change else [one for one in names if one != "quick"]

    @admin.display(description="folder", ordering="folder__name")
    def folder_name(self, service: Service) -> str:
        """Show the folder; the root is a slash."""
        return service.folder.name if service.folder else "/"

    @admin.display(description="mode", ordering="execution_type")
    def mode_word(self, service: Service) -> str:
        """Show the mode in one short word."""
        return "sync" if service.is_synchronous else "async"

    @admin.display(description="tasks")
    def task_count(self, service: Service) -> str:
        """Show how many tasks clients see, and of how many if some are off."""
        tasks = list(service.tasks.all())
        seen = sum(one.enabled for one in tasks)
        return str(seen) if seen == len(tasks) else f"{seen} of {len(tasks)}"

    @admin.display(description="running / queued")
    def unfinished_jobs(self, service: Service) -> SafeString:
        """Show how many jobs run and wait, with a link to them."""
        found = _figures(service)
        return format_html(
            '<a class="nowrap" href="{}" aria-label="{} run, {} wait">{} / {}</a>',
            jobs_url(service, "&state=active"), found.running, found.waiting,
            found.running, found.waiting,
        )  # fmt: skip

    @admin.display(description="success 24 h", ordering="-failures")
    def success(self, service: Service) -> SafeString | str:
        """Show which part of the runs of a day succeeded, with a link to the others."""
        found = _figures(service)
        if found.success is None:
            return "no runs"
        text = f"{_percent(found)} of {found.succeeded + found.failed}"
        if not found.failed:
            return text
        return format_html(
            '<span class="nowrap">{}</span> <a class="nowrap" href="{}">{} failed</a>',
            text, jobs_url(service, _FAILED), found.failed,
        )  # fmt: skip

    @admin.display(description="p50 run time")
    def typical_time(self, service: Service) -> str:
        """Show the median of the newest runs."""
        seconds = _figures(service).median_seconds
        if seconds is None:
            return "-"
        return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"

    @admin.display(description="last run")
    def last_run(self, service: Service) -> str:
        """Show when somebody ran it last."""
        at = _figures(service).last_run
        if at is None:
            return "never"
        at = localtime(at)
        is_new = at.year == localtime().year
        return date(at, "j M H:i" if is_new else "j M Y")

    @admin.display(description="act")
    def quick(self, service: Service) -> SafeString:
        """Show a button that stops the service, or starts it."""
        is_started = service.state == Service.State.STARTED
        word, act = ("Stop", "stop") if is_started else ("Start", "start")
        return format_html(
            '<button class="button row-button" name="{}" value="{}:{}"'
            ' aria-label="{} {}">{}</button>',
            QUICK, act, service.pk, word, service.path, word,
        )  # fmt: skip


def _figures(service: Service) -> Figures:
    """Return the figures that the list has put on a row; none elsewhere."""
    return getattr(service, "figures", None) or Figures()


def _percent(found: Figures) -> str:
    """Return the part that succeeded; 100 % only if all did."""
    return f"{floor(100 * (found.success or 0))} %"
