"""GeoJSON: RFC 7946, the crs of its predecessor, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import random

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.reading.geojson import geometries_of
from services.reading.readers import read_features


def file(folder, document, name="a.geojson"):
    path = folder / name
    text = document if isinstance(document, str) else json.dumps(document)
    path.write_text(text)
    return path


def collection(*geometries, **members):
    features = [
        {"type": "Feature", "properties": None, "geometry": one} for one in geometries
    ]
    return {"type": "FeatureCollection", "features": features} | members


POINT = {"type": "Point", "coordinates": [8.5, 47]}


@pytest.mark.parametrize(
    "document",
    [
        POINT,
        {"type": "Feature", "geometry": POINT, "properties": {}},
        collection(POINT),
    ],
)
@pytest.mark.parametrize("name", ["a.geojson", "a.json", "a.txt"])
def test_every_object_of_geojson_is_read(tmp_path, document, name):
    found = read_features(file(tmp_path, document, name), [])
    assert [g.wkt for g in found.geometries] == ["POINT (8.5 47)"]
    assert found.spatial_reference == SpatialReference(4326)


@pytest.mark.parametrize(
    ("name", "wkid"),
    [
        ("urn:ogc:def:crs:EPSG::2056", 2056), ("EPSG:3857", 3857),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
        ("http://www.opengis.net/def/crs/EPSG/0/25832", 25832), ("ESRI:54009", 54009),
    ],
)  # fmt: skip
def test_the_old_crs_member_is_heeded(tmp_path, name, wkid):
    crs = {"type": "name", "properties": {"name": name}}
    found = read_features(file(tmp_path, collection(POINT, crs=crs)), [])
    assert found.spatial_reference == SpatialReference(wkid)


@pytest.mark.parametrize(
    ("crs", "says"),
    [
        ({"type": "link", "properties": {"href": "http://127.0.0.1/"}}, "not followed"),
        ({"type": "url", "properties": {"url": "http://127.0.0.1/"}}, "not followed"),
        ({"type": "name", "properties": {"name": "+init=/etc/passwd:x"}}, "not known"),
        ({"type": "name", "properties": {"name": "EPSG:1"}}, "unknown or unsupported"),
        (None, "does not say its spatial reference"),
        ([], "type name"),
    ],
    ids=str,
)
def test_a_crs_that_is_no_name_is_refused(tmp_path, crs, says):
    with pytest.raises(InvalidValue, match=f"^a.geojson: .*{says}"):
        read_features(file(tmp_path, collection(POINT, crs=crs)), [])


def test_properties_become_columns(tmp_path):
    rows = [
        {"n": 1, "big": 2**40, "f": 1, "b": True, "t": "x", "m": 1, "d": "2024-05-01T10:00:00Z", "o": {"a": [1]}},
        {"n": None, "big": 1, "f": 0.5, "b": None, "t": None, "m": "a", "d": None, "o": None, "late": 5},
    ]  # fmt: skip
    features = [
        {"type": "Feature", "id": i, "geometry": POINT, "properties": row}
        for i, row in enumerate(rows)
    ]
    found = read_features(
        file(tmp_path, {"type": "FeatureCollection", "features": features}), []
    )
    assert {f.name: f.type.removeprefix("esriFieldType") for f in found.fields} == {
        "id": "Integer", "n": "Integer", "big": "BigInteger", "f": "Double",
        "b": "SmallInteger", "t": "String", "m": "String", "d": "Date", "o": "String",
        "late": "Integer",
    }  # fmt: skip
    assert found.attributes.to_pylist()[0] == {
        "id": 0, "n": 1, "big": 2**40, "f": 1.0, "b": 1, "t": "x", "m": "1",
        "d": dt.datetime(2024, 5, 1, 10, tzinfo=dt.UTC), "o": '{"a":[1]}', "late": None,
    }  # fmt: skip


@given(st.integers(0, 2**32))
def test_geometries_are_those_of_another_reader(seed):
    chance = random.Random(seed)
    kind = chance.choice(
        [
            "Point",
            "MultiPoint",
            "LineString",
            "MultiLineString",
            "Polygon",
            "MultiPolygon",
        ]
    )
    size = chance.choice([2, 3])

    def vertices(count):
        return [[chance.uniform(-90, 90) for _ in range(size)] for _ in range(count)]

    def ring():
        made = vertices(chance.randint(3, 6))
        return [*made, made[0]]

    make = {
        "Point": lambda: vertices(1)[0],
        "MultiPoint": lambda: vertices(chance.randint(1, 4)),
        "LineString": lambda: vertices(chance.randint(2, 5)),
        "MultiLineString": lambda: [vertices(2) for _ in range(chance.randint(1, 3))],
        "Polygon": lambda: [ring() for _ in range(chance.randint(1, 3))],
        "MultiPolygon": lambda: [[ring()] for _ in range(chance.randint(1, 3))],
    }[kind]
    raw = [
        {"type": kind, "coordinates": make()} if chance.random() < 0.8 else None
        for _ in range(4)
    ]
    features = [{"geometry": one} for one in raw]
    found = geometries_of(features)
    for one, shape in zip(raw, found, strict=True):
        wanted = shapely.from_geojson(json.dumps(one)) if one else None
        assert (shape is None) == (wanted is None)
        assert wanted is None or shapely.equals_exact(shape, wanted, 0)
        assert wanted is None or shape.has_z == wanted.has_z


@pytest.mark.parametrize(
    ("geometry", "says"),
    [
        ({"type": "Point", "coordinates": [1]}, "two numbers"),
        ({"type": "Point", "coordinates": ["1", "2"]}, "finite number"),
        ({"type": "Point", "coordinates": [True, 2]}, "finite number"),
        ({"type": "Point", "coordinates": [None, 2]}, "finite number"),
        ({"type": "Point", "coordinates": "ab"}, "a list"),
        ({"type": "Point"}, "a list"),
        ({"type": "Circle", "coordinates": [1, 2]}, "a type of GeoJSON"),
        ({"coordinates": [1, 2]}, "a type of GeoJSON"),
        ([1, 2], "a type of GeoJSON"),
        ({"type": "LineString", "coordinates": [[1, 2]]}, "a line needs at least 2"),
        ({"type": "LineString", "coordinates": [1, 2]}, "nested lists"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}, "a ring needs at least 4"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1]]]}, "not closed"),
        ({"type": "Polygon", "coordinates": [[0, 0], [1, 1]]}, "nested lists"),
        ({"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 1], [1, 0], {}]]]}, "nested lists"),
        ({"type": "GeometryCollection", "geometries": [POINT]}, "collections"),
        ({"type": "Point", "coordinates": [400.5, 2]}, "outside"),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_a_geometry_that_does_not_fit_is_named(tmp_path, geometry, says):
    path = file(tmp_path, collection(POINT, None, geometry, POINT))
    with pytest.raises(InvalidValue, match=f"^a.geojson: feature 2: .*{says}"):
        read_features(path, [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not valid JSON"),
        ('{"type": "Topology"}', "expected GeoJSON"),
        ('{"features": [{"attributes": {}}]}', "expected GeoJSON"),
        ('{"type": "FeatureCollection", "features": [[]]}', "feature 0: expected an object"),
        ('{"type": "FeatureCollection"}', "expected 'features'"),
        ('{"type": "Feature", "properties": []}'.replace("[]", "[1]"), "properties must be"),
        ('{"type": "Point", "coordinates": [1e999, 2]}', "finite"),
        ('{"type":"GeometryCollection","geometries":[' * 100_000 + "]}" * 100_000, "too deep"),
        ("[1, 2]", "expected GeoJSON"),
        ("<OGRVRTDataSource/>", "expected JSON by the extension .geojson, but the content is XML"),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_what_is_no_geojson_is_refused(tmp_path, text, says):
    with pytest.raises(InvalidValue, match=f"^a.geojson: .*{says}"):
        read_features(file(tmp_path, text), [])


def test_a_large_file_is_the_same_as_geopandas_reads(tmp_path):
    chance = np.random.default_rng(7)
    places = chance.uniform(-80, 80, (500, 2))
    frame = geopandas.GeoDataFrame(
        {"n": np.arange(500)},
        geometry=shapely.buffer(shapely.points(places), 1),
        crs=4326,
    )
    frame.to_file(tmp_path / "a.geojson", driver="GeoJSON", engine="pyogrio")
    found = read_features(tmp_path / "a.geojson", [])
    wanted = geopandas.read_file(tmp_path / "a.geojson")
    assert shapely.equals_exact(found.geometries, wanted.geometry.to_numpy(), 0).all()
    assert found.column("n").to_pylist() == list(range(500))
