"""From the fields of a page's form to the texts that the REST API takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.http import QueryDict
from django.utils.formats import get_format

from portal.pages.form import shown
from portal.pages.form.controls import (
    EMPTY,
    ITEM,
    MORE,
    TYPE,
    UNITS,
    cell_parameter,
    columns_of,
)
from portal.pages.form.kinds import control_kind, is_text
from portal.pages.form.units import QUANTITIES
from services.datatypes.column import Column
from services.datatypes.multivalue import GPMultiValue
from services.form import Form, plain_fields
from services.schema import Parameter

#: Returns the text of an input from the fields that were sent.
Reader = Callable[[Parameter, QueryDict], str]

_CODE = re.compile(r"(?:EPSG|ESRI)\s*:\s*(\d{3,7})", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_MOST_ROWS = 10_000


def read(parameters: tuple[Parameter, ...], sent: QueryDict) -> Form:
    """Return the form of a run; inputs without a field are left out."""
    values = {one.name: text_of(one, sent) for one in parameters if not one.constant}
    return plain_fields({name: text for name, text in values.items() if text})


def text_of(parameter: Parameter, sent: QueryDict) -> str:
    """Return the text of one input, "" if nothing was given."""
    return _READERS.get(control_kind(parameter), _text)(parameter, sent)


def texts_of(form: Form) -> dict[str, str]:
    """Return all values of a form as text, to fill a page's form with."""
    large = {name: raw.decode(errors="replace") for name, raw in form.large.items()}
    return {**form.small, **large}


def _text(parameter: Parameter, sent: QueryDict) -> str:
    text = str(sent.get(parameter.name, "")).replace("\r\n", "\n")
    kept = text if is_text(parameter.data_type) else text.strip()
    return kept if text.strip() else ""


def _quantity(parameter: Parameter, sent: QueryDict) -> str:
    kind, number = parameter.data_type, plain_number(_text(parameter, sent))
    if not number or not isinstance(kind, QUANTITIES):
        return number
    given = {kind.number_key: number, "units": sent.get(parameter.name + UNITS, "")}
    return _json(given)


def _number(parameter: Parameter, sent: QueryDict) -> str:
    return plain_number(_text(parameter, sent))


def _choices(parameter: Parameter, sent: QueryDict) -> str:
    chosen = sent.getlist(parameter.name)
    if not chosen and sent.get(parameter.name + EMPTY) and not parameter.required:
        return "[]" if parameter.default is not None else ""
    return _json(chosen) if chosen else ""


def _list(parameter: Parameter, sent: QueryDict) -> str:
    text = _text(parameter, sent).strip()
    if not text or text.startswith("["):
        return text
    member = parameter.data_type.name.partition(":")[2]
    lines = [one.strip() for one in text.splitlines() if one.strip()]
    is_number = member in ("GPLong", "GPDouble")
    return _json([plain_number(one) for one in lines] if is_number else lines)


def _reference(parameter: Parameter, sent: QueryDict) -> str:
    text = _text(parameter, sent)
    code = _CODE.match(text)
    return code[1] if code else text


def _field(parameter: Parameter, sent: QueryDict) -> str:
    name = _text(parameter, sent)
    if not name or name.startswith("{"):
        return name
    more = shown.decoded(str(sent.get(parameter.name + MORE, "")) or "{}")
    known = more if isinstance(more, dict) and more.get("name") == name else {}
    return _json({**known, "name": name, "type": sent.get(parameter.name + TYPE, "")})


def _file(parameter: Parameter, sent: QueryDict) -> str:
    return str(sent.get(parameter.name + ITEM, "")) or _text(parameter, sent)


def _composite(parameter: Parameter, sent: QueryDict) -> str:
    chosen = sent.get(parameter.name + TYPE, "")
    for one in columns_of(parameter):
        if one.data_type.name == chosen:
            inner = cell_parameter(f"{parameter.name}.{chosen}", one)
            text = text_of(inner, sent)
            value = shown.embedded(one.data_type, text)
            return _json({"dataType": chosen, "value": value}) if text else ""
    return _text(parameter, sent)


def _rows(parameter: Parameter, sent: QueryDict) -> str:
    """Return the rows that say something; a text in place of them as it is."""
    if parameter.name in sent:
        return _text(parameter, sent)
    columns = columns_of(parameter)
    found = [_row(parameter, columns, place, sent)
             for place in _places(parameter.name, sent)]  # fmt: skip
    rows = [one for one in found if one is not None]
    if not rows:
        return str(sent.get(parameter.name + EMPTY, ""))
    return _json(rows)


def _places(name: str, sent: QueryDict) -> list[int]:
    """Return the numbers of the rows that were sent, in order."""
    start = f"{name}."
    found = {key[len(start):].partition(".")[0] for key in sent
             if key.startswith(start)}  # fmt: skip
    return sorted(int(one) for one in found if one.isdecimal())[:_MOST_ROWS]


def _row(
    parameter: Parameter, columns: tuple[Column, ...], place: int, sent: QueryDict
) -> Any:
    base = f"{parameter.name}.{place}"
    if isinstance(parameter.data_type, GPMultiValue):
        text = text_of(cell_parameter(base, columns[0]), sent)
        return shown.embedded(columns[0].data_type, text) if text else None
    texts = [text_of(cell_parameter(f"{base}.{one.name}", one), sent)
             for one in columns]  # fmt: skip
    if not any(texts):
        return None
    return [_cell(one, text) for one, text in zip(columns, texts, strict=True)]


def _cell(column: Column, text: str) -> Any:
    if text:
        return shown.embedded(column.data_type, text)
    return "" if is_text(column.data_type) and column.required else None


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def plain_number(text: str) -> str:
    """Return a number as the API reads it: a comma may stand for the point.

    Where the point is the decimal sign, 1,500 is left as it is, to be refused: nobody
    knows whether it is 1500 or 1.5.
    """
    is_point = get_format("DECIMAL_SEPARATOR") == "."
    if is_point and _THOUSANDS.fullmatch(text):
        return text
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


_READERS: Mapping[str, Reader] = {
    "quantity": _quantity,
    "number": _number,
    "choices": _choices,
    "list": _list,
    "crs": _reference,
    "field": _field,
    "file": _file,
    "raster": _file,
    "table": _file,
    "features": _file,
    "composite": _composite,
    "rows": _rows,
}
