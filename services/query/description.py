"""What a layer says of itself: the layer resource of a feature or map service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from services.formats.layer import layer_object
from services.geometry.attributes import dump_fields
from services.geometry.columns import time_field
from services.query.answers import extent_document
from services.query.layer import Layer
from services.query.timespan import time_info

#: Most rows of one page; clients that never ask for a second page see this many.
PAGE_ROWS = 2000
FORMATS = "JSON, geoJSON, PBF"

ADVANCED = {
    "supportsPagination": True,
    "supportsPaginationOnAggregatedQueries": True,
    "supportsQueryWithDistance": True,
    "supportsReturningQueryExtent": True,
    "supportsStatistics": True,
    "supportsPercentileStatistics": True,
    "supportsOrderBy": True,
    "supportsDistinct": True,
    "supportsCountDistinct": True,
    "supportsMaxRecordCountFactor": True,
    "supportsSqlExpression": False,
    "supportsHavingClause": True,
    "supportsQueryWithResultType": False,
    "supportsReturningGeometryCentroid": False,
    "supportsQueryRelatedPagination": False,
    "useStandardizedQueries": True,
}
_TEXT_LENGTH = 4000


def layer_document(layer: Layer, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the layer resource; ``about`` gives ``id``, ``name`` and more."""
    is_table = layer.bounds is None
    document: dict[str, Any] = {
        "currentVersion": 11.3,
        "id": about["id"],
        "name": about["name"],
        "type": "Table" if is_table else "Feature Layer",
        "description": about.get("description", ""),
        "copyrightText": about.get("copyright", ""),
        "parentLayer": None,
        "subLayers": [],
        "defaultVisibility": True,
        "displayField": layer.display_field,
        "objectIdField": layer.oid.name,
        "globalIdField": "",
        "typeIdField": "",
        "fields": _fields(layer),
        "indexes": [],
        "types": [],
        "templates": [],
        "relationships": [],
        "hasAttachments": False,
        "hasStaticData": True,
        "isDataVersioned": False,
        "maxRecordCount": about.get("maxRecordCount", PAGE_ROWS),
        "supportedQueryFormats": FORMATS,
        "capabilities": "Query",
        "advancedQueryCapabilities": ADVANCED,
        "supportsAdvancedQueries": True,
        "supportsStatistics": True,
        "useStandardizedQueries": True,
        "supportsCoordinatesQuantization": True,
        "supportsPagination": True,
    }
    return document | _time_info(layer) | _of_features(layer, about)


def _fields(layer: Layer) -> list[dict[str, Any]]:
    """Return the fields with all members that clients read."""
    documents = dump_fields(layer.records.fields)
    for field, document in zip(layer.records.fields, documents, strict=True):
        document |= {
            "nullable": field.nullable,
            "editable": False,
            "domain": None,
            "defaultValue": None,
        }
        if field.type == "esriFieldTypeString":
            document["length"] = field.length or _TEXT_LENGTH
    return documents


def _time_info(layer: Layer) -> dict[str, Any]:
    name = time_field(layer.records.fields)
    if not name:
        return {}
    ends = pc.min_max(layer.records.column(name).cast(pa.int64())).as_py()
    return {"timeInfo": time_info(name, ends["min"], ends["max"])}


def _of_features(layer: Layer, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a layer of features says beyond a table."""
    reference = layer.spatial_reference
    if layer.bounds is None or reference is None:
        return {}
    empty = {"fields": [], "features": [], "geometryType": layer.geometry_type}
    drawn = layer_object(empty, about["name"])["layerDefinition"]["drawingInfo"]
    return {
        "geometryType": layer.geometry_type,
        "minScale": 0,
        "maxScale": 0,
        "extent": extent_document(layer.bounds, reference, reference),
        "sourceSpatialReference": reference.to_json(),
        "hasZ": layer.has_z,
        "hasM": layer.has_m,
        "allowGeometryUpdates": False,
        "hasGeometryProperties": False,
        "drawingInfo": about.get("drawingInfo") or drawn | {"transparency": 0},
    }
