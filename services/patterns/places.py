"""Features as places on the ground: what distances between them are counted from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyproj
import shapely
from shapely import GeometryType

from services.geometry.bounding import ground_centroids
from services.geometry.crs import SpatialReference, transform
from services.geometry.features import FeatureSet
from services.geometry.parts import is_present
from services.geometry.planes import Planes, earth_centred, geod_of, geographic_of

#: Metres: a mean radius of the earth.
RADIUS = 6_371_000.0


@dataclass(frozen=True, slots=True)
class Places:
    """Places of the features of ``rows``, those that have a geometry.

    ``xyz`` (k, 3) is in metres from the centre of the earth: distances in it are
    chords, for which a tree knows no antimeridian and no pole.
    """

    rows: np.ndarray
    xyz: np.ndarray
    reference: SpatialReference

    @classmethod
    def of(cls, features: FeatureSet) -> Self:
        """Return where points are, and the centres of gravity of all else."""
        reference = features.spatial_reference
        rows = np.flatnonzero(is_present(features.geometries))
        shapes = features.geometries[rows]
        if (shapely.get_type_id(shapes) != GeometryType.POINT).any():
            xy = ground_centroids(shapes, reference)
        else:
            xy = shapely.get_coordinates(shapes)
        return cls(rows, xyz_of(xy, reference), reference)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def geod(self) -> pyproj.Geod:
        """The ellipsoid that the places lie on."""
        return geod_of(self.reference)

    @property
    def lonlat(self) -> np.ndarray:
        """Degrees (k, 2) on the datum of the reference."""
        x, y, z = self.xyz.T
        lat = np.arctan2(z, np.hypot(x, y) * (1.0 - self.geod.es))
        return np.asarray(np.degrees(np.column_stack([np.arctan2(y, x), lat])))

    def take(self, kept: np.ndarray) -> Places:
        """Return the places of this mask or these indices."""
        return Places(self.rows[kept], self.xyz[kept], self.reference)

    def flat(self, planes: Planes, group: np.ndarray) -> np.ndarray:
        """Return metres east and north of the centre of each place's plane, (k, 2)."""
        return planes.flatten(self.xyz.T, group)


def xyz_of(xy: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return metres from the centre of the earth, (k, 3), of places (k, 2)."""
    points = transform(shapely.points(xy), reference, geographic_of(reference))
    lonlat = shapely.get_coordinates(points)
    return np.ascontiguousarray(earth_centred(lonlat, geod_of(reference)).T)


def xy_of(lonlat: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return degrees (k, 2) as coordinates in ``reference``, within -180..180."""
    turned = np.array(lonlat)
    turned[:, 0] -= 360.0 * np.round(turned[:, 0] / 360.0)
    points = transform(shapely.points(turned), geographic_of(reference), reference)
    return np.asarray(shapely.get_coordinates(points))


def arc_of(chord: np.ndarray) -> np.ndarray:
    """Return metres along the ground for metres straight through it.

    One mean radius stands for the ellipsoid's: off by less than 3e-6 up to 500 km,
    by 0.3 % at most.
    """
    return 2.0 * RADIUS * np.arcsin(np.minimum(np.asarray(chord) / 2 / RADIUS, 1.0))


def chord_of(arc: float) -> float:
    """Return metres straight through the earth for metres along it; see ``arc_of``."""
    return float(2.0 * RADIUS * np.sin(min(arc / 2 / RADIUS, np.pi / 2)))
