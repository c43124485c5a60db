"""The texts of DateOnly, TimeOnly and TimestampOffset fields, checked as columns.

Such a value is a text on the wire (gpserver-rest 6.1) and stays the text it came as:
``8/2/2020``, ``10:00:00 AM``, ``8/2/2020 10:00:00.0000 AM -07:00``, or in ISO 8601.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_DATE = (
    r"(?:(?P<y1>[0-9]{4})-(?P<m1>[0-9]{2})-(?P<d1>[0-9]{2})"
    r"|(?P<m2>[0-9]{1,2})/(?P<d2>[0-9]{1,2})/(?P<y2>[0-9]{4}))"
)
_TIME = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?)?(?: ?(?P<half>[AaPp])[Mm])?"
)
_OFFSET = r" ?(?:[Zz]|[+-](?P<oh>[0-9]{2}):?(?P<om>[0-9]{2}))"

_PATTERNS = {
    "esriFieldTypeDateOnly": _DATE,
    "esriFieldTypeTimeOnly": _TIME,
    "esriFieldTypeTimestampOffset": f"{_DATE}[T ]{_TIME}{_OFFSET}",
}
#: What a value of each type looks like, for people.
EXAMPLES = {
    "esriFieldTypeDateOnly": "8/2/2020 or 2020-08-02",
    "esriFieldTypeTimeOnly": "10:00:00 AM or 10:00:00",
    "esriFieldTypeTimestampOffset": (
        "8/2/2020 10:00:00 AM -07:00 or 2020-08-02T10:00:00-07:00"
    ),
}
_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def are_texts_of(field_type: str, texts: pa.Array) -> bool:
    """Tell if every text that is not null is a date, a time or a moment with offset."""
    given = texts.drop_null().unique()
    parts = pc.extract_regex(given, f"^{_PATTERNS[field_type]}$")
    if parts.null_count:
        return False
    good = np.ones(len(given), dtype=bool)
    if field_type != "esriFieldTypeTimeOnly":
        good &= _are_days(parts)
    if field_type != "esriFieldTypeDateOnly":
        good &= _are_times(parts)
    return bool(good.all())


def _number(parts: pa.StructArray, name: str) -> np.ndarray:
    """Return a group as whole numbers; 0 where it is not there."""
    text = pc.struct_field(parts, name)
    number = pc.if_else(pc.equal(text, ""), "0", text).cast(pa.int64())
    return np.asarray(number.to_numpy(zero_copy_only=False))


def _are_days(parts: pa.StructArray) -> np.ndarray:
    year, month, day = (
        _number(parts, f"{one}1") + _number(parts, f"{one}2") for one in "ymd"
    )
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = _DAYS[np.clip(month, 0, 12)] + (is_leap & (month == 2))
    good: np.ndarray = (
        (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= last)
    )
    return good


def _are_times(parts: pa.StructArray) -> np.ndarray:
    hour, minute, second = (
        _number(parts, name) for name in ("hour", "minute", "second")
    )
    half = pc.not_equal(pc.struct_field(parts, "half"), "")
    is_half = np.asarray(half.to_numpy(zero_copy_only=False))
    in_day = np.where(is_half, (hour >= 1) & (hour <= 12), hour <= 23)
    good: np.ndarray = in_day & (minute <= 59) & (second <= 59)
    if "oh" in [field.name for field in parts.type]:
        good &= (_number(parts, "oh") <= 14) & (_number(parts, "om") <= 59)
    return good
