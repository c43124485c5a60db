"""Rows as members of a file: what an administrator edits, without secrets."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import (
    BooleanField,
    CharField,
    Field,
    FloatField,
    IntegerField,
    JSONField,
    ManyToManyField,
    Model,
    TextField,
)

from services.confidential import without_tokens
from services.wire import encode

#: By which name rows of people are known in another site.
PEOPLE: dict[type[Model], str] = {Group: "name", User: "username"}
#: What JSON has for the kinds of fields; what is not here takes any value.
_KINDS: tuple[tuple[type[Field[Any, Any]], tuple[type, ...], str], ...] = (
    (BooleanField, (bool,), "true or false"),
    (IntegerField, (int,), "a whole number"),
    (FloatField, (int, float), "a number"),
    (CharField, (str,), "a text"),
    (TextField, (str,), "a text"),
)


def edited_fields(model: type[Model]) -> list[Field[Any, Any]]:
    """Return the fields of a model that an administrator edits, relations aside."""
    fields = [one for one in model._meta.concrete_fields if not one.is_relation]
    return [one for one in fields if one.editable and not one.primary_key]


def people_fields(model: type[Model]) -> list[ManyToManyField[Any, Any]]:
    """Return the fields of a model that name groups or users."""
    return [one for one in model._meta.many_to_many if one.related_model in PEOPLE]


def stored(field: Field[Any, Any], row: Model) -> Any:
    """Return the value of a field as JSON has it, without the tokens in it."""
    value = field.value_from_object(row)
    if isinstance(field, JSONField):
        return without_tokens(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return without_tokens(str(value))
    return field.value_to_string(row)


def written(row: Model, *left_out: str) -> dict[str, Any]:
    """Return a row as members of a file; people by their names, in order."""
    found = {one.name: stored(one, row) for one in edited_fields(type(row))
             if one.name not in left_out}  # fmt: skip
    for field in people_fields(type(row)):
        model: Any = field.related_model
        names = getattr(row, field.name).values_list(PEOPLE[model], flat=True)
        found[field.name] = sorted(names)
    return found


def set_fields(row: Model, members: dict[str, Any]) -> list[str]:
    """Give a row the values of members; return what is wrong with them.

    A value that differs from what is here by its secrets alone changes nothing.
    """
    problems = []
    fields = {one.name: one for one in edited_fields(type(row))}
    for name, value in members.items():
        if name not in fields:
            problems.append(f"there is no property '{name[:60]}'")
            continue
        field = fields[name]
        if row.pk is not None and stored(field, row) == value:
            continue
        problem = _problem_with(field, value)
        if problem:
            problems.append(f"{name}: {problem}")
        else:
            setattr(row, name, value)
    return problems


def _problem_with(field: Field[Any, Any], value: Any) -> str:
    """Return why a value cannot be that of a field, whatever its bounds."""
    if b"\\u0000" in encode(value):
        return "there must be no NUL in it"
    if value is None:
        return ""  # what may not be empty says so itself
    for kind, types, expected in _KINDS:
        if isinstance(field, kind):
            return "" if type(value) in types else f"expected {expected}"
    return ""


def faults(row: Model, *but: str) -> list[str]:
    """Return what the model says against a row, by field; ``but`` is not looked at."""
    try:
        row.full_clean(exclude=but or None)
    except ValidationError as exc:
        found = ((name, text) for name, texts in exc.message_dict.items()
                 for text in texts)  # fmt: skip
        return [text if name == "__all__" else f"{name}: {text}"
                for name, text in found]  # fmt: skip
    return []
