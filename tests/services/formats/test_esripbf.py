"""Features as Esri's protocol buffer, read back by Google's library."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely

from services.formats.esripbf import dump_pbf
from services.geometry.crs import WEB_MERCATOR, WGS84, SpatialReference
from services.geometry.features import FeatureSet, Field
from tests.services.formats.pbuffer import feature_result, parts, value
from tests.shapes import SHAPES, features, shape

pytestmark = pytest.mark.protocol("5.5 f=pbf")

_TYPES = ["esriGeometryPoint", "esriGeometryMultipoint", "esriGeometryPolyline",
          "esriGeometryPolygon"]  # fmt: skip


def _written(made: FeatureSet, **options: object):
    settings = {"with_z": True, "with_m": True} | options
    return feature_result(dump_pbf(made, **settings))


def _numbers(part: shapely.Geometry, one: shapely.Geometry) -> np.ndarray:
    return shapely.get_coordinates(part, include_z=one.has_z, include_m=one.has_m)


def _esri_parts(one: shapely.Geometry) -> list[list[tuple[float, ...]]]:
    """The parts as Esri JSON has them: clockwise shells, coordinates as tuples."""
    if isinstance(one, shapely.MultiPoint):
        return [_numbers(one, one).tolist()]
    found = []
    for part in shapely.get_parts([one]):
        rings = [part]
        if isinstance(part, shapely.Polygon):
            turned = shapely.orient_polygons(part, exterior_cw=True)
            rings = [turned.exterior, *turned.interiors]
        found += [_numbers(ring, one).tolist() for ring in rings]
    return found


@pytest.mark.parametrize("name", [name for name in SHAPES if "empty" not in name])
def test_every_geometry_comes_back(name):
    made = FeatureSet.of([shape(name)])
    result = _written(made)
    assert _TYPES[result.geometryType] == made.geometry_type
    assert (result.hasZ, result.hasM) == (made.has_z, made.has_m)
    found, expected = parts(result, result.features[0]), _esri_parts(shape(name))
    assert [len(part) for part in found] == [len(part) for part in expected]
    for part, wanted in zip(found, expected, strict=True):
        # 1e-9 degrees is the step; a missing m is 0
        assert np.allclose(part, np.nan_to_num(wanted), atol=6e-10)


@pytest.mark.parametrize("text", [None, "POLYGON EMPTY"])
def test_a_feature_without_a_geometry_has_none(text):
    result = _written(features("POLYGON ((0 0,0 1,1 1,0 0))", text, n=[1, 2]))
    assert [one.HasField("geometry") for one in result.features] == [True, False]


def test_many_parts_keep_to_their_features():
    rng = np.random.default_rng(5)
    counts = rng.integers(0, 4, 200)
    shapes = [
        shapely.MultiLineString(list(rng.uniform(-180, 180, (count, 3, 2))))
        for count in counts
    ]
    result = _written(FeatureSet.of(shapes, geometry_type="esriGeometryPolyline"))
    for one, feature in zip(shapes, result.features, strict=True):
        found = parts(result, feature) if feature.HasField("geometry") else []
        expected = [line.coords[:] for line in one.geoms]
        assert np.allclose(np.array(found), np.array(expected), atol=6e-10)


def test_values_come_back_by_their_types():
    columns = {
        "OBJECTID": (pa.array([1, 2**32 - 1, None], pa.int64()), "OID"),
        "small": (pa.array([-32768, 32767, None], pa.int16()), "SmallInteger"),
        "number": (pa.array([-(2**31), 2**31 - 1, None], pa.int32()), "Integer"),
        "big": (pa.array([-(2**63), 2**63 - 1, None], pa.int64()), "BigInteger"),
        "single": (pa.array([0.5, -1.25, None], pa.float64()), "Single"),
        "double": (pa.array([0.1, -1e300, None], pa.float64()), "Double"),
        "text": (pa.array(["", "Zürich 😀", None], pa.string()), "String"),
        "moment": (pa.array([-1, 1199145600000, None], pa.timestamp("ms", "UTC")),
                   "Date"),
        "day": (pa.array(["2020-08-02", "1999-12-31", None], pa.string()), "DateOnly"),
    }  # fmt: skip
    fields = tuple(Field(n, f"esriFieldType{kind}") for n, (_, kind) in columns.items())
    made = FeatureSet.of(
        shapely.points([[1.0, 2.0]] * 3),
        {name: values for name, (values, _) in columns.items()},
        fields=fields,
    )
    result = _written(made)
    # numbers of FieldType in the .proto
    assert [one.fieldType for one in result.fields] == [6, 0, 1, 13, 2, 3, 4, 5, 14]
    assert [one.name for one in result.fields] == list(columns)
    rows = [[value(one) for one in feature.attributes] for feature in result.features]
    assert rows == [
        [1, -32768, -(2**31), -(2**63), 0.5, 0.1, "", -1, "2020-08-02"],
        [2**32 - 1, 32767, 2**31 - 1, 2**63 - 1, -1.25, -1e300, "Zürich 😀",
         1199145600000, "1999-12-31"],
        [None] * 9,
    ]  # fmt: skip
    assert result.objectIdFieldName == result.uniqueIdField.name == "OBJECTID"


@pytest.mark.parametrize("reference", [WGS84, WEB_MERCATOR, SpatialReference(32633)])
def test_the_reference_is_named(reference):
    made = FeatureSet.of([shapely.Point(1, 2)], spatial_reference=reference)
    found = _written(made).spatialReference
    assert found.wkid == reference.wkid
    assert found.lastestWkid == reference.latest_wkid  # spelt so in the .proto


def test_metres_keep_a_tenth_of_a_millimetre():
    xy = (2782987.26983, 8399737.88982)
    made = FeatureSet.of([shapely.Point(*xy)], spatial_reference=WEB_MERCATOR)
    result = _written(made)
    ((place,),) = parts(result, result.features[0])
    assert place == pytest.approx(xy, abs=5.1e-5)


def test_z_and_m_are_left_out_unless_wanted():
    result = _written(FeatureSet.of([shape("line with z and m")]), with_m=False)
    assert (result.hasZ, result.hasM) == (True, False)
    assert parts(result, result.features[0]) == [[(0, 0, 1), (1, 1, 2)]]


def test_large_measures_stay_exact_to_a_double():
    made = FeatureSet.of([shapely.from_wkt("POINT M (1 2 1.7e12)")])
    result = _written(made)
    ((place,),) = parts(result, result.features[0])
    assert place[2] == pytest.approx(1.7e12, rel=1e-15)


def test_beyond_the_limit_there_is_a_flag_and_no_feature():
    result = _written(features("POINT (1 2)", "POINT (3 4)"), limit=1)
    assert result.exceededTransferLimit
    assert not result.features


def test_no_feature_at_all_is_an_empty_result():
    made = FeatureSet.of([], {"n": pa.array([], pa.string())})
    result = _written(made)
    assert not result.features
    assert [one.name for one in result.fields] == ["n"]
