"""Local planes: the ground around a centre, flat and true to distance from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import pyproj

from services.errors import InvalidValue
from services.geometry.crs import WGS84, SpatialReference

#: Metres from the centre up to which the closed formulas of ``Planes`` are used:
#: they are off by 0.5 mm there, growing with the fourth power. Beyond, geodesics.
NEAR = 100_001.0

# Rows worked on at once: temporary arrays of this size stay in the cache.
_BLOCK = 16_384


@lru_cache(maxsize=128)
def geographic_of(reference: SpatialReference) -> SpatialReference:
    """Return longitude and latitude in degrees on the datum of ``reference``.

    WGS 84 stands in for a datum whose own units are not degrees (grads) or which
    does not count from Greenwich.
    """
    crs = reference.crs.geodetic_crs
    meridian = crs.prime_meridian.longitude if crs and crs.prime_meridian else 1.0
    if crs is None or meridian or crs.axis_info[0].unit_name != "degree":
        return WGS84
    if reference.is_geographic:
        return reference
    authority = crs.to_authority(min_confidence=100)
    known = _reference_of(authority[1]) if authority else None
    if known is not None and known.crs.equals(crs, ignore_axis_order=True):
        return known
    return SpatialReference(None, crs.to_wkt())


def _reference_of(code: str) -> SpatialReference | None:
    if not code.isdigit():
        return None
    reference = SpatialReference(int(code))
    try:
        known = reference.is_geographic
    except InvalidValue:
        known = False
    return reference if known else None


@lru_cache(maxsize=128)
def geod_of(reference: SpatialReference) -> pyproj.Geod:
    """Return the ellipsoid on which ``geographic_of(reference)`` stands."""
    return geographic_of(reference).crs.get_geod() or pyproj.Geod(ellps="WGS84")


def earth_centred(lonlat: np.ndarray, geod: pyproj.Geod) -> np.ndarray:
    """Return metres from the centre of the earth, shape (3, k), for (k, 2) degrees."""
    places = np.empty((3, len(lonlat)))
    for start in range(0, len(lonlat), _BLOCK):
        lon, lat = np.radians(lonlat[start : start + _BLOCK]).T
        sine, cosine = np.sin(lat), np.cos(lat)
        normal = geod.a / np.sqrt(1.0 - geod.es * sine * sine)
        ring = normal * cosine
        block = places[:, start : start + _BLOCK]
        np.multiply(ring, np.cos(lon), out=block[0])
        np.multiply(ring, np.sin(lon), out=block[1])
        np.multiply(normal, (1.0 - geod.es) * sine, out=block[2])
    return places


@dataclass(frozen=True, slots=True)
class Planes:
    """One azimuthal equidistant plane on the ellipsoid for each of n centres.

    ``x`` runs east and ``y`` north, in metres; distance and direction from the
    centre are true. At ``r`` metres from it a length across the radius is too long
    by r^2 / 6R^2: 0.01 % at 150 km, 0.04 % at 300 km, 0.1 % at 490 km.

    Near the centre a point goes to the tangent plane; its distance along the normal
    section is restored from the curvature in that direction, and the section's
    azimuth is turned to that of the geodesic.
    Source: Snyder (1987), USGS PP 1395, chapters 20 and 25; Rapp (1991), Geometric
    Geodesy part I, section 4 (Euler's theorem, normal section and geodesic).
    """

    lon: np.ndarray
    lat: np.ndarray
    geod: pyproj.Geod

    @classmethod
    def around(cls, places: np.ndarray, starts: np.ndarray, geod: pyproj.Geod) -> Self:
        """Centre a plane on the box around each run of earth-centred ``places``.

        ``places`` is (3, k); ``starts`` says where each run begins, none empty.
        """
        low = np.minimum.reduceat(places, starts, axis=1)
        x, y, z = (low + np.maximum.reduceat(places, starts, axis=1)) / 2
        lat = np.degrees(np.arctan2(z, np.hypot(x, y) * (1.0 - geod.es)))
        return cls(np.degrees(np.arctan2(y, x)), lat, geod)

    def __len__(self) -> int:
        return len(self.lon)

    def take(self, rows: np.ndarray) -> Planes:
        """Return the planes of these indices or this mask."""
        return Planes(self.lon[rows], self.lat[rows], self.geod)

    def flatten(self, places: np.ndarray, of: np.ndarray) -> np.ndarray:
        """Return plane coordinates (k, 2) of earth-centred places (3, k).

        ``of`` says for each place in which plane.
        """
        constants = self._constants()
        flat = np.empty((places.shape[1], 2))
        for start in range(0, len(flat), _BLOCK):
            block = slice(start, start + _BLOCK)
            flat[block] = self._flatten(places[:, block], of[block], constants)
        return flat

    def unflatten(self, flat: np.ndarray, of: np.ndarray) -> np.ndarray:
        """Return degrees (k, 2) of plane coordinates (k, 2) in planes number ``of``.

        Longitudes lie within 180 degrees of the centre's, so outside of -180 to
        180 where the plane reaches over the antimeridian.
        """
        constants = self._constants()
        lonlat = np.empty((len(flat), 2))
        for start in range(0, len(flat), _BLOCK):
            block = slice(start, start + _BLOCK)
            lonlat[block] = self._unflatten(flat[block], of[block], constants)
        return lonlat

    def to_nearer_pole(self) -> np.ndarray:
        """Return metres from each centre to the nearer pole, at most 0.3 % too few."""
        return np.asarray(np.radians(90.0 - np.abs(self.lat)) * self.geod.b * 0.9966)

    def _constants(self) -> np.ndarray:
        lat, lon = np.radians(self.lat), np.radians(self.lon)
        sine, cosine = np.sin(lat), np.cos(lat)
        root = 1.0 - self.geod.es * sine * sine
        normal = self.geod.a / np.sqrt(root)
        meridian = normal * (1.0 - self.geod.es) / root
        bend = self.geod.es / (1.0 - self.geod.es) * (cosine / normal) ** 2 / 6.0
        return np.stack(
            [sine, cosine, normal, meridian, bend, np.cos(lon), np.sin(lon), self.lon]
        )

    def _flatten(
        self, places: np.ndarray, of: np.ndarray, constants: np.ndarray
    ) -> np.ndarray:
        local = np.take(constants, of, axis=1)
        sine, cosine, normal, meridian, bend, cosine_lon, sine_lon, _ = local
        outward = places[0] * cosine_lon + places[1] * sine_lon - normal * cosine
        east = places[1] * cosine_lon - places[0] * sine_lon
        up = places[2] - normal * (1.0 - self.geod.es) * sine
        north = up * cosine - outward * sine
        square = east * east + north * north + 1e-30
        reach = np.sqrt(square)
        radius = square / (north * north / meridian + east * east / normal + 1e-37)
        scale = np.arcsin(np.minimum(reach / radius, 1.0)) * radius / reach
        x, y = east * scale, north * scale
        turn = bend * x * y
        flat = np.column_stack([x - turn * y, y + turn * x])
        depth = outward * cosine + up * sine
        far = square + depth * depth > NEAR * NEAR
        if far.any():
            flat[far] = self._flatten_far(places[:, far], of[far])
        return flat

    def _unflatten(
        self, flat: np.ndarray, of: np.ndarray, constants: np.ndarray
    ) -> np.ndarray:
        local = np.take(constants, of, axis=1)
        sine, cosine, normal, meridian, bend, _, _, lon = local
        es = self.geod.es
        second = es / (1.0 - es)
        x, y = flat.T
        turn = bend * x * y
        x, y = x + turn * y, y - turn * x
        square = x * x + y * y + 1e-30
        distance = np.sqrt(square)
        radius = square / (y * y / meridian + x * x / normal + 1e-37)
        scale = np.sin(distance / radius) * radius / distance
        east, north = x * scale, y * scale
        # The depth below the tangent plane at which the ellipsoid lies: the root
        # of a quadratic, in the form that loses no digits near the centre.
        a = 1.0 + second * sine * sine
        b = normal + second * sine * cosine * north
        c = east * east + north * north + second * (north * cosine) ** 2
        depth = -c / (b + np.sqrt(np.maximum(b * b - a * c, 0.0)))
        outward = normal * cosine - north * sine + depth * cosine
        up = normal * (1.0 - es) * sine + north * cosine + depth * sine
        lat = np.arctan2(up, (1.0 - es) * np.sqrt(outward * outward + east * east))
        lonlat = np.column_stack([np.arctan2(east, outward), lat])
        np.degrees(lonlat, out=lonlat)
        lonlat[:, 0] += lon
        far = distance > NEAR
        if far.any():
            lonlat[far] = self._unflatten_far(flat[far], of[far])
        return lonlat

    def _flatten_far(self, places: np.ndarray, of: np.ndarray) -> np.ndarray:
        ring = np.hypot(places[0], places[1]) * (1.0 - self.geod.es)
        lon = np.degrees(np.arctan2(places[1], places[0]))
        lat = np.degrees(np.arctan2(places[2], ring))
        azimuth, _, distance = self.geod.inv(self.lon[of], self.lat[of], lon, lat)
        azimuth = np.radians(azimuth)
        return np.column_stack([distance * np.sin(azimuth), distance * np.cos(azimuth)])

    def _unflatten_far(self, flat: np.ndarray, of: np.ndarray) -> np.ndarray:
        azimuth = np.degrees(np.arctan2(flat[:, 0], flat[:, 1]))
        lon, lat, _ = self.geod.fwd(
            self.lon[of], self.lat[of], azimuth, np.hypot(flat[:, 0], flat[:, 1])
        )
        offset = np.remainder(lon - self.lon[of] + 180.0, 360.0) - 180.0
        return np.column_stack([self.lon[of] + offset, lat])
