"""GPDate: epoch milliseconds on the wire, an aware UTC datetime in Python."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from services.datatypes.base import DataType, plain_text, shown
from services.errors import InvalidValue
from services.wire import decode

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = -62135596800000  # 0001-01-01
_LAST = 253402300799999  # 9999-12-31
_MILLISECONDS = re.compile(r"[+-]?\d{1,18}(\.0*)?")
_COLON_MILLISECONDS = re.compile(r"(T\d\d:\d\d:\d\d):(\d{1,3})$")
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
            if not _MILLISECONDS.fullmatch(text):
                return _parse_iso(text)
            raw = int(text.split(".")[0])
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise InvalidValue(f"expected a date: {_FORMS}, not {shown(raw)}")
        if not _FIRST <= raw <= _LAST:
            raise InvalidValue(f"date out of range: the years are 1 to 9999, {_FORMS}")
        return _EPOCH + timedelta(milliseconds=int(raw))

    def dump(self, value: datetime) -> int:
        return (value - _EPOCH) // timedelta(milliseconds=1)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": _FIRST, "maximum": _LAST}


def _parse_iso(text: str) -> datetime:
    cleaned = _COLON_MILLISECONDS.sub(r"\1.\2", text)
    try:
        moment = datetime.fromisoformat(cleaned)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidValue(f"expected a date: {_FORMS}, not {shown(text)}") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


#: Members of the ``format`` pattern and what they read.
_TOKENS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


def _parse_object(raw: dict[str, Any]) -> datetime:
    text, pattern = raw.get("date"), raw.get("format")
    if isinstance(text, str) and not pattern:
        return _parse_iso(text)
    if not isinstance(text, str) or not isinstance(pattern, str) or len(pattern) > 40:
        raise InvalidValue('expected a date object {"date": text, "format": pattern}')
    for token, directive in _TOKENS.items():
        pattern = pattern.replace(token, directive)
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC)
    except ValueError:
        raise InvalidValue(
            f"expected a date in the form {shown(raw['format'])}, not {shown(text)}"
        ) from None
