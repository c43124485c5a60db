"""Esri JSON geometry objects to shapely arrays, without a loop a vertex."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
import shapely

from services.errors import InvalidValue
from services.geometry import curves, ragged
from services.geometry.rings import assemble

MAX_PARTS = 10_000

_KEYS = {
    "x": "esriGeometryPoint",
    "points": "esriGeometryMultipoint",
    "paths": "esriGeometryPolyline",
    "curvePaths": "esriGeometryPolyline",
    "rings": "esriGeometryPolygon",
    "curveRings": "esriGeometryPolygon",
    "xmin": "esriGeometryEnvelope",
}
_NOT_A_NUMBER = ("NaN", "nan", None)


def guess_type(geometries: list[dict[str, Any] | None]) -> str:
    """Return the Esri geometry type that the first geometry's members tell."""
    for geometry in geometries:
        for key, name in _KEYS.items():
            if geometry and key in geometry:
                return name
    return "esriGeometryPoint"


def parse_geometries(
    raw: list[dict[str, Any] | None], geometry_type: str, has_z: bool, has_m: bool
) -> np.ndarray:
    """Return a shapely array, shape (n,); None for a feature without geometry.

    True curves become many short lines. Raises InvalidValue that names the first
    feature that does not fit. Coordinates are only checked to be finite numbers
    here, not against an extent.
    """
    if curves.are_in(raw):
        lines = curves.straightened(raw)
        shapes = parse_geometries(lines, geometry_type, has_z, has_m)
        curves.remember(shapes, [curves.only_curves(one) for one in raw])
        return shapes
    present = [geometry for geometry in raw if geometry is not None]
    rows = np.fromiter((geometry is not None for geometry in raw), bool, len(raw))
    result = np.full(len(raw), None, dtype=object)
    if present:
        parser = _PARSERS[geometry_type]
        result[rows] = parser(present, np.flatnonzero(rows), has_z, has_m)
    return result


def _parse_points(
    raw: list[dict[str, Any]], rows: np.ndarray, has_z: bool, has_m: bool
) -> np.ndarray:
    dims = ragged.dimensions(has_z, has_m)
    columns = [_ordinates(raw, rows, axis) for axis in dims]
    x, y = columns[:2]
    odd = np.flatnonzero(np.isnan(x) != np.isnan(y))
    if len(odd):
        axis = "y" if np.isnan(y[odd[0]]) else "x"
        raise InvalidValue(f"feature {rows[odd[0]]}: the point has no {axis}")
    return ragged.points(np.column_stack(columns), dims)


def _ordinates(raw: list[dict[str, Any]], rows: np.ndarray, axis: str) -> np.ndarray:
    values = [geometry.get(axis) for geometry in raw]
    if not set(map(type, values)) <= {int, float}:
        if axis in ("x", "xmin"):  # null here makes a geometry empty, without the rest
            _require_member(raw, rows, axis)
        values = [None if value in _NOT_A_NUMBER else value for value in values]
        for row, value in zip(rows, values, strict=True):
            if value is not None and type(value) not in (int, float):
                raise InvalidValue(
                    f"feature {row}: {axis} must be a finite number,"
                    f" not {json.dumps(value)[:60]}"
                )
    return np.array(values, dtype=float)


def _require_member(raw: list[dict[str, Any]], rows: np.ndarray, key: str) -> None:
    for row, geometry in zip(rows, raw, strict=True):
        if key not in geometry:
            raise InvalidValue(f"feature {row}: the geometry has no '{key}'")


def _parse_multipoints(
    raw: list[dict[str, Any]], rows: np.ndarray, has_z: bool, has_m: bool
) -> np.ndarray:
    vertices = _members(raw, rows, "points")
    counts = _lengths(vertices)
    coordinates, dims = _coordinates(vertices, rows, counts, has_z, has_m)
    parts = ragged.points(coordinates, dims)
    result = np.full(len(raw), shapely.MultiPoint(), dtype=object)
    shapely.multipoints(
        parts, indices=np.repeat(np.arange(len(raw)), counts), out=result
    )
    return result


def _parse_polylines(
    raw: list[dict[str, Any]], rows: np.ndarray, has_z: bool, has_m: bool
) -> np.ndarray:
    coordinates, parts, features, dims = _parts(raw, rows, "paths", 2, has_z, has_m)
    made = ragged.lines(coordinates, parts, dims)
    counts = np.diff(features)
    result = np.full(len(raw), shapely.LineString(), dtype=object)
    single = counts == 1
    result[single] = made[features[:-1][single]]
    several = np.flatnonzero(counts > 1)
    if len(several):
        member = np.repeat(np.arange(len(raw)), counts)
        chosen = counts[member] > 1
        shapely.multilinestrings(made[chosen], indices=member[chosen], out=result)
    return result


def _parse_polygons(
    raw: list[dict[str, Any]], rows: np.ndarray, has_z: bool, has_m: bool
) -> np.ndarray:
    coordinates, parts, features, dims = _parts(raw, rows, "rings", 3, has_z, has_m)
    coordinates, parts = _close(coordinates, parts)
    return assemble(coordinates, parts, features, dims)


def _parse_envelopes(
    raw: list[dict[str, Any]], rows: np.ndarray, *_dimensions: bool
) -> np.ndarray:
    names = ("xmin", "ymin", "xmax", "ymax")
    bounds = np.column_stack([_ordinates(raw, rows, name) for name in names])
    empty = np.isnan(bounds).all(axis=1)
    bad = np.flatnonzero(~(empty | (bounds[:, :2] <= bounds[:, 2:]).all(axis=1)))
    if len(bad):
        raise InvalidValue(
            f"feature {rows[bad[0]]}: an envelope needs xmin <= xmax and ymin <= ymax"
        )
    result = np.full(len(raw), shapely.Polygon(), dtype=object)
    result[~empty] = shapely.box(*bounds[~empty].T)
    return result


_PARSERS: dict[str, Callable[..., np.ndarray]] = {
    "esriGeometryPoint": _parse_points,
    "esriGeometryMultipoint": _parse_multipoints,
    "esriGeometryPolyline": _parse_polylines,
    "esriGeometryPolygon": _parse_polygons,
    "esriGeometryEnvelope": _parse_envelopes,
}


def _members(raw: list[dict[str, Any]], rows: np.ndarray, key: str) -> list[Any]:
    members = [geometry.get(key) for geometry in raw]
    if set(map(type, members)) != {list}:
        members = _as_lists(members)
        for row, member in zip(rows, members, strict=True):
            if not isinstance(member, list):
                raise InvalidValue(f"feature {row}: the geometry needs '{key}', a list")
    return members


def _as_lists(values: list[Any]) -> list[Any]:
    """Return lists for the arrays that ``dump_geometries`` puts in their place."""
    return [one.tolist() if isinstance(one, np.ndarray) else one for one in values]


def _lengths(lists: list[list[Any]]) -> np.ndarray:
    return np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))


def _parts(
    raw: list[dict[str, Any]],
    rows: np.ndarray,
    key: str,
    least: int,
    has_z: bool,
    has_m: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    """Return coordinates, part offsets, feature offsets, dimensions."""
    members = _members(raw, rows, key)
    part_counts = _lengths(members)
    owner = np.repeat(rows, part_counts)
    word = key[:-1]
    if len(part_counts) and part_counts.max() > MAX_PARTS:
        row = rows[part_counts.argmax()]
        raise InvalidValue(f"feature {row}: has more than {MAX_PARTS} {key}")
    parts = list(chain.from_iterable(members))
    if not set(map(type, parts)) <= {list}:
        parts = _as_lists(parts)
    if not set(map(type, parts)) <= {list}:
        bad = next(i for i, part in enumerate(parts) if not isinstance(part, list))
        raise InvalidValue(f"feature {owner[bad]}: a {word} must be a list of vertices")
    counts = _lengths(parts)
    short = np.flatnonzero(counts < least)
    if len(short):
        raise InvalidValue(
            f"feature {owner[short[0]]}: a {word} has {counts[short[0]]}"
            f" {'vertex' if counts[short[0]] == 1 else 'vertices'},"
            f" at least {least + (key == 'rings')} needed"
        )
    coordinates, dims = _coordinates(parts, owner, counts, has_z, has_m)
    return coordinates, ragged.offsets_of(counts), ragged.offsets_of(part_counts), dims


def _coordinates(
    parts: list[list[Any]],
    owner: np.ndarray,
    counts: np.ndarray,
    has_z: bool,
    has_m: bool,
) -> tuple[np.ndarray, str]:
    """Return (k, d) coordinates of all parts and their dimensions."""
    vertices = list(chain.from_iterable(parts))
    dims = ragged.dimensions(has_z, has_m)
    if not set(map(type, vertices)) <= {list}:
        row = _row_of(vertices, owner, counts, lambda vertex: type(vertex) is not list)
        raise InvalidValue(f"feature {row}: a vertex must be a list of numbers")
    sizes = set(map(len, vertices))
    if sizes <= {len(dims)}:
        width = len(dims)
    else:
        vertices, width = _same_width(vertices, owner, counts, sizes, dims)
    numbers = list(chain.from_iterable(vertices))
    if not set(map(type, numbers)) <= {int, float}:
        numbers = _finite_numbers(vertices, owner, counts)
    flat = np.fromiter(numbers, dtype=float, count=len(numbers))
    return flat.reshape(-1, width), dims


def _same_width(
    vertices: list[list[Any]],
    owner: np.ndarray,
    counts: np.ndarray,
    sizes: set[int],
    dims: str,
) -> tuple[list[list[Any]], int]:
    """Cut or fill vertices to the set's dimensions; z and m may be left out.

    With m alone, m is the third number of three and the fourth of four.
    """
    if not sizes <= {2, 3, 4}:
        row = _row_of(vertices, owner, counts, lambda vertex: not 2 <= len(vertex) <= 4)
        raise InvalidValue(f"feature {row}: a vertex has 2, 3 or 4 numbers")
    width = len(dims)
    if dims == "xym" and 4 in sizes:
        vertices = [vertex[:2] + vertex[3:] if len(vertex) == 4 else vertex
                    for vertex in vertices]  # fmt: skip
    fill: list[Any] = [None] * (width - 2)
    return [(vertex + fill)[:width] for vertex in vertices], width


def _finite_numbers(
    vertices: list[list[Any]], owner: np.ndarray, counts: np.ndarray
) -> list[float]:
    def is_bad(vertex: list[Any]) -> bool:
        heights = [value for value in vertex[2:] if value not in _NOT_A_NUMBER]
        return not set(map(type, vertex[:2] + heights)) <= {int, float}

    row = _row_of(vertices, owner, counts, is_bad)
    if row is not None:
        raise InvalidValue(f"feature {row}: a coordinate must be a finite number")
    return [np.nan if value in _NOT_A_NUMBER else value
            for value in chain.from_iterable(vertices)]  # fmt: skip


def _row_of(
    vertices: list[Any],
    owner: np.ndarray,
    counts: np.ndarray,
    is_bad: Callable[[Any], bool],
) -> int | None:
    for row, vertex in zip(np.repeat(owner, counts), vertices, strict=True):
        if is_bad(vertex):
            return int(row)
    return None


def _close(
    coordinates: np.ndarray, offsets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Repeat the first vertex at the end of rings that are open or too short."""
    first, last = offsets[:-1], offsets[1:] - 1
    opened = (coordinates[first, :2] != coordinates[last, :2]).any(axis=1)
    opened |= np.diff(offsets) < 4
    if not opened.any():
        return coordinates, offsets
    closed = np.insert(
        coordinates, last[opened] + 1, coordinates[first[opened]], axis=0
    )
    return closed, ragged.offsets_of(np.diff(offsets) + opened)
