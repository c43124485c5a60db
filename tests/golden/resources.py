"""The documents of section 7, and of what describes a service (1.4, 2, 5.7).

Written from the reference (the numbers are its sections), never from our answers.
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
from tests.golden.tables import MESSAGE, PARAMETER, URL

# 7: "i" and a UUID
ITEM_ID = Text(r"i[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ITEM = {
    "itemID": ITEM_ID,
    "itemName": TEXT,
    "description": TEXT,
    "date": INTEGER,
    "committed": BOOLEAN,
}
ITEM_DONE = {"success": BOOLEAN, "item": ITEM}
PARTS = {"parts": [INTEGER]}
DELETED = {"success": BOOLEAN}
UPLOADS_INFO = {"maxUploadFileSize": INTEGER}

# 1.4
INFO_LIST = {"resources": [one_of("iteminfo", "metadata", "thumbnail")]}
ITEMINFO = {
    "culture": TEXT,
    "name": TEXT,
    "guid": (TEXT, NULL),
    "catalogPath": (TEXT, NULL),
    "snippet": TEXT,
    "description": TEXT,
    "summary": TEXT,
    "title": TEXT,
    "tags": [TEXT],
    "type": TEXT,
    "typeKeywords": [TEXT],
    "thumbnail": TEXT,
    "url": URL,
    "extent": [[NUMBER]],
    "spatialReference": TEXT,
    "accessInformation": TEXT,
    "licenseInfo": TEXT,
}

# 2: JSON Schema, draft 7, of all data types
SCHEMA = {
    "$schema": one_of("http://json-schema.org/draft-07/schema#"),
    "title": TEXT,
    "type": one_of("object"),
    "definitions": Named(Named(ANY)),
    "properties": Named(
        {
            "type": one_of("object"),
            "title": TEXT,
            "properties": Named(
                {
                    "type": one_of("object"),
                    "properties": Named(Named(ANY)),
                    "?required": [TEXT],
                }
            ),
        }
    ),
}
#: The keywords of draft 7 that a schema of values may hold, with the types of each.
SCHEMA_KEYWORDS = {
    "type": one_of("string", "number", "integer", "boolean", "object", "array", "null"),
    "properties": Named(ANY),
    "additionalProperties": (BOOLEAN, Named(ANY)),
    "required": [TEXT],
    "items": (Named(ANY), [Named(ANY)]),
    "additionalItems": (BOOLEAN, Named(ANY)),
    "minItems": INTEGER,
    "maxItems": INTEGER,
    "minProperties": INTEGER,
    "enum": [ANY],
    "const": ANY,
    "minimum": NUMBER,
    "maximum": NUMBER,
    "exclusiveMinimum": NUMBER,
    "minLength": INTEGER,
    "maxLength": INTEGER,
    "pattern": TEXT,
    "anyOf": [Named(ANY)],
    "allOf": [Named(ANY)],
    "oneOf": [Named(ANY)],
    "$ref": Text(r"#/definitions/\w+"),
    "title": TEXT,
    "description": TEXT,
    "default": ANY,
}
#: 6: every data type that the protocol names, but for lists of others.
DATA_TYPES = {
    "GPBoolean", "GPDouble", "GPLong", "GPString", "GPStringHidden", "GPSQLExpression",
    "GPDate", "GPLinearUnit", "GPArealUnit", "GPTimeUnit", "GPFeatureRecordSetLayer",
    "GPRecordSet", "GPRasterDataLayer", "GPRasterData", "GPDataFile", "Field",
    "GPSpatialReference", "GPCoordinateSystem", "GPExtent", "GPEnvelope",
}  # fmt: skip

# 5.7: the task's parameters as they are now, each with its state and its messages. The
# reference names what is told, not the keys: those are the portal's own.
VALIDATED = {
    "name": TEXT,
    "parameters": [
        PARAMETER
        | {
            "value": ANY,
            "isEnabled": BOOLEAN,
            "hasError": BOOLEAN,
            "messages": [MESSAGE],
        }
    ],
    "messages": [MESSAGE],
}
