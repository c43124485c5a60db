"""FeatureSet and RecordSet: frozen values, compared by what they hold."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
import shapely

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet, Field, RecordSet, same_geometries
from tests.shapes import SHAPES, features, geometries

CITIES = features(
    "POINT (25 60)", None, "POINT (10 50)", name=["a", None, "c"], size=[1, 2, 3]
)
BARE = features("POINT (25 60)", None)


def test_fields_are_inferred_from_values():
    columns = {
        "flag": [True, False],
        "small": np.array([1, 2], dtype=np.int16),
        "whole": np.array([1, 2], dtype=np.int32),
        "wide": [1, 2**40],
        "real": [1.5, None],
        "text": ["a", None],
        "since": [datetime(1969, 7, 20, tzinfo=UTC), None],
    }
    kinds = [field.type.removeprefix("esriFieldType") for field in
             RecordSet.from_columns(columns).fields]  # fmt: skip
    assert kinds == ["SmallInteger", "SmallInteger", "Integer", "BigInteger", "Double",
                     "String", "Date"]  # fmt: skip


def test_alias_that_is_left_out_is_the_name():
    assert Field("a").alias == "a"
    assert Field("a", alias="The a").alias == "The a"


def test_nan_in_an_array_becomes_null():
    made = RecordSet.from_columns({"a": np.array([1.0, np.nan])})
    assert made.attributes.column("a").to_pylist() == [1.0, None]


def test_geometry_type_is_that_of_the_first_geometry():
    assert features(None, "MULTIPOLYGON EMPTY").geometry_type == "esriGeometryPolygon"
    assert features(None).geometry_type == "esriGeometryPoint"
    chosen = FeatureSet.of([], geometry_type="esriGeometryPolyline")
    assert (len(chosen), chosen.geometry_type) == (0, "esriGeometryPolyline")


@pytest.mark.parametrize("name", SHAPES)
def test_z_and_m_are_those_of_the_geometries(name):
    made = features(None, SHAPES[name])
    assert made.has_z == ("with z" in name)
    assert made.has_m == (" m" in name and "empty" not in name)


def test_columns_of_another_length_are_refused():
    with pytest.raises(ValueError, match="3 values for 1 geometries"):
        FeatureSet.of([shapely.Point(1, 2)], {"a": [1, 2, 3]})


def test_values_are_equal_if_all_they_hold_is():
    again = features(
        "POINT (25 60)", None, "POINT (10 50)", name=["a", None, "c"], size=[1, 2, 3]
    )
    assert again == CITIES
    assert CITIES.records == again.records
    assert CITIES.records != CITIES


@pytest.mark.parametrize(
    "other",
    [
        CITIES.take(np.array([0, 2, 1])),
        CITIES.take(np.array([0, 1])),
        CITIES.without_columns(["size"]),
        CITIES.with_column("size", [1, 2, 4]),
        dataclasses.replace(CITIES, spatial_reference=SpatialReference(4258)),
        dataclasses.replace(CITIES, has_z=True),
        CITIES.with_geometries(geometries("POINT (25 60)", None, "POINT (10 51)")),
        CITIES.records,
    ],
    ids=["order", "fewer", "column", "value", "reference", "flag", "geometry", "table"],
)
def test_values_differ_if_anything_in_them_does(other):
    assert other != CITIES


def test_values_are_frozen_and_have_no_hash():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CITIES.has_z = True
    with pytest.raises(TypeError, match="unhashable"):
        hash(CITIES)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("POINT Z (1 2 NaN)", "POINT Z (1 2 NaN)", True),
        ("POINT Z (1 2 3)", "POINT (1 2)", False),
        ("POINT Z (1 2 3)", "POINT M (1 2 3)", False),
        ("POINT M (1 2 3)", "POINT M (1 2 4)", False),
        ("POINT EMPTY", None, False),
        (None, None, True),
        ("POLYGON ((0 0,0 1,1 1,0 0))", "POLYGON ((0 1,1 1,0 0,0 1))", False),
    ],
)
def test_geometries_are_the_same_vertex_by_vertex(first, second, same):
    assert same_geometries(geometries(first), geometries(second)) == same


def test_fields_are_found_in_any_case():
    assert CITIES.field("NAME").name == "name"
    assert CITIES.column("Size").to_pylist() == [1, 2, 3]
    with pytest.raises(InvalidValue, match="no field 'x'; the fields are name, size"):
        CITIES.field("x")


def test_numbers_are_floats_with_nan_for_null():
    table = RecordSet.from_columns({"a": [1, None, 2**53 + 1], "b": ["x", "y", "z"]})
    assert np.array_equal(table.numbers("a"), [1, np.nan, 2.0**53], equal_nan=True)
    with pytest.raises(InvalidValue, match="'b' is not numeric"):
        table.numbers("b")


@pytest.mark.parametrize(
    "rows", [np.array([2, 0]), np.array([True, False, True])], ids=["index", "mask"]
)
def test_rows_are_taken_by_index_or_mask(rows):
    made = CITIES.take(rows)
    assert sorted(made.column("name").to_pylist()) == ["a", "c"]
    assert len(made.geometries) == 2


def test_row_may_be_taken_twice():
    assert CITIES.take(np.array([1, 1])).column("size").to_pylist() == [2, 2]


def test_columns_are_added_replaced_and_dropped():
    made = CITIES.with_column("SIZE", [1.5, None, 2.5]).with_column(
        "new", ["x", "y", "z"]
    )
    assert [field.name for field in made.fields] == ["name", "SIZE", "new"]
    assert made.attributes.column_names == ["name", "SIZE", "new"]
    assert made.without_columns(["Name", "size", "other"]).attributes.column_names == [
        "new"
    ]
    assert CITIES.attributes.column_names == ["name", "size"]


def test_column_takes_the_type_of_its_field():
    made = CITIES.with_column("size", [1, 2, 3], Field("size", "esriFieldTypeDouble"))
    assert made.attributes.column("size").type == pa.float64()


def test_set_without_fields_still_has_its_rows():
    assert len(BARE) == 2
    assert BARE.with_column("a", [1, 2]).column("a").to_pylist() == [1, 2]
    assert len(BARE.take(np.array([1]))) == 1
    dropped = CITIES.without_columns(["name", "size"])
    assert len(dropped) == 3
    assert dropped.with_column("a", [1, 2, 3]).column("a").to_pylist() == [1, 2, 3]


def test_new_geometries_bring_their_type_and_dimensions():
    made = CITIES.with_geometries(
        geometries(None, SHAPES["line with z"], SHAPES["line with m"])
    )
    assert (made.geometry_type, made.has_z, made.has_m) == (
        "esriGeometryPolyline",
        True,
        True,
    )
    assert made.records == CITIES.records


def test_projection_keeps_attributes_and_null_geometry():
    made = CITIES.project(SpatialReference(3857))
    # EPSG Guidance Note 7-2, method 1024: x = a λ.
    assert made.geometries[2].x == pytest.approx(6378137 * np.radians(10))
    assert made.geometries[1] is None
    assert made.records == CITIES.records


@pytest.mark.parametrize(
    "one", [CITIES, BARE, features()], ids=["columns", "bare", "none"]
)
def test_geopandas_gets_rows_geometries_and_reference(one):
    frame = one.to_geopandas()
    assert len(frame) == len(one)
    assert frame.crs == "EPSG:4326"
    assert frame.geometry.isna().sum() == shapely.is_missing(one.geometries).sum()
    assert list(frame.columns) == [*one.attributes.column_names, "geometry"]
