"""GPLinearUnit, GPArealUnit, GPTimeUnit: a number with its unit."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from services.datatypes.base import DataType, plain_text, shown
from services.datatypes.scalar import GPDouble
from services.errors import InvalidValue
from services.geometry.units import (
    METRES,
    SECONDS,
    SQUARE_METRES,
    ArealUnit,
    LinearUnit,
    TimeUnit,
)
from services.wire import decode

Q = TypeVar("Q", LinearUnit, ArealUnit, TimeUnit)

_TEXT = re.compile(r"(\S+)\s+([A-Za-z]+(?: [A-Za-z]+)*)")
_NUMBER = GPDouble()


_PLURAL = re.compile(r"(feet|inches|centuries|s)(us)?$")
_SINGULARS = {"feet": "foot", "inches": "inch", "centuries": "century", "s": ""}


def _singular(word: str) -> str:
    """Return the singular of a lower-case unit name; ``us`` may follow it."""
    return _PLURAL.sub(lambda match: _SINGULARS[match[1]] + (match[2] or ""), word)


def _spellings(units: Mapping[str, float], prefix: str) -> dict[str, str]:
    """Map each lower-case spelling (wire name, plain word, singular) to the unit."""
    spellings: dict[str, str] = {}
    for unit in units:
        word = unit.removeprefix(prefix).lower()
        for spelling in (unit.lower(), word, _singular(word)):
            spellings.setdefault(spelling, unit)
        if word.startswith("unknown"):
            spellings["unknown"] = unit
    return spellings


class _QuantityType(DataType[Q]):
    """What the three types share: object form, text form, unit in any case."""

    widget = "unit"
    number_key: ClassVar[str]
    units: ClassVar[Mapping[str, float]]
    default_unit: ClassVar[str]
    spellings: ClassVar[Mapping[str, str]]

    def parse(self, raw: Any, notes: list[str] | None = None) -> Q:
        if isinstance(raw, str | bytes):
            text = plain_text(raw, self._expected).strip()
            raw = decode(text) if text.startswith("{") else self._parse_text(text)
        if not isinstance(raw, dict):
            raise InvalidValue(f"expected {self._expected}, not {shown(raw)}")
        if raw.get(self.number_key) is None:
            raise InvalidValue(f"expected {self._expected}: no {self.number_key}")
        try:
            number = _NUMBER.parse(raw[self.number_key])
        except InvalidValue as exc:
            raise InvalidValue(f"{self.number_key}: {exc}") from None
        unit = self._unit(raw.get("units"))
        if math.isinf(number * self.units[unit]):
            raise InvalidValue(f"{self.number_key} out of range: {number:g} {unit}")
        made: Q = self.python_type(number, unit)
        return made

    def _parse_text(self, text: str) -> dict[str, Any]:
        match = _TEXT.fullmatch(text)
        if not match:
            raise InvalidValue(f"expected {self._expected}, not {shown(text)}")
        return {self.number_key: match[1], "units": match[2].replace(" ", "")}

    def _unit(self, raw: Any) -> str:
        if raw in (None, ""):
            return self.default_unit
        unit = self.spellings.get(raw.strip().lower()) if isinstance(raw, str) else None
        if unit is None:
            known = ", ".join(self.units)
            raise InvalidValue(f"unknown units {shown(raw)}; known are {known}")
        return unit

    @property
    def _expected(self) -> str:
        return f'an object {{"{self.number_key}": 5, "units": "{self.default_unit}"}}'

    def dump(self, value: Q) -> dict[str, Any]:
        return {self.number_key: getattr(value, self.number_key), "units": value.units}

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                self.number_key: {"type": "number"},
                "units": {"type": "string", "enum": list(self.units)},
            },
            "required": [self.number_key, "units"],
            "additionalProperties": False,
        }


class GPLinearUnit(_QuantityType[LinearUnit]):
    """A distance, ``{"distance": 5, "units": "esriMiles"}`` or ``5 Miles``."""

    name = "GPLinearUnit"
    python_type = LinearUnit
    number_key = "distance"
    units = METRES
    default_unit = "esriMeters"
    spellings = _spellings(METRES, "esri")


class GPArealUnit(_QuantityType[ArealUnit]):
    """An area, ``{"area": 50, "units": "esriAcres"}`` or ``50 Acres``."""

    name = "GPArealUnit"
    python_type = ArealUnit
    number_key = "area"
    units = SQUARE_METRES
    default_unit = "esriUnknownAreaUnits"
    spellings = _spellings(SQUARE_METRES, "esri")


class GPTimeUnit(_QuantityType[TimeUnit]):
    """A length of time, ``{"time": 3, "units": "esriTimeUnitsMonths"}``."""

    name = "GPTimeUnit"
    python_type = TimeUnit
    number_key = "time"
    units = SECONDS
    default_unit = "esriTimeUnitsUnknown"
    spellings = _spellings(SECONDS, "esriTimeUnits")
