"""The unit of a map's coordinates, by the reference's entry in the EPSG registry."""

from __future__ import annotations

import pytest

from services.geometry.crs import SpatialReference
from services.geometry.mapunits import map_units


@pytest.mark.parametrize(
    ("wkid", "units"),
    [
        (4326, "esriDecimalDegrees"),
        (102100, "esriMeters"),
        (2056, "esriMeters"),  # Swiss grid
        (2263, "esriFeet"),  # New York, US survey feet
        (2222, "esriFeet"),  # Arizona East, international feet
        (3167, "esriUnknownUnits"),  # Kertau, British chains
    ],
)
def test_the_unit_is_that_of_the_axes(wkid, units):
    assert map_units(SpatialReference(wkid)) == units
