"""Thiessen polygons: the ground that is nearer to one point than to all others."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely
from shapely import GeometryType

from services.errors import ToolFailed
from services.geometry.antimeridian import from_globe, to_globe
from services.geometry.crs import SpatialReference, transform
from services.geometry.geodesics import geodesic_vertices
from services.geometry.planes import Planes, earth_centred, geod_of, geographic_of
from services.geometry.ragged import offsets_of

#: Metres from their middle up to which points and area have helping points aside.
_LOCAL = 2_000_000.0
_BEYOND = 4.0  # reaches from the middle to helping points: nearer to nothing inside
_ROUNDS = 6
_FLIPS = 100
_EVEN = 1e-4  # metres to which four points count as equally far
_STEP = 1_000_000.0  # metres that a corner moves in one round, at most


def thiessen_polygons(
    points: np.ndarray, area: np.ndarray, reference: SpatialReference
) -> np.ndarray:
    """Return for each point the ground within ``area`` that is nearest to it.

    Shape (n,) for n points at different places, in ``reference`` like the polygons
    of ``area``. Corners are right to 1 mm: places with the same geodesic distance
    from three points; sides are geodesics between them. Empty where nothing of the
    area is nearest. Raises ToolFailed for few points and a very wide area.

    Which three points share a corner tell the Delaunay triangles: the faces of the
    convex hull of the earth-centred points, their edges flipped where the flattening
    of the earth makes another pair of points neighbours.
    Source: Brown (1979), Voronoi diagrams from convex hulls, Inf. Proc. Letters 9;
    Lawson (1977), Software for C1 surface interpolation, in Mathematical Software 3.
    """
    geographic, geod = geographic_of(reference), geod_of(reference)
    lonlat = shapely.get_coordinates(transform(points, reference, geographic))
    outline = np.asarray(shapely.segmentize(area, _longest(area)))
    around = shapely.get_coordinates(transform(outline, reference, geographic))
    sites, triangles, corners = _triangulated(lonlat, around, geod)
    triangles, corners = _flipped(sites, triangles, corners, geod)
    cells = _cells(sites[: len(lonlat)], triangles, corners, geod)
    made = from_globe(cells, reference)
    return np.asarray(shapely.intersection(made, shapely.union_all(area)))


def _longest(area: np.ndarray) -> float:
    low_x, low_y, high_x, high_y = shapely.total_bounds(area)
    return float(max(high_x - low_x, high_y - low_y) / 50.0) or 1.0


def _triangulated(
    lonlat: np.ndarray, around: np.ndarray, geod: pyproj.Geod
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sites (m, 2), the points first, triangles (t, 3), and their corners.

    A corner is about equally far from the three sites of a triangle. Where points
    and area are not too wide three sites far aside close the outer cells.
    """
    from scipy.spatial import ConvexHull, QhullError

    both = earth_centred(np.concatenate([lonlat, around]), geod)
    plane = Planes.around(both, np.zeros(1, dtype=int), geod)
    flat = plane.flatten(both, np.zeros(both.shape[1], dtype=int))
    reach = max(float(np.hypot(*flat.T).max()), 1_000.0)
    sites = lonlat
    if reach <= _LOCAL:
        turns = np.radians([0.0, 120.0, 240.0])
        aside = _BEYOND * reach * np.column_stack([np.sin(turns), np.cos(turns)])
        sites = np.concatenate([lonlat, plane.unflatten(aside, np.zeros(3, dtype=int))])
    places = earth_centred(sites, geod).T
    try:
        hull = ConvexHull(places - places.mean(axis=0))
    except (QhullError, ValueError):
        raise ToolFailed(
            "so wide an area needs at least four points that do not lie on one circle;"
            " choose a smaller area to cover"
        ) from None
    corners = _above(places[hull.simplices], hull.equations[:, :3], geod)
    return sites, hull.simplices, corners


def _above(triangles: np.ndarray, normals: np.ndarray, geod: pyproj.Geod) -> np.ndarray:
    """Return in degrees where what is equally far from three places meets the ground.

    A line along the normal (t, 3), outward, from the centre of the circle through
    the places (t, 3, 3), earth-centred, cut with the ellipsoid.
    """
    first = triangles[:, 0]
    b, c = triangles[:, 1] - first, triangles[:, 2] - first
    across = np.cross(b, c)
    square = (across * across).sum(axis=1)
    aside = np.cross((b * b).sum(axis=1)[:, np.newaxis] * c
                     - (c * c).sum(axis=1)[:, np.newaxis] * b, across)  # fmt: skip
    middle = first + aside / (2.0 * square)[:, np.newaxis]
    squash = np.array([1.0, 1.0, 1.0 / np.sqrt(1.0 - geod.es)]) / geod.a
    start, way = middle * squash, normals * squash
    half, size = (start * way).sum(axis=1), (way * way).sum(axis=1)
    short = np.maximum(half**2 - size * ((start * start).sum(axis=1) - 1.0), 0.0)
    x, y, z = (middle + ((np.sqrt(short) - half) / size)[:, np.newaxis] * normals).T
    lat = np.degrees(np.arctan2(z, np.hypot(x, y) * (1.0 - geod.es)))
    return np.column_stack([np.degrees(np.arctan2(y, x)), lat])


def _flipped(
    sites: np.ndarray, triangles: np.ndarray, corners: np.ndarray, geod: pyproj.Geod
) -> tuple[np.ndarray, np.ndarray]:
    """Return triangles and exact corners, none of which has a fourth site nearer."""
    triangles = triangles.copy()
    corners = _equally_far(sites, triangles, corners, geod)
    for _ in range(_FLIPS):
        one, two, near, far, sides = _neighbours(triangles)
        wrong = _is_nearer(sites, triangles, corners, one, far, geod)
        wrong &= _is_nearer(sites, triangles, corners, two, near, geod)
        edges = np.flatnonzero(wrong)
        if not len(edges):
            break
        lowest = np.full(len(triangles), len(wrong))  # one flip a triangle and round
        for side in (one, two):
            np.minimum.at(lowest, side[edges], edges)
        edges = edges[(lowest[one[edges]] == edges) & (lowest[two[edges]] == edges)]
        ends = [near[edges], far[edges]]
        triangles[one[edges]] = np.column_stack([*ends, sides[edges, 0]])
        triangles[two[edges]] = np.column_stack([*ends, sides[edges, 1]])
        rows = np.concatenate([one[edges], two[edges]])
        corners[rows] = _equally_far(sites, triangles[rows], corners[rows], geod)
    return triangles, corners


def _neighbours(
    triangles: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return both triangles of each shared edge, their apexes, and the edge's ends."""
    sides = np.sort(triangles[:, [[1, 2], [2, 0], [0, 1]]].reshape(-1, 2), axis=1)
    order = np.lexsort((sides[:, 1], sides[:, 0]))
    same = (np.diff(sides[order], axis=0) == 0).all(axis=1)
    first, second = order[:-1][same], order[1:][same]
    apex = triangles.ravel()
    return first // 3, second // 3, apex[first], apex[second], sides[first]


def _is_nearer(
    sites: np.ndarray,
    triangles: np.ndarray,
    corners: np.ndarray,
    of: np.ndarray,
    other: np.ndarray,
    geod: pyproj.Geod,
) -> np.ndarray:
    """Tell where another site is nearer to the corner of a triangle than its own."""
    metres = [
        geod.inv(*corners[of].T, *sites[site].T)[2]
        for site in (triangles[of, 0], other)
    ]
    return np.asarray(metres[1] < metres[0] - _EVEN)


def _equally_far(
    sites: np.ndarray, triangles: np.ndarray, corners: np.ndarray, geod: pyproj.Geod
) -> np.ndarray:
    """Move corners to the same geodesic distance from the sites of their triangle.

    Newton's method: a step (x, y) shortens the way to a site in azimuth a by
    x sin(a) + y cos(a).
    """
    ends = sites[triangles]
    for _ in range(_ROUNDS):
        lon, lat = (np.repeat(corners[:, axis], 3) for axis in (0, 1))
        azimuth, _, metres = geod.inv(
            lon, lat, ends[..., 0].ravel(), ends[..., 1].ravel()
        )
        azimuth = np.radians(azimuth).reshape(-1, 3)
        ways = np.stack([np.sin(azimuth), np.cos(azimuth), np.ones_like(azimuth)], -1)
        singular = np.abs(np.linalg.det(ways)) < 1e-12
        ways[singular] = np.eye(3)
        step = np.linalg.solve(ways, metres.reshape(-1, 3, 1))[:, :2, 0]
        step[singular] = 0.0
        length = np.minimum(np.hypot(*step.T), _STEP)
        course = np.degrees(np.arctan2(step[:, 0], step[:, 1]))
        moved = geod.fwd(corners[:, 0], corners[:, 1], course, length)
        corners = np.column_stack(moved[:2])
        if length.max(initial=0.0) < 1e-4:
            break
    return corners


def _cells(
    lonlat: np.ndarray, triangles: np.ndarray, corners: np.ndarray, geod: pyproj.Geod
) -> np.ndarray:
    """Return the polygon around each point, in degrees within -180 ... 180.

    Its corners are those of the triangles at the point, in the order of azimuth.
    """
    triangle, slot = np.nonzero(triangles < len(lonlat))
    site = triangles[triangle, slot]
    lon, lat = corners[triangle].T
    azimuth = geod.inv(lonlat[site, 0], lonlat[site, 1], lon, lat)[0]
    order = np.lexsort((azimuth, site))
    site, ring = site[order], corners[triangle[order]]
    first = np.flatnonzero(np.diff(site, prepend=-1))
    following = np.arange(1, len(site) + 1)
    following[np.append(first[1:], len(site)) - 1] = first
    vertices, edge = geodesic_vertices(ring, ring[following], geod)
    site = site[edge]
    planes = Planes(lonlat[:, 0], lonlat[:, 1], geod)
    flat = planes.flatten(earth_centred(vertices, geod), site)
    first = np.flatnonzero(np.diff(site, prepend=-1))
    sizes = np.diff(np.append(first, len(site)))
    closed = np.insert(flat, first + sizes, flat[first], axis=0)
    each = np.arange(len(first) + 1)
    made = shapely.from_ragged_array(
        GeometryType.POLYGON, closed, (offsets_of(sizes + 1), each)
    )
    result = np.full(len(lonlat), shapely.Polygon(), dtype=object)
    result[site[first]] = to_globe(
        shapely.make_valid(made, method="structure", keep_collapsed=False),
        planes.take(site[first]),
    )
    return result
