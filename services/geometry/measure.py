"""Lengths, areas and distances on the ground, geodesic on the ellipsoid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
import shapely

from services.geometry.crs import WGS84, SpatialReference, transform
from services.geometry.edges import fill, full_turns
from services.geometry.parts import is_present
from services.geometry.planes import earth_centred, geod_of, geographic_of

_RADIUS = 6_371_000.0
# Metres to which the arc over a chord is right to 1e-8 with one mean radius.
_SHORT = 50_000.0
# Metres to which a great circle of the authalic sphere may stand for a geodesic.
_FLAT = 20_000.0
_TURN = 3600  # pieces of an edge once round the globe: a parallel, not a geodesic


def ground_length(geometries: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return metres along lines, or along all rings of polygons; shape (n,).

    Edges are geodesics on the ellipsoid of ``reference``, right to 1e-7. Points and
    empty geometries give 0, None gives NaN.
    """
    geod = geod_of(reference)
    edges = _edges(geometries, reference)
    places = earth_centred(edges.lonlat, geod)
    steps = np.diff(places, axis=1)[:, edges.first]
    chords = np.sqrt((steps * steps).sum(axis=0))
    bend = (chords / _RADIUS) ** 2
    metres = chords * (1.0 + bend / 24.0 + 3.0 * bend * bend / 640.0)
    far = np.flatnonzero(chords > _SHORT)
    if len(far):
        start, end = edges.lonlat[edges.first[far]], edges.lonlat[edges.first[far] + 1]
        metres[far] = geod.inv(*start.T, *end.T)[2]
    return _sum(metres, edges.owner, geometries)


def ground_area(geometries: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return square metres of polygons, holes taken off; shape (n,).

    Edges are geodesics on the ellipsoid of ``reference``; within 1e-7 of
    ``pyproj.Geod``. A ring may go round a pole. Points, lines and empty geometries
    give 0, None gives NaN.

    Each edge contributes the spherical excess between it and the equator on the
    sphere of equal area. Source: Karney (2013), J. Geodesy 87, section 6; Snyder
    (1987), USGS PP 1395, chapter 3 (authalic latitude).
    """
    polygons = np.array(geometries, dtype=object)
    polygons[shapely.get_dimensions(polygons) != 2] = None
    edges = _edges(polygons, reference)
    geod = geod_of(reference)
    coefficients, square_radius = _authalic(geod.a, geod.es)
    start, end = edges.lonlat[edges.first], edges.lonlat[edges.first + 1]
    start, end, edge = _split_long(start, end, geod)
    excess = _excess(start, end, coefficients)
    ring = edges.ring[edge]
    count = len(edges.owner_of_ring)
    areas = np.abs(np.bincount(ring, excess, count).astype(float))
    turns = np.bincount(ring, _turned(start, end), count)
    polar = np.abs(turns) > 180.0
    areas[polar] = 2.0 * np.pi - areas[polar]
    areas[edges.is_hole] *= -1.0
    return _sum(areas * square_radius, edges.owner_of_ring, geometries)


def ground_distance(
    points_a: np.ndarray, points_b: np.ndarray, reference: SpatialReference = WGS84
) -> np.ndarray:
    """Return metres from each point to the point at the same place of the other array.

    Shape (n,); geodesic on the ellipsoid of ``reference``. NaN where a point is
    None or empty.
    """
    known = is_present(points_a) & is_present(points_b)
    metres = np.full(len(points_a), np.nan)
    start, end = (
        shapely.get_coordinates(
            transform(one[known], reference, geographic_of(reference))
        )
        for one in (points_a, points_b)
    )
    metres[known] = geod_of(reference).inv(*start.T, *end.T)[2]
    return metres


@dataclass(frozen=True, slots=True)
class _Edges:
    """Edges from vertex ``first`` to the next; ring, owner of each; rings' owners."""

    lonlat: np.ndarray
    first: np.ndarray
    ring: np.ndarray
    owner_of_ring: np.ndarray
    is_hole: np.ndarray

    @property
    def owner(self) -> np.ndarray:
        """Return the geometry of each edge."""
        return np.asarray(self.owner_of_ring[self.ring])


def _edges(geometries: np.ndarray, reference: SpatialReference) -> _Edges:
    """Return the edges of lines and rings in degrees; "ring" stands for lines too."""
    parts, owners = shapely.get_parts(geometries, return_index=True)
    lines, holes = parts, np.zeros(len(parts), dtype=bool)
    if (shapely.get_dimensions(parts) == 2).any():
        rings, of = shapely.get_rings(parts, return_index=True)
        is_hole = np.diff(of, prepend=-1) == 0
        other = shapely.get_dimensions(parts) == 1
        lines = np.concatenate([rings, parts[other]])
        holes = np.concatenate([is_hole, holes[other]])
        owners = np.concatenate([owners[of], owners[other]])
    there = ~shapely.is_empty(lines)  # an empty one has no place among the others
    lines, holes, owners = lines[there], holes[there], owners[there]
    lines = transform(lines, reference, geographic_of(reference))
    lonlat, ring = shapely.get_coordinates(lines, return_index=True)
    full = full_turns(lonlat, np.searchsorted(ring, np.arange(len(lines) + 1)))
    if full.any():
        pieces = np.where(np.append(full, False), _TURN, 1)
        lonlat, ring = fill(lonlat, pieces), np.repeat(ring, pieces)
    first = np.flatnonzero(ring[1:] == ring[:-1])
    return _Edges(lonlat, first, ring[first], owners, holes)


def _sum(values: np.ndarray, owners: np.ndarray, geometries: np.ndarray) -> np.ndarray:
    result = np.bincount(owners, values, len(geometries)).astype(float)
    result[shapely.is_missing(geometries)] = np.nan
    return np.asarray(result)


def _turned(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return degrees of longitude along each edge, the short way round."""
    steps = end[:, 0] - start[:, 0]
    return np.asarray(steps - 360.0 * np.round(steps / 360.0))


def _split_long(
    start: np.ndarray, end: np.ndarray, geod: pyproj.Geod
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut long edges along the geodesic; the third array tells which edge it was."""
    east = np.radians(_turned(start, end)) * np.cos(np.radians(start[:, 1]))
    metres = np.hypot(east, np.radians(end[:, 1] - start[:, 1])) * geod.a
    pieces = np.ceil(metres / _FLAT).astype(np.int64).clip(1)
    which = np.arange(len(start))
    if not (pieces > 1).any():
        return start, end, which
    which = np.repeat(which, pieces)
    at = np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    long = np.flatnonzero(pieces > 1)
    azimuth, _, metres[long] = geod.inv(*start[long].T, *end[long].T)
    course = np.zeros(len(start))
    course[long] = azimuth
    begins, ends = start[which], end[which]
    inner = np.flatnonzero(at > 0)
    of = which[inner]
    share = metres[of] * at[inner] / pieces[of]
    lon, lat, _ = geod.fwd(start[of, 0], start[of, 1], course[of], share)
    begins[inner] = np.column_stack([lon, lat])
    ends[inner - 1] = begins[inner]
    return begins, ends, which


def _excess(start: np.ndarray, end: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return the excess, in steradians, between great circles and the equator."""
    first, second = (_half_tangent(one[:, 1], coefficients) for one in (start, end))
    turn = np.tan(np.radians(_turned(start, end)) / 2.0)
    return np.asarray(2.0 * np.arctan2(turn * (first + second), 1.0 + first * second))


def _half_tangent(lat: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return the tangent of half the authalic latitude."""
    lat = np.radians(lat)
    sine, cosine = np.sin(lat), np.cos(lat)
    double = 2.0 - 4.0 * sine * sine
    last, before = np.zeros_like(sine), np.zeros_like(sine)
    for coefficient in coefficients[::-1]:  # Clenshaw's sum of sines
        last, before = coefficient + double * last - before, last
    shift = 2.0 * last * sine * cosine
    # Sine and cosine of a shift below 0.004, to the last digit.
    square = shift * shift
    sine_shift = shift * (1.0 - square / 6.0 * (1.0 - square / 20.0))
    cosine_shift = 1.0 - square / 2.0 * (1.0 - square / 12.0 * (1.0 - square / 30.0))
    return np.asarray(
        (sine * cosine_shift + cosine * sine_shift)
        / (1.0 + cosine * cosine_shift - sine * sine_shift)
    )


@lru_cache(maxsize=32)
def _authalic(axis: float, es: float) -> tuple[np.ndarray, float]:
    """Return what turns latitude to authalic latitude, and the radius squared.

    The difference is a sum of sines of even multiples of latitude, whose
    coefficients fall by 0.002 each; they are fitted to the closed formula.
    """
    if es <= 0.0:
        return np.zeros(1), axis**2
    root = np.sqrt(es)

    def zone(sine: np.ndarray) -> np.ndarray:
        bulge = np.arctanh(root * sine) / root
        return np.asarray((1.0 - es) * (sine / (1.0 - es * sine * sine) + bulge))

    lat = (np.arange(16) + 0.5) * np.pi / 32.0
    whole = float(zone(np.ones(1))[0])
    orders = 2.0 * np.arange(1, 8)
    difference = np.arcsin(zone(np.sin(lat)) / whole) - lat
    coefficients = np.sin(np.outer(orders, lat)) @ difference / 8.0
    return coefficients, axis**2 * whole / 2.0
