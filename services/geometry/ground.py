"""Buffers that are true on the ground, at any latitude, in any reference."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyproj
import shapely
from shapely import GeometryType

from services.geometry.antimeridian import (
    from_globe,
    to_globe,
    union_by,
    within_globe,
)
from services.geometry.circles import circles
from services.geometry.crs import SpatialReference, transform
from services.geometry.edges import closing_turns, follow_drawn, geometry_offsets
from services.geometry.local import lay_flat
from services.geometry.measure import ground_area, ground_distance, ground_length
from services.geometry.nearest import ground_nearest
from services.geometry.planes import Planes, geod_of, geographic_of

__all__ = [
    "ground_area",
    "ground_buffer",
    "ground_distance",
    "ground_length",
    "ground_nearest",
]

#: Metres from its centre to which a feature may reach to be buffered in one plane:
#: no buffer is then wider or narrower than asked by more than 0.04 % (r^2 / 6R^2).
PLANE_REACH = 300_000.0

# Vertices of a line buffered in one go, and of its pieces beyond. What GEOS needs
# grows with the square of the crossings of a line with itself: pieces keep them few.
_LINE_VERTICES = 200
_PIECE_VERTICES = 50
_POLYGON_VERTICES = 5_000  # a spiky polygon beyond takes minutes in one go
_MANY_PARTS = 32
# Metres from which a circle gets more vertices: a chord becomes long enough to show.
_WIDE = 500_000.0
_LINES = (
    GeometryType.LINESTRING,
    GeometryType.LINEARRING,
    GeometryType.MULTILINESTRING,
)
_POLYGONS = (GeometryType.POLYGON, GeometryType.MULTIPOLYGON)


def ground_buffer(
    geometries: np.ndarray,
    reference: SpatialReference,
    metres: np.ndarray | float,
    quadrant_segments: int = 16,
) -> np.ndarray:
    """Grow geometries by a distance on the ground; negative shrinks polygons.

    Shape (n,) in and out; ``metres`` is one number or (n,). Geodesic on the ellipsoid
    of ``reference``, in which edges are taken as drawn; the result comes back in it.
    Circles around points have 4 ``quadrant_segments`` vertices, at least 64, within
    1 mm. Around lines and polygons the width is within 0.1 %, with round corners;
    GEOS fills notches up to 1 % of it. Results over the antimeridian come in parts
    within -180 ... 180; those over a pole reach to latitude 90, in a Mercator
    reference to 89.5.

    None stays None. Empty geometries, points and lines with a distance of 0 or
    less, and NaN distances give an empty polygon. z and m are dropped. Raises
    InvalidValue if ``reference`` cannot hold the result.
    """
    plain = np.asarray(shapely.force_2d(geometries), dtype=object)
    distances = np.broadcast_to(np.asarray(metres, dtype=float), plain.shape)
    kinds = shapely.get_type_id(plain)
    ready = ~np.isnan(distances) & ~shapely.is_empty(plain) & (kinds >= 0)
    growing = ready & (distances > 0)
    result = np.full(len(plain), shapely.Polygon(), dtype=object)
    segments = max(16, quadrant_segments)
    work: list[tuple[np.ndarray, Callable[..., np.ndarray]]] = [
        (growing & (kinds == GeometryType.POINT), _around_points),
        (growing & np.isin(kinds, _LINES), _around_drawn),
        (ready & (distances != 0) & np.isin(kinds, _POLYGONS), _around_drawn),
        (growing & np.isin(kinds, (GeometryType.MULTIPOINT, 7)), _around_parts),
    ]
    for chosen, around in work:
        if chosen.any():
            args = plain[chosen], reference, distances[chosen], segments
            result[chosen] = around(*args)
    same = ready & (distances == 0) & np.isin(kinds, _POLYGONS)
    result[same] = plain[same]
    result[kinds < 0] = None
    return result


def _around_points(
    points: np.ndarray, reference: SpatialReference, metres: np.ndarray, segments: int
) -> np.ndarray:
    lonlat = shapely.get_coordinates(
        transform(points, reference, geographic_of(reference))
    )
    wide = metres > _WIDE
    if not wide.any():
        return circles(lonlat, metres, reference, 4 * segments)
    result = np.empty(len(points), dtype=object)
    for rows, vertices in ((~wide, 4 * segments), (wide, max(4 * segments, 360))):
        result[rows] = circles(lonlat[rows], metres[rows], reference, vertices)
    return result


def _around_parts(
    geometries: np.ndarray,
    reference: SpatialReference,
    metres: np.ndarray,
    segments: int,
) -> np.ndarray:
    parts, owners = shapely.get_parts(geometries, return_index=True)
    grown = np.full(len(parts), shapely.Polygon(), dtype=object)
    kinds = shapely.get_type_id(parts)
    for chosen, around in (
        (kinds == GeometryType.POINT, _around_points),
        (kinds != GeometryType.POINT, _around_drawn),
    ):
        rows = np.flatnonzero(chosen & ~shapely.is_empty(parts))
        if len(rows):
            args = parts[rows], reference, metres[owners[rows]], segments
            grown[rows] = around(*args)
    return union_by(grown, owners, len(geometries))


def _around_drawn(
    geometries: np.ndarray,
    reference: SpatialReference,
    metres: np.ndarray,
    segments: int,
) -> np.ndarray:
    tolerance = np.maximum(np.abs(metres) * 5e-4, 1e-3)
    drawn = follow_drawn(geometries, reference, tolerance)
    grown = _grow(drawn, metres, geod_of(reference), segments)
    return from_globe(grown, reference)


def _grow(
    drawn: np.ndarray,
    metres: np.ndarray,
    geod: pyproj.Geod,
    segments: int,
    *,
    whole: bool = False,
) -> np.ndarray:
    """Buffer lines or polygons in degrees that are followed closely enough.

    ``whole`` says that they have been cut as far as it goes.
    """
    flat = lay_flat(drawn, geod)
    kinds, parts = shapely.get_type_id(drawn), shapely.get_num_geometries(drawn)
    polygon = np.isin(kinds, _POLYGONS)
    torn = polygon & (metres < 0) & _is_torn(drawn)
    easy = (flat.reach <= PLANE_REACH) & (parts <= _MANY_PARTS) & ~torn
    easy &= flat.sizes <= np.where(polygon, _POLYGON_VERTICES, _LINE_VERTICES)
    if whole or easy.all():
        return _in_planes(flat.geometries, flat.planes, metres, segments)
    result = np.empty(len(drawn), dtype=object)
    if easy.any():
        args = flat.geometries[easy], flat.planes.take(easy), metres[easy], segments
        result[easy] = _in_planes(*args)
    many = ~easy & (parts > 1) & ~torn
    for chosen, grow in (
        (many, _by_parts),
        (~easy & ~many & ~polygon, _by_chunks),
        (~easy & ~many & polygon, _by_boundary),
    ):
        if chosen.any():
            result[chosen] = grow(drawn[chosen], metres[chosen], geod, segments)
    return result


def _in_planes(
    level: np.ndarray, planes: Planes, metres: np.ndarray, segments: int
) -> np.ndarray:
    grown = shapely.buffer(level, metres, quad_segs=segments)
    wide = np.abs(metres) > _WIDE
    if wide.any():
        grown[wide] = shapely.buffer(level[wide], metres[wide], quad_segs=90)
    return to_globe(grown, planes)


def _by_parts(
    drawn: np.ndarray, metres: np.ndarray, geod: pyproj.Geod, segments: int
) -> np.ndarray:
    parts, owners = shapely.get_parts(drawn, return_index=True)
    grown = _grow(parts, metres[owners], geod, segments)
    return union_by(grown, owners, len(drawn))


def _by_chunks(
    lines: np.ndarray, metres: np.ndarray, geod: pyproj.Geod, segments: int
) -> np.ndarray:
    """Buffer lines in pieces that fit a plane and have few vertices each."""
    _, lonlat, (offsets, *_) = shapely.to_ragged_array(lines)
    steps = np.radians(np.diff(lonlat, axis=0))
    steps[:, 0] *= np.cos(np.radians(lonlat[:-1, 1]))
    edges = np.delete(np.arange(len(steps)), offsets[1:-1] - 1)
    owners = np.repeat(np.arange(len(lines)), np.diff(offsets) - 1)
    stretch = np.cumsum(np.hypot(*steps.T) * 6_371_000.0)[edges] // PLANE_REACH
    batch = (edges - offsets[owners]) // (_PIECE_VERTICES - 1)
    chunks, first = _runs(lonlat, edges, np.column_stack([owners, stretch, batch]))
    owners = owners[first]
    grown = _grow(chunks, metres[owners], geod, segments, whole=True)
    return union_by(grown, owners, len(lines))


def _by_boundary(
    polygons: np.ndarray, metres: np.ndarray, geod: pyproj.Geod, segments: int
) -> np.ndarray:
    """Buffer polygons too large for a plane: a strip along the edge, added or taken."""
    _, lonlat, offsets = shapely.to_ragged_array(polygons)
    of = np.repeat(np.arange(len(polygons)), np.diff(geometry_offsets(offsets)))
    ring = np.repeat(np.arange(len(offsets[0]) - 1), np.diff(offsets[0]))
    edge = (ring[1:] == ring[:-1]) & ~closing_turns(lonlat, offsets[0])
    edge &= ~(_is_seam(lonlat) & (metres[of[:-1]] < 0))
    edges = np.flatnonzero(edge)
    strips = np.full(len(polygons), shapely.Polygon(), dtype=object)
    if len(edges):
        lines, first = _runs(lonlat, edges, ring[edges, np.newaxis])
        owners = of[edges][first]
        grown = _grow(lines, np.abs(metres[owners]), geod, segments)
        strips = union_by(grown, owners, len(polygons))
    body = within_globe(polygons)
    grown, shrunk = shapely.union(body, strips), shapely.difference(body, strips)
    return np.asarray(np.where(metres > 0, grown, shrunk))


def _runs(
    lonlat: np.ndarray, edges: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return a line for each run of edges that follow each other under one label.

    ``edges`` are sorted; edge i goes from vertex i to the next; ``labels`` (e, c).
    The second array says which edge each line begins with.
    """
    new = (np.diff(labels, axis=0, prepend=-1) != 0).any(axis=1)
    new |= np.diff(edges, prepend=-2) != 1
    first = np.flatnonzero(new)
    sizes = np.diff(np.append(first, len(edges))) + 1
    ends = np.append(0, np.cumsum(sizes))
    index = np.arange(ends[-1]) + np.repeat(edges[first] - ends[:-1], sizes)
    made = shapely.from_ragged_array(GeometryType.LINESTRING, lonlat[index], (ends,))
    return np.asarray(made), first


def _is_torn(drawn: np.ndarray) -> np.ndarray:
    """Tell which polygons have edges that are only there because a map ends."""
    west, south, east, north = shapely.bounds(drawn).T
    both = (west <= -180.0 + 1e-9) & (east >= 180.0 - 1e-9)
    return np.asarray(both | (south <= -90.0 + 1e-9) | (north >= 90.0 - 1e-9))


def _is_seam(lonlat: np.ndarray) -> np.ndarray:
    """Tell which steps go along the antimeridian or along a pole."""
    side = np.abs(np.abs(lonlat[:, 0]) - 180.0) < 1e-9
    pole = np.abs(lonlat[:, 1]) > 90.0 - 1e-9
    return np.asarray((side[1:] & side[:-1]) | (pole[1:] & pole[:-1]))
