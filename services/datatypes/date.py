"""GPDate: epoch milliseconds on the wire, an aware UTC datetime in Python."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

from services.datatypes.base import DataType, plain_text, shown
from services.errors import InvalidValue
from services.moments import (
    EPOCH,
    FIRST,
    LAST,
    milliseconds_in,
    milliseconds_of,
)
from services.wire import decode

_FORMS = "milliseconds since 1970 or an ISO date such as 2024-05-31T14:00:00"


class GPDate(DataType[datetime]):
    """A moment in UTC, to the millisecond, in the years 1 to 9999."""

    name = "GPDate"
    python_type = datetime
    widget = "date"

    def parse(self, raw: Any, notes: list[str] | None = None) -> datetime:
        if isinstance(raw, dict):
            return _parse_object(raw)
        if isinstance(raw, str | bytes):
            text = plain_text(raw, f"a date: {_FORMS}").strip()
            if text.startswith("{"):
                return self.parse(decode(text))
            raw = _milliseconds(text)
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise InvalidValue(f"expected a date: {_FORMS}, not {shown(raw)}")
        if not FIRST <= raw <= LAST:
            raise InvalidValue(f"date out of range: the years are 1 to 9999, {_FORMS}")
        return EPOCH + timedelta(milliseconds=int(raw))

    def dump(self, value: datetime) -> int:
        return milliseconds_of(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": FIRST, "maximum": LAST}


def _milliseconds(text: str) -> int:
    try:
        return milliseconds_in(text)
    except ValueError:
        raise InvalidValue(
            f"expected a date of the years 1 to 9999: {_FORMS}, not {shown(text)}"
        ) from None


#: Members of the ``format`` pattern and what they read.
_TOKENS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


def _is_pattern(pattern: Any) -> TypeGuard[str]:
    return isinstance(pattern, str) and len(pattern) <= 40 and "%" not in pattern


def _parse_object(raw: dict[str, Any]) -> datetime:
    text, pattern = raw.get("date"), raw.get("format")
    if isinstance(text, str) and not pattern:
        return EPOCH + timedelta(milliseconds=_milliseconds(text))
    if not isinstance(text, str) or not _is_pattern(pattern):
        raise InvalidValue('expected a date object {"date": text, "format": pattern}')
    for token, directive in _TOKENS.items():
        pattern = pattern.replace(token, directive)
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC)
    except (ValueError, re.error):  # the pattern becomes a regular expression
        raise InvalidValue(
            f"expected a date in the form {shown(raw['format'])}, not {shown(text)}"
        ) from None
