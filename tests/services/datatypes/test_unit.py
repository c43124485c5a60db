"""GPLinearUnit, GPArealUnit, GPTimeUnit."""

from __future__ import annotations

import time

import pytest

from services.datatypes import data_type
from services.datatypes.rule import Rule
from services.errors import InvalidValue
from services.geometry.units import ArealUnit, LinearUnit, TimeUnit

LINEAR, AREAL = data_type("GPLinearUnit"), data_type("GPArealUnit")
TIME = data_type("GPTimeUnit")


@pytest.mark.protocol("6.5 GPLinearUnit as object and text")
@pytest.mark.parametrize(
    "raw",
    [
        '{"distance": 5, "units": "esriMiles"}',
        b'{"distance": 5, "units": "esriMiles"}',
        {"distance": "5", "units": "Esrimiles"},
        {"distance": 5.0, "units": "miles", "type": None},
        "5 Miles",
        "5 mile",
        " 5   MILES ",
    ],
    ids=repr,
)
def test_five_miles_in_every_form(raw):
    assert LINEAR.parse(raw) == LinearUnit(5.0, "esriMiles")


# What the ArcGIS API for Python makes of unit names (clients.md 12).
@pytest.mark.protocol("6.5 every unit by its name, in any case")
@pytest.mark.protocol("clients 1.12 units in any case")
@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("esriNauticalmiles", "esriNauticalMiles"),
        ("Esrifeet", "esriFeet"),
        ("ESRIDECIMALDEGREES", "esriDecimalDegrees"),
    ],
)
def test_units_are_known_in_any_case(sent, meant):
    assert LINEAR.parse({"distance": 1, "units": sent}).units == meant


# Text forms and their singulars: gpserver-rest.md 6.5.
@pytest.mark.protocol("6.5 GPArealUnit and GPTimeUnit in text form")
@pytest.mark.parametrize(
    ("kind", "text", "units"),
    [
        (LINEAR, "1 Foot", "esriFeet"),
        (LINEAR, "1 Int Foot", "esriIntFeet"),
        (LINEAR, "1 Nautical Mile", "esriNauticalMiles"),
        (LINEAR, "1 Unknown", "esriUnknownUnits"),
        (AREAL, "3 SquareKilometers", "esriSquareKilometers"),
        (AREAL, "3 SquareFoot", "esriSquareFeet"),
        (AREAL, "3 Square Inch", "esriSquareInches"),
        (AREAL, "3 SquareInchUS", "esriSquareInchesUS"),
        (AREAL, "3 SquareFootUS", "esriSquareFeetUS"),
        (AREAL, "3 AcreUS", "esriAcresUS"),
        (AREAL, "3 Hectare", "esriHectares"),
        (AREAL, "3 Unknown", "esriUnknownAreaUnits"),
        (TIME, "3 Months", "esriTimeUnitsMonths"),
        (TIME, "1 century", "esriTimeUnitsCenturies"),
        (TIME, "3 Unknown", "esriTimeUnitsUnknown"),
    ],
)
def test_plain_words_and_singulars_name_units(kind, text, units):
    assert kind.parse(text).units == units


@pytest.mark.protocol("6.5 missing units")
@pytest.mark.parametrize(
    ("kind", "key", "units"),
    [
        (LINEAR, "distance", "esriMeters"),
        (AREAL, "area", "esriUnknownAreaUnits"),
        (TIME, "time", "esriTimeUnitsUnknown"),
    ],
)
@pytest.mark.parametrize("omitted", [{}, {"units": None}, {"units": ""}])
def test_missing_unit_is_the_documented_one(kind, key, units, omitted):
    assert kind.parse({key: 2} | omitted).units == units


@pytest.mark.parametrize(
    "raw",
    ["", "5", "Miles", "5Miles", "ten Miles", "5 Parsecs", "5 Miles!", "1,5 Miles", "{",
     "[]", 5, True, None, [], {}, {"units": "esriMiles"}, {"distance": None},
     {"distance": "NaN"}, {"distance": [1]}, {"distance": True},
     {"distance": 1, "units": "esriAcres"}, {"distance": 1, "units": 9001},
     {"distance": 1, "units": ["esriMiles"]}, '{"distance": 1e999}', "5 acresu"], ids=repr)  # fmt: skip
def test_what_is_no_distance_is_refused(raw):
    with pytest.raises(InvalidValue):
        LINEAR.parse(raw)


@pytest.mark.protocol("6.5 an unknown unit is an error")
def test_refused_unit_is_named_with_the_known_ones():
    with pytest.raises(InvalidValue, match=r"Parsecs.*esriNauticalMiles"):
        LINEAR.parse("5 Parsecs")


def test_refused_number_is_named():
    with pytest.raises(InvalidValue, match=r"^area: expected a number"):
        AREAL.parse({"area": "much"})


def test_long_text_that_is_no_unit_is_refused_at_once():
    start = time.perf_counter()
    with pytest.raises(InvalidValue):
        LINEAR.parse("5 " + "a" * 60_000 + "!")
    assert time.perf_counter() - start < 1


# NIST Handbook 44 (2023), Appendix C: statute mile, acre; a week by definition.
@pytest.mark.protocol("6.5 every unit has its size")
def test_quantities_convert_to_si():
    assert LinearUnit(5, "esriMiles").metres == pytest.approx(8046.72)
    assert ArealUnit(1, "esriAcres").square_metres == pytest.approx(4046.8564224)
    assert TimeUnit(2, "esriTimeUnitsWeeks").seconds == 1_209_600


# The US survey foot is 1200/3937 m: its acre is 4046.872610 m² (NIST, Appendix B.5).
@pytest.mark.protocol("6.5 US areas")
def test_us_areas_stand_on_the_survey_foot():
    assert ArealUnit(1, "esriAcresUS").square_metres == pytest.approx(
        4046.87261, abs=1e-5
    )
    inches = ArealUnit(144, "esriSquareInchesUS").square_metres
    assert inches == pytest.approx((1200 / 3937) ** 2)


def test_bounds_hold_for_areas_and_times_too():
    least = Rule(minimum=60.0)
    least.check(ArealUnit(0.01, "esriHectares"))
    least.check(TimeUnit(1, "esriTimeUnitsMinutes"))
    with pytest.raises(InvalidValue, match="must be at least 60 square metres"):
        least.check(ArealUnit(0, "esriSquareKilometers"))
    with pytest.raises(InvalidValue, match="must be at least 60 seconds"):
        least.check(TimeUnit(59, "esriTimeUnitsSeconds"))
