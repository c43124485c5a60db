"""DataType: one wire type, stateless; what every data type answers."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Generic, TypeVar

from services.errors import InvalidValue
from services.wire import decode

T = TypeVar("T")

MAX_SHOWN = 100
_SHORT = 32  # characters of ``{"url": ""}`` with room for spaces
MAX_SCALAR_TEXT = 65_536

_SURROGATE = re.compile("[\ud800-\udfff]")


class DataType(Generic[T]):
    """Translates between the wire and a typed Python value.

    ``parse`` accepts every form a door may bring: JSON text in a form field, an
    already decoded JSON value, the text forms of desktop clients. It never
    guesses: what doesn't fit raises InvalidValue saying what was expected.
    The promise for all types: ``parse(dump(value)) == value``, also through text.

    ``widget`` names the form control: text, number, select, date, unit, json, file.
    """

    name: ClassVar[str]
    python_type: ClassVar[Any]
    widget: ClassVar[str] = "text"
    #: What a result of this type is when the tool produced nothing; clients test
    #: ``"url" in value`` and break on null.
    missing: ClassVar[Any] = None

    def parse(self, raw: Any, notes: list[str] | None = None) -> T:
        """Return the value of a wire form. Raises InvalidValue."""
        raise NotImplementedError

    def is_omitted(self, raw: Any) -> bool:
        """Tell if a client gave nothing: null, "", or a source without an address.

        ``{"url": ""}`` is what the ArcGIS API for Python posts for a file.
        """
        if raw is None or raw in ("", b""):
            return True
        if self.missing != {}:
            return False
        if isinstance(raw, str | bytes) and len(raw) < _SHORT:
            text = raw if isinstance(raw, str) else raw.decode(errors="replace")
            return "".join(text.split()) == '{"url":""}'
        return bool(raw == {"url": ""})

    def dump(self, value: T) -> Any:
        """Return the JSON-able wire form of a value."""
        return value

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema (draft 7) of ``dump``'s output."""
        raise NotImplementedError


def shown(raw: Any) -> str:
    """Return a raw value for an error message, cut to 100 characters."""
    text = raw.decode(errors="replace") if isinstance(raw, bytes) else str(raw)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}"
                   for c in text[: MAX_SHOWN + 1])  # fmt: skip
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"


def plain_text(raw: Any, expected: str, limit: int = MAX_SCALAR_TEXT) -> str:
    """Return raw as text. Raises InvalidValue if it isn't, or is over ``limit``."""
    if isinstance(raw, bytes):
        try:
            raw = raw.decode()
        except UnicodeDecodeError:
            raise InvalidValue(f"expected {expected} in UTF-8") from None
    if not isinstance(raw, str):
        raise InvalidValue(f"expected {expected}, not {shown(raw)}")
    if len(raw) > limit:
        raise InvalidValue(
            f"expected {expected}; the size of the text is {len(raw)} characters,"
            f" at most {limit} are accepted"
        )
    if "\0" in raw:
        raise InvalidValue("NUL characters are not accepted")
    if not raw.isascii() and _SURROGATE.search(raw):
        raise InvalidValue("lone surrogate characters are not accepted")
    return raw


def json_value(raw: Any) -> Any:
    """Return the decoded value of JSON text; other values as they are."""
    return decode(raw) if isinstance(raw, str | bytes) else raw
