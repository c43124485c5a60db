"""Geometries of GeoJSON in feature sets of Esri JSON: some clients mix them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

_Geometry = dict[str, Any]
_MEMBERS: dict[str, Callable[[list[Any]], _Geometry]] = {
    "Point": lambda xy: dict(zip("xyz", xy, strict=False)),
    "MultiPoint": lambda points: {"points": points},
    "LineString": lambda path: {"paths": [path]},
    "MultiLineString": lambda paths: {"paths": paths},
    "Polygon": lambda rings: {"rings": rings},
    "MultiPolygon": lambda parts: {"rings": list(chain.from_iterable(parts))},
}


def as_esri(geometries: list[_Geometry | None]) -> list[_Geometry | None]:
    """Return geometries with Esri's members for those that the first tells of GeoJSON.

    What is neither stays, for its reader to refuse.
    """
    first = next((one for one in geometries if one), {})
    if "coordinates" not in first:
        return geometries
    return [one and _converted(one) for one in geometries]


def _converted(geometry: _Geometry) -> _Geometry:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    make = _MEMBERS.get(kind) if isinstance(kind, str) else None
    if make is None or not isinstance(coordinates, list):
        return geometry
    if kind == "MultiPolygon" and not all(isinstance(one, list) for one in coordinates):
        return geometry
    return make(coordinates)
