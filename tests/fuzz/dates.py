"""Dates in each form in which clients send them."""

from __future__ import annotations

import contextlib

from services.datatypes.date import GPDate
from services.errors import InvalidValue
from services.moments import iso_moment
from services.query.timespan import parse_span

SEEDS = [
    b"1700000000000", b"-1", b"2024-02-29", b"2024-12-31T23:59:59.999Z",
    b"2024-12-31 23:59:59+05:30", b"12/31/2024 11:59:59 PM", b"1e12", b"0001-01-01",
    b'{"date": "2024-01-01", "format": "yyyy-MM-dd"}', b"1,2", b"null,1700000000000",
]  # fmt: skip


def check(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for parse in (GPDate().parse, parse_span):
        with contextlib.suppress(InvalidValue):
            parse(text)
    try:
        made = GPDate().parse(data)
    except InvalidValue:
        pass
    else:
        assert GPDate().parse(GPDate().dump(made)) == made
    with contextlib.suppress(ValueError):
        iso_moment(text)
