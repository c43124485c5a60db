"""Units of quantities in words, the ones that people use before the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from services.datatypes.base import DataType
from services.datatypes.unit import GPArealUnit, GPLinearUnit, GPTimeUnit

#: The units of a picker; those of the first tuple of a type are in sight.
WORDS: dict[str, Promise] = {
    "esriMeters": _("Metres"),
    "esriKilometers": _("Kilometres"),
    "esriMiles": _("Miles"),
    "esriFeet": _("Feet"),
    "esriYards": _("Yards"),
    "esriNauticalMiles": _("Nautical miles"),
    "esriInches": _("Inches"),
    "esriPoints": _("Points (1/72 inch)"),
    "esriMillimeters": _("Millimetres"),
    "esriCentimeters": _("Centimetres"),
    "esriDecimeters": _("Decimetres"),
    "esriDecimalDegrees": _("Decimal degrees"),
    "esriIntInches": _("International inches"),
    "esriIntFeet": _("International feet"),
    "esriIntYards": _("International yards"),
    "esriIntMiles": _("International miles"),
    "esriIntNauticalMiles": _("International nautical miles"),
    "esriUnknownUnits": _("Unknown units"),
    "esriSquareMeters": _("Square metres"),
    "esriSquareKilometers": _("Square kilometres"),
    "esriHectares": _("Hectares"),
    "esriAcres": _("Acres"),
    "esriSquareMiles": _("Square miles"),
    "esriSquareFeet": _("Square feet"),
    "esriSquareYards": _("Square yards"),
    "esriSquareInches": _("Square inches"),
    "esriAres": _("Ares"),
    "esriSquareMillimeters": _("Square millimetres"),
    "esriSquareCentimeters": _("Square centimetres"),
    "esriSquareDecimeters": _("Square decimetres"),
    "esriSquareInchesUS": _("Square inches (US survey)"),
    "esriSquareFeetUS": _("Square feet (US survey)"),
    "esriSquareYardsUS": _("Square yards (US survey)"),
    "esriAcresUS": _("Acres (US survey)"),
    "esriSquareMilesUS": _("Square miles (US survey)"),
    "esriUnknownAreaUnits": _("Unknown area units"),
    "esriTimeUnitsSeconds": _("Seconds"),
    "esriTimeUnitsMinutes": _("Minutes"),
    "esriTimeUnitsHours": _("Hours"),
    "esriTimeUnitsDays": _("Days"),
    "esriTimeUnitsWeeks": _("Weeks"),
    "esriTimeUnitsMonths": _("Months"),
    "esriTimeUnitsYears": _("Years"),
    "esriTimeUnitsMilliseconds": _("Milliseconds"),
    "esriTimeUnitsDecades": _("Decades"),
    "esriTimeUnitsCenturies": _("Centuries"),
    "esriTimeUnitsUnknown": _("Unknown time units"),
}

_COMMON = (
    "esriMeters", "esriKilometers", "esriMiles", "esriFeet", "esriYards",
    "esriNauticalMiles", "esriSquareMeters", "esriSquareKilometers", "esriHectares",
    "esriAcres", "esriSquareMiles", "esriSquareFeet", "esriTimeUnitsSeconds",
    "esriTimeUnitsMinutes", "esriTimeUnitsHours", "esriTimeUnitsDays",
    "esriTimeUnitsWeeks", "esriTimeUnitsMonths", "esriTimeUnitsYears",
)  # fmt: skip
_FIRST = {"distance": "esriMeters", "area": "esriSquareMeters",
          "time": "esriTimeUnitsMinutes"}  # fmt: skip
QUANTITIES = (GPLinearUnit, GPArealUnit, GPTimeUnit)


@dataclass(frozen=True, slots=True)
class Unit:
    """An entry of a picker; ``factor`` leads to the base unit of its kind."""

    value: str
    text: Promise | str
    factor: float
    is_chosen: bool = False


def unit_word(unit: str) -> str:
    """Return a unit in words."""
    return str(WORDS.get(unit, unit))


def pickable(kind: DataType[Any], chosen: str) -> tuple[list[Unit], list[Unit]]:
    """Return the usual units of a quantity, and the others.

    A unit without a meaning is only there if it has been chosen.
    """
    if not isinstance(kind, QUANTITIES):
        return [], []
    known = {one: Unit(one, WORDS.get(one, one), kind.units[one], one == chosen)
             for one in WORDS if one in kind.units}  # fmt: skip
    shown = [one for one in known.values()
             if one.is_chosen or "nknown" not in one.value]  # fmt: skip
    common = [one for one in shown if one.value in _COMMON]
    return common, [one for one in shown if one.value not in _COMMON]


def usual_unit(kind: DataType[Any]) -> str:
    """Return the unit that a picker starts with."""
    return _FIRST[kind.number_key] if isinstance(kind, QUANTITIES) else ""
