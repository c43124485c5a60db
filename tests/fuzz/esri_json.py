"""Esri JSON to features and tables, and what was read back to Esri JSON."""

from __future__ import annotations

import orjson

from services.datatypes.feature import GPFeatureRecordSetLayer, GPRecordSet
from services.errors import InvalidValue
from services.wire import encode
from tests.bad_input_gen import box, feature_set, good, line, point, polygon

SEEDS = [
    good().encode(),
    orjson.dumps(feature_set([polygon(box(0, 0, 2, 2))], "esriGeometryPolygon")),
    orjson.dumps(feature_set([line([[0, 0], [1, 1]])], "esriGeometryPolyline")),
    orjson.dumps(feature_set([point(1, 2, z=3, m=4)], hasZ=True, hasM=True)),
    b'{"geometryType":"esriGeometryPolyline","features":[{"geometry":{"curvePaths":'
    b'[[[0,0],{"c":[[2,0],[1,1]]},{"b":[[4,0],[2,1],[3,-1]]},{"a":[[6,0],[5,0],0,1]}]]}}]}',
    b'{"fields":[{"name":"a","type":"esriFieldTypeDate"}],"features":'
    b'[{"attributes":{"a":1700000000000}}]}',
    b'{"layerDefinition":{"geometryType":"esriGeometryPoint"},"featureSet":{"features":[]}}',
]  # fmt: skip


def check(data: bytes) -> None:
    for kind in (GPFeatureRecordSetLayer(), GPRecordSet()):
        try:
            value = kind.parse(data, [])
        except InvalidValue:
            continue
        encode(kind.dump(value))
