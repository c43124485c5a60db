"""Refusals in words for whoever fills in a form: what to do, and what was typed."""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.pages.form.controls import columns_of
from portal.pages.form.kinds import control_kind
from portal.pages.form.limits import bound_text
from services.datatypes.multivalue import GPMultiValue
from services.schema import Parameter

_MISSING: dict[str, Promise] = {
    "features": gettext_lazy("Give features: draw them, or choose a file or a layer."),
    "extent": gettext_lazy("Give an extent."),
    "file": gettext_lazy("Choose a file, or give its address."),
    "raster": gettext_lazy("Choose a raster, or give its address."),
    "table": gettext_lazy("Choose a file with a table, or give its rows."),
    "choice": gettext_lazy("Choose one of the list."),
    "choices": gettext_lazy("Choose one or more."),
    "boolean": gettext_lazy("Choose yes or no."),
    "rows": gettext_lazy("Fill in at least one row."),
    "date": gettext_lazy("Enter a date and a time."),
    "number": gettext_lazy("Enter a number."),
    "quantity": gettext_lazy("Enter a number, and choose its unit."),
}
_EXPECTED: dict[str, Promise] = {
    "number": gettext_lazy("Enter a number, such as 5 or 2.5, without spaces."),
    "quantity": gettext_lazy("Enter a number, such as 5 or 2.5, without spaces."),
    "boolean": gettext_lazy("Choose yes or no."),
    "date": gettext_lazy("Enter a date and a time, such as 2024-05-31T14:00."),
    "file": gettext_lazy(
        "Choose a file, or give an address that begins with https://."),
    "raster": gettext_lazy(
        "Choose a raster, or give an address that begins with https://."),
    "crs": gettext_lazy(
        "Enter the code of a coordinate system, such as 4326, or search for one."),
    "extent": gettext_lazy("Give the four sides of the extent as numbers."),
    "field": gettext_lazy("Enter the name of a field, and choose its type."),
    "composite": gettext_lazy("Choose a kind of value, and enter one of that kind."),
}  # fmt: skip
_WHOLE = gettext_lazy("Enter a whole number, such as 5.")
_LARGE = gettext_lazy("The number is too large.")
_QUOTES = gettext_lazy("A quotation mark is missing: each one that opens must close.")

_GIVEN = re.compile(r", not (?P<given>.*)$", re.DOTALL)
_PLACE = re.compile(r"(value|row) (\d+): (.*)", re.DOTALL)
_COLUMN = re.compile(r"column ([^:]+): (.*)", re.DOTALL)
_BOUND = re.compile(r"out of range: must be at (least|most) ")


def plain_words(parameter: Parameter, message: str) -> str:
    """Return what is wrong with an input, and what to do, in whole sentences."""
    place = _PLACE.fullmatch(message)
    if place and place[1] == "row":
        return _in_row(parameter, int(place[2]) + 1, place[3])
    if place and isinstance(parameter.data_type, GPMultiValue):
        words = plain_words(_member(parameter), place[3])
        return _("Value %(number)s: %(words)s") % {
            "number": int(place[2]) + 1, "words": words}  # fmt: skip
    for make in (_missing, _bound, _chosen, _shape, _expected):
        if words := make(parameter, message):
            return words
    return _sentence(message)


def _in_row(parameter: Parameter, number: int, message: str) -> str:
    found = _COLUMN.fullmatch(message)
    columns = {one.name: one for one in parameter.data_type.columns}
    if not found or found[1] not in columns:
        return _("Row %(number)s: %(words)s") % {
            "number": number, "words": _sentence(message)}  # fmt: skip
    column = columns[found[1]]
    rule = column.rule
    cell = Parameter(column.name, column.data_type, required=column.required,
                     minimum=rule.minimum, maximum=rule.maximum,
                     choices=rule.choices)  # fmt: skip
    return _("Row %(number)s, %(column)s: %(words)s") % {
        "number": number, "column": column.label or column.name,
        "words": plain_words(cell, found[2])}  # fmt: skip


def _member(parameter: Parameter) -> Parameter:
    rule = parameter.rule
    return Parameter(parameter.name, columns_of(parameter)[0].data_type,
                     minimum=rule.minimum, maximum=rule.maximum,
                     choices=rule.choices)  # fmt: skip


def _missing(parameter: Parameter, message: str) -> str:
    if message != "a value is required":
        return ""
    return str(_MISSING.get(control_kind(parameter), _("Enter a value.")))


def _bound(parameter: Parameter, message: str) -> str:
    found = _BOUND.match(message)
    if not found:
        if "out of range" in message:
            return str(_LARGE)
        return ""
    if found[1] == "least" and parameter.minimum is not None:
        return _("Enter at least %(bound)s.") % {
            "bound": bound_text(parameter, parameter.minimum)}  # fmt: skip
    if parameter.maximum is not None:
        return _("Enter at most %(bound)s.") % {
            "bound": bound_text(parameter, parameter.maximum)}  # fmt: skip
    return ""


def _chosen(parameter: Parameter, message: str) -> str:
    if not message.startswith("must be one of the choices"):
        return ""
    return _("Choose one of these: %(choices)s.") % {
        "choices": ", ".join(parameter.choices)}  # fmt: skip


def _shape(parameter: Parameter, message: str) -> str:
    if "with closed quotes" in message:
        return str(_QUOTES)
    if parameter.data_type.name == "GPLong" and "whole number" in message:
        return _with_given(str(_WHOLE), message)
    return ""


def _expected(parameter: Parameter, message: str) -> str:
    words = _EXPECTED.get(control_kind(parameter))
    is_form = "expected " in message or "unknown " in message
    return _with_given(str(words), message) if words and is_form else ""


def _with_given(words: str, message: str) -> str:
    found = _GIVEN.search(message)
    given = found["given"].strip().strip("'") if found else ""
    if not given or given[0] in "{[" or len(given) > 60:
        return words
    typed = _("You gave “%(given)s”.") % {"given": given}
    return f"{words} {typed}"


def _sentence(message: str) -> str:
    """Return a message as a sentence: with a capital, and an end."""
    text = message.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
