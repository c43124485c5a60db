"""The layer object around a feature set, for ``returnFeatureCollection=true``."""

from __future__ import annotations

from typing import Any

_GREY = [110, 110, 110, 255]
_BLUE = [0, 112, 184, 255]
_OUTLINE = {"type": "esriSLS", "style": "esriSLSSolid", "color": _GREY, "width": 0.7}
_MARKER = {
    "type": "esriSMS",
    "style": "esriSMSCircle",
    "color": _BLUE,
    "size": 6,
    "angle": 0,
    "xoffset": 0,
    "yoffset": 0,
    "outline": _OUTLINE,
}
#: A plain symbol for each type of geometry, for clients that need one.
_SYMBOLS: dict[str, dict[str, Any]] = {
    "esriGeometryPoint": _MARKER,
    "esriGeometryMultipoint": _MARKER,
    "esriGeometryPolyline": {
        "type": "esriSLS",
        "style": "esriSLSSolid",
        "color": _BLUE,
        "width": 1.5,
    },
    "esriGeometryPolygon": {
        "type": "esriSFS",
        "style": "esriSFSSolid",
        "color": [0, 112, 184, 96],
        "outline": _OUTLINE,
    },
}


def layer_object(feature_set: dict[str, Any], title: str) -> dict[str, Any]:
    """Return ``{"layerDefinition", "featureSet"}`` of a feature set document.

    Source: developers.arcgis.com, geoprocessing data types, feature collection output.
    """
    fields = feature_set["fields"]
    ids = [one["name"] for one in fields if one["type"] == "esriFieldTypeOID"]
    definition = {
        "name": title,
        "type": "Feature Layer",
        "geometryType": feature_set["geometryType"],
        "objectIdField": ids[0] if ids else "",
        "fields": fields,
        "drawingInfo": {
            "renderer": {
                "type": "simple",
                "symbol": _SYMBOLS[feature_set["geometryType"]],
                "label": "",
                "description": "",
            }
        },
        "templates": [],
    }
    for flag in ("hasZ", "hasM"):
        if feature_set.get(flag):
            definition[flag] = True
    return {"layerDefinition": definition, "featureSet": feature_set}
