"""A query to the bytes of its answer: rows, counts, ids, extents, statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import shapely

from services.errors import InvalidParameters, Problem
from services.formats.esripbf import dump_pbf
from services.formats.geojson import feature_collection
from services.geometry.attributes import dump_fields, dump_rows, wire_fields
from services.geometry.crs import WGS84, SpatialReference
from services.geometry.esridump import dump_geometries
from services.geometry.features import FeatureSet, RecordSet
from services.geometry.ragged import replace_xy
from services.geometry.reproject import reproject
from services.query.having import having, parse_having
from services.query.layer import Layer
from services.query.parameters import parse_query
from services.query.quantization import Grid, dump_quantized, grid_of
from services.query.query import Query
from services.query.selection import (
    Page,
    field_named,
    named,
    ordered,
    page_of,
    selected,
)
from services.query.statistics import distinct, summed_up

_EDGE_PIECES = 80


def answer(layer: Layer, raw: Mapping[str, str], format_name: str, most: int) -> bytes:
    """Return the answer to a query as json, pjson, geojson or pbf.

    ``most`` bounds the rows of one page. Raises InvalidParameters.
    """
    query = parse_query(raw)
    if query.statistics or query.groups:
        return _rows(_statistics(layer, query), query, format_name, most)
    rows = selected(query, layer)
    if query.distinct:
        return _distinct(layer, query, rows, format_name, most)
    if query.count_only or query.ids_only or query.extent_only:
        if format_name == "pbf":
            told = "counts, ids and extents come as json: use f=json"
            raise InvalidParameters([Problem("f", told)])
        return _json(_summary(layer, query, rows), format_name)
    rows = ordered(layer.records, rows, query.order)
    page = page_of(query, rows, most)
    return _features(layer, query, page, format_name)


def _json(document: Any, format_name: str) -> bytes:
    indent = orjson.OPT_INDENT_2 if format_name == "pjson" else 0
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY | indent)


def _summary(layer: Layer, query: Query, rows: np.ndarray) -> dict[str, Any]:
    """Return count, extent (both if both are asked), or object ids."""
    document: dict[str, Any] = {}
    if query.count_only:
        document["count"] = len(rows)
    if query.extent_only:
        document["extent"] = _extent(layer, query, rows)
    if document:
        return document
    ids = ordered(layer.records, rows, query.order)
    return {
        "objectIdFieldName": layer.oid.name,
        "objectIds": layer.object_ids[ids].tolist(),
    }


def _extent(layer: Layer, query: Query, rows: np.ndarray) -> dict[str, Any] | None:
    if layer.bounds is None or layer.spatial_reference is None:
        raise InvalidParameters(
            [Problem("returnExtentOnly", "this is a table: it has no extent")]
        )
    reference = query.out_sr or layer.spatial_reference
    return extent_document(layer.bounds[rows], layer.spatial_reference, reference)


def extent_document(
    bounds: np.ndarray, source: SpatialReference, target: SpatialReference
) -> dict[str, Any]:
    """Return the rectangle round bounds (n, 4), "NaN" for its sides if there is none.

    Raises InvalidParameters if it does not fit into the target.
    """
    names = ("xmin", "ymin", "xmax", "ymax")
    known = bounds[~np.isnan(bounds[:, 0])]
    sides: list[Any] = ["NaN"] * 4
    if len(known):
        box = shapely.box(*known[:, :2].min(axis=0), *known[:, 2:].max(axis=0))
        if not source.same_place(target):
            length = shapely.length(box) or 1.0
            pieces = np.array([shapely.segmentize(box, length / _EDGE_PIECES)])
            box = named("outSR", lambda: reproject(pieces, source, target))[0]
        sides = list(shapely.bounds(box))
    return dict(zip(names, sides, strict=True)) | {"spatialReference": target.to_json()}


def _statistics(layer: Layer, query: Query) -> RecordSet:
    rows = selected(query, layer)
    records = layer.records
    chosen = records if len(rows) == len(records) else records.take(rows)
    on = "groupByFieldsForStatistics"
    groups = tuple(
        dict.fromkeys(field_named(on, records, name) for name in query.groups)
    )
    if not query.statistics:
        return distinct(chosen, groups)
    clause, extra = "", ()
    if query.having:
        oid = layer.oid.name
        clause, extra = named("having", lambda: parse_having(query.having, oid))
        for one in extra:
            field_named("having", records, one.field)
    made: RecordSet = named(
        "outStatistics", lambda: summed_up(chosen, groups, query.statistics + extra)
    )
    if clause:
        made = named("having", lambda: having(made, clause, extra))
    return made


def _distinct(
    layer: Layer, query: Query, rows: np.ndarray, format_name: str, most: int
) -> bytes:
    names = _out_fields(layer, query) if query.out_fields else ()
    if not names:
        told = "name the fields whose different values are wanted"
        raise InvalidParameters([Problem("outFields", told)])
    made = distinct(layer.records.take(rows), names)
    if query.count_only:
        return _json({"count": len(made)}, format_name)
    return _rows(made, query, format_name, most)


def _rows(made: RecordSet, query: Query, format_name: str, most: int) -> bytes:
    """Return a page of rows that are no features."""
    rows = ordered(made, np.arange(len(made)), query.order)
    if query.count_only:
        return _json({"count": len(made)}, format_name)
    page = page_of(query, rows, most)
    made = made.take(page.rows)
    if format_name in ("geojson", "pbf"):
        nothing = np.full(len(made), None, dtype=object)
        features = FeatureSet(made.fields, made.attributes, nothing)
        return _written(features, query, page, format_name)
    document = {
        "displayFieldName": "",
        "fields": dump_fields(made.fields),
        "features": [{"attributes": row} for row in dump_rows(made)],
    }
    return _json(document | _more(page), format_name)


def _more(page: Page) -> dict[str, Any]:
    return {"exceededTransferLimit": True} if page.has_more else {}


def _out_fields(layer: Layer, query: Query) -> tuple[str, ...]:
    """Return the names of the fields that are wanted; the object id if none is."""
    records = layer.records
    found = [field_named("outFields", records, name)
             for name in query.out_fields if name != "*"]  # fmt: skip
    if "*" in query.out_fields:
        return tuple(field.name for field in records.fields)
    return tuple(dict.fromkeys(found)) or (layer.oid.name,)


def _features(layer: Layer, query: Query, page: Page, format_name: str) -> bytes:
    names = _out_fields(layer, query)
    if query.with_geometry and layer.bounds is not None:
        features = layer.features(page.rows)
    else:
        taken = layer.records.take(page.rows)
        nothing = np.full(len(taken), None, dtype=object)
        kind = layer.geometry_type or "esriGeometryPoint"
        reference = layer.spatial_reference or WGS84
        features = FeatureSet(taken.fields, taken.attributes, nothing, kind, reference)
    fields = tuple(features.field(name) for name in names)
    features = replace(
        features, fields=fields, attributes=features.attributes.select(list(names))
    )
    if format_name in ("json", "pjson"):
        return _esri_json(layer, query, page, features, format_name)
    return _written(features, query, page, format_name)


def _esri_json(
    layer: Layer, query: Query, page: Page, features: FeatureSet, format_name: str
) -> bytes:
    features, grid = _finished(features, query)
    has_z, has_m = features.has_z and query.with_z, features.has_m and query.with_m
    document: dict[str, Any] = {
        "objectIdFieldName": layer.oid.name,
        "globalIdFieldName": "",
        "displayFieldName": layer.display_field,
        "fields": wire_fields(features),
    }
    rows: list[dict[str, Any]] = [{"attributes": row} for row in dump_rows(features)]
    if layer.bounds is not None:
        document |= {
            "geometryType": features.geometry_type,
            "spatialReference": features.spatial_reference.to_json(),
        }
    if layer.bounds is not None and query.with_geometry:
        document |= {"hasZ": has_z, "hasM": has_m}
        kind = features.geometry_type
        if grid:
            document["transform"] = grid.to_json()
            shapes = dump_quantized(features.geometries, kind, grid, has_z, has_m)
        else:
            shapes = dump_geometries(features.geometries, kind, has_z, has_m)
        for row, shape in zip(rows, shapes, strict=True):
            row["geometry"] = shape
    return _json(document | {"features": rows} | _more(page), format_name)


def _written(features: FeatureSet, query: Query, page: Page, format_name: str) -> bytes:
    """Return features as GeoJSON, on WGS 84 and on no grid, or as protocol buffer."""
    if format_name == "geojson":
        query = replace(query, out_sr=WGS84, quantization=None)
        features, _ = _finished(features, query)
        document = feature_collection([("", features)], with_z=query.with_z)
        if page.has_more:  # in front: whoever reads a stream sees it in time
            flag = {"exceededTransferLimit": True}
            rows = document.pop("features")
            document |= flag | {"properties": flag, "features": rows}
        return _json(document, format_name)
    features, grid = _finished(features, query)
    return dump_pbf(
        features,
        with_z=query.with_z,
        with_m=query.with_m,
        grid=(grid.west, grid.north, grid.step) if grid else None,
        has_more=page.has_more,
    )


def _finished(features: FeatureSet, query: Query) -> tuple[FeatureSet, Grid | None]:
    """Bring features into the reference, detail and grid that are asked for."""
    if query.out_sr is not None:
        target = query.out_sr
        features = named("outSR", lambda: features.project(target))
    shapes = features.geometries
    if query.max_offset and features.geometry_type in _WITH_EDGES:
        shapes = shapely.simplify(shapes, query.max_offset)
    if query.precision is not None:
        digits = query.precision
        shapes = replace_xy(shapes, lambda xy: np.asarray(np.round(xy, digits)))
    grid = None
    if query.quantization is not None:
        grid = grid_of(query.quantization, shapely.bounds(shapes).reshape(-1, 4))
        shapes = grid.snapped(shapes)
    return replace(features, geometries=np.asarray(shapes, dtype=object)), grid


_WITH_EDGES = ("esriGeometryPolyline", "esriGeometryPolygon")
