"""Filters of the job list: each is in the URL, so that a link shows the same jobs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from jobs.admin.formfilter import (
    FormFilter,
    Input,
    as_date,
    as_seconds,
    complain,
    kept_by,
)
from jobs.models import Job, JobMessage, Worker
from jobs.status import FINAL, RUNNING, UNSUCCESSFUL, JobStatus
from services.editing import shown
from services.models import Service

_INDENT = "\N{EM SPACE}"
#: By value: what it is called, and the statuses that it stands for.
STATES: dict[str, tuple[str, frozenset[JobStatus]]] = {
    "active": ("Active", frozenset(JobStatus) - FINAL),
    "running": (f"{_INDENT}Running", RUNNING),
    "queued": (f"{_INDENT}Queued", frozenset({JobStatus.SUBMITTED})),
    "ended": ("Ended", FINAL),
    "failed": (f"{_INDENT}Failed", frozenset({JobStatus.FAILED})),
    "timed_out": (f"{_INDENT}Timed out", frozenset({JobStatus.TIMED_OUT})),
    "cancelled": (f"{_INDENT}Cancelled", frozenset({JobStatus.CANCELLED})),
    "succeeded": (f"{_INDENT}Succeeded", frozenset({JobStatus.SUCCEEDED})),
}
PERIODS = {
    "1h": ("Last hour", timedelta(hours=1)),
    "24h": ("Last 24 hours", timedelta(hours=24)),
    "7d": ("Last 7 days", timedelta(days=7)),
    "30d": ("Last 30 days", timedelta(days=30)),
}

_MB = 2**20
_SIZES = {"1": "1 MB or more", "100": "100 MB or more", "1024": "1 GB or more"}


class ChoiceFilter(admin.SimpleListFilter):
    """One of some values; another one is refused, and matches nothing."""

    def value(self) -> str | None:
        return super().value() or None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        if value not in {str(one) for one, _ in self.lookup_choices}:
            known = ", ".join(str(one) for one, _ in self.lookup_choices)
            complain(request, f"{self.parameter_name}: expected one of {known}.")
            return queryset.none()
        return self.chosen(queryset, value)

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Return the rows that a value matches."""
        raise NotImplementedError


class StateFilter(ChoiceFilter):
    """What state a job is in; active and ended are groups of states."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, words) for value, (words, _) in STATES.items()]

    def chosen(self, rows: QuerySet[Job], value: str) -> QuerySet[Job]:
        statuses = STATES[value][1]
        if len(statuses) == 1:  # lets the index give the order too
            return rows.filter(status=next(iter(statuses)))
        return rows.filter(status__in=statuses)


class RepairedFilter(ChoiceFilter):
    """Failures that wait for somebody, and those that are done with."""

    title = "failures"
    parameter_name = "repaired"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Not repaired"), ("yes", "Repaired")]

    def chosen(self, rows: QuerySet[Job], value: str) -> QuerySet[Job]:
        if value == "yes":
            return rows.exclude(repaired_at=None)
        return rows.filter(status__in=UNSUCCESSFUL, repaired_at=None)


class PeriodFilter(ChoiceFilter):
    """How long ago a job was submitted."""

    title = "period"
    parameter_name = "period"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, words) for value, (words, _) in PERIODS.items()]

    def chosen(self, rows: QuerySet[Job], value: str) -> QuerySet[Job]:
        return rows.filter(submitted_at__gte=timezone.now() - PERIODS[value][1])


class WarningsFilter(ChoiceFilter):
    """Jobs that have said something of concern."""

    title = "warnings"
    parameter_name = "warnings"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Has warnings"), ("no", "Has none")]

    def chosen(self, rows: QuerySet[Job], value: str) -> QuerySet[Job]:
        said = JobMessage.objects.filter(type=JobMessage.Type.WARNING)
        warned = said.order_by().values("job")
        if value == "yes":
            return rows.filter(pk__in=warned)
        return rows.exclude(pk__in=warned)


class SourceFilter(ChoiceFilter):
    """Through which door jobs came."""

    title = "source"
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Job.Source.choices)

    def chosen(self, rows: QuerySet[Job], value: str) -> QuerySet[Job]:
        return rows.filter(source=value)


class ServiceFilter(ChoiceFilter):
    """One of the services that the user sees."""

    title = "service"
    parameter_name = "service"
    template = "admin/jobs/job/select_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = Service.objects.filter(shown(request.user, Service))
        return [(str(row.pk), row.path) for row in rows.select_related("folder")]

    def chosen(self, rows: QuerySet[Job], value: str) -> QuerySet[Job]:
        return rows.filter(service=int(value))

    def choices(self, changelist: Any) -> Iterator[Any]:
        self.kept = kept_by(changelist, (self.parameter_name,))
        return super().choices(changelist)

    def options(self) -> list[tuple[str, str, bool]]:
        """Return value and words of each, and if it is chosen."""
        rows = [(str(one), str(words)) for one, words in self.lookup_choices]
        return [(one, words, one == self.value()) for one, words in rows]


class WorkerFilter(ServiceFilter):
    """One of the workers that live, or the one that the URL names."""

    title = "worker"
    parameter_name = "worker"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        known = [(row.pk, str(row)) for row in Worker.objects.all()]
        asked = request.GET.get("worker")
        if asked and asked not in dict(known):
            known.append((asked, f"{asked[:16]} (gone)"))
        return known

    def chosen(self, rows: QuerySet[Job], value: str) -> QuerySet[Job]:
        return rows.filter(worker=value)


class UserFilter(FormFilter):
    """Jobs of one user, by name."""

    title = "user"
    inputs = (Input("user", "User name", suggestions="users/"),)

    def matching(self, jobs: QuerySet[Job], given: dict[str, Any]) -> QuerySet[Job]:
        user = User.objects.filter(username=given["user"]).first()
        return jobs.filter(user=user) if user else jobs.none()


class DurationFilter(FormFilter):
    """Jobs that took between so and so many seconds."""

    title = "run time"
    inputs = (
        Input("min_seconds", "At least, in seconds", "number", as_seconds),
        Input("max_seconds", "At most, in seconds", "number", as_seconds),
    )

    def matching(self, jobs: QuerySet[Job], given: dict[str, Any]) -> QuerySet[Job]:
        span = ExpressionWrapper(F("ended_at") - F("started_at"), DurationField())
        jobs = jobs.alias(took=span)
        if "min_seconds" in given:
            jobs = jobs.filter(took__gte=given["min_seconds"])
        if "max_seconds" in given:
            jobs = jobs.filter(took__lte=given["max_seconds"])
        return jobs


class DateFilter(FormFilter):
    """Jobs that were submitted from one day to another."""

    title = "day submitted"
    inputs = (
        Input("since", "From", "date", as_date),
        Input("until", "To", "date", as_date),
    )

    def matching(self, jobs: QuerySet[Job], given: dict[str, Any]) -> QuerySet[Job]:
        if "since" in given:
            jobs = jobs.filter(submitted_at__gte=given["since"])
        if "until" in given:
            jobs = jobs.filter(submitted_at__lt=given["until"] + timedelta(days=1))
        return jobs


class SizeFilter(ChoiceFilter):
    """What takes at least so much."""

    title = "size"
    parameter_name = "mb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(_SIZES.items())

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(size__gte=int(value) * _MB)
