"""DateOnly, TimeOnly and TimestampOffset: texts that are checked and kept."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.geometry.daytexts import EXAMPLES, are_texts_of

DAY, TIME, MOMENT = (f"esriFieldType{one}"
                     for one in ("DateOnly", "TimeOnly", "TimestampOffset"))  # fmt: skip


def fits(kind, *texts):
    return are_texts_of(kind, pa.array(texts, pa.string()))


# The first of each type is the example of gpserver-rest 6.1.
@pytest.mark.protocol("6.1 DateOnly, TimeOnly, TimestampOffset as text")
@pytest.mark.parametrize(
    ("kind", "text"),
    [(DAY, "8/2/2020"), (DAY, "08/02/2020"), (DAY, "2020-08-02"), (DAY, "2/29/2000"),
     (TIME, "10:00:00 AM"), (TIME, "12:00 pm"), (TIME, "23:59:59"), (TIME, "0:00"),
     (TIME, "10:00:00.123456789"),
     (MOMENT, "8/2/2020 10:00:00.0000 AM -07:00"), (MOMENT, "2020-08-02T10:00:00Z"),
     (MOMENT, "2020-08-02 10:00:00.5+0530")],
)  # fmt: skip
def test_documented_and_iso_forms_are_accepted(kind, text):
    assert fits(kind, text, None)


@pytest.mark.parametrize(
    ("kind", "text"),
    [(DAY, "2/30/2020"), (DAY, "2/29/1900"), (DAY, "13/1/2020"), (DAY, "0/1/2020"),
     (DAY, "2020-1-1"), (DAY, "8/2/20"), (DAY, "0000-01-01"), (DAY, "8/2/2020\n"),
     (DAY, "٨/2/2020"), (DAY, "8/2/2020 10:00:00"),
     (TIME, "13:00:00 AM"), (TIME, "0:00 AM"), (TIME, "24:00"), (TIME, "10:60"),
     (TIME, "10:00:60"), (TIME, "10"), (TIME, "noon"),
     (MOMENT, "2020-08-02T10:00:00"), (MOMENT, "2020-08-02T10:00:00+15:00"),
     (MOMENT, "2020-02-30T10:00:00Z"), (MOMENT, "2020-08-02Z")],
)  # fmt: skip
def test_what_is_no_day_or_time_is_not(kind, text):
    assert not fits(kind, text)
    assert not fits(kind, EXAMPLES[kind].partition(" or ")[0], text)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_columns_without_texts_fit(kind):
    assert fits(kind)
    assert fits(kind, None, None)


@given(st.dates())
def test_every_day_of_the_calendar_is_one(day):
    assert fits(DAY, day.isoformat(), f"{day.month}/{day.day}/{day.year:04d}")


@given(st.integers(1, 9999), st.integers(0, 13), st.integers(0, 32))
def test_days_are_those_of_the_calendar(year, month, day):
    try:
        date(year, month, day)
        is_day = True
    except ValueError:
        is_day = False
    assert fits(DAY, f"{month}/{day}/{year:04d}") == is_day
