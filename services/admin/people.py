"""A form field for people: their user names, one a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.models import User


class _NamesWidget(AdminTextareaWidget):
    """Names, one a line."""

    def format_value(self, value: Any) -> str:
        return "\n".join(map(str, value or ()))

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> list[str]:
        lines = (line.strip() for line in (data.get(name) or "").splitlines())
        return list(dict.fromkeys(filter(None, lines)))


if TYPE_CHECKING:  # the generic class exists only for the type checker
    UsersField = forms.ModelMultipleChoiceField[User]
else:
    UsersField = forms.ModelMultipleChoiceField


class UserNamesField(UsersField):
    """Users by their names: no list of all accounts, however many there are."""

    default_error_messages = {"invalid_choice": "There is no user %(value)s."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            User.objects.all(), required=False, to_field_name="username",
            widget=_NamesWidget({"rows": 3}), **kwargs,
        )  # fmt: skip


def users_field(label: str, help_text: str) -> UserNamesField:
    """Return a field for user names, with what they are for."""
    return UserNamesField(label=label, help_text=f"User names, one a line. {help_text}")
