"""Linear, areal and time units, and the quantities that carry them."""

from __future__ import annotations

from dataclasses import dataclass

#: Metres in one unit. Source: NIST Handbook 44 (2023), Appendix C; the nautical
#: mile and the point (1/72 inch) by definition. A degree is measured on the
#: equator of WGS 84: pi / 180 * 6378137 m. Unknown units count as metres.
METRES: dict[str, float] = {
    "esriUnknownUnits": 1.0,
    "esriInches": 0.0254,
    "esriPoints": 0.0254 / 72,
    "esriFeet": 0.3048,
    "esriYards": 0.9144,
    "esriMiles": 1609.344,
    "esriNauticalMiles": 1852.0,
    "esriMillimeters": 0.001,
    "esriCentimeters": 0.01,
    "esriMeters": 1.0,
    "esriKilometers": 1000.0,
    "esriDecimalDegrees": 111319.49079327358,
    "esriDecimeters": 0.1,
    "esriIntInches": 0.0254,
    "esriIntFeet": 0.3048,
    "esriIntYards": 0.9144,
    "esriIntMiles": 1609.344,
    "esriIntNauticalMiles": 1852.0,
}

_US_FOOT = 1200 / 3937

#: Square metres in one unit; ``US`` units stand on the survey foot, 1200/3937 m.
SQUARE_METRES: dict[str, float] = {
    "esriUnknownAreaUnits": 1.0,
    "esriSquareInches": 0.0254**2,
    "esriSquareFeet": 0.3048**2,
    "esriSquareYards": 0.9144**2,
    "esriAcres": 43560 * 0.3048**2,
    "esriSquareMiles": 1609.344**2,
    "esriSquareMillimeters": 1e-6,
    "esriSquareCentimeters": 1e-4,
    "esriSquareDecimeters": 1e-2,
    "esriSquareMeters": 1.0,
    "esriAres": 100.0,
    "esriHectares": 10000.0,
    "esriSquareKilometers": 1e6,
    "esriSquareInchesUS": (_US_FOOT / 12) ** 2,
    "esriSquareFeetUS": _US_FOOT**2,
    "esriSquareYardsUS": (3 * _US_FOOT) ** 2,
    "esriAcresUS": 43560 * _US_FOOT**2,
    "esriSquareMilesUS": (5280 * _US_FOOT) ** 2,
}

#: Seconds in one unit; months and years are means of the Gregorian calendar.
SECONDS: dict[str, float] = {
    "esriTimeUnitsUnknown": 1.0,
    "esriTimeUnitsMilliseconds": 0.001,
    "esriTimeUnitsSeconds": 1.0,
    "esriTimeUnitsMinutes": 60.0,
    "esriTimeUnitsHours": 3600.0,
    "esriTimeUnitsDays": 86400.0,
    "esriTimeUnitsWeeks": 604800.0,
    "esriTimeUnitsMonths": 2629746.0,
    "esriTimeUnitsYears": 31556952.0,
    "esriTimeUnitsDecades": 315569520.0,
    "esriTimeUnitsCenturies": 3155695200.0,
}


@dataclass(frozen=True, slots=True)
class LinearUnit:
    """A distance with its unit, e.g. 5 esriMiles."""

    distance: float
    units: str = "esriMeters"

    @property
    def metres(self) -> float:
        """The distance in metres."""
        return self.distance * METRES[self.units]


@dataclass(frozen=True, slots=True)
class ArealUnit:
    """An area with its unit, e.g. 50 esriSquareMiles."""

    area: float
    units: str = "esriSquareMeters"

    @property
    def square_metres(self) -> float:
        """The area in square metres."""
        return self.area * SQUARE_METRES[self.units]


@dataclass(frozen=True, slots=True)
class TimeUnit:
    """A length of time with its unit, e.g. 3 esriTimeUnitsMonths."""

    time: float
    units: str = "esriTimeUnitsUnknown"

    @property
    def seconds(self) -> float:
        """The time in seconds."""
        return self.time * SECONDS[self.units]
