"""The name of the unit of a map's coordinates."""

from __future__ import annotations

from services.geometry.crs import SpatialReference

_METRES = ((1.0, "esriMeters"), (0.3048, "esriFeet"), (0.3048006096, "esriFeet"),
           (1000.0, "esriKilometers"))  # fmt: skip


def map_units(reference: SpatialReference) -> str:
    """Return the unit of coordinates, such as ``esriMeters``."""
    if reference.is_geographic:
        return "esriDecimalDegrees"
    metres = reference.metres_per_unit
    names = (name for one, name in _METRES if abs(one - metres) < 1e-6 * one)
    return next(names, "esriUnknownUnits")
