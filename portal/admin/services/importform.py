"""The form in which services come as JSON: pasted, or in a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget

from services.editing import may_edit, own_folders
from services.errors import InvalidValue
from services.models import Folder
from services.wire import decode

_MOST_BYTES = 5_000_000


class ImportForm(forms.Form):
    """Services as JSON, and where they go."""

    file = forms.FileField(
        label="JSON file", required=False,
        help_text="As “Export as JSON” writes it, or the service JSON of ArcGIS Server"
        " with the ids of tools of this portal as its toolbox.",
    )  # fmt: skip
    text = forms.CharField(
        label="or JSON text", required=False, widget=AdminTextareaWidget({"rows": 12}),
        strip=False,
    )  # fmt: skip
    folder = forms.ModelChoiceField(
        Folder.objects.none(), required=False, empty_label="As the JSON says"
    )
    name = forms.CharField(
        max_length=100, required=False, widget=AdminTextInputWidget,
        help_text="Of one service. Blank: as the JSON says.",
    )  # fmt: skip

    def __init__(self, user: Any, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.user = user
        self.fields["folder"].queryset = Folder.objects.filter(own_folders(user))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        file, text = values.get("file"), values.get("text", "")
        if file is not None and file.size > _MOST_BYTES:
            self.add_error("file", f"More than {_MOST_BYTES:,} bytes.")
            return values
        raw = file.read() if file is not None else text
        if not raw.strip():
            self.add_error("text", "Choose a file, or paste the JSON here.")
            return values
        try:
            found = decode(raw)
        except (InvalidValue, UnicodeDecodeError) as exc:
            self.add_error("text", f"This is no JSON: {exc}")
            return values
        listed = found.get("services") if isinstance(found, dict) else None
        values["found"] = listed if isinstance(listed, list) else [found]
        self._place(values)
        return values

    def _place(self, values: dict[str, Any]) -> None:
        """Find the folder of each service."""
        if len(values["found"]) > 1 and values.get("name"):
            self.add_error("name", "These are several services: leave the name blank.")
        values["placed"] = []
        for one in values["found"]:
            folder, problem = self._folder_of(one, values.get("folder"))
            if problem:
                self.add_error("folder", problem)
                return
            values["placed"].append((one, folder))

    def _folder_of(self, sent: Any, chosen: Any) -> tuple[Folder | None, str]:
        if chosen is not None:
            return chosen, ""
        named = sent.get("folderName") if isinstance(sent, dict) else None
        name = str(named or "").strip("/ ")
        folder = Folder.objects.filter(name__iexact=name).first() if name else None
        if name and folder is None:
            return None, f"There is no folder {name[:100]} here: choose another one."
        if not may_edit(self.user, folder):
            where = folder.name if folder else "the root"
            return None, f"You may not publish in {where}: choose a folder of yours."
        return folder, ""

    def documents(self) -> list[tuple[Any, Folder | None]]:
        """Return the services and their folders."""
        found: list[tuple[Any, Folder | None]] = self.cleaned_data["placed"]
        return found
