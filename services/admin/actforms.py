"""What the acts on services ask for: reasons, access, message levels, new names."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from services.editing import edits_all, own_folders
from services.models import Folder, Service
from services.naming import name_problem

FINISH, CANCEL = "finish", "cancel"


class RestartForm(forms.Form):
    """What becomes of the jobs that have not ended."""

    jobs = forms.ChoiceField(
        label="Jobs that have not ended", widget=forms.RadioSelect, initial=FINISH,
        required=False,
        choices=[(FINISH, "Let them finish"),
                 (CANCEL, "Cancel those that wait or run")],
    )  # fmt: skip

    @property
    def cancels(self) -> bool:
        """True if unfinished jobs are to be cancelled."""
        return bool(self.cleaned_data["jobs"] == CANCEL)


class StopForm(RestartForm):
    """And why the services are stopped."""

    reason = forms.CharField(
        max_length=300, required=False, widget=AdminTextInputWidget,
        help_text="Clients and the portal show it. Blank: only that it is stopped.",
    )  # fmt: skip


class MessageLevelForm(forms.Form):
    """Which messages of a run clients get."""

    message_level = forms.ChoiceField(
        choices=Service.MessageLevel.choices, initial=Service.MessageLevel.INFO
    )


class AccessForm(forms.Form):
    """Who may run services."""

    access = forms.ChoiceField(
        choices=Service.Access.choices, initial=Service.Access.SIGNED_IN
    )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.all(), required=False, widget=forms.CheckboxSelectMultiple,
        help_text="With access for chosen ones: these, instead of those so far.",
    )  # fmt: skip

    def __init__(self, rows: QuerySet[Service], data: Any = None) -> None:
        super().__init__(data)
        self.rows = rows

    def clean_access(self) -> str:
        access: str = self.cleaned_data["access"]
        rootless = self.rows.filter(folder=None).first()
        if access == Service.Access.FOLDER and rootless is not None:
            told = f"{rootless} is in the root: it has no folder to go with."
            raise ValidationError(told)
        return access


class DuplicateForm(forms.Form):
    """Where the copy of a service lies, and its name."""

    folder = forms.ModelChoiceField(
        Folder.objects.none(), required=False, empty_label="None: at the root"
    )
    name = forms.CharField(max_length=100, widget=AdminTextInputWidget)

    def __init__(self, service: Service, user: Any, data: Any = None) -> None:
        initial = {"folder": service.folder_id, "name": f"{service.name}_copy"[:100]}
        super().__init__(data, initial=initial)
        folders = self.fields["folder"]
        folders.queryset = Folder.objects.filter(own_folders(user))  # type: ignore[attr-defined]
        folders.required = not edits_all(user)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "folder" in values and values.get("name"):
            problem = name_problem(values["folder"], values["name"])
            if problem:
                self.add_error("name", problem)
        return values
