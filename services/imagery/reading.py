"""Members of renderers and rules, read one by one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from services.errors import InvalidValue
from services.imagery.stretch import DEVIATIONS, EQUALIZE, MIN_MAX, NONE, PERCENT
from services.rasters.description import BandStatistics

#: By the names of renderers and the numbers of rules.
_STRETCHES: dict[str | int, str] = {
    "none": NONE, "minMax": MIN_MAX, "standardDeviation": DEVIATIONS,
    "standardDeviations": DEVIATIONS, "histogramEqualization": EQUALIZE,
    "percentClip": PERCENT,
    0: NONE, 3: DEVIATIONS, 4: EQUALIZE, 5: MIN_MAX, 6: PERCENT,
}  # fmt: skip
_MISSING = object()


def number_of(raw: Mapping[str, Any], name: str, default: Any = _MISSING) -> float:
    """Return a member that is a finite number. Raises InvalidValue."""
    value = raw.get(name)
    if value is None and default is not _MISSING:
        return float(default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):  # type: ignore[arg-type]
        raise InvalidValue(f"{name} must be a number")
    return float(value)  # type: ignore[arg-type]


def flag_of(raw: Mapping[str, Any], name: str) -> bool:
    """Return a member that is true or false; false if it is missing."""
    value = raw.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidValue(f"{name} must be true or false")
    return bool(value)


def parse_stretch_type(raw: Any) -> str:
    """Return a kind of stretch by its name or its number. Raises InvalidValue."""
    is_key = isinstance(raw, str | int) and not isinstance(raw, bool)
    if not is_key or raw not in _STRETCHES:
        known = ", ".join(map(str, _STRETCHES))
        raise InvalidValue(f"the stretch type must be one of {known}")
    return _STRETCHES[raw]


def parse_statistics(raw: Any) -> tuple[BandStatistics, ...]:
    """Return statistics: [[min, max, mean, deviation], …] or objects of these.

    Raises InvalidValue.
    """
    if raw is None:
        return ()
    if not isinstance(raw, list):
        raise InvalidValue("statistics must be a list, with an entry for each band")
    return tuple(_band(one) for one in raw)


def _band(raw: Any) -> BandStatistics:
    if isinstance(raw, dict):
        mean = raw.get("avg", raw.get("mean", 0.0))
        deviation = raw.get("stddev", raw.get("standardDeviation", 1.0))
        raw = [raw.get("min"), raw.get("max"), mean, deviation]
    numbers = [one for one in raw if type(one) in (int, float) and math.isfinite(one)] \
        if isinstance(raw, list) else []  # fmt: skip
    if len(numbers) < 2 or len(numbers) != len(raw):
        raise InvalidValue("statistics of a band are [min, max, mean, deviation]")
    low, high, mean, deviation = [*map(float, numbers), 0.0, 1.0][:4]
    return BandStatistics(low, high, mean, deviation, 0)
