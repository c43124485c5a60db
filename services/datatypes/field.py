"""Field: a column of a layer or table, by name and type; no GP in its wire name."""

from __future__ import annotations

from typing import Any

from services.datatypes.base import DataType, json_value, plain_text, shown
from services.datatypes.scalar import GPBoolean
from services.errors import InvalidValue
from services.geometry.attributes import MAX_FIELD_NAME
from services.geometry.features import ARROW_TYPES, Field

_EXPECTED = 'an object {"name": "POP", "type": "esriFieldTypeDouble"}'
_TYPES = {one.lower(): one for one in (*ARROW_TYPES, "esriFieldTypeGeometry")}
_MAX_TEXT = 16_384
_BOOLEAN = GPBoolean()


class FieldType(DataType[Field]):
    """A field, ``{"name": …, "type": …}``; what else it says is optional."""

    name = "Field"
    python_type = Field
    widget = "object"
    has_comma_lists = False

    def parse(self, raw: Any, notes: list[str] | None = None) -> Field:
        if isinstance(raw, str | bytes):
            text = plain_text(raw, _EXPECTED, _MAX_TEXT).strip()
            raw = json_value(text) if text.startswith("{") else text
        if not isinstance(raw, dict):
            raise InvalidValue(f"expected {_EXPECTED}, not {shown(raw)}")
        alias = raw.get("alias")
        return Field(
            _name(raw.get("name")),
            _type(raw.get("type")),
            plain_text("" if alias is None else alias, "alias, a text"),
            _length(raw.get("length")),
            _flag(raw, "nullable"),
            _flag(raw, "editable"),
        )

    def dump(self, value: Field) -> dict[str, Any]:
        return {
            "name": value.name,
            "type": value.type,
            "alias": value.alias,
            "editable": value.editable,
            "nullable": value.nullable,
            "length": value.length,
        }

    def json_schema(self) -> dict[str, Any]:
        text, flag = {"type": "string"}, {"type": "boolean"}
        length = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}
        properties = {
            "name": text,
            "type": {"type": "string", "enum": list(_TYPES.values())},
            "alias": text,
            "editable": flag,
            "nullable": flag,
            "length": length,
        }
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }


def _name(raw: Any) -> str:
    if not isinstance(raw, str) or not 0 < len(raw) <= MAX_FIELD_NAME:
        raise InvalidValue(
            f"expected {_EXPECTED}: name must be a text of 1 to {MAX_FIELD_NAME}"
            " characters"
        )
    return plain_text(raw, "name, a text")


def _type(raw: Any) -> str:
    known = _TYPES.get(raw.strip().lower()) if isinstance(raw, str) else None
    if known is None:
        names = ", ".join(_TYPES.values())
        raise InvalidValue(f"unknown field type {shown(raw)}; known are {names}")
    return known


def _length(raw: Any) -> int | None:
    if raw is None:
        return None
    is_whole = isinstance(raw, int) or (isinstance(raw, float) and raw.is_integer())
    if isinstance(raw, bool) or not is_whole or not 0 <= raw < 2**31:
        raise InvalidValue(f"length must be a whole number, not {shown(raw)}")
    return int(raw)


def _flag(raw: dict[str, Any], name: str) -> bool:
    if raw.get(name) in (None, ""):
        return True
    try:
        return _BOOLEAN.parse(raw[name])
    except InvalidValue as exc:
        raise InvalidValue(f"{name}: {exc}") from None
