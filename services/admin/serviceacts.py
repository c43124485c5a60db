"""What is done with chosen services: each act asks first, on a page that lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from services.admin.actforms import (
    AccessForm,
    DuplicateForm,
    MessageLevelForm,
    RestartForm,
    StopForm,
)
from services.admin.actions import ask, counted, is_confirmed
from services.admin.renewal import renew_tasks
from services.copying import duplicate
from services.models import Service, Task

if TYPE_CHECKING:  # the generic class exists only for the type checker
    ServiceModelAdmin = admin.ModelAdmin[Service]
else:
    ServiceModelAdmin = admin.ModelAdmin


def pinned(rows: QuerySet[Service]) -> QuerySet[Service]:
    """Return the same services, whatever a filter of their list says after an act."""
    chosen = [one.pk for one in rows]
    return Service.objects.filter(pk__in=chosen).select_related("folder")


class ServiceActs(ServiceModelAdmin):
    """Start, stop, restart, access, message level, duplicate; for who may change."""

    def affected(self, service: Service) -> list[str]:
        """Return what the page that asks says of a service: its unfinished jobs."""
        return []

    def cancel_unfinished(
        self, request: HttpRequest, service: Service, *, running: bool
    ) -> int:
        """Cancel the jobs of a service that wait, and those that run; count them."""
        return 0

    def _form(self, request: HttpRequest, kind: Any, *args: Any) -> Any:
        return kind(*args, request.POST if is_confirmed(request) else None)

    def _ask(
        self, request: HttpRequest, rows: QuerySet[Service], question: str,
        effect: str, form: Any = None,
    ) -> HttpResponse | None:  # fmt: skip
        return ask(
            self, request, rows, question=question, effect=effect, form=form,
            notes=self.affected,
        )  # fmt: skip

    def _set(
        self, request: HttpRequest, rows: QuerySet[Service], done: str, **values: Any
    ) -> None:
        changed = rows.exclude(**values)
        for service in changed:
            for name, value in values.items():
                setattr(service, name, value)
            service.save(update_fields=[*values, "updated_at"])
            self.log_change(request, service, f"{done.capitalize()}.")
        number = counted(len(changed), Service)
        self.message_user(request, f"{number} {done}.", messages.SUCCESS)

    def _cancel(
        self, request: HttpRequest, rows: QuerySet[Service], *, running: bool
    ) -> None:
        count = sum(
            self.cancel_unfinished(request, one, running=running) for one in rows
        )
        text = f"{count} {'job' if count == 1 else 'jobs'} cancelled."
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description="Start", permissions=["change"])
    def start(self, request: HttpRequest, rows: QuerySet[Service]) -> None:
        """Let services answer."""
        self._set(request, rows, "started", state=Service.State.STARTED)

    @admin.action(description="Stop…", permissions=["change"])
    def stop(
        self, request: HttpRequest, rows: QuerySet[Service]
    ) -> HttpResponse | None:
        """Let services answer no more."""
        form = self._form(request, StopForm)
        page = self._ask(
            request, rows, "Stop these services",
            "Clients get an error, with the reason if you give one, until the services"
            " are started again.", form,
        )  # fmt: skip
        if page is None:
            rows = pinned(rows)
            self._set(
                request, rows, "stopped", state=Service.State.STOPPED,
                stop_reason=form.cleaned_data["reason"],
            )  # fmt: skip
            if form.cancels:
                self._cancel(request, rows, running=True)
        return page

    @admin.action(description="Restart…", permissions=["change"])
    def restart(
        self, request: HttpRequest, rows: QuerySet[Service]
    ) -> HttpResponse | None:
        """Start services anew: every process reads them again."""
        form = self._form(request, RestartForm)
        page = self._ask(
            request, rows, "Restart these services",
            "Every process reads the services and their tasks again, and stopped ones"
            " are started.", form,
        )  # fmt: skip
        if page is None:
            rows = pinned(rows)
            if form.cancels:
                self._cancel(request, rows, running=True)
            for service in rows:
                service.state = Service.State.STARTED
                service.save(update_fields=["state", "updated_at"])
                self.log_change(request, service, "Restarted.")
            number = counted(len(rows), Service)
            self.message_user(request, f"{number} restarted.", messages.SUCCESS)
        return page

    @admin.action(description="Set access…", permissions=["change"])
    def set_access(
        self, request: HttpRequest, rows: QuerySet[Service]
    ) -> HttpResponse | None:
        """Choose who may run services."""
        form = self._form(request, AccessForm, rows)
        page = self._ask(
            request, rows, "Set who can run these services",
            "Holds at once, for new runs and for what is read. With everyone, anybody"
            " who reaches this portal can run them without signing in.", form,
        )  # fmt: skip
        if page is None:
            access = Service.Access(form.cleaned_data["access"])
            rows = pinned(rows)
            if access == Service.Access.CHOSEN:
                for service in rows:
                    service.allowed_groups.set(form.cleaned_data["groups"])
            done = f"set to access for {access.label.lower()}"
            self._set(request, rows, done, access=access.value)
        return page

    @admin.action(description="Set message level…", permissions=["change"])
    def set_message_level(
        self, request: HttpRequest, rows: QuerySet[Service]
    ) -> HttpResponse | None:
        """Choose which messages clients get."""
        form = self._form(request, MessageLevelForm)
        page = self._ask(
            request, rows, "Set the message level",
            "Holds for runs from now on; jobs that wait keep their level.", form,
        )  # fmt: skip
        if page is None:
            level = form.cleaned_data["message_level"]
            done = f"set to message level {level}"
            self._set(request, rows, done, message_level=level)
        return page

    @admin.action(description="Duplicate…", permissions=["add"])
    def duplicate(
        self, request: HttpRequest, rows: QuerySet[Service]
    ) -> HttpResponse | None:
        """Make a copy of a service under another name."""
        if len(rows) != 1:
            text = "Choose one service: each copy needs a name of its own."
            self.message_user(request, text, messages.ERROR)
            return None
        service = rows[0]
        form = self._form(request, DuplicateForm, service, request.user)
        page = self._ask(
            request, rows, "Duplicate this service",
            "The copy has the same settings, access, tasks and parameters, and no"
            " jobs.", form,
        )  # fmt: skip
        if page is not None:
            return page
        values = form.cleaned_data
        copy = duplicate(service, values["folder"], values["name"])
        self.log_addition(request, copy, [{"added": {}}])
        text = f"{service} is duplicated as {copy}."
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(
            reverse("admin:services_service_change", args=[copy.pk])
        )

    @admin.action(
        description="Renew parameters from the tools…", permissions=["change"]
    )
    def renew_parameters(
        self, request: HttpRequest, rows: QuerySet[Service]
    ) -> HttpResponse | None:
        """Add rows of new parameters, delete those of removed ones."""
        tasks = Task.objects.filter(service__in=rows.values("pk"))
        return renew_tasks(self, request, tasks)
