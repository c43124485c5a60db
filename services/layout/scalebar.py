"""Scale bars and north arrows, true at the middle of a map."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from services.drawing.frame import Frame
from services.errors import InvalidValue
from services.geometry.crs import transform
from services.geometry.planes import geod_of, geographic_of
from services.geometry.units import METRES
from services.layout.elements import BLACK, WHITE, Area, Element, Text, box

#: Part of the map's width over which its scale is measured.
_SHARE = 0.01
_STEPS = (1.0, 2.0, 5.0)
_BAR = 1.6  # millimetres
_LABEL = 6.5  # points


@dataclass(frozen=True, slots=True)
class Ground:
    """How the middle of a map lies on the ground.

    ``metres_per_pixel`` is along its width; ``north`` the direction of true north in
    degrees, clockwise from the map's top.
    """

    metres_per_pixel: float
    north: float


def ground_at_centre(frame: Frame) -> Ground | None:
    """Return how the middle of a frame lies on the ground; None if it lies nowhere."""
    west, south, east, north = frame.bounds
    x, y = (west + east) / 2, (south + north) / 2
    step = (east - west) * _SHARE / 2
    places = shapely.points([[x - step, y], [x + step, y], [x, y], [x, y + step]])
    reference = frame.reference
    try:
        lonlat = shapely.get_coordinates(
            transform(np.asarray(places), reference, geographic_of(reference))
        )
    except InvalidValue:
        return None
    if not np.isfinite(lonlat).all() or np.abs(lonlat[:, 1]).max() > 90.0:
        return None
    geod = geod_of(reference)
    _, _, metres = geod.inv(*lonlat[0], *lonlat[1])
    azimuth, _, _ = geod.inv(*lonlat[2], *lonlat[3])
    if not metres:
        return None
    return Ground(metres / (frame.width * _SHARE), -float(azimuth))


def scale_bar(
    x: float, y: float, metres_per_mm: float, width: float, unit: str, label: str = ""
) -> tuple[Element, ...]:
    """Return a bar no longer than ``width``, its upper left corner at x, y.

    It is a round number of ``unit``, an Esri linear unit, long, in four parts.
    """
    metres = METRES[unit]
    count = nice_below(width * metres_per_mm / metres)
    length = count * metres / metres_per_mm
    parts: list[Element] = []
    for at in range(4):
        fill = BLACK if at % 2 == 0 else WHITE
        parts.append(
            box((x + at * length / 4, y), (length / 4, _BAR), fill, BLACK, 0.4)
        )
    below = y + _BAR + 2.6
    for share in (0.0, 0.5, 1.0):
        text = f"{count * share:,g}"
        if share == 1.0:
            text = f"{text} {label or _NAMES.get(unit, unit)}"
        anchor = "start" if share == 0.0 else "middle"
        place = x + length * share
        if share == 1.0:  # the number stands below the end, its unit beside it
            anchor, place = "start", place - _half_number(count)
        parts.append(Text(place, below, text, _LABEL, anchor=anchor))  # type: ignore[arg-type]
    return tuple(parts)


_NAMES = {"esriKilometers": "km", "esriMeters": "m", "esriMiles": "mi",
          "esriFeet": "ft", "esriNauticalMiles": "NM", "esriYards": "yd"}  # fmt: skip


def _half_number(count: float) -> float:
    from services.layout.fonts import width_of

    return width_of(f"{count:,g}", _LABEL) / 2


def nice_below(value: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that is not above a value."""
    power = 10.0 ** math.floor(math.log10(value))
    return max(step * power for step in _STEPS if step * power <= value * (1 + 1e-12))


def north_arrow(x: float, y: float, size: float, degrees: float) -> tuple[Element, ...]:
    """Return an arrow around x, y; ``degrees`` are clockwise from the top."""
    half = size / 2
    turn = math.radians(degrees)

    def at(right: float, up: float) -> tuple[float, float]:
        return (
            x + half * (right * math.cos(turn) + up * math.sin(turn)),
            y + half * (right * math.sin(turn) - up * math.cos(turn)),
        )

    tip, left, right, notch = at(0, 1), at(-0.55, -0.8), at(0.55, -0.8), at(0, -0.45)
    letter = at(0, 1.55)
    return (
        Area((tip, left, notch), BLACK, BLACK, 0.4),
        Area((tip, right, notch), WHITE, BLACK, 0.4),
        Text(letter[0], letter[1] + 1.1, "N", 8, bold=True, anchor="middle"),
    )


def rounded_scale(denominator: float) -> str:
    """Return ``1 : 25,000``, to three digits."""
    digits = max(0, math.floor(math.log10(denominator)) - 2)
    return f"1 : {round(denominator / 10**digits) * 10**digits:,}"
