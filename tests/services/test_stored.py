"""Results at rest: what is written is read back, by us and by others."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet, Field, RecordSet
from services.stored import (
    describe,
    read_features,
    read_table,
    write_features,
    write_table,
)
from tests.shapes import SHAPES, features

COLUMNS = {
    "text": ["a", None, "ü"],
    "id": [1, 2**60, 3],
    "small": [1, None, 3],
    "number": [1.5, None, -0.0],
    "since": [
        datetime(1900, 1, 1, tzinfo=UTC),
        None,
        datetime(2024, 5, 31, tzinfo=UTC),
    ],
}
FIELDS = [
    Field("text", "esriFieldTypeGUID", "The text", 38, False),
    Field("small", "esriFieldTypeSmallInteger"),
    Field("since", "esriFieldTypeDate"),
]
TABLE = RecordSet.from_columns(COLUMNS, FIELDS)
ALBERS = pyproj.CRS("ESRI:102003").to_wkt("WKT1_ESRI")


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_read_back(tmp_path, name):
    path = tmp_path / "a.parquet"
    made = FeatureSet.of(
        [shapely.from_wkt(SHAPES[name]), None, None], COLUMNS, fields=FIELDS
    )
    write_features(made, path)
    assert read_features(path) == made


@pytest.mark.parametrize(
    "reference",
    [SpatialReference(102100), SpatialReference(3857, None, 5621), SpatialReference(102003),
     SpatialReference(None, ALBERS)],
    ids=["wkid", "vertical", "esri", "wkt"],
)  # fmt: skip
def test_reference_is_kept_as_the_client_named_it(tmp_path, reference):
    path = tmp_path / "a.parquet"
    made = dataclasses.replace(features("POINT (1 2)"), spatial_reference=reference)
    write_features(made, path)
    assert read_features(path).spatial_reference == reference


@pytest.mark.parametrize(
    "made",
    [
        features(),
        features("POINT (1 2)", None),
        features("POINT (1 2)", geometry=["taken"], geometry_=["too"]),
        dataclasses.replace(features("POINT (1 2)"), has_z=True),
        FeatureSet.of([], {"a": []}, geometry_type="esriGeometryPolygon"),
    ],
    ids=["empty", "bare", "taken", "flag", "no rows"],
)
def test_odd_sets_are_read_back(tmp_path, made):
    path = tmp_path / "a.parquet"
    write_features(made, path)
    assert read_features(path) == made


@pytest.mark.parametrize("made", [TABLE, TABLE.take(np.array([], int)), RecordSet.from_columns({})],
                         ids=["full", "empty", "no columns"])  # fmt: skip
def test_tables_are_read_back(tmp_path, made):
    path = tmp_path / "a.parquet"
    write_table(made, path)
    assert read_table(path) == made


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90), st.text()), max_size=5)
)
def test_any_points_and_texts_are_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("stored") / "a.parquet"
    made = FeatureSet.of(
        [shapely.Point(x, y) for x, y, _ in rows],
        {"a": [text for *_, text in rows]},
        fields=[Field("a")],
    )
    write_features(made, path)
    assert read_features(path) == made


@pytest.mark.parametrize("wkid", [4326, 102100, 102003, 32633])
def test_geopandas_reads_rows_geometry_and_reference(tmp_path, wkid):
    path = tmp_path / "a.parquet"
    made = features("POINT Z (25 60 5)", None, a=["x", None]).project(
        SpatialReference(wkid)
    )
    write_features(made, path)
    frame = geopandas.read_parquet(path)
    assert frame.crs == pyproj.CRS.from_authority(*code(wkid))
    assert frame.geometry[0].equals(made.geometries[0])
    assert frame.geometry[0].z == 5
    assert frame.geometry[1] is None
    assert frame["a"].isna().tolist() == [False, True]


def code(wkid):
    """Authority and code of a wkid; Web Mercator has its own in EPSG."""
    if wkid == 102100:
        return "EPSG", 3857
    return ("ESRI" if wkid > 100_000 else "EPSG"), wkid


def test_metadata_follow_geoparquet(tmp_path):
    # geoparquet.org 1.1.0: version, primary_column and columns are required; each
    # column has encoding and geometry_types.
    path = tmp_path / "a.parquet"
    write_features(features("POINT (1 2)", geometry=["taken"]), path)
    geo = json.loads(pq.read_schema(path).metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry_")
    assert (column["encoding"], column["geometry_types"]) == ("WKB", [])
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4326}


def test_a_file_is_described_without_reading_its_rows(tmp_path):
    shapes = [shapely.box(1, 2, 3, 4), None, shapely.box(5, -6, 7, 8)]
    features = FeatureSet.of(shapes, {"name": ["a", "b", "c"]})
    write_features(features, tmp_path / "a.parquet")
    about = describe(tmp_path / "a.parquet")
    assert about.bounds == (1, -6, 7, 8)
    assert (about.count, about.geometry_type) == (3, "esriGeometryPolygon")
    assert about.fields == features.fields
    assert about.spatial_reference == features.spatial_reference
    write_table(features.records, tmp_path / "b.parquet")
    table = describe(tmp_path / "b.parquet")
    assert (table.count, table.geometry_type, table.bounds) == (3, "", None)
    write_features(FeatureSet.of([]), tmp_path / "c.parquet")
    assert describe(tmp_path / "c.parquet").bounds is None


@pytest.mark.parametrize(
    ("dates", "times"),
    [
        ([datetime(1, 1, 1, tzinfo=UTC), None, datetime(9999, 12, 31, tzinfo=UTC)],
         (-62135596800000, 253402214400000)),
        ([datetime(1970, 1, 2, tzinfo=UTC)] * 3, (86400000, 86400000)),
        ([None] * 3, None),
    ],
)  # fmt: skip
def test_the_ends_of_the_dates_are_known_without_reading_the_rows(
    tmp_path, dates, times
):
    field = Field("seen", "esriFieldTypeDate")
    points = FeatureSet.of(shapely.points(np.zeros((3, 2))))
    dated = points.with_column("seen", pa.array(dates, field.arrow_type), field)
    write_features(dated, tmp_path / "points")
    write_table(dated.records, tmp_path / "rows")
    write_features(points, tmp_path / "bare")
    assert describe(tmp_path / "points").times == times
    assert describe(tmp_path / "rows").times == times
    assert describe(tmp_path / "bare").times is None
