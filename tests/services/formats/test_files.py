"""Files of all formats, read by libraries that had no part in writing them.

GDAL reads what it knows in a process of its own: in this one it has few drivers.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime

import geopandas
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import pytest
import shapely

from services.errors import LimitExceeded
from services.formats import FILES, file_formats
from services.formats.filing import write_file
from services.formats.remarks import remarks
from services.formats.shapefile import short_names
from services.formats.source import StoredRows
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet, Field, RecordSet
from services.stored import read_pieces, write_features, write_table

GUID = "{4E4D3C2B-0000-4000-8000-000000000001}"
BIG = 2**62 + 1  # more than a double holds
TYPES = {
    "OBJECTID": "OID", "text": "String", "other": "String", "small": "SmallInteger",
    "whole": "Integer", "big": "BigInteger", "single": "Single", "number": "Double",
    "moment": "Date", "day": "DateOnly", "clock": "TimeOnly",
    "offset": "TimestampOffset", "guid": "GUID",
}  # fmt: skip
FIELDS = [Field(name, f"esriFieldType{kind}") for name, kind in TYPES.items()]
COLUMNS = {
    "OBJECTID": [1, 2, 3],
    "text": ["Größe 日本 <&> \U0001f5fa", "=1+1", None],
    "other": ["", 'a\nb,"c"', None],
    "small": [1, -2, None],
    "whole": [2**31 - 1, -5, None],
    "big": [BIG, -7, None],
    "single": [0.5, 1.25, None],
    "number": [1 / 3, -2.5, None],
    "moment": pa.array([1_500_000_000_123, -3_000_000_000_000, None], pa.int64()).cast(
        pa.timestamp("ms", tz="UTC")
    ),
    "day": ["2020-08-02", "8/3/2020", None],
    "clock": ["10:00:00", "23:59:59", None],
    "offset": ["2020-08-02T10:00:00-07:00", None, None],
    "guid": [GUID, None, None],
}
MOMENTS = [datetime(2017, 7, 14, 2, 40, 0, 123000, UTC),
           datetime(1874, 12, 7, 18, 40, tzinfo=UTC), None]  # fmt: skip
DAYS = [date(2020, 8, 2), date(2020, 8, 3), None]
SHAPES = [
    "POLYGON ZM ((0 0 1 5, 0 1 2 6, 1 1 3 7, 1 0 4 8, 0 0 1 5))", "POLYGON EMPTY", None
]  # fmt: skip


def stored(folder, geometries, columns=COLUMNS, fields=FIELDS, **properties):
    """Store features, or a table without geometries; return them as rows."""
    path = folder / "rows.parquet"
    if geometries is None:
        write_table(RecordSet.from_columns(columns, fields), path)
    else:
        shapes = [one and shapely.from_wkt(one) for one in geometries]
        made = FeatureSet.of(shapes, columns, fields=fields, **properties)
        write_features(made, path)
    return StoredRows(path, "Out_Rows")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """All files of features with every type of field: polygons with z and m."""
    folder = tmp_path_factory.mktemp("files")
    rows = stored(folder, SHAPES, geometry_type="esriGeometryPolygon",
                  spatial_reference=SpatialReference(25832))  # fmt: skip
    return {name: written(rows, name, folder) for name in FILES}


def written(rows, name, folder):
    target = folder / f"{name}.{FILES[name].extension}"
    return target, write_file(FILES[name], rows, target)


@pytest.fixture(scope="module")
def gdal(files):
    """Reference, geometry type, columns and WKT of each file, as GDAL alone reads it."""
    program = """
import json, sys, warnings, pyogrio.raw, shapely
warnings.simplefilter("ignore")
found = {}
for path in sys.argv[1:]:
    about, table = pyogrio.read_arrow(path)
    name = about["geometry_name"] or "wkb_geometry"
    # GDAL 3.12 gives FlatGeobuf's missing geometries a wrong length as Arrow.
    is_arrow = not path.endswith(".fgb")
    shapes = table[name].to_pylist() if is_arrow else pyogrio.raw.read(path)[2].tolist()
    found[path] = {
        "crs": about["crs"], "type": about["geometry_type"],
        "columns": {one: [None if v is None else str(v) for v in table[one].to_pylist()]
                    for one in table.column_names if one != name},
        "shapes": [v and shapely.to_wkt(shapely.from_wkb(v), output_dimension=4)
                   for v in shapes],
    }
print(json.dumps(found))
"""
    known = ("gpkg", "shapefile", "flatgeobuf", "esrijson", "kml", "kmz")
    paths = {name: str(files[name][0]) for name in known}
    told = subprocess.run([sys.executable, "-c", program, *paths.values()],
                          check=True, stdout=subprocess.PIPE)  # fmt: skip
    found = json.loads(told.stdout)
    return {name: found[path] for name, path in paths.items()}


def moments_in(texts):
    """Return texts as moments in UTC."""
    read = [one and datetime.fromisoformat(one) for one in texts]
    return [one and one.replace(tzinfo=UTC) for one in read]


def test_a_geopackage_carries_everything(gdal):
    found = gdal["gpkg"]
    assert (found["crs"], found["type"]) == ("EPSG:25832", "MultiPolygon Z")
    columns = found["columns"]
    assert columns["big"] == [str(BIG), "-7", None]
    assert columns["text"] == COLUMNS["text"]
    assert columns["other"] == COLUMNS["other"]
    assert moments_in(columns["moment"]) == MOMENTS
    assert [one and date.fromisoformat(one) for one in columns["day"]] == DAYS
    assert columns["number"] == ["0.3333333333333333", "-2.5", None]
    assert columns["guid"] == COLUMNS["guid"]
    whole = "MULTIPOLYGON ZM (((0 0 1 5, 0 1 2 6, 1 1 3 7, 1 0 4 8, 0 0 1 5)))"
    assert found["shapes"] == [whole, "MULTIPOLYGON EMPTY", None]


def test_a_shapefile_keeps_z_and_m_and_tells_what_it_lacks(files, gdal):
    path, notes = files["shapefile"]
    found = gdal["shapefile"]
    assert found["crs"] == "EPSG:25832"
    assert found["shapes"] == [SHAPES[0], None, None]
    assert found["columns"]["text"] == COLUMNS["text"]
    assert found["columns"]["day"] == ["2020-08-02", "2020-08-03", None]
    assert found["columns"]["moment"][0] == "2017-07-14T02:40:00.123Z"
    assert found["columns"]["whole"] == [str(2**31 - 1), "-5", None]
    assert notes == []
    with zipfile.ZipFile(path) as kit:
        assert {name.rpartition(".")[2] for name in kit.namelist()} == {
            "shp", "shx", "dbf", "prj", "cpg", "txt"
        }  # fmt: skip
        assert kit.read("Out_Rows.cpg").decode() == "UTF-8"


def test_names_and_texts_that_a_shapefile_cuts_are_told(tmp_path):
    columns = {"a_long_name_1": ["é" * 128], "a_long_name_2": ["short"]}
    rows = stored(tmp_path, ["POINT (1 2)"], columns, ())
    path, notes = written(rows, "shapefile", tmp_path)
    with zipfile.ZipFile(path) as kit:
        text = kit.read("Out_Rows_fields.txt").decode()
    assert "a_long_nam\ta_long_name_1\na_long_n_1\ta_long_name_2\n" in text
    assert notes == [
        "names of fields have 10 bytes: a_long_name_1 is a_long_nam, a_long_name_2 is"
        " a_long_n_1",
        "texts have 254 bytes: 1 of a_long_name_1 were cut",
    ]
    assert notes[1] in text
    assert short_names(["ééééééé", "A", "a"]) == ["ééééé", "A", "a_1"]


def test_a_flatgeobuf_keeps_z_and_leaves_out_m(files, gdal):
    _, notes = files["flatgeobuf"]
    found = gdal["flatgeobuf"]
    assert found["crs"] == "EPSG:25832"
    assert found["shapes"][0].startswith("MULTIPOLYGON Z (((0 0 1,")
    assert found["shapes"][1:] == [None, None]
    assert found["columns"]["big"] == [str(BIG), "-7", None]
    assert moments_in(found["columns"]["moment"]) == MOMENTS
    assert moments_in(found["columns"]["day"])[0] == datetime(2020, 8, 2, tzinfo=UTC)
    assert notes == ["there is no spatial index, since some features have no geometry"]


def test_geoparquet_has_the_metadata_of_its_specification(files):
    path, _ = files["geoparquet"]
    table = pq.read_table(path)
    geo = json.loads(pq.read_metadata(path).metadata[b"geo"])
    column = geo["columns"]["geometry"]
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    assert (column["encoding"], column["geometry_types"]) == (
        "WKB", ["Polygon", "Polygon Z"],
    )  # fmt: skip
    assert pyproj.CRS.from_json_dict(column["crs"]).to_epsg() == 25832
    assert column["bbox"] == [0, 0, 1, 1]
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert table["bbox"].to_pylist() == [
        {"xmin": 0, "ymin": 0, "xmax": 1, "ymax": 1}, None, None
    ]  # fmt: skip
    assert table["day"].to_pylist() == DAYS
    assert table["moment"].to_pylist() == MOMENTS
    assert table["big"].to_pylist() == COLUMNS["big"]
    frame = geopandas.read_parquet(path)
    assert frame.crs.to_epsg() == 25832
    assert frame.geometry[0].wkt == "POLYGON Z ((0 0 1, 0 1 2, 1 1 3, 1 0 4, 0 0 1))"


def test_geojson_is_on_wgs84_with_dates_as_texts(files):
    document = json.loads(files["geojson"][0].read_bytes())
    first, second, third = document["features"]
    lon, lat, z = first["geometry"]["coordinates"][0][0]
    west, south = pyproj.Transformer.from_crs(25832, 4326, always_xy=True).transform(
        0, 0
    )
    assert (lon, lat, z) == (pytest.approx(west), pytest.approx(south), 1)
    assert first["properties"]["moment"] == "2017-07-14T02:40:00.123Z"
    assert [second["properties"]["day"], second["geometry"]] == ["2020-08-03", None]
    assert first["properties"]["big"] == BIG
    assert third["properties"]["text"] is None
    assert document["name"] == "Out_Rows"


def test_esri_json_is_read_by_gdal_with_everything(files, gdal):
    found = gdal["esrijson"]
    assert (found["crs"], found["shapes"]) == ("EPSG:25832", SHAPES)
    assert found["columns"]["big"] == [str(BIG), "-7", None]
    assert found["columns"]["text"] == COLUMNS["text"]
    document = json.loads(files["esrijson"][0].read_bytes())
    types = {one["name"]: one["type"] for one in document["fields"]}
    assert types == {name: f"esriFieldType{kind}" for name, kind in TYPES.items()}


def test_long_object_ids_are_told_in_esri_json(tmp_path):
    rows = stored(tmp_path, None, {"OBJECTID": [1, BIG]}, FIELDS[:1])
    path, _ = written(rows, "esrijson", tmp_path)
    assert json.loads(path.read_bytes())["fields"][0]["length"] == 8


@pytest.mark.parametrize("name", ["kml", "kmz"])
def test_kml_and_kmz_are_read_by_gdal(gdal, name):
    found = gdal[name]
    assert found["crs"] == "EPSG:4326"
    assert found["columns"]["text"] == COLUMNS["text"]
    assert found["columns"]["day"] == ["2020-08-02", "2020-08-03", None]
    assert found["shapes"][0].startswith("POLYGON Z")


def test_csv_runs_nothing_and_keeps_places(files):
    path, notes = files["csv"]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [one["text"] for one in rows] == [COLUMNS["text"][0], "'=1+1", ""]
    assert rows[1]["other"] == COLUMNS["other"][1]
    assert [one["wkt"] for one in rows] == [SHAPES[0], "POLYGON EMPTY", ""]
    assert rows[0]["big"] == str(BIG)
    assert rows[1]["small"] == "-2"  # a number is no formula
    assert notes == ["1 texts that begin like a formula have an apostrophe before"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_no_text_of_a_csv_begins_like_a_formula(tmp_path, text):
    rows = stored(tmp_path, None, {"a": [text], "=b": ["c"]}, ())
    path, _ = written(rows, "csv", tmp_path)
    with path.open(newline="", encoding="utf-8-sig") as file:
        names, values = list(csv.reader(file))
    assert (names, values) == (["a", "'=b"], [f"'{text}", "c"])


def test_points_are_columns_in_csv_and_xlsx(tmp_path):
    rows = stored(tmp_path, ["POINT Z (0.1 2 3)", None, "POINT EMPTY"],
                  {"x": [7, 8, 9]}, ())  # fmt: skip
    path, _ = written(rows, "csv", tmp_path)
    lines = path.read_text("utf-8-sig").splitlines()
    assert lines == ['"x","x_1","y","z"', "7,0.1,2,3", "8,,,", "9,,,"]
    path, _ = written(rows, "xlsx", tmp_path)
    sheet = openpyxl.load_workbook(path).active
    assert list(sheet.values)[:2] == [("x", "x_1", "y", "z"), (7, 0.1, 2, 3)]


def test_xlsx_has_typed_cells_and_no_formula(files):
    sheet = openpyxl.load_workbook(files["xlsx"][0]).active
    first, second, third = [dict(zip(TYPES, row, strict=True))
                            for row in list(sheet.values)[1:]]  # fmt: skip
    assert first["text"] == COLUMNS["text"][0]
    assert (second["text"], sheet["B3"].data_type) == ("=1+1", "s")
    assert first["moment"] == MOMENTS[0].replace(tzinfo=None)
    assert second["moment"] == "1874-12-07T18:40:00.000Z"  # spreadsheets begin in 1900
    assert first["day"].date() == DAYS[0]
    assert (first["big"], second["big"]) == (str(BIG), -7)
    assert (first["number"], first["whole"]) == (1 / 3, 2**31 - 1)
    assert set(third.values()) == {3, None}


def test_xlsx_takes_every_text(tmp_path):
    odd = "a\x0b<b>&]]>_x0041_ \ud7ff"
    rows = stored(tmp_path, None, {"a": [odd, "é" * 40_000]}, ())
    path, notes = written(rows, "xlsx", tmp_path)
    values = [one[0] for one in openpyxl.load_workbook(path).active.values]
    assert values[1] == odd.replace("\x0b", "\N{REPLACEMENT CHARACTER}")
    assert len(values[2]) == 32_767
    assert notes == ["texts of a cell have 32767 characters: 1 of a were cut"]


def test_a_sheet_has_no_more_rows_than_a_spreadsheet_takes(tmp_path):
    rows = stored(tmp_path, None, {"a": np.zeros(1_048_576, np.int16)}, ())
    with pytest.raises(LimitExceeded, match="1048576 rows, and a sheet"):
        written(rows, "xlsx", tmp_path)


@pytest.mark.parametrize("one", file_formats("table"), ids=lambda one: one.name)
def test_a_table_has_its_rows_in_each_format_of_tables(tmp_path, one):
    rows = stored(tmp_path, None)
    path, _ = written(rows, one.name, tmp_path)
    if one.name == "gpkg":
        assert pyogrio.read_info(path)["geometry_type"] is None
        assert pyogrio.read_dataframe(path)["big"][0] == BIG
    elif one.name == "geoparquet":
        table = pq.read_table(path)
        assert b"geo" not in (table.schema.metadata or {})
        assert table["text"].to_pylist() == COLUMNS["text"]
    elif one.name == "esrijson":
        found = json.loads(path.read_bytes())["features"]
        assert [row["attributes"]["text"] for row in found] == COLUMNS["text"]
    elif one.name == "csv":
        assert len(path.read_text("utf-8-sig").splitlines()) == 5  # one text has two
    else:
        assert openpyxl.load_workbook(path).active.max_row == 4


@pytest.mark.parametrize("name", FILES)
def test_nothing_becomes_a_file_as_well(tmp_path, name):
    rows = stored(tmp_path, [], {"a": pa.array([], pa.int32())}, ())
    path, _ = written(rows, name, tmp_path)
    assert path.stat().st_size
    if name in ("gpkg", "flatgeobuf", "shapefile", "geojson"):
        assert len(pyogrio.read_dataframe(path)) == 0


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("shape", ["POINT (1 2)", "MULTIPOINT ((1 2), (3 4))",
                                   "LINESTRING (0 0, 1 1)"])  # fmt: skip
def test_each_geometry_type_is_written_without_any_field(tmp_path, name, shape):
    rows = stored(tmp_path, [shape], {}, ())
    path, _ = written(rows, name, tmp_path)
    if name in ("gpkg", "flatgeobuf", "shapefile", "geojson"):
        frame = geopandas.read_file(path)
        (found,) = frame.geometry
        assert found.equals(shapely.from_wkt(shape))
    assert path.stat().st_size


def test_pieces_hold_all_rows_in_their_order(tmp_path):
    count = 70_000  # several pieces, and several groups of the file
    path = tmp_path / "rows.parquet"
    xs = np.arange(count, dtype=float)
    write_features(FeatureSet.of(shapely.points(xs, xs), {"n": xs}), path)
    pieces = list(read_pieces(path))
    assert len(pieces) > 1
    found = np.concatenate([shapely.get_x(one.geometries) for one in pieces])
    assert (found == xs).all()
    assert (np.concatenate([one.numbers("n") for one in pieces]) == xs).all()


def test_what_a_format_has_no_place_for_is_told_before(tmp_path):
    rows = stored(
        tmp_path, SHAPES[:1], {"when": pa.array([0], pa.timestamp("ms", tz="UTC"))},
        [Field("when", "esriFieldTypeDate", "Last seen")],
        spatial_reference=SpatialReference(25832),
    )  # fmt: skip
    told = {name: remarks(one, rows.about) for name, one in FILES.items()}
    assert told["geojson"] == [
        "coordinates are degrees of WGS 84",
        "measures (m) are left out",
        "when (Date): values are texts",
        "when (Date): aliases are left out",
    ]
    assert told["esrijson"] == []
    assert told["gpkg"] == ["when (Date): aliases are left out"]
    assert (
        "well-known text in the column wkt, in ETRS89 / UTM zone 32N" in told["csv"][0]
    )
