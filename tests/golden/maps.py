"""The documents of section 9: result maps, feature services, queries of both.

Written from the reference, and for what it leaves open from the pages of Esri's REST
reference that it names (map service, layer/table, legend, export map, identify, find,
feature service, layer, query, symbol objects), never from our answers.
"""

from __future__ import annotations

from tests.golden.checker import (
    ANY,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    TEXT,
    Named,
    Text,
    one_of,
)  # fmt: skip
from tests.golden.tables import EXTENT, FIELD, REFERENCE, URL

VERSION = {"currentVersion": NUMBER}
GEOMETRY_TYPE = Text(r"esriGeometry(Point|Multipoint|Polyline|Polygon)")
UNITS = Text(r"esri(DecimalDegrees|Meters|Feet|Kilometers|UnknownUnits)")
OUTLINE = {
    "?type": one_of("esriSLS"), "?style": Text(r"esriSLS\w+"), "color": [INTEGER],
    "width": NUMBER,
}  # fmt: skip
SYMBOL = (
    {
        "type": one_of("esriSMS"), "style": Text(r"esriSMS\w+"), "color": [INTEGER],
        "size": NUMBER, "angle": NUMBER, "xoffset": NUMBER, "yoffset": NUMBER,
        "?outline": (OUTLINE, NULL),
    },
    {
        "type": one_of("esriSLS"), "style": Text(r"esriSLS\w+"), "color": [INTEGER],
        "width": NUMBER,
    },
    {
        "type": one_of("esriSFS"), "style": Text(r"esriSFS\w+"), "color": [INTEGER],
        "?outline": (OUTLINE, NULL),
    },
)  # fmt: skip
#: How a layer is drawn that nobody gave a symbology.
DRAWING = {
    "renderer": {
        "type": one_of("simple"), "symbol": SYMBOL, "?label": TEXT, "?description": TEXT,
    },
    "?transparency": INTEGER,
    "?labelingInfo": NULL,
}  # fmt: skip
LISTED_LAYER = {
    "id": INTEGER, "name": TEXT, "parentLayerId": INTEGER, "defaultVisibility": BOOLEAN,
    "subLayerIds": ([INTEGER], NULL), "minScale": NUMBER, "maxScale": NUMBER,
    "?type": one_of("Feature Layer"), "?geometryType": GEOMETRY_TYPE,
}  # fmt: skip
LISTED_TABLE = {"id": INTEGER, "name": TEXT}

MAP = VERSION | {
    "serviceDescription": TEXT,
    "mapName": TEXT,
    "description": TEXT,
    "copyrightText": TEXT,
    "supportsDynamicLayers": BOOLEAN,
    "layers": [LISTED_LAYER],
    "tables": [LISTED_TABLE],
    "spatialReference": REFERENCE,
    "singleFusedMapCache": BOOLEAN,
    "initialExtent": EXTENT,
    "fullExtent": EXTENT,
    "minScale": NUMBER,
    "maxScale": NUMBER,
    "units": UNITS,
    "supportedImageFormatTypes": TEXT,
    "documentInfo": Named(TEXT),
    "capabilities": Text(r"Map,Query,Data"),
    "supportedQueryFormats": TEXT,
    "exportTilesAllowed": BOOLEAN,
    "maxRecordCount": INTEGER,
    "maxImageHeight": INTEGER,
    "maxImageWidth": INTEGER,
    "supportedExtensions": TEXT,
    "?timeInfo": {
        "timeExtent": [INTEGER],
        "timeReference": (Named(ANY), NULL),
        "timeRelation": Text(r"esriTimeRelation\w+"),
    },
}

LAYER_FIELD = FIELD | {
    "?domain": (Named(ANY), NULL), "?defaultValue": ANY, "?modelName": TEXT,
}  # fmt: skip
TIME_INFO = {
    "startTimeField": TEXT,
    "endTimeField": (TEXT, NULL),
    "trackIdField": (TEXT, NULL),
    "timeExtent": [(INTEGER, NULL)],
    "timeReference": (Named(ANY), NULL),
}
#: What layers and tables of both kinds of service say.
TABLE = VERSION | {
    "id": INTEGER,
    "name": TEXT,
    "type": one_of("Table"),
    "description": TEXT,
    "?copyrightText": TEXT,
    "?parentLayer": NULL,
    "?subLayers": [ANY],
    "hasAttachments": BOOLEAN,
    "?htmlPopupType": Text(r"esriServerHTMLPopupType(None|AsURL|AsHTMLText)"),
    "displayField": TEXT,
    "objectIdField": TEXT,
    "?globalIdField": TEXT,
    "typeIdField": (TEXT, NULL),
    "fields": [LAYER_FIELD],
    "?indexes": [ANY],
    "?types": [ANY],
    "?templates": [ANY],
    "relationships": [ANY],
    "?defaultVisibility": BOOLEAN,
    "capabilities": TEXT,
    "maxRecordCount": INTEGER,
    "supportedQueryFormats": TEXT,
    "supportsStatistics": BOOLEAN,
    "supportsAdvancedQueries": BOOLEAN,
    "?supportsCoordinatesQuantization": BOOLEAN,
    "?supportsPagination": BOOLEAN,
    "useStandardizedQueries": BOOLEAN,
    "advancedQueryCapabilities": Named(BOOLEAN),
    "isDataVersioned": BOOLEAN,
    "?hasStaticData": BOOLEAN,
    "?timeInfo": TIME_INFO,
}
LAYER = TABLE | {
    "type": one_of("Feature Layer"),
    "geometryType": GEOMETRY_TYPE,
    "minScale": NUMBER,
    "maxScale": NUMBER,
    "extent": EXTENT,
    "sourceSpatialReference": REFERENCE,
    "drawingInfo": DRAWING,
    "hasZ": BOOLEAN,
    "hasM": BOOLEAN,
    "?hasLabels": BOOLEAN,
    "?canScaleSymbols": BOOLEAN,
    "?canModifyLayer": BOOLEAN,
    "?allowGeometryUpdates": BOOLEAN,
    "?hasGeometryProperties": BOOLEAN,
}
LAYERS = {"layers": [LAYER], "tables": [TABLE]}

LEGEND = {
    "layers": [
        {
            "layerId": INTEGER,
            "layerName": TEXT,
            "layerType": one_of("Feature Layer"),
            "minScale": NUMBER,
            "maxScale": NUMBER,
            "legend": [
                {
                    "label": TEXT,
                    "url": Text(r"[0-9A-Za-z]+"),
                    "imageData": Text(r"[0-9A-Za-z+/]+=*"),
                    "contentType": one_of("image/png"),
                    "height": INTEGER,
                    "width": INTEGER,
                    "?values": [(TEXT, NUMBER)],
                }
            ],
        }
    ]
}
EXPORTED = {
    "href": URL,
    "width": INTEGER,
    "height": INTEGER,
    "extent": EXTENT,
    "scale": NUMBER,
}
# 5.5
MAP_IMAGE = {"mapImage": EXPORTED}
IDENTIFIED_ONE = {
    "layerId": INTEGER,
    "layerName": TEXT,
    "value": TEXT,
    "displayFieldName": TEXT,
    "attributes": Named(TEXT),
    "geometryType": GEOMETRY_TYPE,
    "hasZ": BOOLEAN,
    "hasM": BOOLEAN,
    "geometry": Named(ANY),
}
IDENTIFIED = {"results": [IDENTIFIED_ONE], "?exceededTransferLimit": BOOLEAN}
FOUND_ONE = IDENTIFIED_ONE | {"foundFieldName": TEXT}
FOUND = {"results": [FOUND_ONE], "?exceededTransferLimit": BOOLEAN}
_GEOMETRY = ("geometryType", "hasZ", "hasM", "geometry")
FOUND_WITHOUT_GEOMETRY = {
    "results": [{key: one for key, one in FOUND_ONE.items() if key not in _GEOMETRY}],
    "?exceededTransferLimit": BOOLEAN,
}

FEATURE_SERVICE = VERSION | {
    "serviceDescription": TEXT,
    "hasVersionedData": BOOLEAN,
    "supportsDisconnectedEditing": BOOLEAN,
    "syncEnabled": BOOLEAN,
    "hasStaticData": BOOLEAN,
    "maxRecordCount": INTEGER,
    "supportedQueryFormats": TEXT,
    "capabilities": one_of("Query"),
    "description": TEXT,
    "copyrightText": TEXT,
    "spatialReference": REFERENCE,
    "initialExtent": EXTENT,
    "fullExtent": EXTENT,
    "allowGeometryUpdates": BOOLEAN,
    "units": UNITS,
    "?enableZDefaults": BOOLEAN,
    "layers": [LISTED_LAYER],
    "tables": [LISTED_TABLE],
    "relationships": [ANY],
}

#: The answers to query, by what was asked.
QUERIED_ROWS = {
    "objectIdFieldName": TEXT,
    "globalIdFieldName": TEXT,
    "displayFieldName": TEXT,
    "fields": [FIELD],
    "features": [{"attributes": Named(ANY)}],
    "?exceededTransferLimit": BOOLEAN,
}
QUERIED_WITHOUT_GEOMETRY = QUERIED_ROWS | {
    "geometryType": GEOMETRY_TYPE,
    "spatialReference": REFERENCE,
}
QUERIED = QUERIED_WITHOUT_GEOMETRY | {
    "hasZ": BOOLEAN,
    "hasM": BOOLEAN,
    "features": [{"attributes": Named(ANY), "geometry": Named(ANY)}],
}
QUANTIZED = QUERIED | {
    "transform": {
        "originPosition": one_of("upperLeft", "lowerLeft"),
        "scale": [NUMBER],
        "translate": [NUMBER],
    }
}
QUERIED_IDS = {"objectIdFieldName": TEXT, "objectIds": [INTEGER]}
QUERIED_COUNT = {"count": INTEGER}
QUERIED_EXTENT = {"extent": EXTENT}
QUERIED_BOTH = QUERIED_COUNT | QUERIED_EXTENT
QUERIED_STATISTICS = {
    "displayFieldName": TEXT,
    "?objectIdFieldName": TEXT,
    "fields": [FIELD],
    "features": [{"attributes": Named(ANY)}],
    "?exceededTransferLimit": BOOLEAN,
}

# 9: an output that became a layer
HOSTED_VALUE = {"url": Text(r"https?://\S+/rest/services/Hosted/\w+/FeatureServer/\d+")}
# 6.1: an output as a layer object
LAYER_OBJECT = {
    "layerDefinition": {
        "name": TEXT,
        "type": one_of("Feature Layer"),
        "geometryType": GEOMETRY_TYPE,
        "objectIdField": TEXT,
        "fields": [FIELD],
        "drawingInfo": DRAWING,
        "templates": [ANY],
        "?hasZ": BOOLEAN,
        "?hasM": BOOLEAN,
        "?extent": EXTENT,
        "?spatialReference": REFERENCE,
    },
    "featureSet": Named(ANY),
    "?popupInfo": (Named(ANY), NULL),
}
