"""Features as GeoJSON, read back by shapely and checked against RFC 7946."""

from __future__ import annotations

import json

import numpy as np
import orjson
import pyarrow as pa
import pytest
import shapely

from services.formats.geojson import feature_collection
from services.geometry.crs import WEB_MERCATOR, SpatialReference
from services.geometry.features import FeatureSet, Field
from tests.shapes import SHAPES, features, shape

pytestmark = pytest.mark.protocol("0.3 f=geojson by RFC 7946")


def _written(*layers: FeatureSet, **options: object):
    named = [(f"Layer{number}", one) for number, one in enumerate(layers)]
    document = feature_collection(named, **{"with_z": True} | options)
    return json.loads(orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY))


@pytest.mark.parametrize("name", [name for name in SHAPES
                                  if "empty" not in name and "antimeridian" not in name])  # fmt: skip
def test_every_geometry_comes_back_without_m(name):
    (feature,) = _written(FeatureSet.of([shape(name)]))["features"]
    found = shapely.from_geojson(json.dumps(feature["geometry"]))
    expected = shape(name)
    if not expected.has_z:
        expected = shapely.force_2d(expected)
    assert found.geom_type == expected.geom_type
    assert found.has_z == expected.has_z
    assert shapely.equals(found, expected)


@pytest.mark.parametrize("name", ["polygon with a hole", "island in a hole"])
def test_rings_follow_the_right_hand_rule(name):
    (feature,) = _written(FeatureSet.of([shape(name)]))["features"]
    found = shapely.from_geojson(json.dumps(feature["geometry"]))
    for polygon in shapely.get_parts(found):
        assert polygon.exterior.is_ccw
        assert not any(ring.is_ccw for ring in polygon.interiors)


@pytest.mark.parametrize("text", [None, "POINT EMPTY"])
def test_what_has_no_place_has_no_geometry(text):
    (feature,) = _written(features(text, n=[1]))["features"]
    assert feature == {"type": "Feature", "geometry": None, "properties": {"n": 1}}


def test_coordinates_are_degrees_on_wgs_84():
    # x = R λ, y = R ln tan(π/4 + φ/2), R = 6378137 m (EPSG 3857)
    made = FeatureSet.of(
        [shapely.Point(2782987.26983, 8399737.88982)], spatial_reference=WEB_MERCATOR
    )
    (feature,) = _written(made)["features"]
    assert feature["geometry"]["coordinates"] == pytest.approx([25, 60])


@pytest.mark.parametrize(
    ("made", "reference"),
    [
        ("POLYGON ((179 10,179 12,181 12,181 10,179 10))", 4326),
        # the same square drawn beyond the edge of Web Mercator
        (None, 102100),
        # zone 60 ends at 180 degrees; this square of 60 km lies across it
        ("POLYGON ((797000 1200000,797000 1260000,857000 1260000,857000 1200000,797000 1200000))", 32660),
    ],
    ids=["degrees", "web mercator", "utm 60"],
)  # fmt: skip
def test_polygons_are_cut_at_the_antimeridian(made, reference):
    if made is None:
        radius = 6378137.0
        x = radius * np.radians([179, 181])
        y = radius * np.log(np.tan(np.pi / 4 + np.radians([10, 12]) / 2))
        one = shapely.box(x[0], y[0], x[1], y[1])
    else:
        one = shapely.from_wkt(made)
    reference = SpatialReference(reference)
    (feature,) = _written(FeatureSet.of([one], spatial_reference=reference))["features"]
    found = shapely.from_geojson(json.dumps(feature["geometry"]))
    assert found.geom_type == "MultiPolygon"
    bounds = sorted(part.bounds for part in found.geoms)
    assert bounds[0][0] == -180
    assert bounds[1][2] == 180
    assert all(b[2] - b[0] < 2 for b in bounds)


def test_a_line_across_the_antimeridian_is_cut_too():
    line = shapely.LineString([(797000, 1200000), (857000, 1200000)])
    made = FeatureSet.of([line], spatial_reference=SpatialReference(32660))
    (feature,) = _written(made)["features"]
    found = shapely.from_geojson(json.dumps(feature["geometry"]))
    assert found.geom_type == "MultiLineString"
    assert {abs(x) for part in found.geoms for x, _ in part.coords} >= {180.0}


@pytest.mark.protocol("0.3 dates in geojson as ArcGIS writes them")
def test_attributes_are_properties_and_dates_are_milliseconds():
    fields = (Field("OBJECTID", "esriFieldTypeOID"), Field("when", "esriFieldTypeDate"))
    made = FeatureSet.of(
        [shapely.Point(1, 2)],
        {"OBJECTID": [7], "when": pa.array([1199145600000], pa.timestamp("ms", "UTC"))},
        fields=fields,
    )
    (feature,) = _written(made)["features"]
    # gpserver-rest 6.6: 1199145600000 is 2008-01-01T00:00:00Z
    assert feature["properties"] == {"OBJECTID": 7, "when": 1199145600000}
    assert feature["id"] == 7


@pytest.mark.protocol("clients 1.16 exceededTransferLimit in both places")
def test_the_limit_is_told_in_both_places():
    document = _written(features("POINT (1 2)", "POINT (3 4)"), limit=1)
    assert document["exceededTransferLimit"] is True
    assert document["properties"] == {"exceededTransferLimit": True}
    assert document["features"] == []
    within = _written(features("POINT (1 2)"), limit=1)
    assert set(within) == {"type", "features"}


def test_features_of_several_layers_say_whose_they_are():
    document = _written(features("POINT (1 2)"), features("POINT (3 4)"))
    names = [feature["paramName"] for feature in document["features"]]
    assert names == ["Layer0", "Layer1"]


def test_z_is_left_out_unless_wanted():
    (feature,) = _written(FeatureSet.of([shape("line with z")]), with_z=False)[
        "features"
    ]
    assert feature["geometry"]["coordinates"] == [[0, 0], [1, 1]]
