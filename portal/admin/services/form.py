"""The form of a service, with the members that are kept for ArcGIS clients."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError

from portal.adminrest.documents import kept_of
from portal.adminrest.members import (
    FACTS,
    ITEM_MEMBERS,
    MEMBERS,
    TOOLBOX,
    UNUSED,
    flat,
    nested,
)
from services.admin.forms import ServiceForm
from services.models import Service
from services.wire import encode

_MAX_BYTES = 65_536
_OWN = {"serviceName", "type", TOOLBOX, *FACTS, *(x for m in MEMBERS for x in m.paths)}
_OWN_ITEM = {
    "name",
    "type",
    "typeKeywords",
    *(x for m in ITEM_MEMBERS for x in m.paths),
}


class KeptField(forms.JSONField):
    """A JSON object whose members are none that have a field of their own."""

    widget = AdminTextareaWidget

    def __init__(self, own: set[str], **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.own = own

    def clean(self, value: Any) -> dict[str, Any]:
        found: Any = super().clean(value)
        if found in (None, ""):
            return {}
        inside = found.get("properties", {}) if isinstance(found, dict) else None
        if not isinstance(inside, dict):
            raise ValidationError('Write a JSON object, such as {"maxIdleTime": 600}.')
        named = sorted(self.own & set(flat(found)))
        if named:
            told = f"{named[0]} has a field of its own on this page, or cannot be set."
            raise ValidationError(told)
        if len(encode(found)) > _MAX_BYTES:
            raise ValidationError(f"More than {_MAX_BYTES:,} bytes.")
        kept: dict[str, Any] = found
        return kept


class PortalServiceForm(ServiceForm):
    """A service, and what Cairn keeps of it for clients without a use of its own."""

    kept_properties = KeptField(
        _OWN, label="Members kept for ArcGIS clients",
        help_text="JSON of members of the service JSON that Cairn has no use for,"
        " such as pooling and recycling: kept, and answered to clients as they are."
        " A member that is left out has ArcGIS Server's default.",
    )  # fmt: skip
    kept_item_info = KeptField(
        _OWN_ITEM, label="Item members kept for ArcGIS clients",
        help_text="The same for members of the item information, such as culture.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            kept = kept_of(self.instance)
            self.initial["kept_properties"] = nested_or_empty(kept.properties)
            self.initial["kept_item_info"] = kept.item_info

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]
        keep(self.instance, self.changed_data, self.cleaned_data)


def nested_or_empty(members: dict[str, Any]) -> dict[str, Any]:
    """Return members by path as they stand in the service JSON."""
    found = nested({path: x for path, x in members.items() if x != UNUSED.get(path)})
    return {name: x for name, x in found.items() if (name, x) != ("properties", {})}


def keep(row: Service, changed: list[str], values: dict[str, Any]) -> None:
    """Store the kept members of a form, if they were changed."""
    if not {"kept_properties", "kept_item_info"} & set(changed):
        return
    kept = kept_of(row)
    kept.service = row
    kept.properties = flat(values["kept_properties"])
    kept.item_info = values["kept_item_info"]
    kept.save()
