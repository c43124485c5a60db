"""The form that publishes several tools at once, into a service or a new one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.auth.models import AnonymousUser, Group, User
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction

from services.catalog import publish
from services.editing import edited, edits_all, own_folders
from services.models import Folder, Service, Task
from services.naming import name_problem
from services.registry import installed, publishable

_OFFERED = (
    Service.Access.SIGNED_IN, Service.Access.EVERYONE, Service.Access.CHOSEN,
    Service.Access.FOLDER,
)  # fmt: skip
#: Why a service is stopped that nobody has put before its users yet.
DRAFT = "It is being prepared."


class PublishForm(forms.Form):
    """Which tools to publish, and where.

    A service that is there keeps its properties; a new one starts with those below.
    """

    tools = forms.MultipleChoiceField(
        choices=(), error_messages={"required": "Choose at least one tool."}
    )
    service = forms.ModelChoiceField(
        Service.objects.none(), required=False, empty_label="A new service"
    )
    folder = forms.ModelChoiceField(
        Folder.objects.none(), required=False, empty_label="None: at the root"
    )
    name = forms.CharField(
        required=False, max_length=100, label="Name", widget=AdminTextInputWidget,
        help_text="Of the new service: letters, digits, spaces and underscores; it"
        " becomes part of the address.",
    )  # fmt: skip
    execution_type = forms.ChoiceField(
        choices=Service.Execution.choices, initial=Service.Execution.ASYNCHRONOUS,
        label="How it runs",
        help_text="Synchronous: clients wait, for what takes some seconds."
        " Asynchronous: a job that they come back for.",
    )  # fmt: skip
    access = forms.ChoiceField(
        label="Who can run it",
        choices=[(one.value, one.label) for one in _OFFERED],
        initial=Service.Access.SIGNED_IN,
    )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.all(), required=False, widget=forms.CheckboxSelectMultiple,
        label="Chosen groups", help_text="They count if chosen ones can run it.",
    )  # fmt: skip

    def __init__(
        self, user: User | AnonymousUser, data: Any = None, initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.user = user
        services = Service.objects.filter(edited(user)).select_related("folder")
        folders = Folder.objects.filter(own_folders(user))
        # The stubs know each field of a form as a plain Field, without choices.
        self.fields["tools"].choices = [(one, one) for one in publishable()]  # type: ignore[attr-defined]
        self.fields["service"].queryset = services  # type: ignore[attr-defined]
        self.fields["folder"].queryset = folders  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        service = values.get("service")
        if service is None and "service" not in self.errors:
            self._check_new(values)
        for tool_id in values.get("tools", ()):
            name = installed(tool_id).name
            taken = service and service.tasks.filter(name__iexact=name)
            if taken and taken.exclude(tool_id=tool_id).exists():
                self.add_error(
                    "tools", f"The service has a task {name} of another tool."
                )
        names = [installed(one).name.lower() for one in values.get("tools", ())]
        for name in sorted({one for one in names if names.count(one) > 1}):
            self.add_error("tools", f"Two of the tools are called {name}.")
        return values

    def _check_new(self, values: dict[str, Any]) -> None:
        """Refuse a new service as its own page would."""
        folder, name = values.get("folder"), values.get("name", "")
        if not self.user.has_perm("services.add_service"):
            self.add_error("service", "Choose a service: you may not make one.")
        elif folder is None and not edits_all(self.user):
            self.add_error("folder", "Choose a folder.")
        elif problem := name_problem(folder, name):
            self.add_error("name", problem)
        elif values.get("groups") and values.get("access") != Service.Access.CHOSEN:
            told = "Groups count with access for chosen groups and users alone."
            self.add_error("access", told)
        else:
            try:
                self._new(values).full_clean(validate_unique=False)
            except ValidationError as exc:
                for field, texts in exc.message_dict.items():
                    known = field in self.fields and field != NON_FIELD_ERRORS
                    self.add_error(field if known else "name", texts)

    def _new(self, values: dict[str, Any]) -> Service:
        names = ("folder", "name", "execution_type", "access")
        return Service(**{one: values.get(one) for one in names})

    @transaction.atomic
    def save(self, *, draft: bool = False) -> tuple[Service, list[Task]]:
        """Publish; return the service and the tasks that are new in it.

        As a draft, the service is stopped if it is new, else its new tasks are
        switched off.
        """
        values = self.cleaned_data
        service, is_new = values["service"] or self._new(values), not values["service"]
        if is_new:
            if draft:
                service.state, service.stop_reason = Service.State.STOPPED, DRAFT
            service.save()
            service.allowed_groups.set(values["groups"])
        before = set(service.tasks.values_list("pk", flat=True))
        tasks = [publish(installed(one), service) for one in values["tools"]]
        new = [one for one in tasks if one.pk not in before]
        if draft and not is_new:
            for task in new:
                task.enabled = False
                task.save(update_fields=["enabled"])
        return service, new
