"""An extent in degrees as an administrator writes it, and what lies beyond it."""

from __future__ import annotations

import math

import numpy as np
import shapely

from services.errors import InvalidValue
from services.geometry.crs import WGS84
from services.geometry.features import FeatureSet

#: West, south, east, north, in degrees.
Degrees = tuple[float, float, float, float]

_EXPECTED = (
    "Write west, south, east and north in degrees, such as 5.9, 45.8, 10.5, 47.9"
)


def parse_degrees(text: str) -> Degrees | None:
    """Return the extent of a text, None for a blank one. Raises InvalidValue."""
    if not text.strip():
        return None
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise InvalidValue(_EXPECTED) from None
    numbers = (west, south, east, north)
    fits = -360 <= west < east <= 360 and -90 <= south < north <= 90
    if not all(map(math.isfinite, numbers)) or not fits:
        raise InvalidValue(_EXPECTED)
    return numbers


def require_within(features: FeatureSet, extent: Degrees) -> None:
    """Raise InvalidValue for a feature that is not wholly inside an extent.

    Looked at in WGS 84, whatever reference the features have.
    """
    bounds = shapely.bounds(features.project(WGS84).geometries)
    west, south, east, north = extent
    outside = (bounds[:, 0] < west) | (bounds[:, 1] < south)
    outside |= (bounds[:, 2] > east) | (bounds[:, 3] > north)  # never of NaN: no place
    found = np.flatnonzero(outside)
    if len(found):
        shown = ", ".join(f"{one:g}" for one in extent)
        raise InvalidValue(
            f"feature {found[0]}: lies beyond the extent of inputs of this service:"
            f" {shown} (west, south, east, north in degrees)"
        )
