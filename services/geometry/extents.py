"""Extent and Envelope: rectangles that tools take and return."""

from __future__ import annotations

from dataclasses import dataclass

import shapely

from services.geometry.crs import WGS84, SpatialReference


@dataclass(frozen=True, slots=True)
class Extent:
    """A rectangle with ``xmin <= xmax`` and ``ymin <= ymax``; z and m may be missing.

    ``spatial_reference`` is None if the client gave none.
    """

    xmin: float
    ymin: float
    xmax: float
    ymax: float
    spatial_reference: SpatialReference | None = None
    zmin: float | None = None
    zmax: float | None = None
    mmin: float | None = None
    mmax: float | None = None

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(xmin, ymin, xmax, ymax), the order of shapely."""
        return self.xmin, self.ymin, self.xmax, self.ymax

    @property
    def polygon(self) -> shapely.Polygon:
        """The rectangle as a shapely polygon, without z and m."""
        return shapely.box(*self.bounds)


@dataclass(frozen=True, slots=True)
class Envelope(Extent):
    """An extent that a client takes for a geometry: the type GPEnvelope."""


#: All of the world that Mercator maps show, in degrees.
WORLD = Extent(-180.0, -85.0, 180.0, 85.0, WGS84)
