"""GPDate: every form that clients send, and none that would be a guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.datatypes import data_type
from services.errors import InvalidValue

DATE = data_type("GPDate")
MOMENT = datetime(2024, 5, 31, 14, 0, tzinfo=UTC)


# The first is the example of gpserver-rest.md 6.6.
@pytest.mark.protocol("6.6 GPDate as milliseconds")
@pytest.mark.parametrize(
    "raw", ["1199145600000", 1199145600000, 1.1991456e12, b"1199145600000"], ids=repr
)
def test_milliseconds_count_from_1970_in_utc(raw):
    assert DATE.parse(raw) == datetime(2008, 1, 1, tzinfo=UTC)


def test_dates_before_1970_are_negative():
    assert DATE.parse("-1") == datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
    # -2208988800 s is 1900-01-01: RFC 868 counts time from there.
    assert DATE.parse(-2208988800000) == datetime(1900, 1, 1, tzinfo=UTC)


@pytest.mark.protocol("6.6 GPDate as ISO text and object")
@pytest.mark.parametrize(
    "raw",
    [
        "2024-05-31T14:00:00",
        "2024-05-31 14:00:00",
        "2024-05-31T14:00:00.000",
        "2024-05-31T14:00:00:000",
        "2024-05-31T14:00:00Z",
        "2024-05-31T16:00:00+02:00",
        '{"date": "2024-05-31 14:00:00", "format": "yyyy-MM-dd HH:mm:ss"}',
        {"date": "31.05.2024 14:00", "format": "dd.MM.yyyy HH:mm"},
        {"date": "2024-05-31T14:00:00"},
    ],
    ids=repr,
)
def test_every_documented_form_gives_the_same_moment(raw):
    assert DATE.parse(raw) == MOMENT


@pytest.mark.protocol("6.6 GPDate with a colon before milliseconds")
def test_colon_before_milliseconds_is_read_as_a_point():
    expected = datetime(2025, 1, 1, 14, 0, 0, 7000, tzinfo=UTC)
    assert DATE.parse("2025-01-01T14:00:00:007") == expected


@pytest.mark.parametrize(
    "raw",
    ["", "yesterday", "31/12/2024", "2024-02-30", "2024-01-01T25:00:00", "NaN", "٣",
     "2025-01-01T14:00:00:5", "9" * 30, True, None, [], {}, {"date": 5},
     {"date": "2024", "format": 7}, {"date": "x", "format": "yyyy"},
     "{", "\0", b"\xff", float("nan"), 10**18, "-62135596800001", "253402300800000",
     "0001-01-01T00:00:00+10:00"], ids=repr)  # fmt: skip
def test_what_is_no_date_is_refused(raw):
    with pytest.raises(InvalidValue):
        DATE.parse(raw)


# strptime takes these patterns for regular expressions or for more than Esri means.
@pytest.mark.parametrize(
    ("date", "pattern"),
    [("2024 2024", "yyyy yyyy"), ("5", "%"), ("5", "%j"), ("x", "("), ("", "y" * 41)],
)
def test_odd_patterns_are_refused(date, pattern):
    with pytest.raises(InvalidValue):
        DATE.parse({"date": date, "format": pattern})


@pytest.mark.parametrize("milliseconds", [-62135596800000, 253402300799999])
def test_years_1_to_9999_are_dates(milliseconds):
    assert DATE.dump(DATE.parse(milliseconds)) == milliseconds


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9.5))])))
def test_iso_text_of_any_moment_is_read_to_the_millisecond(moment):
    try:
        expected = moment.astimezone(UTC)
    except OverflowError:
        return
    whole = expected.replace(microsecond=expected.microsecond // 1000 * 1000)
    assert DATE.parse(moment.isoformat()) == whole
