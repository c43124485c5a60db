"""DataType: one wire type, stateless; what every data type answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from services.errors import InvalidValue
from services.files import Source, StoredFile
from services.wire import decode

if TYPE_CHECKING:
    from services.datatypes.column import Column

T = TypeVar("T")

#: Returns the content of a source, or the source if it is not to be read yet;
#: raises InvalidValue if it is not to be had.
Find = Callable[[Source], StoredFile | Source]

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

    ``widget`` names the form control: text, number, select, date, unit, object,
    json, file, secret. Types with the same name and columns are equal.
    """

    name: ClassVar[str]
    python_type: ClassVar[Any]
    #: What tells types of one wire name apart: empty for the one that all expect.
    form: ClassVar[str] = ""
    widget: ClassVar[str] = "text"
    #: What a result of this type is when the tool produced nothing; clients test
    #: ``"url" in value`` and break on null.
    missing: ClassVar[Any] = None
    #: True if a request may name a source instead of sending the value.
    takes_sources: bool = False
    #: A bare text is one value, whatever it looks like: JSON in it is not decoded.
    is_text: ClassVar[bool] = False
    #: Several values may come as one text with commas between them.
    has_comma_lists: ClassVar[bool] = True
    #: The columns of a value table, the types of a composite.
    columns: tuple[Column, ...] = ()

    def parse(self, raw: Any, notes: list[str] | None = None) -> T:
        """Return the value of a wire form. Raises InvalidValue."""
        raise NotImplementedError

    def resolve(self, raw: Any, find: Find) -> Any:
        """Return the raw value with what ``find`` returns in place of each source.

        Raises InvalidValue. ``parse`` takes both forms: with a source it returns
        the source itself, with its content the value.
        """
        return raw

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

    def write(self, value: T, leaf: Leaf) -> Any:
        """Return the wire form of a value whose innermost values ``leaf`` writes."""
        return leaf(self, value)

    def kind_of(self, value: T | None) -> DataType[Any]:
        """Return the type under which a result of this value is answered."""
        return self

    def native(self, value: T) -> Any:
        """Return a value as the tool's annotation names it."""
        return value

    @property
    def is_secret(self) -> bool:
        """True if a value can hold a text that must not be shown."""
        return any(column.data_type.is_secret for column in self.columns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DataType):
            return NotImplemented
        mine, theirs = (self.name, self.form), (other.name, other.form)
        return (*mine, self.columns) == (*theirs, other.columns)

    def __hash__(self) -> int:
        return hash((self.name, self.form, self.columns))


#: Writes one value that has no values inside, given its type.
Leaf = Callable[[DataType[Any], Any], Any]


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


def decoded(text: str, *, is_secret: bool) -> Any:
    """Return the value of JSON text; a refusal repeats nothing of a secret one."""
    try:
        return decode(text)
    except InvalidValue:
        if is_secret:
            raise InvalidValue("not valid JSON") from None
        raise


def json_value(raw: Any) -> Any:
    """Return the decoded value of JSON text; other values as they are."""
    return decode(raw) if isinstance(raw, str | bytes) else raw
