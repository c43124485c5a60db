"""Form fields in which an administrator writes wire values and lists of texts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import ValidationError

from services.datatypes.base import DataType
from services.datatypes.multivalue import GPMultiValue
from services.errors import InvalidValue
from services.geometry.features import FeatureSet, RecordSet
from services.schema import Parameter
from services.wire import decode, encode

_LONG = 120  # characters from which a text gets an area instead of a line


def wire_text(kind: DataType[Any], value: Any) -> str:
    """Return a wire value as an administrator would type it.

    Text stands as it is, dates in ISO 8601, quantities as ``5 esriMiles``, all
    else as JSON. The data type's ``parse`` reads each of these back.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    try:
        if kind.name == "GPDate":
            return str(kind.parse(value).astimezone(UTC).isoformat())
        if kind.widget == "unit" and isinstance(value, dict):
            number, unit = kind.dump(kind.parse(value)).values()
            return f"{json.dumps(number).removesuffix('.0')} {unit}"
    except InvalidValue:
        pass  # an old row may hold anything; it is shown as it is
    return json.dumps(value, ensure_ascii=False)


def wire_value(kind: DataType[Any], text: str) -> Any:
    """Return the wire value of what an administrator typed. Raises InvalidValue.

    Features and tables stay as they were typed; all else takes the form that the
    data type writes.
    """
    value = kind.parse(text)
    member = kind.member if isinstance(kind, GPMultiValue) else kind
    if member.python_type in (FeatureSet, RecordSet):
        return decode(text)
    return decode(encode(kind.dump(value)))


class WireValueField(forms.Field):
    """The default of a parameter, typed as its data type reads it; blank is none."""

    def __init__(self, parameter: Parameter, **kwargs: Any) -> None:
        self.kind = parameter.data_type
        super().__init__(required=False, widget=_widget(parameter), **kwargs)
        self.disabled = parameter.data_type.is_secret

    def prepare_value(self, value: Any) -> Any:
        """Show a stored value as text; leave what was typed and refused."""
        return wire_text(self.kind, value)

    def to_python(self, value: Any) -> Any:
        if value in (None, ""):
            return None
        try:
            return wire_value(self.kind, str(value).replace("\r\n", "\n"))
        except InvalidValue as exc:
            raise ValidationError(f"{self.kind.name}: {exc}.") from None


def _widget(parameter: Parameter) -> forms.Widget:
    kind = parameter.data_type
    says = told(wire_text(kind, parameter.default))
    choices: Sequence[str] = parameter.choices
    if kind.name == "GPBoolean":
        choices = ("true", "false")
    if choices and not kind.name.startswith("GPMultiValue:"):
        return forms.Select(choices=[("", says), *((one, one) for one in choices)])
    if kind.is_secret:
        return AdminTextInputWidget({"placeholder": "a hidden text has no default"})
    if kind.widget in ("json", "file") or len(says) > _LONG or "\n" in says:
        return AdminTextareaWidget({"rows": 3, "placeholder": says})
    return AdminTextInputWidget({"placeholder": says})


def told(text: object) -> str:
    """Return the placeholder of a blank field: what the tool declares."""
    return f"the tool says: {text if text not in (None, '') else 'nothing'}"


class LinesField(forms.CharField):
    """A list of texts, one a line; blank is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=AdminTextareaWidget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored list with one text a line."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Return the list of texts, each once, or None."""
        lines = (line.strip() for line in (value or "").splitlines())
        return list(dict.fromkeys(filter(None, lines))) or None
