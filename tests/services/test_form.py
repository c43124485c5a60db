"""Forms: small values decoded, large ones as raw bytes."""

from __future__ import annotations

import io
from urllib.parse import parse_qsl, quote_plus, unquote_to_bytes, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.errors import InvalidValue, LimitExceeded
from services.form import (
    LARGE,
    Form,
    decode_form_value,
    parse_form,
    plain_fields,
    read_limited,
)

PIECES = st.lists(
    st.sampled_from(
        [b"%", b"%2", b"%4", b"41", b"%41", b"%zz", b"%fF", b"+", b"\xff", b"a"]
    )
).map(b"".join)


@given(st.binary() | PIECES)
@example(b"%")
@example(b"%4")
@example(b"%%41")
@example(b"%41%")
@example(b"%2B+%")
def test_form_values_are_decoded_as_the_standard_library_does(raw):
    assert decode_form_value(raw) == unquote_to_bytes(raw.replace(b"+", b" "))


@given(st.dictionaries(st.text(min_size=1, max_size=20), st.text(), max_size=5))
def test_every_form_is_read_as_it_was_written(fields):
    if len({name.lower() for name in fields}) == len(fields):
        assert parse_form(urlencode(fields).encode()).small == fields


@pytest.mark.parametrize(
    "body",
    ["a=1&b=2", "a=&b", "a=1=2", "&&a=1&", "a=%C3%BC&b=a+b%2B", "=x&a=1", "a%20b=1"],
)
def test_odd_forms_are_read_as_the_standard_library_does(body):
    expected = {k: v for k, v in parse_qsl(body, keep_blank_values=True) if k}
    assert parse_form(body.encode()).small == expected


def test_large_value_stays_raw_until_it_is_needed():
    text = '{"a": "ü+ %"}' * 4000
    form = parse_form(b"f=json&In=" + quote_plus(text).encode())
    assert form.small == {"f": "json"}
    assert form.encoded == {"In"}
    assert decode_form_value(form.large["In"]).decode() == text


def test_equal_repetition_counts_once_and_different_ones_as_a_list():
    assert parse_form(b"a=1&a=1").small == {"a": "1"}
    form = parse_form(b"a=1&b=x&a=2")
    assert (form.small, form.repeated) == ({"b": "x"}, {"a": ("1", "2")})


def test_scalar_given_twice_is_refused():
    with pytest.raises(InvalidValue, match="'token' is given twice"):
        parse_form(b"token=a&token=b").get("token")
    with pytest.raises(InvalidValue, match="given twice"):
        parse_form(b"a=1&a=" + b"x" * (LARGE + 1))


def test_names_are_found_in_any_case():
    form = parse_form(b"Env:outSR=4326")
    assert form.get("env:OUTSR") == "4326"
    assert form.get("other", "none") == "none"


def test_body_wins_over_query_string():
    query = parse_form(b"a=1&b=2&c=" + b"x" * (LARGE + 1))
    merged = query.merged(parse_form(b"b=3&c=short&d=4"))
    assert merged == Form({"a": "1", "b": "3", "c": "short", "d": "4"})


@pytest.mark.parametrize(
    ("body", "error"),
    [(b"a=%FF", InvalidValue), (b"a=\xff", InvalidValue), (b"n" * 1025 + b"=1", InvalidValue),
     (b"&".join(b"a%d=1" % n for n in range(1001)), LimitExceeded)],
    ids=["escaped", "raw", "name", "many"],
)  # fmt: skip
def test_forms_beyond_the_bounds_are_refused(body, error):
    with pytest.raises(error):
        parse_form(body)


def test_multipart_values_are_not_decoded_again():
    form = plain_fields({"a": "%41", "b": "+" * (LARGE + 1)})
    assert form.small == {"a": "%41"}
    assert form.large == {"b": b"+" * (LARGE + 1)}
    assert not form.encoded


def test_body_above_the_limit_is_read_away_and_refused():
    stream = io.BytesIO(b"x" * 3_000_000)
    with pytest.raises(LimitExceeded, match=r"2\.9 MB; this service accepts 1 MB"):
        read_limited(stream, 3_000_000, 2**20)
    assert stream.read() == b""
    assert read_limited(io.BytesIO(b"abcd"), 3, 10) == b"abc"
