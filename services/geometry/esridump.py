"""shapely arrays to Esri JSON geometry objects, without a loop a vertex."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from services.geometry import ragged
from services.geometry.curves import curves_of, cut_to

_Dumper = Callable[[np.ndarray, bool, bool], list[dict[str, Any]]]


def dump_geometries(
    geometries: np.ndarray, geometry_type: str, has_z: bool, has_m: bool
) -> list[dict[str, Any] | None]:
    """Return Esri JSON geometry objects whose coordinates are NumPy arrays.

    Outer rings are clockwise, holes counter-clockwise. An empty point is written
    ``{"x": null, "y": null}``, other empty geometries with an empty list.
    """
    present = np.flatnonzero(~shapely.is_missing(geometries))
    result: list[dict[str, Any] | None] = [None] * len(geometries)
    if len(present):
        dumper: _Dumper = _DUMPERS.get(geometry_type, _dump_polygons)
        made = dumper(geometries[present], has_z, has_m)
        if len(present) == len(result):
            return list(made)
        for row, geometry in zip(present.tolist(), made, strict=True):
            result[row] = geometry
    return result


def with_curves(
    documents: list[dict[str, Any] | None], geometries: np.ndarray, dims: str
) -> list[dict[str, Any] | None]:
    """Return the documents, true curves in the place of geometries that had them.

    ``dims`` are those of the documents, as ``ragged.dimensions`` names them.
    """
    result = list(documents)
    for row, curve in enumerate(curves_of(geometries)):
        if curve is not None:
            has = "xy" + "z" * geometries[row].has_z + "m" * geometries[row].has_m
            kept = tuple(at for at, axis in enumerate(has) if axis in dims)
            head = {"hasZ": True} if "z" in dims else {}
            head |= {"hasM": True} if "m" in dims else {}
            result[row] = head | cut_to(curve, kept)
    return result


def _dump_points(
    geometries: np.ndarray, has_z: bool, has_m: bool
) -> list[dict[str, Any]]:
    names = ragged.dimensions(has_z, has_m)
    empty = shapely.is_empty(geometries)
    flat = shapely.get_coordinates(geometries, include_z=has_z, include_m=has_m)
    if empty.any():
        filled = np.full((len(geometries), len(names)), None, dtype=object)
        filled[~empty] = flat
        flat = filled
    lists = flat.T.tolist()
    return [
        dict(zip(names, values, strict=True)) for values in zip(*lists, strict=True)
    ]


def parts_of(geometries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the points, lines or rings of geometries, and the owner of each.

    Empty parts are left out; so is None.
    """
    parts, owner = shapely.get_parts(geometries, return_index=True)
    if len(parts) and shapely.get_type_id(parts[0]) == shapely.GeometryType.POLYGON:
        parts, ring_owner = shapely.get_rings(parts, return_index=True)
        owner = owner[ring_owner]
    full = ~shapely.is_empty(parts)
    return parts[full], owner[full]


def _are_solid(geometries: np.ndarray) -> bool:
    """Tell if all are polygons of one ring: then no part needs to be cut out."""
    kinds = shapely.get_type_id(geometries)
    return bool(
        (kinds == shapely.GeometryType.POLYGON).all()
        and not shapely.get_num_interior_rings(geometries).any()
        and not shapely.is_empty(geometries).any()
    )


def _ragged_parts(
    geometries: np.ndarray, has_z: bool, has_m: bool
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the coordinates of each part, and parts before each geometry (n + 1)."""
    if _are_solid(geometries):  # their coordinates are those of their only rings
        parts, owner = geometries, np.arange(len(geometries))
    else:
        parts, owner = parts_of(geometries)
    coordinates = shapely.get_coordinates(parts, include_z=has_z, include_m=has_m)
    ends = np.cumsum(shapely.get_num_coordinates(parts)).tolist()
    starts = [0, *ends][:-1]
    pieces = [coordinates[a:b] for a, b in zip(starts, ends, strict=True)]
    return pieces, ragged.offsets_of(np.bincount(owner, minlength=len(geometries)))


def _dump_lists(key: str) -> Callable[..., list[dict[str, Any]]]:
    def dump(geometries: np.ndarray, has_z: bool, has_m: bool) -> list[dict[str, Any]]:
        pieces, offsets = _ragged_parts(geometries, has_z, has_m)
        head = {"hasZ": True} if has_z else {}
        if has_m:
            head["hasM"] = True
        bounds = offsets.tolist()
        return [
            {**head, key: pieces[a:b]}
            for a, b in zip(bounds[:-1], bounds[1:], strict=True)
        ]

    return dump


def _dump_polygons(
    geometries: np.ndarray, has_z: bool, has_m: bool
) -> list[dict[str, Any]]:
    oriented = shapely.orient_polygons(geometries, exterior_cw=True)
    return _dump_lists("rings")(oriented, has_z, has_m)


def _dump_multipoints(
    geometries: np.ndarray, has_z: bool, has_m: bool
) -> list[dict[str, Any]]:
    coordinates, owner = shapely.get_coordinates(
        geometries, include_z=has_z, include_m=has_m, return_index=True
    )
    offsets = ragged.offsets_of(np.bincount(owner, minlength=len(geometries))).tolist()
    head = {"hasZ": True} if has_z else {}
    if has_m:
        head["hasM"] = True
    return [
        {**head, "points": coordinates[a:b]}
        for a, b in zip(offsets[:-1], offsets[1:], strict=True)
    ]


_DUMPERS: dict[str, _Dumper] = {
    "esriGeometryPoint": _dump_points,
    "esriGeometryMultipoint": _dump_multipoints,
    "esriGeometryPolyline": _dump_lists("paths"),
    "esriGeometryPolygon": _dump_polygons,
    "esriGeometryEnvelope": _dump_polygons,
}
