"""Distances, areas and durations with their units, numbers and flags."""

from __future__ import annotations

import math

from services.datatypes.scalar import GPBoolean, GPDouble, GPLong
from services.datatypes.unit import GPArealUnit, GPLinearUnit, GPTimeUnit
from services.errors import InvalidValue

SEEDS = [
    b'{"distance": 5, "units": "esriMiles"}', b"5 Miles", b"1,5 km", b"-1e308 Meters",
    b'{"area": 2, "units": "esriSquareMeters"}', b"3 Hectares", b"2 Days", b"+1", b"0x10",
    b"1_000", b"NaN", b"Infinity", b"true", "٣ Miles".encode(), b'"7"',
]  # fmt: skip
_KINDS = (
    GPLinearUnit(),
    GPArealUnit(),
    GPTimeUnit(),
    GPDouble(),
    GPLong(),
    GPBoolean(),
)


def check(data: bytes) -> None:
    for raw in (data, data.decode("utf-8", "replace")):
        for kind in _KINDS:
            try:
                value = kind.parse(raw)
            except InvalidValue:
                continue
            assert not isinstance(value, float) or math.isfinite(value)
            assert kind.parse(kind.dump(value)) == value
