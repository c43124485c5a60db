"""Each format, written by another library, is read as what was written."""

from __future__ import annotations

import datetime as dt
import json

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.reading.readers import read_features, read_table
from tests.services.reading.files import (
    MOMENT,
    NAMES,
    measured,
    shapes,
    towns,
    zip_of,
    zip_of_parts,
    zipped,
)

_TYPES = {
    "small": "esriFieldTypeInteger",
    "big": "esriFieldTypeBigInteger",
    "share": "esriFieldTypeDouble",
    "flag": "esriFieldTypeSmallInteger",
    "moment": "esriFieldTypeDate",
    "name": "esriFieldTypeString",
}


def written(folder, extension, frame):
    """Write a frame as one of the formats; return its path."""
    path = folder / f"towns.{extension}"
    if extension == "zip":
        return zipped(folder, frame)
    if extension in ("parquet", "geoparquet"):
        frame.to_parquet(path)
        return path
    driver = {"gpkg": "GPKG", "geojson": "GeoJSON", "json": "GeoJSON",
              "fgb": "FlatGeobuf", "kml": "LIBKML"}[extension]  # fmt: skip
    frame.to_file(path, driver=driver, engine="pyogrio")
    return path


ALL = ("zip", "gpkg", "geojson", "json", "fgb", "parquet", "geoparquet")


def by_name(features):
    """Places of the towns by their name: FlatGeobuf sorts its features."""
    names = features.column("name").to_pylist()
    xy = shapely.get_coordinates(features.geometries)
    return {name: tuple(place) for name, place in zip(names, xy, strict=True)}


@pytest.mark.parametrize("extension", ALL)
@pytest.mark.protocol("7 uploaded items are read as features")
def test_points_and_their_columns_are_read(tmp_path, extension):
    notes = []
    found = read_features(written(tmp_path, extension, towns()), notes)
    frame = towns()
    assert found.spatial_reference == SpatialReference(4326)
    assert found.geometry_type == "esriGeometryPoint"
    wanted = dict(zip(NAMES, frame.get_coordinates().to_numpy(), strict=True))
    for name, place in by_name(found).items():
        np.testing.assert_allclose(place, wanted[name], atol=1e-12)
    row = found.column("name").to_pylist().index("Zürich")
    assert found.column("big")[row].as_py() == 2**40
    assert found.column("share")[row].as_py() == 1.5
    assert found.column("share").null_count == 1
    assert found.column("flag").to_pylist().count(1) == 2
    assert {f.name for f in found.fields} == set(_TYPES)
    assert notes == []


@pytest.mark.parametrize("extension", ["gpkg", "geojson", "fgb", "parquet"])
def test_columns_keep_their_types(tmp_path, extension):
    found = read_features(written(tmp_path, extension, towns()), [])
    assert {f.name: f.type for f in found.fields} == _TYPES
    assert set(found.column("moment").to_pylist()) == {MOMENT}


def test_a_shapefile_has_dates(tmp_path):
    day = pa.array([dt.date(2020, 1, 2)])
    measured(tmp_path / "d.shp", "ESRI Shapefile", ["POINT (2600000 1200000)"], day=day)
    found = read_features(zip_of_parts(tmp_path, "d"), [])
    assert found.field("day").type == "esriFieldTypeDate"
    assert found.column("day").to_pylist() == [dt.datetime(2020, 1, 2, tzinfo=dt.UTC)]


@pytest.mark.parametrize("kind", ["polygon", "line", "multipoint"])
@pytest.mark.parametrize("extension", [*ALL[:3], "fgb", "parquet"])
def test_shapes_are_read_with_their_spatial_reference(tmp_path, extension, kind):
    frame = shapes(kind)
    found = read_features(written(tmp_path, extension, frame), [])
    assert found.spatial_reference == SpatialReference(2056)
    assert found.geometry_type == {
        "polygon": "esriGeometryPolygon", "line": "esriGeometryPolyline",
        "multipoint": "esriGeometryMultipoint",
    }[kind]  # fmt: skip
    ids = found.column("id").to_pylist()
    for row, shape in zip(ids, found.geometries, strict=True):
        assert shapely.equals(shape, frame.geometry[row - 1])


def test_kml_and_kmz_are_read_without_columns_that_say_nothing(tmp_path):
    path = written(tmp_path, "kml", towns(Name=NAMES).drop(columns=["name", "moment"]))
    packed = zip_of(tmp_path / "towns.kmz", ("doc.kml", path.read_bytes()))
    for one in (path, packed):
        found = read_features(one, [])
        assert found.spatial_reference == SpatialReference(4326)
        assert found.column("Name").to_pylist() == NAMES
        assert {f.name for f in found.fields} == {
            "id",
            "Name",
            "small",
            "big",
            "share",
            "flag",
        }
        np.testing.assert_allclose(
            shapely.get_coordinates(found.geometries),
            towns().get_coordinates().to_numpy(),
            atol=1e-9,
        )


@pytest.mark.parametrize("driver", ["ESRI Shapefile", "GPKG"])
@pytest.mark.parametrize(
    "text", ["POINT ZM (2600000 1200000 5 7)", "POINT M (2600000 1200000 7)"]
)
def test_z_and_m_are_kept(tmp_path, driver, text):
    if driver == "GPKG":
        path = measured(tmp_path / "m.gpkg", driver, [text])
    else:
        measured(tmp_path / "m.shp", driver, [text])
        path = zip_of_parts(tmp_path, "m")
    found = read_features(path, [])
    assert (found.has_z, found.has_m) == ("Z" in text, True)
    assert found.geometries[0].m == 7


def test_esri_json_is_read_like_a_value_of_the_request(tmp_path):
    document = {
        "geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 102100},
        "fields": [{"name": "A", "type": "esriFieldTypeSmallInteger"}],
        "features": [{"geometry": {"x": 1, "y": 2}, "attributes": {"A": 5}}],
    }  # fmt: skip
    for name in ("a.json", "a.txt"):
        path = tmp_path / name
        path.write_text(json.dumps(document))
        found = read_features(path, [])
        assert found.spatial_reference == SpatialReference(102100)
        assert found.column("A").to_pylist() == [5]
        assert read_table(path, []).column("A").to_pylist() == [5]


def test_a_custom_projection_is_kept_as_text(tmp_path):
    frame = towns("+proj=laea +lat_0=47 +lon_0=8 +datum=WGS84")
    for extension in ("zip", "gpkg", "fgb", "parquet"):
        found = read_features(written(tmp_path, extension, frame), [])
        assert found.spatial_reference.wkid is None
        operation = found.spatial_reference.crs.coordinate_operation
        assert operation.method_name == "Lambert Azimuthal Equal Area"


def test_the_code_page_of_a_shapefile_is_heeded(tmp_path):
    path = zipped(tmp_path, towns().drop(columns="moment"), encoding="ISO-8859-1")
    assert read_features(path, []).column("name").to_pylist() == NAMES


def test_one_layer_of_several_is_named(tmp_path):
    path = tmp_path / "two.gpkg"
    towns().to_file(path, layer="towns", engine="pyogrio")
    shapes("line").to_file(path, layer="ways", engine="pyogrio")
    with pytest.raises(InvalidValue, match=r"two.gpkg: has 2 layers .*: towns, ways"):
        read_features(path, [])
    assert len(read_features(path, [], layer="WAYS")) == 2
    with pytest.raises(
        InvalidValue, match=r"no layer 'roads'; the layers are towns, ways"
    ):
        read_features(path, [], layer="roads")
    packed = zipped(tmp_path, towns().drop(columns="moment"), shapes("line"))
    with pytest.raises(InvalidValue, match=r"data.zip: has 2 layers .*layer0, layer1"):
        read_features(packed, [])
    assert len(read_features(packed, [], layer="layer1")) == 2


def test_points_beside_multipoints_become_multipoints(tmp_path):
    frame = geopandas.GeoDataFrame(
        geometry=[shapely.Point(1, 2), shapely.MultiPoint([[3, 4]]), None], crs=4326
    )
    found = read_features(written(tmp_path, "gpkg", frame), [])
    assert found.geometry_type == "esriGeometryMultipoint"
    assert [g and g.geom_type for g in found.geometries] == ["MultiPoint"] * 2 + [None]


@pytest.mark.parametrize("extension", ["gpkg", "geojson", "parquet"])
def test_one_kind_of_geometry_is_expected(tmp_path, extension):
    frame = geopandas.GeoDataFrame(
        geometry=[shapely.Point(1, 2), shapely.box(0, 0, 1, 1)], crs=4326
    )
    with pytest.raises(InvalidValue, match="holds points and polygons"):
        read_features(written(tmp_path, extension, frame), [])
    frame = geopandas.GeoDataFrame(
        geometry=[shapely.GeometryCollection([shapely.Point(1, 2)])], crs=4326
    )
    with pytest.raises(InvalidValue, match="feature 0: geometry collections"):
        read_features(written(tmp_path, extension, frame), [])


@pytest.mark.parametrize("extension", ["gpkg", "geojson", "fgb", "parquet", "zip"])
def test_reading_stops_above_the_number_of_features(tmp_path, extension):
    path = written(tmp_path, extension, towns())
    assert len(read_features(path, [], max_features=3)) == 3
    for read in (read_features, read_table):
        with pytest.raises(InvalidValue, match=r"more features or rows .*: 2"):
            read(path, [], max_features=2)


@pytest.mark.parametrize("extension", ALL)
@pytest.mark.protocol("6.2 a table from an uploaded item")
def test_a_table_is_read_without_geometry(tmp_path, extension):
    found = read_table(written(tmp_path, extension, towns()), [])
    assert sorted(found.column("name").to_pylist()) == sorted(NAMES)
    assert {f.name for f in found.fields} == set(_TYPES)


def test_a_table_of_a_bare_dbf_or_parquet_is_read(tmp_path):
    frame = towns().drop(columns=["geometry", "moment"])
    frame.to_parquet(tmp_path / "a.parquet")
    path = zipped(
        tmp_path, towns().drop(columns="moment"), without=(".shp", ".shx", ".prj")
    )
    for one in (path, tmp_path / "a.parquet"):
        assert read_table(one, []).column("name").to_pylist() == NAMES
        with pytest.raises(
            InvalidValue, match=r"expected a shapefile|no 'geo' metadata"
        ):
            read_features(one, [])


def test_columns_of_other_kinds_become_text_or_are_left_out(tmp_path):
    table = pa.table({
        "list": [[1, 2], None], "record": [{"a": 1}, {"a": None}],
        "blob": [b"\x00", b"\x01"], "time": pa.array([1, 2], pa.time32("s")),
        "code": pa.array(["a", "b"]).dictionary_encode(), "x" * 80: [1, 2],
    })  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet")
    notes = []
    found = read_table(tmp_path / "a.parquet", notes)
    assert found.attributes.to_pylist()[0] == {
        "list": "[1,2]", "record": '{"a":1}', "time": "00:00:01", "code": "a",
        "x" * 64: 1,
    }  # fmt: skip
    assert found.field("time").type == "esriFieldTypeTimeOnly"
    assert len(notes) == 2


def test_names_that_differ_in_case_alone_are_changed(tmp_path):
    pq.write_table(pa.table({"a": [1], "A": [2]}), tmp_path / "a.parquet")
    notes = []
    found = read_table(tmp_path / "a.parquet", notes)
    assert found.attributes.to_pylist() == [{"a": 1, "A_1": 2}]
    assert notes == ["the column 'A' is called 'A_1' here"]


def test_an_infinite_attribute_is_refused(tmp_path):
    pq.write_table(pa.table({"a": [float("inf")]}), tmp_path / "a.parquet")
    with pytest.raises(InvalidValue, match=r"a.parquet: the column a holds a value"):
        read_table(tmp_path / "a.parquet", [])


def test_a_coordinate_of_no_place_is_refused(tmp_path):
    frame = geopandas.GeoDataFrame(geometry=[shapely.Point(1e9, 2)], crs=4326)
    with pytest.raises(InvalidValue, match=r"feature 0: coordinate .* outside"):
        read_features(written(tmp_path, "gpkg", frame), [])


def test_what_the_caller_knows_counts_where_a_file_is_silent(tmp_path):
    path = zipped(tmp_path, shapes("line"), without=(".prj",))
    with pytest.raises(
        InvalidValue, match=r"data.zip: does not say its spatial ref.*\.prj"
    ):
        read_features(path, [])
    found = read_features(path, [], spatial_reference=SpatialReference(2056))
    assert found.spatial_reference == SpatialReference(2056)


def test_metadata_that_a_writer_adds_in_the_end_is_found(tmp_path):
    path = tmp_path / "a.parquet"
    towns().to_parquet(path)
    table = pq.read_table(path)
    geo = table.schema.metadata[b"geo"]
    plain = table.replace_schema_metadata(None)
    with pq.ParquetWriter(path, plain.schema) as writer:
        writer.write_table(plain)
        writer.add_key_value_metadata({"geo": geo.decode()})
    assert len(read_features(path, [])) == 3
