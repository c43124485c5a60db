"""Conversions against geopandas, and through each format there and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely

from services.data import cities, countries
from services.errors import InvalidValue, ToolFailed
from services.files import DataFile
from services.formats import FILES, file_formats
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet, RecordSet
from services.tools.conversion import (
    FileFormat,
    TableFormat,
    features_to_file,
    file_to_features,
    file_to_table,
    points_to_line,
    table_to_file,
    xy_table_to_point,
)
from tests.services.tools.recorder import Recorder

READ = [name for name in FILES if name != "xlsx"]  # no reader takes workbooks
DAY = datetime(2024, 2, 29, 12, tzinfo=UTC)


def table(**columns):
    return RecordSet.from_columns(columns)


def test_points_of_a_table_are_those_of_geopandas():
    x, y = shapely.get_coordinates(cities().geometries).T
    rows = cities().records.with_column("lon", x).with_column("lat", y)
    made = xy_table_to_point(rows, "LON", "lat")
    expected = geopandas.points_from_xy(x, y)
    assert shapely.equals_exact(made.geometries, np.asarray(expected)).all()
    assert made.attributes.equals(rows.attributes)
    assert made.spatial_reference.wkid == 4326


def test_rows_without_a_place_are_counted_by_reason():
    context = Recorder()
    rows = table(x=["24,5", "east", None, " ", "25", "999"],
                 y=["60", "60", "60", "60", "61.5", "60"], n=list(range(6)))  # fmt: skip
    made = xy_table_to_point(rows, "x", "y", context=context)
    assert shapely.get_coordinates(made.geometries).tolist() == [[24.5, 60], [25, 61.5]]
    assert made.column("n").to_pylist() == [0, 4]
    assert context.messages == ["2 of 6 rows became points"]
    assert context.warnings == [
        "A coordinate is missing: 2 rows were left out",
        "A coordinate is no number: 1 rows were left out",
        "The place lies outside of the spatial reference: 1 rows were left out",
    ]


def test_points_have_heights_and_the_reference_asked_for():
    rows = table(e=[385e3, 386e3], n=[6.67e6, 6.68e6], h=[12.5, None])
    made = xy_table_to_point(rows, "e", "n", "h", SpatialReference(3067))
    assert made.spatial_reference.wkid == 3067
    assert shapely.has_z(made.geometries).tolist() == [True, False]
    assert made.has_z
    with pytest.raises(InvalidValue, match="no field 'nope'"):
        xy_table_to_point(rows, "nope", "n")
    with pytest.raises(ToolFailed, match="when holds dates"):
        xy_table_to_point(table(when=[DAY], n=[1]), "when", "n")
    assert len(xy_table_to_point(rows.take(np.array([], dtype=int)), "e", "n")) == 0


def test_lines_are_those_that_pandas_groups_and_sorts():
    context = Recorder()
    made = points_to_line(cities(), "country", "population", context=context)
    frame = cities().to_geopandas().sort_values("population", kind="stable")
    expected = {
        name: shapely.LineString(list(rows.geometry))
        for name, rows in frame.groupby("country") if len(rows) > 1
    }  # fmt: skip
    names = made.column("country").to_pylist()
    assert set(names) == set(expected)
    for name, count, line in zip(names, made.column("POINTS").to_pylist(),
                                 made.geometries, strict=True):  # fmt: skip
        if shapely.get_type_id(line) == shapely.GeometryType.LINESTRING:
            assert shapely.equals_exact(line, expected[name])
            assert count == len(expected[name].coords)
    alone = frame["country"].nunique() - len(expected)
    assert context.messages == [f"{len(expected)} lines"]
    assert context.warnings[-1].startswith(f"{alone} groups have less than two")


def test_one_line_follows_the_order_of_the_features_and_closes():
    points = FeatureSet.of(shapely.points([[0, 0], [1, 0], [1, 1]]))
    made = points_to_line(points)
    assert made.geometries.tolist() == [shapely.LineString([(0, 0), (1, 0), (1, 1)])]
    ring = points_to_line(points, close_line=True).geometries[0]
    assert ring.is_closed
    assert len(ring.coords) == 4
    closed = points.take(np.array([0, 1, 2, 0]))
    assert len(points_to_line(closed, close_line=True).geometries[0].coords) == 4


def test_a_line_over_the_antimeridian_runs_the_short_way():
    points = FeatureSet.of(shapely.points([[179, 0], [-179, 2], [-178, 2]]))
    [line] = points_to_line(points).geometries
    assert shapely.get_num_geometries(line) == 2
    assert shapely.length(line) == pytest.approx(np.hypot(2, 2) + 1)
    assert shapely.bounds(line)[[0, 2]].tolist() == [-180, 180]


def test_heights_and_measures_stay_and_nulls_come_last():
    points = shapely.from_wkt(["POINT ZM (0 0 1 7)", "POINT ZM (1 1 2 8)", None])
    source = FeatureSet.of(points, {"t": [None, DAY, DAY]})
    context = Recorder()
    [line] = points_to_line(source, sort_field="t", context=context).geometries
    assert shapely.to_wkt(line) == "LINESTRING ZM (1 1 2 8, 0 0 1 7)"
    assert context.warnings[0].startswith("Input_Features: 1 feature has no geometry")


def test_a_single_place_makes_no_line():
    same = FeatureSet.of(shapely.points([[0, 0], [0, 0]]))
    context = Recorder()
    assert len(points_to_line(same, context=context)) == 0
    assert context.warnings == ["1 groups have less than two places and make no line"]
    assert len(points_to_line(same.take(np.array([], dtype=int)))) == 0


def test_every_format_of_files_can_be_chosen():
    assert get_args(FileFormat) == tuple(FILES)
    assert get_args(TableFormat) == tuple(one.name for one in file_formats("table"))


def by_place(features):
    """Return features from west to east: some formats have an order of their own."""
    parts = shapely.get_num_geometries(features.geometries) > 1
    shapes = features.geometries.copy()
    shapes[~parts] = shapely.get_geometry(shapes[~parts], 0)
    bounds = np.round(shapely.bounds(shapes), 6)
    return replace(features, geometries=shapes).take(np.lexsort(bounds.T))


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("kind", ["points", "polygons"])
def test_features_through_a_file_are_the_same(tmp_path, name, kind):
    source = cities() if kind == "points" else countries()
    context = Recorder(tmp_path)
    file = features_to_file(source, name, "My places", context)
    assert file.name == f"My_places.{FILES[name].extension}"
    assert [one.name for one in tmp_path.iterdir()] == [file.name]
    back, source = by_place(file_to_features(file, context=context)), by_place(source)
    if kind == "points":
        assert shapely.equals_exact(back.geometries, source.geometries, 1e-8).all()
    else:
        aside = shapely.symmetric_difference(back.geometries, source.geometries)
        assert shapely.area(aside).max() < 1e-9
    for field in source.fields:
        known = (field.name, field.name[:10], field.alias)
        [column] = [one.name for one in back.fields if one.name in known]
        ours, theirs = source.column(field.name), back.column(column)
        if field.is_numeric:
            numbers = theirs.cast("double").to_pylist()
            assert numbers == pytest.approx(ours.cast("double").to_pylist())
        else:
            filled = [
                [one or "" for one in each.to_pylist()] for each in (theirs, ours)
            ]
            assert filled[0] == filled[1]


@pytest.mark.parametrize(
    "name", [one for one in get_args(TableFormat) if one != "xlsx"]
)
def test_rows_through_a_file_are_the_same(tmp_path, name):
    source = table(name=["Ähtäri", None], n=[1, 2], when=[DAY, None])
    file = table_to_file(source, name, context=Recorder(tmp_path))
    back = file_to_table(file)
    wanted = {"fid", "objectid"}
    kept = [one.name for one in back.fields if one.name.lower() not in wanted]
    assert kept == ["name", "n", "when"]
    assert back.column("n").to_pylist() == [1, 2]
    assert back.column("when").to_pylist()[0] == DAY
    assert [one or None for one in back.column("name").to_pylist()] == ["Ähtäri", None]


def test_a_workbook_has_the_rows(tmp_path):
    file = features_to_file(cities(), "xlsx", context=Recorder(tmp_path))
    sheet = openpyxl.load_workbook(file.path).active
    assert sheet.max_row == len(cities()) + 1
    assert sheet.cell(2, 1).value == cities().column("name")[0].as_py()


def test_other_libraries_read_the_files(tmp_path):
    context = Recorder(tmp_path)
    file = features_to_file(countries(), "geoparquet", "c", context)
    assert pq.read_table(file.path).num_rows == 177
    csv = table_to_file(cities().records, "csv", "../../etc/x", context)
    assert csv.path.parent == tmp_path
    assert (
        pd.read_csv(csv.path)["population"].sum()
        == cities().numbers("population").sum()
    )


def test_a_csv_of_other_units_needs_its_reference(tmp_path):
    source = countries().project(SpatialReference(3857))
    context = Recorder(tmp_path)
    file = features_to_file(source, "csv", context=context)
    with pytest.raises(
        ToolFailed, match=r"Input_File: features.csv: .* not in degrees"
    ):
        file_to_features(file)
    back = file_to_features(file, spatial_reference=SpatialReference(3857))
    assert shapely.equals_exact(back.geometries, source.geometries, 1e-6).all()
    assert any("well-known text" in one for one in context.warnings)


@pytest.mark.parametrize(
    ("text", "says"),
    [("a,wkt\n1,POINT (1 2\n", "is no well-known text"),
     ("a,wkt\n1,\"" + "GEOMETRYCOLLECTION (" * 5000 + "\"\n", "points, lines or polygons"),
     ("a,wkt\n1,\"MULTIPOLYGON((((((0 0))))))\"\n", "points, lines or polygons"),
     ("a,b\n1,2\n", "two columns with coordinates")],
    ids=["broken", "nested", "brackets", "none"],
)  # fmt: skip
def test_files_that_are_no_features_say_why(tmp_path, text, says):
    path = tmp_path / "in.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(ToolFailed, match=f"Input_File: in.csv: .*{says}"):
        file_to_features(DataFile(path))


def test_a_file_without_content_is_refused():
    with pytest.raises(ToolFailed, match="no content"):
        file_to_table(DataFile())
    with pytest.raises(ToolFailed, match="no folder"):
        features_to_file(cities())


def test_nothing_is_written_and_read_as_nothing(tmp_path):
    empty = cities().take(np.array([], dtype=int))
    for name in ("gpkg", "geoparquet", "geojson"):
        file = features_to_file(empty, name, context=Recorder(tmp_path))
        assert len(file_to_features(file)) == 0
