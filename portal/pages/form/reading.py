"""From the fields of a page's form to the texts that the REST API takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson
from django.http import QueryDict

from portal.pages.form.controls import UNITS, control_kind
from services.datatypes.unit import GPArealUnit, GPLinearUnit, GPTimeUnit
from services.form import Form, plain_fields
from services.schema import Parameter

#: Returns the text of an input from the fields that were sent.
Reader = Callable[[Parameter, QueryDict], str]


def read(parameters: tuple[Parameter, ...], sent: QueryDict) -> Form:
    """Return the form of a run; inputs without a field are left out."""
    values = {
        one.name: _READERS.get(control_kind(one), _text)(one, sent)
        for one in parameters
        if not one.constant
    }
    return plain_fields({name: text for name, text in values.items() if text})


def texts_of(form: Form) -> dict[str, str]:
    """Return all values of a form as text, to fill a page's form with."""
    large = {name: raw.decode(errors="replace") for name, raw in form.large.items()}
    return {**form.small, **large}


def _text(parameter: Parameter, sent: QueryDict) -> str:
    return str(sent.get(parameter.name, "")).strip()


def _quantity(parameter: Parameter, sent: QueryDict) -> str:
    kind, number = parameter.data_type, plain_number(_text(parameter, sent))
    if not number or not isinstance(kind, GPLinearUnit | GPArealUnit | GPTimeUnit):
        return number
    given = {kind.number_key: number, "units": sent.get(parameter.name + UNITS, "")}
    return orjson.dumps(given).decode()


def _number(parameter: Parameter, sent: QueryDict) -> str:
    return plain_number(_text(parameter, sent))


def _choices(parameter: Parameter, sent: QueryDict) -> str:
    chosen = sent.getlist(parameter.name)
    return orjson.dumps(chosen).decode() if chosen else ""


def plain_number(text: str) -> str:
    """Return a number as the API reads it: a comma may stand for the point."""
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


_READERS: Mapping[str, Reader] = {
    "quantity": _quantity,
    "number": _number,
    "choices": _choices,
}
