"""The documents of a result map service: the map, its layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jobs.maps.layers import MapLayer, full_extent, map_reference
from services.catalog import PublishedService
from services.datatypes.extent import GPExtent
from services.documents import CURRENT_VERSION
from services.drawing.options import MAX_SIZE
from services.geometry.attributes import dump_fields
from services.geometry.columns import display_field, time_field
from services.geometry.extents import Extent
from services.geometry.mapunits import map_units
from services.prose import cleaned
from services.query.description import ADVANCED, FORMATS
from services.query.timespan import time_info

#: What clients may ask of a map and of a layer.
CAPABILITIES = "Map,Query,Data"
_IMAGES = "PNG32,PNG24,PNG,JPG,GIF,BMP,PDF,SVG"
_EXTENT = GPExtent()


def map_document(
    service: PublishedService, layers: Sequence[MapLayer], description: str = ""
) -> dict[str, Any]:
    """Return the map service resource."""
    row, reference = service.row, map_reference(layers)
    spans = [one.about.times for one in layers if one.about.times and not one.is_table]
    extent = extent_document(full_extent(layers))
    return {
        "currentVersion": CURRENT_VERSION,
        "serviceDescription": cleaned(row.description),
        "mapName": row.title or row.name,
        "description": cleaned(description or row.description),
        "copyrightText": "",
        "supportsDynamicLayers": True,
        "layers": [_brief(one) for one in layers if not one.is_table],
        "tables": [{"id": one.id, "name": one.name} for one in layers if one.is_table],
        "spatialReference": reference.to_json(),
        "singleFusedMapCache": False,
        "initialExtent": extent,
        "fullExtent": extent,
        "minScale": 0,
        "maxScale": 0,
        "units": map_units(reference),
        "supportedImageFormatTypes": _IMAGES,
        "documentInfo": {
            "Title": row.title or row.name, "Author": "",
            "Comments": cleaned(row.description),
            "Subject": "", "Category": "", "Keywords": "",
        },
        "capabilities": CAPABILITIES,
        "supportedQueryFormats": FORMATS,
        "exportTilesAllowed": False,
        "maxRecordCount": row.max_page_rows,
        "maxImageHeight": MAX_SIZE,
        "maxImageWidth": MAX_SIZE,
        "supportedExtensions": "",
        **(_map_time(spans) if spans else {}),
    }  # fmt: skip


def _map_time(spans: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Return what a map says of the time of its layers."""
    extent = [min(first for first, _ in spans), max(last for _, last in spans)]
    relation = "esriTimeRelationOverlaps"
    info = {"timeExtent": extent, "timeReference": None, "timeRelation": relation}
    return {"timeInfo": info}


def _brief(layer: MapLayer) -> dict[str, Any]:
    return {
        "id": layer.id,
        "name": layer.name,
        "parentLayerId": -1,
        "defaultVisibility": True,
        "subLayerIds": None,
        "minScale": 0,
        "maxScale": 0,
        "type": layer_type(layer),
        "geometryType": layer.about.geometry_type or None,
    }


def layer_type(layer: MapLayer) -> str:
    """Return what clients call a layer of its kind."""
    if layer.raster is not None:
        return "Raster Layer"
    return "Table" if layer.is_table else "Feature Layer"


def extent_document(extent: Extent) -> dict[str, Any]:
    """Return an extent as clients read it."""
    return _EXTENT.dump(extent)


def layer_document(layer: MapLayer, page_rows: int) -> dict[str, Any]:
    """Return the resource of a layer or table; a page has ``page_rows``."""
    if layer.raster is not None:
        return _raster_document(layer)
    document: dict[str, Any] = {
        "currentVersion": CURRENT_VERSION,
        "id": layer.id,
        "name": layer.name,
        "type": layer_type(layer),
        "description": "",
        "copyrightText": "",
        "parentLayer": None,
        "subLayers": [],
        "hasAttachments": False,
        "htmlPopupType": "esriServerHTMLPopupTypeAsHTMLText",
        "displayField": display_field(layer.about.fields, layer.object_id.name),
        "objectIdField": layer.object_id.name,
        "typeIdField": None,
        "fields": dump_fields(layer.fields),
        "relationships": [],
        "capabilities": CAPABILITIES,
        "maxRecordCount": page_rows,
        "supportedQueryFormats": FORMATS,
        "supportsStatistics": True,
        "supportsAdvancedQueries": True,
        "supportsCoordinatesQuantization": True,
        "useStandardizedQueries": True,
        "advancedQueryCapabilities": ADVANCED,
        "isDataVersioned": False,
    }
    if layer.about.times:
        name = time_field(layer.about.fields)
        document["timeInfo"] = time_info(name, *layer.about.times)
    return document if layer.is_table else document | _drawn(layer)


def _raster_document(layer: MapLayer) -> dict[str, Any]:
    """Return the resource of a raster layer, which has no fields to ask for."""
    return {
        "currentVersion": CURRENT_VERSION,
        "id": layer.id,
        "name": layer.name,
        "type": layer_type(layer),
        "description": "",
        "copyrightText": "",
        "parentLayer": None,
        "subLayers": [],
        "hasAttachments": False,
        "htmlPopupType": "esriServerHTMLPopupTypeNone",
        "displayField": "",
        "typeIdField": None,
        "fields": None,
        "relationships": [],
        "capabilities": "Map,Data",
        **_drawn(layer),
        "geometryType": None,
    }


def _drawn(layer: MapLayer) -> dict[str, Any]:
    about = layer.about
    extent = full_extent([layer])
    drawing = {"transparency": 0, "labelingInfo": None} | layer.drawing_info
    return {
        "geometryType": about.geometry_type,
        "sourceSpatialReference": map_reference([layer]).to_json(),
        "minScale": 0,
        "maxScale": 0,
        "defaultVisibility": True,
        "extent": extent_document(extent),
        "drawingInfo": drawing,
        "hasLabels": bool(drawing["labelingInfo"]),
        "hasZ": about.has_z,
        "hasM": about.has_m,
        "canScaleSymbols": False,
        "canModifyLayer": True,
    }
