"""The documents of sections 0 to 6 and 8: keys and JSON types of each resource.

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
    Shape,
    Text,
    one_of,
)  # fmt: skip

NAME = Text(r"[A-Za-z]\w*")
URL = Text(r"https?://[^/]+/server/\S+")

# 0.5
ERROR = {"error": {"code": INTEGER, "message": Text(r"(?s).+"), "details": [TEXT]}}

# 1.1
CATALOG = {
    "currentVersion": NUMBER,
    "folders": [TEXT],
    "services": [
        {
            "name": Text(r"(\w+/)?\w+"),
            "type": one_of("GPServer", "MapServer", "FeatureServer"),
        },
    ],
}

# 1.2
INFO = {
    "currentVersion": NUMBER,
    "fullVersion": Text(r"\d+\.\d+\.\d+"),
    "soapUrl": URL,
    "secureSoapUrl": URL,
    "authInfo": {
        "isTokenBasedSecurity": BOOLEAN,
        "tokenServicesUrl": URL,
        "shortLivedTokenValidity": INTEGER,
    },
}

# 1.3
HEALTH = {"success": BOOLEAN}

#: Clients ask for these names of tasks, which have blanks.
WELL_KNOWN = {
    "Utilities/PrintingTools": [
        "Export Web Map Task",
        "Get Layout Templates Info Task",
    ],
    "HomelandSecurity/Incident_Data_Extraction": ["Extract Data Task"],
    "NetworkAnalysis/SanDiego": ["Generate Service Areas"],
    "911CallsHotspot": ["911 Calls Hotspot"],
}

EXECUTION = one_of("esriExecutionTypeSynchronous", "esriExecutionTypeAsynchronous")

# 2
SERVICE = {
    "currentVersion": NUMBER,
    "?cimVersion": TEXT,
    "serviceDescription": TEXT,
    "tasks": [NAME],
    "executionType": EXECUTION,
    "resultMapServerName": TEXT,
    "maximumRecords": INTEGER,
    "capabilities": one_of("", "Uploads"),
    "?schema": {"json-schema": {"url": URL}},
}

# 3.1
FILTER = (
    {"type": one_of("range"), "minimum": NUMBER, "maximum": NUMBER},
    {"type": one_of("featureClass"), "list": [Text(r"esriGeometry\w+")]},
    {"type": one_of("field"), "list": [Text(r"esriFieldType\w+")]},
    {"type": one_of("file"), "list": [Text(r"[^.]+")]},
    {
        "type": one_of("codedValue"),
        "list": [{"dataType": TEXT, "name": TEXT, "value": ANY}],
    },
    {"type": one_of("composite"), "list": [ANY]},
)

# 3
PARAMETER = {
    "name": NAME,
    "dataType": Text(r"(GPMultiValue:)?(GP\w+|Field)"),
    "displayName": TEXT,
    "description": TEXT,
    "direction": Text(r"esriGPParameterDirection(Input|Output)"),
    "defaultValue": ANY,
    "parameterType": Text(r"esriGPParameterType(Required|Optional|Derived)"),
    "category": TEXT,
    "?choiceList": [TEXT],
    "?filter": FILTER,
    "?dependency": NAME,
    "?parameterInfos": [
        {  # 3.2
            "name": TEXT,
            "dataType": TEXT,
            "displayName": TEXT,
            "?filter": FILTER,
            "?choiceList": [TEXT],
            "?parameterInfos": [ANY],
        }
    ],
}
TASK = {
    "name": NAME,
    "displayName": TEXT,
    "description": TEXT,
    "category": TEXT,
    "helpUrl": TEXT,
    "executionType": EXECUTION,
    "parameters": [PARAMETER],
}

# 4, 5.2
MESSAGE = {
    "type": Text(r"esriJobMessageType(Informative|Warning|Error)"),
    "description": TEXT,
}
# 5.5
RESULT = {"paramName": NAME, "dataType": TEXT, "value": ANY}
EXECUTED = {"results": [RESULT], "messages": [MESSAGE]}

JOB_ID = Text(r"j[0-9a-f]{32}")
STATUS = Text(
    r"esriJob(Submitted|Executing|Succeeded|Failed|TimedOut|Cancelling|Cancelled)"
)
# 5.1
SUBMITTED = {"jobId": JOB_ID, "jobStatus": STATUS, "?messages": [MESSAGE]}
# 5.2, by what the state adds
JOB = {"jobId": JOB_ID, "jobStatus": STATUS, "messages": [MESSAGE]}
JOB_SUBMITTED = JOB | {"queuePosition": INTEGER}  # our own addition
JOB_EXECUTING = JOB | {
    "progress": (
        {"type": one_of("default"), "message": TEXT},
        {"type": one_of("step"), "message": TEXT, "percent": NUMBER},
    )
}
JOB_SUCCEEDED = JOB | {
    "results": Named({"paramUrl": Text(r"results/\w+")}),
    "inputs": Named({"paramUrl": Text(r"inputs/\w+")}),
}

# 8.1
TOKEN = {"token": Text(r"\S{20,}"), "expires": INTEGER, "ssl": BOOLEAN}

# 6.8
REFERENCE = (
    {
        "wkid": INTEGER, "?latestWkid": INTEGER, "?vcsWkid": INTEGER,
        "?latestVcsWkid": INTEGER,
    },
    {"wkt": TEXT},
)  # fmt: skip
FIELD = {
    "name": TEXT,
    "type": Text(r"esriFieldType\w+"),
    "alias": TEXT,
    "?length": INTEGER,
    "?nullable": BOOLEAN,
    "?editable": BOOLEAN,
}
# 6.1
FEATURES = {
    "displayFieldName": TEXT,
    "geometryType": Text(r"esriGeometry(Point|Multipoint|Polyline|Polygon)"),
    "spatialReference": REFERENCE,
    "fields": [FIELD],
    "features": [{"attributes": Named(ANY), "geometry": (Named(ANY), NULL)}],
    "exceededTransferLimit": BOOLEAN,
    "?hasZ": BOOLEAN,
    "?hasM": BOOLEAN,
}
# 6.2
TABLE = {
    "displayFieldName": TEXT,
    "fields": [FIELD],
    "features": [{"attributes": Named(ANY)}],
    "exceededTransferLimit": BOOLEAN,
}
# 6.8
EXTENT = {
    "xmin": NUMBER, "ymin": NUMBER, "xmax": NUMBER, "ymax": NUMBER, "?zmin": NUMBER,
    "?zmax": NUMBER, "?mmin": NUMBER, "?mmax": NUMBER, "?spatialReference": REFERENCE,
}  # fmt: skip
RASTER = {"url": TEXT, "format": TEXT}
LINEAR_UNIT = {"distance": NUMBER, "units": Text(r"esri[A-Z]\w+")}
#: 6: the output value of each data type.
VALUES: dict[str, Shape] = {
    "GPBoolean": BOOLEAN,
    "GPDouble": NUMBER,
    "GPLong": INTEGER,
    "GPString": TEXT,
    "GPStringHidden": TEXT,
    "GPSQLExpression": TEXT,
    "GPDate": INTEGER,
    "GPLinearUnit": LINEAR_UNIT,
    "GPArealUnit": {"area": NUMBER, "units": Text(r"esri[A-Z]\w+")},
    "GPTimeUnit": {"time": NUMBER, "units": Text(r"esriTimeUnits[A-Z]\w+")},
    "GPFeatureRecordSetLayer": FEATURES,
    "GPRecordSet": TABLE,
    "GPRasterDataLayer": RASTER,
    "GPRasterData": RASTER,
    "GPDataFile": {"url": TEXT},
    "Field": FIELD | {"editable": BOOLEAN, "nullable": BOOLEAN, "length": INTEGER},
    "GPValueTable": [[ANY]],
    "GPSpatialReference": REFERENCE,
    "GPCoordinateSystem": REFERENCE,
    "GPExtent": EXTENT,
    "GPEnvelope": EXTENT,
}


def value_shape(data_type: str) -> Shape:
    """Return the shape of the output value of a data type, also of several values."""
    kind, _, member = data_type.partition(":")
    if kind == "GPMultiValue":
        # 6.7: each item of a composite tells its type
        tagged = {"dataType": TEXT, "value": ANY}
        return [tagged if member == "GPComposite" else VALUES[member]]
    return VALUES[data_type]


def missing_shape(data_type: str) -> Shape:
    """Return the shape of an output that was not produced: {} where null breaks (6.1)."""
    if data_type.startswith(("GPMultiValue:", "GPValueTable")):
        return [ANY]
    objects = ("GPFeatureRecordSetLayer", "GPRecordSet", "GPDataFile",
               "GPRasterDataLayer", "GPRasterData")  # fmt: skip
    return {} if data_type in objects else NULL
