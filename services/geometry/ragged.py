"""Geometry arrays to coordinates with offsets and back, measures (m) included.

shapely builds xy and xyz geometries from arrays but not measures; those are
written as WKB part by part, which only data with m pays for.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import shapely
from shapely import GeometryType

Offsets = tuple[np.ndarray, ...]
_WKB_POINT, _WKB_LINE, _WKB_POLYGON = 1, 2, 3
_ISO_CODE = {"xym": 2000, "xyzm": 3000}


def dimensions(has_z: bool, has_m: bool) -> str:
    """Return "xy", "xyz", "xym" or "xyzm"."""
    return "xy" + "z" * has_z + "m" * has_m


def offsets_of(counts: np.ndarray) -> np.ndarray:
    """Return where each of the parts of these sizes starts, and the end; (n + 1,)."""
    return np.concatenate([[0], np.cumsum(counts)])


def lines(coordinates: np.ndarray, offsets: np.ndarray, dims: str) -> np.ndarray:
    """Return linestrings; shape (offsets - 1,). ``coordinates`` is (k, len(dims))."""
    if "m" in dims:
        code = _WKB_LINE + _ISO_CODE[dims]
        return _from_wkb(
            [_wkb_line(code, coordinates[a:b]) for a, b in pairwise(offsets)]
        )
    return np.asarray(
        shapely.from_ragged_array(GeometryType.LINESTRING, coordinates, (offsets,))
    )


def points(coordinates: np.ndarray, dims: str) -> np.ndarray:
    """Return points; shape (k,). A NaN x or y makes an empty point."""
    if "m" in dims:
        head = struct.pack("<BI", 1, _WKB_POINT + _ISO_CODE[dims])
        rows = np.ascontiguousarray(coordinates, dtype="<f8")
        made = _from_wkb([head + row.tobytes() for row in rows])
    else:
        made = np.asarray(shapely.points(coordinates))
    empty = ~np.isfinite(coordinates[:, :2]).all(axis=1)
    if empty.any():
        made = np.array(made, dtype=object)
        made[empty] = shapely.Point()
    return made


def polygons(
    coordinates: np.ndarray, ring_offsets: np.ndarray, offsets: np.ndarray, dims: str
) -> np.ndarray:
    """Return polygons whose first ring is the shell; rings must be closed.

    ``ring_offsets`` cuts ``coordinates`` into rings, ``offsets`` rings into polygons.
    """
    if "m" in dims:
        code = _WKB_POLYGON + _ISO_CODE[dims]
        return _from_wkb(
            [_wkb_polygon(code, coordinates, ring_offsets[a : b + 1])
             for a, b in pairwise(offsets)]
        )  # fmt: skip
    return np.asarray(
        shapely.from_ragged_array(
            GeometryType.POLYGON, coordinates, (ring_offsets, offsets)
        )
    )


def _wkb_line(code: int, coordinates: np.ndarray) -> bytes:
    body = np.ascontiguousarray(coordinates, dtype="<f8").tobytes()
    return struct.pack("<BII", 1, code, len(coordinates)) + body


def _wkb_polygon(code: int, coordinates: np.ndarray, rings: np.ndarray) -> bytes:
    parts = [struct.pack("<BII", 1, code, len(rings) - 1)]
    for start, end in pairwise(rings):
        parts.append(struct.pack("<I", end - start))
        parts.append(np.ascontiguousarray(coordinates[start:end], "<f8").tobytes())
    return b"".join(parts)


def _from_wkb(texts: list[bytes]) -> np.ndarray:
    return np.asarray(shapely.from_wkb(np.array(texts, dtype=object)), dtype=object)


def replace_xy(
    geometries: np.ndarray, change: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return copies whose x, y are ``change`` of the old (k, 2) array; z, m kept.

    Shape (n,) in and out; None and empty geometries stay as they are.
    """

    def changed(coordinates: np.ndarray) -> np.ndarray:
        return np.column_stack([change(coordinates[:, :2]), coordinates[:, 2:]])

    return _replaced(geometries, changed, np.ones(len(geometries), dtype=bool))


def replace_z(
    geometries: np.ndarray, change: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return copies whose z is ``change`` of the old (k, 3) array; x, y, m kept.

    Shape (n,) in and out; geometries without z stay as they are.
    """

    def changed(coordinates: np.ndarray) -> np.ndarray:
        z = change(coordinates[:, :3])
        return np.column_stack([coordinates[:, :2], z, coordinates[:, 3:]])

    return _replaced(geometries, changed, np.asarray(shapely.has_z(geometries)))


def _replaced(
    geometries: np.ndarray,
    changed: Callable[[np.ndarray], np.ndarray],
    rows: np.ndarray,
) -> np.ndarray:
    """Return copies with all coordinates (k, d) of the given rows changed."""
    result = np.array(geometries, dtype=object)
    kind = shapely.has_z(result) * 2 + shapely.has_m(result)
    for value in np.unique(kind[rows]):
        chosen = rows & (kind == value)
        if value & 1:
            _replace_measured(result, chosen, changed)
        else:
            result[chosen] = shapely.transform(
                result[chosen], changed, include_z=bool(value)
            )
    return result


def _replace_measured(
    result: np.ndarray,
    chosen: np.ndarray,
    changed: Callable[[np.ndarray], np.ndarray],
) -> None:
    """Change the chosen geometries, all with the same dimensions, in place."""
    kinds = np.where(
        chosen & ~shapely.is_empty(result), shapely.get_type_id(result), -1
    )
    for one in np.unique(kinds[kinds >= 0]):
        rows = np.flatnonzero(kinds == one)
        kind, coordinates, offsets = shapely.to_ragged_array(result[rows])
        dims = dimensions(coordinates.shape[1] == 4, True)
        result[rows] = build(kind, changed(coordinates), offsets, dims)


def build(
    kind: GeometryType, coordinates: np.ndarray, offsets: Offsets, dims: str
) -> np.ndarray:
    """Undo ``shapely.to_ragged_array``, for measured coordinates too."""
    if "m" not in dims:
        return np.asarray(shapely.from_ragged_array(kind, coordinates, offsets or None))
    if kind == GeometryType.POINT:
        return points(coordinates, dims)
    if kind == GeometryType.LINESTRING:
        return lines(coordinates, offsets[0], dims)
    if kind == GeometryType.POLYGON:
        return polygons(coordinates, offsets[0], offsets[1], dims)
    if kind == GeometryType.MULTIPOINT:
        parts, collect = points(coordinates, dims), shapely.multipoints
    elif kind == GeometryType.MULTILINESTRING:
        parts, collect = lines(coordinates, offsets[0], dims), shapely.multilinestrings
    else:
        parts = polygons(coordinates, offsets[0], offsets[1], dims)
        collect = shapely.multipolygons
    return np.array(
        [collect(parts[a:b]) for a, b in pairwise(offsets[-1])], dtype=object
    )


def build_shapes(
    kind: GeometryType, coordinates: np.ndarray, offsets: Offsets, dims: str
) -> np.ndarray:
    """Build geometries of which those of one part are single; an array to write to."""
    made = np.array(build(kind, coordinates, offsets, dims), dtype=object)
    alone = shapely.get_type_id(made) >= GeometryType.MULTIPOINT
    alone &= shapely.get_num_geometries(made) == 1
    made[alone] = shapely.get_geometry(made[alone], 0)
    return made


def all_coordinates(geometries: np.ndarray) -> tuple[np.ndarray, str]:
    """Return coordinates with the z and m that any geometry has, and which they are."""
    has_z, has_m = (
        bool(has(geometries).any()) for has in (shapely.has_z, shapely.has_m)
    )
    found = shapely.get_coordinates(geometries, include_z=has_z, include_m=has_m)
    return found, dimensions(has_z, has_m)
