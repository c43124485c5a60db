"""Section 6.5: every unit that the reference names, as object and as text."""

from __future__ import annotations

import json

import pytest

ECHO = "/Toys/Service/GPServer/Echo"
LINEAR = (
    "UnknownUnits Inches Points Feet Yards Miles NauticalMiles Millimeters Centimeters"
    " Meters Kilometers DecimalDegrees Decimeters IntInches IntFeet IntYards IntMiles"
    " IntNauticalMiles"
)
AREAL = (
    "UnknownAreaUnits SquareInches SquareFeet SquareYards Acres SquareMiles"
    " SquareMillimeters SquareCentimeters SquareDecimeters SquareMeters Ares Hectares"
    " SquareKilometers SquareInchesUS SquareFeetUS SquareYardsUS AcresUS SquareMilesUS"
)
TIMES = "Centuries Days Decades Hours Milliseconds Minutes Months Seconds Weeks Years Unknown"


def ask(rest, fields):
    answer = rest.post(f"{ECHO}/execute", **fields)
    assert "results" in answer, answer
    return {one["paramName"]: one["value"] for one in answer["results"]}


@pytest.mark.protocol("6.5 every unit by its name, in any case")
@pytest.mark.parametrize(
    ("name", "member", "units"),
    [("Unit", "distance", [f"esri{one}" for one in LINEAR.split()]),
     ("Area", "area", [f"esri{one}" for one in AREAL.split()]),
     ("Time", "time", [f"esriTimeUnits{one}" for one in TIMES.split()])],
    ids=["linear", "areal", "time"],
)  # fmt: skip
def test_every_unit_comes_back(rest, published, name, member, units):
    published("samples.Echo")
    for unit in units:
        for written in (unit, unit.lower(), unit.upper()):
            sent = json.dumps({member: 5, "units": written})
            found = ask(rest, {f"In_{name}": sent})[f"Out_{name}"]
            assert found == {member: 5, "units": unit}


@pytest.mark.protocol("6.5 GPArealUnit and GPTimeUnit in text form")
@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Unit", "5 Miles", {"distance": 5, "units": "esriMiles"}),
        ("Unit", "5 esriMiles", {"distance": 5, "units": "esriMiles"}),
        ("Unit", "1 Kilometer", {"distance": 1, "units": "esriKilometers"}),
        ("Area", "3 SquareKilometers", {"area": 3, "units": "esriSquareKilometers"}),
        ("Area", "1 Acre", {"area": 1, "units": "esriAcres"}),
        ("Area", "2 SquareMilesUS", {"area": 2, "units": "esriSquareMilesUS"}),
        ("Time", "3 Months", {"time": 3, "units": "esriTimeUnitsMonths"}),
        ("Time", "1 Month", {"time": 1, "units": "esriTimeUnitsMonths"}),
    ],
)
def test_a_quantity_may_be_a_text(rest, published, name, text, expected):
    published("samples.Echo")
    assert ask(rest, {f"In_{name}": text})[f"Out_{name}"] == expected


@pytest.mark.protocol("6.5 an unknown unit is an error")
@pytest.mark.parametrize(
    ("name", "sent"),
    [("Unit", {"distance": 5, "units": "esriParsecs"}), ("Unit", {"units": "esriFeet"}),
     ("Unit", {"distance": "x", "units": "esriFeet"}), ("Unit", "5 esriAcres"),
     ("Area", {"area": 5, "units": "esriFeet"}), ("Time", "5 Feet")],
    ids=repr,
)  # fmt: skip
def test_what_is_no_quantity_is_refused_by_name(rest, published, name, sent):
    published("samples.Echo")
    text = sent if isinstance(sent, str) else json.dumps(sent)
    error = rest.post(f"{ECHO}/execute", **{f"In_{name}": text})["error"]
    assert error["code"] == 400
    assert error["details"][0].startswith(f"Parameter 'In_{name}'")
