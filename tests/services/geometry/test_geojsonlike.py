"""GeoJSON geometries in feature sets, as shapely writes them."""

from __future__ import annotations

import json

import pytest
import shapely

from services.errors import InvalidValue
from services.geometry.esrijson import parse_features

SHAPES = {
    "point": "POINT (1 2)",
    "heights": "POINT Z (1 2 3)",
    "points": "MULTIPOINT ((1 2), (3 4))",
    "line": "LINESTRING (0 0, 1 1)",
    "lines": "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
    "polygon": "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))",
    "polygons": "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_a_geometry_of_geojson_is_read_as_the_same_shape(text):
    geometry = json.loads(shapely.to_geojson(shapely.from_wkt(text)))
    document = {"features": [{"geometry": geometry, "attributes": {"a": 1}}, {}]}
    read = parse_features(document, [])
    assert shapely.equals(read.geometries[0], shapely.from_wkt(text))
    assert shapely.is_missing(read.geometries[1])
    assert read.has_z == shapely.has_z(shapely.from_wkt(text))


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": 5},
        {"type": "Blob", "coordinates": []},
        {"type": ["Polygon"], "coordinates": [[[0, 0]]]},
        {"type": "MultiPolygon", "coordinates": [5]},
        {"type": "MultiPolygon", "coordinates": [[5]]},
        {"type": "Point", "coordinates": ["a", "b"]},
        {"type": "Point", "coordinates": [1]},
        {"type": "Polygon", "coordinates": [[0, 1]]},
    ],
    ids=str,
)
def test_what_is_no_geometry_is_refused(geometry):
    with pytest.raises(InvalidValue):
        parse_features({"features": [{"geometry": geometry}]}, [])
