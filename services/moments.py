"""Moments: between ISO text, milliseconds since 1970 and datetimes in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The first and the last millisecond of the years 1 to 9999.
FIRST, LAST = -62135596800000, 253402300799999

_MILLISECONDS = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?")
_COLON_MILLISECONDS = re.compile(r"(T\d\d:\d\d:\d\d):(\d{3})$", re.ASCII)
_COLON_AFTER_SECONDS = re.compile(r"\d\d:\d\d:\d\d:")


def milliseconds_of(moment: datetime) -> int:
    """Return whole milliseconds since 1970 of an aware datetime."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def milliseconds_in(text: str) -> int:
    """Return the milliseconds that a text gives: their digits, or an ISO date.

    Text without a zone is UTC. Raises ValueError, also beyond the years 1 to 9999.
    """
    if _MILLISECONDS.fullmatch(text):
        number = int(text.split(".")[0])
    else:
        number = milliseconds_of(iso_moment(text))
    if not FIRST <= number <= LAST:
        raise ValueError
    return number


def iso_moment(text: str) -> datetime:
    """Return the moment of an ISO text, cut to the millisecond. Raises ValueError.

    A colon before the milliseconds is read as well: Esri's documents write it.
    """
    text = _COLON_MILLISECONDS.sub(r"\1.\2", text)
    if _COLON_AFTER_SECONDS.search(text):  # Python 3.11 takes it for a point
        raise ValueError
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError from exc
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
