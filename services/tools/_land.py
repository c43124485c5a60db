"""An area, what covers it, and where it lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from services.data import landcover
from services.geometry.crs import WGS84, transform
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet
from services.geometry.planes import earth_centred, geod_of
from services.tools._landcover import local_reference

#: Degrees between the vertices of an edge that is to be drawn on a local map.
STEP = 0.25
_WIDE = 5_000_000.0  # metres from the middle up to which a local map is drawn


@dataclass(frozen=True, slots=True)
class Land:
    """An area, and what is known of it.

    ``polygons`` are in degrees and do not overlap; ``classes`` the square metres of
    each class of land cover, ``centre`` is longitude and latitude.
    """

    polygons: np.ndarray
    classes: np.ndarray
    centre: tuple[float, float]

    @classmethod
    def of(cls, polygons: np.ndarray) -> Land:
        """Measure an area."""
        classes = landcover.areas_by_class(polygons)
        return cls(polygons, classes, _centre(polygons))

    @property
    def square_metres(self) -> float:
        """The whole area."""
        return float(self.classes.sum())

    @property
    def order(self) -> list[int]:
        """The classes that are there, the largest first."""
        falling = np.argsort(-self.classes, kind="stable")
        return [at for at in falling.tolist() if self.classes[at] > 0]


def _centre(polygons: np.ndarray) -> tuple[float, float]:
    """Return longitude and latitude of the centroid on an equal-area map."""
    places = shapely.get_coordinates(shapely.segmentize(polygons, 1.0))
    x, y, z = earth_centred(places, geod_of(WGS84)).mean(axis=1)
    flattening = 1.0 - geod_of(WGS84).es
    first = np.degrees([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y) * flattening)])
    if _reach(polygons, *first) > _WIDE:
        return float(first[0]), float(first[1])
    local = local_reference(*first)
    area = FeatureSet.of(shapely.segmentize(polygons, STEP))
    middle = shapely.centroid(shapely.multipolygons(
        shapely.get_parts(area.project(local).geometries)))  # fmt: skip
    found = transform(np.array([middle]), local, WGS84)[0]
    return float(found.x), float(found.y)


def map_extent(land: Land, area: FeatureSet) -> Extent:
    """Return what the map shows: a local map, or the world for what is too wide."""
    longitude, latitude = land.centre
    if _reach(area.geometries, longitude, latitude) > _WIDE:
        return Extent(-180.0, -90.0, 180.0, 90.0, WGS84)
    local = local_reference(longitude, latitude)
    west, south, east, north = shapely.total_bounds(
        area.project(local).geometries
    ).tolist()
    across, down = (east - west) * 0.1, (north - south) * 0.1
    return Extent(west - across, south - down, east + across, north + down, local)


def _reach(polygons: np.ndarray, longitude: float, latitude: float) -> float:
    """Return the metres from a place to the farthest vertex of polygons."""
    places = shapely.get_coordinates(polygons)
    start = np.broadcast_to((longitude, latitude), places.shape)
    return float(geod_of(WGS84).inv(*start.T, *places.T)[2].max())
