"""Buffers of lines that end flat or lie on one side, and buffers in a map's plane."""

from __future__ import annotations

from typing import Literal

import numpy as np
import shapely
from shapely import GeometryType

from services.errors import InvalidValue
from services.geometry.antimeridian import from_globe, to_globe, union_by
from services.geometry.crs import SpatialReference
from services.geometry.edges import follow_drawn
from services.geometry.ground import PLANE_REACH
from services.geometry.local import lay_flat
from services.geometry.planes import geod_of

Side = Literal["FULL", "LEFT", "RIGHT"]

_RADIUS = 6_371_000.0
_RUN = 200  # edges of a line buffered in one go
_SEGMENTS = 16
_WIDE = 500_000.0  # metres from which arcs get more vertices


def flat_buffer(
    lines: np.ndarray, reference: SpatialReference, metres: np.ndarray, side: Side
) -> np.ndarray:
    """Grow lines by metres on the ground, with flat ends, to one side or both.

    Shape (n,) in and out, for distances (n,). LEFT and RIGHT as one goes from the
    first vertex to the last. Geodesic as ``ground.ground_buffer``, within 0.1 %.
    Long lines are grown in runs that share an edge, so that no bend is left open.
    None stays None; empty lines and distances of 0 or less, or NaN, give an empty
    polygon. z and m are dropped.
    """
    plain = np.asarray(shapely.force_2d(lines), dtype=object)
    result = np.full(len(plain), shapely.Polygon(), dtype=object)
    result[shapely.is_missing(plain)] = None
    rows = np.flatnonzero((metres > 0) & (shapely.get_num_coordinates(plain) > 0))
    if not len(rows):
        return result
    tolerance = np.maximum(metres[rows] * 5e-4, 1e-3)
    drawn = follow_drawn(plain[rows], reference, tolerance)
    parts, owner = shapely.get_parts(drawn, return_index=True)
    runs, part = _runs(parts)
    owner = owner[part]
    geod, reach = geod_of(reference), metres[rows][owner]
    flat = lay_flat(runs, geod)
    grown = _sided(flat.geometries, reach, side, True)
    made = union_by(to_globe(grown, flat.planes), owner, len(rows))
    result[rows] = from_globe(made, reference)
    return result


def planar_buffer(
    geometries: np.ndarray,
    reference: SpatialReference,
    metres: np.ndarray,
    side: Side = "FULL",
    flat: bool = False,
) -> np.ndarray:
    """Grow geometries in the plane of a projected reference; negative shrinks areas.

    Shape (n,) in and out, for distances (n,) in metres of the map. ``side`` and
    ``flat`` are for lines. NaN distances give an empty polygon, None stays None.
    Raises InvalidValue for a reference in degrees.
    """
    if reference.is_geographic:
        raise InvalidValue(
            "a planar distance needs features in a projected spatial reference; these"
            " are in degrees"
        )
    plain = np.asarray(shapely.force_2d(geometries), dtype=object)
    units = np.nan_to_num(metres) / reference.metres_per_unit
    made = _sided(plain, units, side, flat)
    made[~shapely.is_missing(plain) & ~(metres == metres)] = shapely.Polygon()
    return made


def _sided(
    geometries: np.ndarray, distances: np.ndarray, side: Side, flat: bool
) -> np.ndarray:
    if side == "RIGHT":
        distances = -distances
    segments = 90 if (np.abs(distances) > _WIDE).any() else _SEGMENTS
    return np.asarray(
        shapely.buffer(
            geometries,
            distances,
            quad_segs=segments,
            cap_style="flat" if flat else "round",
            single_sided=side != "FULL",
        ),
        dtype=object,
    )


def _runs(parts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return lines cut to runs that fit a plane, each with the edge that follows it.

    The second array says of which part each run is.
    """
    _, lonlat, (offsets, *_) = shapely.to_ragged_array(parts)
    steps = np.radians(np.diff(lonlat, axis=0))
    steps[:, 0] *= np.cos(np.radians(lonlat[:-1, 1]))
    stretch = np.cumsum(np.hypot(*steps.T)) * _RADIUS // PLANE_REACH
    part = np.repeat(np.arange(len(parts)), np.diff(offsets))
    edges = np.flatnonzero(part[1:] == part[:-1])
    batch = (edges - offsets[part[edges]]) // _RUN
    labels = np.column_stack([part[edges], stretch[edges], batch])
    new = np.flatnonzero((np.diff(labels, axis=0, prepend=-1) != 0).any(axis=1))
    first = edges[new]
    last = np.append(edges[new[1:] - 1], edges[-1])
    last = np.where(np.isin(last + 1, edges), last + 1, last)
    sizes = last - first + 2
    ends = np.append(0, np.cumsum(sizes))
    index = np.arange(ends[-1]) + np.repeat(first - ends[:-1], sizes)
    made = shapely.from_ragged_array(GeometryType.LINESTRING, lonlat[index], (ends,))
    return np.asarray(made), part[first]
