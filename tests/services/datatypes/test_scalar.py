"""GPString, GPLong, GPDouble, GPBoolean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.datatypes import data_type
from services.errors import InvalidValue

STRING, LONG = data_type("GPString"), data_type("GPLong")
DOUBLE, BOOLEAN = data_type("GPDouble"), data_type("GPBoolean")


@pytest.mark.protocol("6 GPString as raw text")
@pytest.mark.parametrize("text", ['"quoted"', "  spaced  ", "{}", "Ünïcode \U0001f30d"])
def test_text_is_taken_as_it_is(text):
    assert STRING.parse(text) == text
    assert STRING.parse(text.encode()) == text


def test_number_sent_for_text_becomes_its_digits():
    assert STRING.parse(5) == "5"


@pytest.mark.parametrize(
    "raw", [True, None, [], {}, b"\xff", "a\0b", "\ud800", "x" * 1_000_001], ids=repr
)
def test_what_is_no_text_is_refused(raw):
    with pytest.raises(InvalidValue):
        STRING.parse(raw)


def test_refusal_shows_at_most_a_hundred_characters():
    with pytest.raises(InvalidValue) as refusal:
        LONG.parse("x" * 60_000)
    assert len(str(refusal.value)) < 200


def test_refusal_shows_no_control_characters():
    with pytest.raises(InvalidValue) as refusal:
        LONG.parse("\x1b[31m5\r\n")
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("raw", "value"),
    [("345", 345), (" +7 ", 7), ("-2", -2), (5.0, 5), (b"12", 12), ("007", 7)],
)
def test_whole_numbers_are_read(raw, value):
    made = LONG.parse(raw)
    assert (made, type(made)) == (value, int)


# 4503599627370495 is the documented bound since 11.2 (gpserver-rest.md 6).
@pytest.mark.protocol("6 GPLong bounds of 11.2")
@pytest.mark.parametrize("raw", ["4503599627370495", -4503599627370495], ids=repr)
def test_long_goes_to_its_documented_bound(raw):
    assert abs(LONG.parse(raw)) == 4503599627370495


@pytest.mark.protocol("6 GPLong bounds of 11.2")
@pytest.mark.parametrize(
    "raw", ["4503599627370496", 2**63, "9" * 18, "9" * 5000], ids=repr
)
def test_long_beyond_its_bound_is_out_of_range(raw):
    with pytest.raises(InvalidValue, match="out of range"):
        LONG.parse(raw)


@pytest.mark.parametrize(
    "raw",
    ["", "1.5", 1.5, "1e3", "ten", True, None, [1], {}, "1_000", "٣", "²", "0x10"],
    ids=repr,
)
def test_what_is_no_whole_number_is_refused(raw):
    with pytest.raises(InvalidValue, match="expected a whole number"):
        LONG.parse(raw)


@pytest.mark.protocol("6 GPDouble")
@pytest.mark.parametrize(
    ("raw", "value"),
    [("345.678", 345.678), ("1e3", 1000.0), (".5", 0.5), ("5.", 5.0), (7, 7.0),
     ("-0.25", -0.25), (b" 2.5 ", 2.5), ("1E-2", 0.01)],
)  # fmt: skip
def test_numbers_are_read(raw, value):
    made = DOUBLE.parse(raw)
    assert (made, type(made)) == (value, float)


@pytest.mark.parametrize(
    "raw", ["NaN", "inf", "-Infinity", "1e999", float("nan"), 10**400], ids=repr
)
def test_numbers_must_be_finite(raw):
    with pytest.raises(InvalidValue, match="finite"):
        DOUBLE.parse(raw)


@pytest.mark.parametrize(
    "raw",
    ["", "1,5", "1 2", "1+1", "[1,2]", "1_000", "٣.5", "0x10", True, None, [1]],
    ids=repr,
)
def test_what_is_no_number_is_refused(raw):
    with pytest.raises(InvalidValue, match="expected a number"):
        DOUBLE.parse(raw)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_survives_its_own_digits(number):
    assert DOUBLE.parse(repr(number)) == number


@given(st.integers(-4503599627370495, 4503599627370495))
def test_every_long_survives_its_own_digits(number):
    assert LONG.parse(str(number)) == number


# restapi and ArcGIS send True and False, JavaScript true and false (clients.md 13).
@pytest.mark.protocol("6 GPBoolean")
@pytest.mark.protocol("clients 1.13 booleans in any case")
@pytest.mark.parametrize(
    "raw", ["true", "True", "TRUE", " true ", "1", 1, True, b"true"], ids=repr
)
def test_true_is_read_in_any_case(raw):
    assert BOOLEAN.parse(raw) is True


@pytest.mark.protocol("6 GPBoolean")
@pytest.mark.protocol("clients 1.13 booleans in any case")
@pytest.mark.parametrize("raw", ["false", "False", "0", 0, False], ids=repr)
def test_false_is_read_in_any_case(raw):
    assert BOOLEAN.parse(raw) is False


@pytest.mark.parametrize(
    "raw", ["", "yes", "null", "2", 2, 1.0, None, [True], {}], ids=repr
)
def test_text_that_is_not_true_or_false_never_becomes_true(raw):
    with pytest.raises(InvalidValue, match="expected true or false"):
        BOOLEAN.parse(raw)
