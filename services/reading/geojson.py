"""GeoJSON (RFC 7946, and its predecessor's ``crs``) to arrays, vertex by no loop.

GDAL would fetch a ``crs`` that is a link; here it is refused.
"""

from __future__ import annotations

import warnings
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from shapely import GeometryType

from services.errors import InvalidValue
from services.geometry.crs import WGS84, SpatialReference
from services.geometry.ragged import offsets_of
from services.reading.columns import json_text, moments_in, narrowed
from services.reading.references import reference_of_name

Object = dict[str, Any]

#: Shapely type and levels of lists around a vertex, for each GeoJSON type.
_TYPES = {
    "Point": (GeometryType.POINT, 0),
    "MultiPoint": (GeometryType.MULTIPOINT, 1),
    "LineString": (GeometryType.LINESTRING, 1),
    "MultiLineString": (GeometryType.MULTILINESTRING, 2),
    "Polygon": (GeometryType.POLYGON, 2),
    "MultiPolygon": (GeometryType.MULTIPOLYGON, 3),
}
_WHOLE = ("FeatureCollection", "Feature", "GeometryCollection", *_TYPES)
_LEAST = {"LineString": 2, "MultiLineString": 2, "Polygon": 4, "MultiPolygon": 4}


def is_geojson(document: Any) -> bool:
    """Tell if a JSON value is GeoJSON by its ``type``."""
    return isinstance(document, dict) and document.get("type") in _WHOLE


def features_of(document: Object) -> list[Object]:
    """Return the features of any GeoJSON object. Raises InvalidValue."""
    if document["type"] == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list):
            raise InvalidValue("expected 'features', a list of features")
    elif document["type"] == "Feature":
        features = [document]
    else:
        features = [{"geometry": document}]
    for index, feature in enumerate(features):
        if not isinstance(feature, dict):
            raise InvalidValue(f"feature {index}: expected an object")
    return features


def reference_of(document: Object) -> SpatialReference | None:
    """Return what the old ``crs`` member says, WGS 84 without it; None for null."""
    if "crs" not in document:
        return WGS84
    crs = document["crs"]
    if crs is None:
        return None
    kind = crs.get("type") if isinstance(crs, dict) else None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    if isinstance(properties, dict) and isinstance(kind, str):
        if kind.lower() == "name" and isinstance(properties.get("name"), str):
            return reference_of_name(properties["name"])
        if kind.lower() == "epsg":
            return reference_of_name(f"EPSG:{properties.get('code')}")
    raise InvalidValue("crs must be of the type name; one by link is not followed")


def table_of(features: list[Object]) -> pa.Table:
    """Return the properties as a table, a feature's own ``id`` before them."""
    rows = [feature.get("properties") or {} for feature in features]
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise InvalidValue(f"feature {index}: properties must be an object or null")
    columns = {name: [row.get(name) for row in rows] for name in _names(rows)}
    if any("id" in feature for feature in features) and "id" not in columns:
        columns = {"id": [feature.get("id") for feature in features]} | columns
    if not columns:
        return pa.table({})
    return pa.table([_column(one) for one in columns.values()], names=list(columns))


def _names(rows: list[Object]) -> list[str]:
    return list(dict.fromkeys(chain.from_iterable(rows)))


def _column(values: list[Any]) -> pa.ChunkedArray:
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {bool}:
        return pa.chunked_array([pa.array(values, pa.bool_())])
    if kinds and kinds <= {int, float}:
        try:
            found = pa.array(values, pa.float64() if float in kinds else pa.int64())
        except (OverflowError, pa.ArrowInvalid):
            found = pa.array([v if v is None else float(v) for v in values])
        column = pa.chunked_array([found])
        return narrowed(column) if found.type == pa.int64() else column
    if kinds <= {str}:
        return moments_in(pa.chunked_array([pa.array(values, pa.string())]))
    texts = [v if v is None or isinstance(v, str) else json_text(v) for v in values]
    return pa.chunked_array([pa.array(texts, pa.string())])


def geometries_of(features: list[Object]) -> np.ndarray:
    """Return the geometries, shape (n,); None for null or empty coordinates.

    Raises InvalidValue that names the first feature that does not fit.
    """
    result = np.full(len(features), None, dtype=object)
    raw = [feature.get("geometry") for feature in features]
    kinds = [_kind(index, one) for index, one in enumerate(raw)]
    for kind in dict.fromkeys(filter(None, kinds)):
        rows = [row for row, one in enumerate(kinds) if one == kind]
        values = [one["coordinates"] for one in map(raw.__getitem__, rows) if one]
        try:
            result[rows] = _build(kind, values)
        except InvalidValue as exc:
            raise _first_problem(kind, rows, values, str(exc)) from None
    return result


def _kind(index: int, geometry: Any) -> str:
    if geometry is None:
        return ""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection":
        raise InvalidValue(f"feature {index}: geometry collections are not accepted")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise InvalidValue(
            f"feature {index}: geometry must be an object with a type of GeoJSON"
        )
    if not isinstance(geometry.get("coordinates"), list):
        raise InvalidValue(f"feature {index}: the geometry needs coordinates, a list")
    return kind if geometry["coordinates"] else ""


def _first_problem(
    kind: str, rows: list[int], values: list[Any], reason: str
) -> InvalidValue:
    for row, value in zip(rows, values, strict=True):
        try:
            _build(kind, [value])
        except InvalidValue as exc:
            return InvalidValue(f"feature {row}: {exc}")
    return InvalidValue(reason)


def _build(kind: str, values: list[Any]) -> np.ndarray:
    shape, levels = _TYPES[kind]
    offsets = []
    for _ in range(levels):
        counts = _lengths(values)
        offsets.append(offsets_of(counts))
        values = list(chain.from_iterable(values))
    coordinates = _vertices(values)
    if kind in _LEAST:
        _check_parts(coordinates, offsets[-1], _LEAST[kind])
    with warnings.catch_warnings(action="ignore"):
        found = shapely.from_ragged_array(
            shape, coordinates, tuple(reversed(offsets)) or None
        )
    return np.asarray(found, dtype=object)


def _lengths(values: list[Any]) -> np.ndarray:
    if not set(map(type, values)) <= {list}:
        raise InvalidValue("coordinates must be nested lists of numbers")
    return np.fromiter(map(len, values), np.int64, len(values))


def _vertices(values: list[Any]) -> np.ndarray:
    """Return coordinates, shape (k, 2), or (k, 3) if any vertex has a z."""
    counts = _lengths(values)
    if len(counts) and counts.min() < 2:
        raise InvalidValue("a position needs two numbers or three")
    if not set(map(type, chain.from_iterable(values))) <= {int, float}:
        raise InvalidValue("every coordinate must be a finite number")
    width = min(3, int(counts.max(initial=2)))
    if len(counts) and (counts != width).any():
        values = [[*value, np.nan][:width] for value in values]
    return np.array(values, dtype=float).reshape(len(values), width)


def _check_parts(coordinates: np.ndarray, offsets: np.ndarray, least: int) -> None:
    counts = np.diff(offsets)
    if (counts < least).any():
        what = "ring" if least > 2 else "line"
        raise InvalidValue(f"a {what} needs at least {least} positions")
    if least > 2 and len(counts):
        first, last = coordinates[offsets[:-1], :2], coordinates[offsets[1:] - 1, :2]
        if not np.array_equal(first, last):
            raise InvalidValue(
                "a ring is not closed: its last position must be its first"
            )
