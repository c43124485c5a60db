"""GPComposite: a value of one of several data types."""

from __future__ import annotations

import numbers
from typing import Any

from services.datatypes.base import DataType, Find, Leaf, plain_text, shown
from services.datatypes.column import Column
from services.errors import InvalidValue
from services.files import Source, StoredFile
from services.wire import decode

_MAX_TEXT = 50_000_000


class GPComposite(DataType[Any]):
    """A value as one of its types writes it, or ``{"dataType": …, "value": …}``.

    Without the tag the types are tried in order; the bounds of the first that reads
    the value hold. ``dump`` writes the tag, without which ``5`` could be a number or
    a text; a result is answered under its real type.
    """

    name = "GPComposite"
    python_type = object

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.columns = columns
        kinds = [column.data_type for column in columns]
        self.takes_sources = any(kind.takes_sources for kind in kinds)
        holds_data = any(kind.widget in ("json", "file") for kind in kinds)
        self.widget = "json" if holds_data else "text"  # type: ignore[misc]
        self.has_comma_lists = not holds_data  # type: ignore[misc]
        self.missing = kinds[0].missing  # type: ignore[misc]

    def parse(self, raw: Any, notes: list[str] | None = None) -> Any:
        value = _decoded(raw)
        if isinstance(value, dict) and set(value) == {"dataType", "value"}:
            return self._tagged(value["dataType"], value["value"], notes)
        for column in self.columns:
            kind = column.data_type
            try:
                found = kind.parse(raw if kind.is_text else value, notes)
            except InvalidValue:
                continue
            column.rule.check(found)
            return found
        names = " or ".join(column.data_type.name for column in self.columns)
        said = "" if self.is_secret else f", not {shown(raw)}"
        raise InvalidValue(f"expected a value of type {names}{said}")

    def resolve(self, raw: Any, find: Find) -> Any:
        value = _decoded(raw)
        if not self.takes_sources or not isinstance(value, dict):
            return raw
        tag = value["dataType"] if set(value) == {"dataType", "value"} else None
        given = raw if tag is None else value["value"]
        for column in self.columns:
            kind = column.data_type
            if not kind.takes_sources or tag not in (None, kind.name):
                continue
            try:
                found = kind.resolve(given, find)
            except InvalidValue:
                if tag is not None:
                    raise
                continue
            if isinstance(found, Source | StoredFile):
                return {"dataType": kind.name, "value": found}
        return value

    def _tagged(self, name: Any, value: Any, notes: list[str] | None) -> Any:
        for column in self.columns:
            if column.data_type.name == name:
                found = column.data_type.parse(value, notes)
                column.rule.check(found)
                return found
        names = ", ".join(column.data_type.name for column in self.columns)
        raise InvalidValue(f"dataType must be one of {names}, not {shown(name)}")

    def kind_of(self, value: Any) -> DataType[Any]:
        """Return the type of a value; the first one for a result that is missing.

        Raises TypeError for a value of none of the types.
        """
        kinds = [column.data_type for column in self.columns]
        if value is None:
            return kinds[0]
        for kind in kinds:
            if type(value) is kind.python_type:
                return kind
        for kind in kinds:
            if isinstance(value, kind.python_type) or (
                kind.python_type is float and isinstance(value, numbers.Real)
            ):
                return kind
        raise TypeError(f"{shown(value)} is no value of {self.name}")

    def write(self, value: Any, leaf: Leaf) -> dict[str, Any]:
        kind = self.kind_of(value)
        return {"dataType": kind.name, "value": kind.write(value, leaf)}

    def dump(self, value: Any) -> dict[str, Any]:
        return self.write(value, lambda kind, one: kind.dump(one))

    def json_schema(self) -> dict[str, Any]:
        return {"anyOf": [_tagged_schema(column.data_type) for column in self.columns]}


def _decoded(raw: Any) -> Any:
    """Return the value of what looks like a JSON object, anything else as it is."""
    if not isinstance(raw, str | bytes):
        return raw
    text = plain_text(raw, "a text or a JSON object", _MAX_TEXT)
    try:
        return decode(text) if text.lstrip().startswith("{") else text
    except InvalidValue:
        return text  # one of the types may be a text


def _tagged_schema(kind: DataType[Any]) -> dict[str, Any]:
    name = {"type": "string", "enum": [kind.name]}
    return {
        "type": "object",
        "properties": {"dataType": name, "value": kind.json_schema()},
        "required": ["dataType", "value"],
        "additionalProperties": False,
    }
