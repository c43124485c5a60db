"""Features as GeoJSON (RFC 7946): degrees on WGS 84, right-hand rings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from shapely import GeometryType

from services.geometry.attributes import dump_rows
from services.geometry.features import FeatureSet
from services.geometry.lonlat import to_lonlat

_NAMES = {
    GeometryType.POINT: "Point",
    GeometryType.LINESTRING: "LineString",
    GeometryType.POLYGON: "Polygon",
    GeometryType.MULTIPOINT: "MultiPoint",
    GeometryType.MULTILINESTRING: "MultiLineString",
    GeometryType.MULTIPOLYGON: "MultiPolygon",
}


def feature_collection(
    layers: Sequence[tuple[str, FeatureSet]], *, with_z: bool, limit: int | None = None
) -> dict[str, Any]:
    """Return one FeatureCollection of all layers; coordinates stay NumPy arrays.

    Dates are epoch milliseconds, as ArcGIS writes them; the object id is ``id`` too.
    m has no place in GeoJSON. With several layers each feature says in
    ``paramName`` whose it is. A layer beyond ``limit`` has no features, and
    ``exceededTransferLimit`` is there, on top and in ``properties``: clients look in
    either place. Raises InvalidValue for what has no place on WGS 84.
    """
    document: dict[str, Any] = {"type": "FeatureCollection", "features": []}
    for name, features in layers:
        if limit is not None and len(features) > limit:
            document["exceededTransferLimit"] = True
            document["properties"] = {"exceededTransferLimit": True}
            continue
        member = {"paramName": name} if len(layers) > 1 else {}
        document["features"] += _features(features, with_z, member)
    return document


def _features(
    features: FeatureSet, with_z: bool, member: dict[str, str]
) -> list[dict[str, Any]]:
    shapes = to_lonlat(features.geometries, features.spatial_reference)
    geometries = dump_geometries(shapes, features.has_z and with_z)
    oid = next((f.name for f in features.fields if f.type == "esriFieldTypeOID"), None)
    head: dict[str, Any] = {"type": "Feature"} | member
    found: list[dict[str, Any]] = [
        {**head, "geometry": geometry, "properties": row}
        for geometry, row in zip(geometries, dump_rows(features), strict=True)
    ]
    if oid is not None:
        for feature in found:
            feature["id"] = feature["properties"][oid]
    return found


def dump_geometries(shapes: np.ndarray, has_z: bool) -> list[dict[str, Any] | None]:
    """Return GeoJSON geometries, None for what is missing or empty; shape (n,) in.

    Outer rings run counter-clockwise. A z that is not there is 0.
    """
    present = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    dimensions = np.where(present, shapely.get_dimensions(shapes), -1)
    result: list[dict[str, Any] | None] = [None] * len(shapes)
    for dimension in (0, 1, 2):
        rows = np.flatnonzero(dimensions == dimension)
        if len(rows):
            made = _dump(shapes[rows], has_z)
            for row, geometry in zip(rows.tolist(), made, strict=True):
                result[row] = geometry
    return result


def _dump(shapes: np.ndarray, has_z: bool) -> Iterable[dict[str, Any]]:
    """Return the objects of geometries of one dimension."""
    oriented = shapely.orient_polygons(shapes, exterior_cw=False)
    kind, flat, offsets = shapely.to_ragged_array(
        oriented, include_z=has_z, include_m=False
    )
    flat = np.nan_to_num(flat) if has_z else flat
    coordinates: Any = flat.tolist() if kind == GeometryType.POINT else flat
    for cuts in offsets:
        ends = cuts.tolist()
        coordinates = [coordinates[a:b] for a, b in pairwise(ends)]
    types = [_NAMES[one] for one in shapely.get_type_id(shapes).tolist()]
    is_nested = kind >= GeometryType.MULTIPOINT
    return (
        {"type": name, "coordinates": places[0] if is_nested and "Multi" not in name
         else places}
        for name, places in zip(types, coordinates, strict=True)
    )  # fmt: skip
