"""Features that the corpus leaves out: what is odd is read or refused, never lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.bad_input_gen import box, feature, feature_set, line, point, polygon
from tests.corpus import ASK
from tests.test_bad_inputs import assert_answered, assert_refused, post

POLYGON, POLYLINE = "esriGeometryPolygon", "esriGeometryPolyline"
ENVELOPE = "esriGeometryEnvelope"
MULTIPOINT = "esriGeometryMultipoint"
_EMPTY_ENVELOPE = dict.fromkeys(("xmin", "ymin", "xmax", "ymax"))


def with_field(kind: Any, value: Any) -> dict[str, Any]:
    """One point with one attribute ``a`` of a declared type."""
    fields = [{"name": "a", "type": kind}]
    return feature_set([], features=[feature(point(1, 1), a=value)], fields=fields)


def with_attributes(attributes: Any) -> dict[str, Any]:
    return feature_set(
        [], features=[{"geometry": point(1, 1), "attributes": attributes}]
    )


REFUSED: dict[str, tuple[Any, str]] = {
    "mixed kinds": (
        feature_set([point(1, 1), line([[0, 0], [1, 1]])]),
        "feature 1: the geometry has no 'x'",
    ),
    "lines as polygons": (feature_set([line([[0, 0], [1, 1]])], POLYGON), "'rings'"),
    "points as lines": (feature_set([point(1, 1)], POLYLINE), "'paths'"),
    "unknown kind": (feature_set([point(1, 1)], "esriGeometryBall"), "geometryType"),
    "list for a geometry": (feature_set([point(1, 1), [1, 1]]), "feature 1"),
    "text for a number": (feature_set([point("1", "2")]), 'not "1"'),
    "null for a ring": (feature_set([{"rings": [None]}], POLYGON), "feature 0: a ring"),
    "half an envelope": (feature_set([{"xmin": 1, "ymin": 1}], ENVELOPE), "xmin <="),
    "NaN in a line": (
        feature_set([line([[0, 0], ["NaN", 1]])], POLYLINE),
        "feature 0: a coordinate must be a finite number",
    ),
    "longitude 1000": (feature_set([point(1000, 0)]), "(1000, 0) lies outside"),
    "list for a feature set": ({"featureSet": [1]}, "featureSet must be an object"),
    "text for a layer": (
        {"layerDefinition": "x", "featureSet": feature_set([])},
        "layerDefinition must be an object",
    ),
    "text for an extent": (
        {"layerDefinition": {"extent": "x"}, "featureSet": feature_set([])},
        "extent must be an object",
    ),
    "list for attributes": (with_attributes([1]), "feature 0: attributes"),
    "list for a field type": (with_field(["a"], 1), "unknown type"),
    "a field declared twice": (
        feature_set([], fields=[{"name": "a"}, {"name": "a"}]),
        "two fields are named 'a'",
    ),
    "a date after 9999": (with_field("esriFieldTypeDate", 10**18), "field 'a'"),
    "infinity in a field": (with_field("esriFieldTypeDouble", "inf"), "field 'a'"),
    "a wkid of text": (feature_set([], sr={"wkid": "EPSG:4326"}), "wkid"),
    "a negative wkid": (feature_set([], sr={"wkid": "-1"}), "unsupported wkid -1"),
    "another planet": (
        feature_set([point(1, 1, spatialReference={"wkid": 104903})]),
        "nothing leads from spatial reference 104903 to 4326",
    ),
    "deep within spaces": (" " * 40_000 + "[" * 40 + "]" * 40, "nested too deep"),
    "a key twice": ('{"features": [{"geometry": {"x": 1, "x": 2, "y": 3}}]}', "'x'"),
    "NUL as an escape": ('{"features": [], "a": "b\\u0000"}', 'follows {"features"'),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_features_that_do_not_fit_are_refused(client, published, name):
    published(ASK.tool_id)
    value, word = REFUSED[name]
    text = value if isinstance(value, str) else json.dumps(value)
    document = post(client, ASK, ASK.good | {"f": "json", "In_Features": text})
    assert_refused(document, ["'In_Features':", word])


READ: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "no features": (feature_set([]), []),
    "no geometry": (feature_set([None]), [None]),
    "an empty point": (feature_set([{"x": None}]), [{"x": None, "y": None}]),
    "no rings": (feature_set([polygon()], POLYGON), [{"rings": []}]),
    "no paths": (feature_set([line()], POLYLINE), [{"paths": []}]),
    "no points": (feature_set([{"points": []}], MULTIPOINT), [{"points": []}]),
    "an empty envelope": (feature_set([_EMPTY_ENVELOPE], ENVELOPE), [{"rings": []}]),
    "a ring without area": (
        feature_set([polygon([[1, 1]] * 4), polygon(box(0, 0, 1, 1))], POLYGON),
        [{"rings": []}, {"rings": [box(0, 0, 1, 1)]}],
    ),
    "brackets in a text": (
        with_attributes({"a": "[" * 50 + '"{'}),
        [{"x": 1.0, "y": 1.0}],
    ),
    "a backslash before u0000": (
        with_attributes({"a": "C:\\u0000"}),
        [{"x": 1.0, "y": 1.0}],
    ),
}


@pytest.mark.parametrize("name", list(READ))
def test_odd_features_keep_their_place(client, published, name):
    published(ASK.tool_id)
    given, geometries = READ[name]
    fields = ASK.good | {"f": "json", "In_Features": json.dumps(given)}
    document = post(client, ASK, fields)
    assert_answered(document)
    features = document["results"][0]["value"]["features"]
    assert [one["geometry"] for one in features] == geometries


def extent(west: float, south: float, east: float, north: float, wkid: int) -> str:
    bounds = {"xmin": west, "ymin": south, "xmax": east, "ymax": north}
    return json.dumps({"extent": bounds | {"spatialReference": {"wkid": wkid}}})


@pytest.mark.parametrize(
    ("context", "kept"),
    [
        (extent(-180, -90, 180, 90, 4326), 1),
        (extent(9, 49, 11, 51, 4326), 1),
        (extent(0, 0, 0, 0, 4326), 0),
        (extent(-1e308, -1e308, 1e308, 1e308, 4326), 1),
        (extent(1.1e6, 6.4e6, 1.2e6, 6.5e6, 3857), 1),
    ],
)
def test_an_extent_of_any_size_chooses_what_it_touches(
    client, published, context, kept
):
    published(ASK.tool_id)
    # 10° E, 50° N is x = 1113194.9 m, y = 6446275.8 m in Web Mercator (EPSG 3857).
    metres = json.dumps(feature_set([point(1113194.9, 6446275.8)], sr={"wkid": 3857}))
    for features in (ASK.good["In_Features"], metres):
        fields = ASK.good | {"f": "json", "In_Features": features, "context": context}
        document = post(client, ASK, fields)
        assert len(document["results"][0]["value"]["features"]) == kept
