"""GPString, GPLong, GPDouble, GPBoolean."""

from __future__ import annotations

import re
import sys
from typing import Any

from services.datatypes.base import DataType, plain_text, shown
from services.errors import InvalidValue

#: Since 11.2 a GPLong may be 53 bits wide (gpserver-rest.md 6).
LARGEST_LONG = 4503599627370495

_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_LONGER = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(
    r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,4})?", re.ASCII
)
_TRUE, _FALSE = ("true", "1"), ("false", "0")


class GPString(DataType[str]):
    """Text, taken as it is: quotes and white space are part of it."""

    name = "GPString"
    python_type = str
    is_text = True

    def parse(self, raw: Any, notes: list[str] | None = None) -> str:
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            raw = str(raw)
        return plain_text(raw, "a text", 1_000_000)

    def dump(self, value: Any) -> Any:
        """Return the text; an object or array, which only outputs are, as it is."""
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}


class GPLong(DataType[int]):
    """A whole number of at most 53 bits."""

    name = "GPLong"
    python_type = int
    widget = "number"

    def parse(self, raw: Any, notes: list[str] | None = None) -> int:
        if isinstance(raw, str | bytes):
            text = plain_text(raw, "a whole number (an integer)").strip()
            if not _WHOLE.fullmatch(text):
                digits = _LONGER.fullmatch(text)
                reason = "number out of range" if digits else "expected a whole number"
                raise InvalidValue(f"{reason} (an integer), not {shown(text)}")
            raw = int(text)
        if isinstance(raw, float) and raw.is_integer():
            raw = int(raw)
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise InvalidValue(
                f"expected a whole number (an integer), not {shown(raw)}"
            )
        if abs(raw) > LARGEST_LONG:
            raise InvalidValue(
                f"{shown(raw)} is out of range: whole numbers go to {LARGEST_LONG}"
            )
        return raw

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": -LARGEST_LONG, "maximum": LARGEST_LONG}


class GPDouble(DataType[float]):
    """A finite number."""

    name = "GPDouble"
    python_type = float
    widget = "number"

    def parse(self, raw: Any, notes: list[str] | None = None) -> float:
        if isinstance(raw, str | bytes):
            text = plain_text(raw, "a number").strip()
            if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
                raise InvalidValue(f"expected a finite number, not {shown(text)}")
            if not _DECIMAL.fullmatch(text):
                raise InvalidValue(f"expected a number, not {shown(text)}")
            raw = float(text)
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise InvalidValue(f"expected a number, not {shown(raw)}")
        if not -sys.float_info.max <= raw <= sys.float_info.max:
            raise InvalidValue(f"expected a finite number, not {shown(raw)}")
        return float(raw)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "number"}


class GPBoolean(DataType[bool]):
    """true or false, in any case; 1 and 0 count as well."""

    name = "GPBoolean"
    python_type = bool
    widget = "select"

    def parse(self, raw: Any, notes: list[str] | None = None) -> bool:
        if isinstance(raw, bool):
            return raw
        text = str(raw) if isinstance(raw, int) else raw
        word = plain_text(text, "true or false").strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise InvalidValue(f"expected true or false, not {shown(raw)}")

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}
