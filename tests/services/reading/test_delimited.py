"""Delimited text: names, types, delimiters and coordinates."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import shapely

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.reading.readers import read_features, read_table


def file(folder, text, name="a.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "names",
    ["Longitude|LATITUDE", "lon|lat", "X|y", "Easting|Northing", "POINT_X|POINT_Y"],
)
def test_points_are_made_of_the_columns_with_coordinates(tmp_path, delimiter, names):
    rows = [["name", *names.split("|")], ["a", "8.5", "47"], ["b", "9", "46.25"]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    found = read_features(file(tmp_path, text), [])
    np.testing.assert_array_equal(
        shapely.get_coordinates(found.geometries), [[8.5, 47], [9, 46.25]]
    )
    assert found.spatial_reference == SpatialReference(4326)
    assert found.column("name").to_pylist() == ["a", "b"]
    assert [f.name for f in found.fields] == rows[0]


def test_a_bom_quotes_and_line_ends_inside_of_quotes_are_read(tmp_path):
    text = b'\xef\xbb\xbfx,y,name\n1,2,"caf\xc3\xa9, ""two""\nlines"\n'
    found = read_features(file(tmp_path, text), [])
    assert [f.name for f in found.fields] == ["x", "y", "name"]
    assert found.column("name").to_pylist() == ['café, "two"\nlines']


def test_text_in_latin_1_is_read_with_a_note(tmp_path):
    notes = []
    found = read_table(file(tmp_path, "a\nGenève\n".encode("latin-1")), notes)
    assert found.column("a").to_pylist() == ["Genève"]
    assert notes == ["the text is not UTF-8: Windows-1252 was assumed"]


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "", "-2"], "Integer", [1, None, -2]),
        (["1", "+3000000000"], "BigInteger", [1, 3_000_000_000]),
        (["1", "2.5", ".5", "1e3", "4."], "Double", [1.0, 2.5, 0.5, 1000.0, 4.0]),
        (["true", "", "FALSE"], "SmallInteger", [1, None, 0]),
        (["007", "1"], "String", ["007", "1"]),
        (["a", "1"], "String", ["a", "1"]),
        (["", ""], "String", [None, None]),
        (["2024-02-29", "1066-10-14"], "Date", [dt.datetime(2024, 2, 29, tzinfo=dt.UTC), dt.datetime(1066, 10, 14, tzinfo=dt.UTC)]),
        (["2024-02-29T12:30:00.1239"], "Date", [dt.datetime(2024, 2, 29, 12, 30, 0, 123000, dt.UTC)]),
        (["2024-02-29 12:30:00+02:00"], "Date", [dt.datetime(2024, 2, 29, 10, 30, tzinfo=dt.UTC)]),
        (["2024-02-30"], "String", ["2024-02-30"]),
        (["2024-02-29T12:30:00Z", "2024-02-29"], "String", ["2024-02-29T12:30:00Z", "2024-02-29"]),
        (["12345678901234567890"], "Double", [12345678901234567890.0]),
    ],
)  # fmt: skip
def test_a_column_has_the_type_of_all_its_values(tmp_path, cells, kind, values):
    text = "key,a\n" + "".join(f"k,{cell}\n" for cell in cells)
    found = read_table(file(tmp_path, text), [])
    assert found.field("a").type == f"esriFieldType{kind}"
    assert found.column("a").to_pylist() == values


def test_a_row_without_coordinates_has_no_geometry_and_z_is_read(tmp_path):
    found = read_features(file(tmp_path, "x,y,z\n1,2,3\n,,\n"), [])
    assert found.geometries[1] is None
    assert found.has_z
    assert found.geometries[0].z == 3


def test_degrees_are_assumed_with_a_note_only_where_the_names_do_not_say(tmp_path):
    notes = []
    read_features(file(tmp_path, "lon,lat\n1,2\n"), notes)
    assert notes == []
    read_features(file(tmp_path, "x,y\n1,2\n"), notes)
    assert notes == ["no spatial reference was given: WGS 84 (4326) was assumed"]


def test_metres_need_a_spatial_reference_from_elsewhere(tmp_path):
    path = file(tmp_path, "easting,northing\n2600000,1200000\n")
    with pytest.raises(InvalidValue, match=r"a.csv: the columns easting and northing"):
        read_features(path, [])
    found = read_features(path, [], spatial_reference=SpatialReference(2056))
    assert found.spatial_reference == SpatialReference(2056)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "expected two columns with coordinates, such as longitude/latitude"),
        ("x,y\n1,two\n", "column y must hold numbers, not 'two'|column y must hold"),
        ("x,y\n1,2\n3,\n", "row 2: there is no y"),
        ("x,y\n1\n", "expected delimited text: Expected 2 columns, got 1"),
        ("lon,lat\n1,200\n", "feature 0: coordinate"),
        ("x,y\n1,2\n".encode("utf-16"), "text in UTF-16"),
        (b"x,y\n1,\0\n", "binary data"),
        (b"x,y\n" + b"1,2\n" * 2000 + b"3,\0\n", "NUL"),
        ("a,b\n" + "x" * (9 << 20), "size"),
        (",".join(f"c{i}" for i in range(100_000)) + "\n", "columns"),
        (",".join(f"c{i}" for i in range(300)) + "\n", "at most 256"),
        ("", "the file is empty"),
        ("<svg onload='x'/>", "expected text by the extension .csv, but the content is XML"),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_what_is_no_table_of_points_is_refused(tmp_path, text, says):
    with pytest.raises(InvalidValue, match=f"^a.csv: .*({says})"):
        read_features(file(tmp_path, text), [])


def test_reading_stops_above_the_number_of_rows(tmp_path):
    path = file(tmp_path, "x,y\n1,2\n3,4\n")
    assert len(read_features(path, [], max_features=2)) == 2
    with pytest.raises(InvalidValue, match="more features or rows"):
        read_table(path, [], max_features=1)


def test_a_column_of_well_known_text_has_the_geometries_if_no_others_do(tmp_path):
    notes: list[str] = []
    text = 'a,WKT\n1,"POLYGON ((0 0, 1 0, 1 1, 0 0))"\n2,\n'
    made = read_features(file(tmp_path, text), notes)
    assert shapely.area(made.geometries[0]) == 0.5
    assert shapely.is_missing(made.geometries[1])
    assert [one.name for one in made.fields] == ["a"]
    assert notes == ["no spatial reference was given: WGS 84 (4326) was assumed"]
    both = read_features(file(tmp_path, "lon,lat,wkt\n1,2,POINT (8 9)\n"), [])
    assert both.geometries[0] == shapely.Point(1, 2)
    assert [one.name for one in both.fields] == ["lon", "lat", "wkt"]
