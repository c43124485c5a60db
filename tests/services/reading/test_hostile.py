"""Files that mean harm, or are broken, end with a sentence that names them."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import struct
import subprocess
import sys
import zipfile
import zlib
from itertools import permutations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from services.errors import InvalidValue
from services.reading import parquet
from services.reading.readers import read_features, read_table
from tests.services.reading.files import (
    dbf_header,
    measured,
    shapes,
    shp_header,
    towns,
    zip_of,
    zipped,
)

#: Makes GDAL read another file, or an address, if it may choose its driver.
VRT = (
    b'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>%s</SrcDataSource>'
    b"</OGRVRTLayer></OGRVRTDataSource>"
)
KML = b'<?xml version="1.0"?>%s<kml xmlns="http://www.opengis.net/kml/2.2"><Document>%s</Document></kml>'
MARK = b"<Placemark><name>%s</name><Point><coordinates>8,47</coordinates></Point></Placemark>"


def refused(path, says, read=read_features):
    with pytest.raises(InvalidValue, match=f"^{path.name}: .*{says}") as caught:
        read(path, [])
    assert len(str(caught.value)) < 600
    assert str(path.parent) not in str(caught.value)


def test_gdal_has_only_the_drivers_that_are_allowed():
    code = (
        "import services.reading.readers, pyogrio, os; assert 'OGR_SKIP' not in os.environ;"
        "print(*sorted(pyogrio.list_drivers()), sep='|')"
    )
    env = {k: v for k, v in os.environ.items() if k != "OGR_SKIP"}
    out = subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stdout.strip() == "ESRI Shapefile|FlatGeobuf|GPKG|GeoJSON|KML|LIBKML|MEM"


@pytest.mark.parametrize(
    "name",
    [
        "a.geojson",
        "a.json",
        "a.csv",
        "a.txt",
        "a.kml",
        "a.gpkg",
        "a.fgb",
        "a.zip",
        "a.parquet",
    ],
)
def test_a_vrt_is_never_opened_whatever_it_is_called(tmp_path, name):
    secret = tmp_path / "secret.csv"
    secret.write_text("x,y\n1,2\n")
    path = tmp_path / name
    path.write_bytes(VRT % str(secret).encode())
    says = "begins with <kml>" if name == "a.kml" else "content is XML"
    for read in (read_features, read_table):
        refused(path, says, read)


@pytest.mark.parametrize("comment", [b"<!--%s-->", b"<?x %s?>"])
def test_a_vrt_in_a_comment_of_a_kml_is_not_opened(tmp_path, comment):
    path = tmp_path / "a.kml"
    path.write_bytes(KML % (comment % (VRT % b"/etc/passwd"), MARK % b"a"))
    assert read_features(path, []).column("Name").to_pylist() == ["a"]


@pytest.mark.parametrize("name", ["a.vrt", "a.geojson", "a.shp.vrt"])
def test_a_vrt_in_a_zip_is_not_opened(tmp_path, name):
    refused(
        zip_of(tmp_path / "a.zip", (name, VRT % b"/etc/passwd")), "expected a shapefile"
    )


def test_a_zip_that_names_another_format_is_not_opened(tmp_path):
    refused(zip_of(tmp_path / "a.kmz", ("a.shp", b"x")), "expected one .kml")
    refused(zip_of(tmp_path / "a.gpkg", ("a.gpkg", b"x")), "content is a zip archive")


@pytest.mark.parametrize(
    "name", ["a.dwg", "a.exe", "a.pbf", "a", "a.gpkg.svg", "a.shp"]
)
def test_an_unknown_type_is_refused_with_the_known_ones(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"x,y\n1,2\n")
    refused(path, r"expected a file of one of the types \.zip, \.gpkg")


KINDS = ("zip", "gpkg", "geojson", "fgb", "parquet", "kml", "csv")


@pytest.mark.parametrize(("extension", "content"), list(permutations(KINDS, 2)))
def test_a_wrong_extension_is_told(tmp_path, extension, content):
    source = {
        "zip": lambda: zipped(tmp_path, shapes("line")).read_bytes(),
        "gpkg": lambda: measured(tmp_path / "s.gpkg", "GPKG", ["POINT (1 2)"]).read_bytes(),
        "fgb": lambda: measured(tmp_path / "s.fgb", "FlatGeobuf", ["POINT (1 2)"]).read_bytes(),
        "parquet": lambda: shapes("line").to_parquet(tmp_path / "s.parquet") or (tmp_path / "s.parquet").read_bytes(),
        "geojson": lambda: b'{"type": "Point", "coordinates": [1, 2]}',
        "kml": lambda: KML % (b"", MARK % b"a"),
        "csv": lambda: b"x,y\n1,2\n",
    }[content]()  # fmt: skip
    path = tmp_path / f"a.{extension}"
    path.write_bytes(source)
    refused(path, rf"expected .* by the extension \.{extension}")


@pytest.mark.parametrize(
    "extension", ["zip", "gpkg", "geojson", "fgb", "parquet", "kml", "kmz"]
)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_truncated_file_is_refused(tmp_path, extension, part):
    whole = tmp_path / f"whole.{extension}"
    frame = shapes("polygon")
    if extension == "zip":
        whole = zipped(tmp_path, frame)
    elif extension == "parquet":
        frame.to_parquet(whole)
    elif extension in ("kml", "kmz"):
        data = KML % (b"", b"".join(MARK % str(i).encode() for i in range(50)))
        zip_of(whole, ("doc.kml", data)) if extension == "kmz" else whole.write_bytes(
            data
        )
    else:
        driver = {"gpkg": "GPKG", "geojson": "GeoJSON", "fgb": "FlatGeobuf"}[extension]
        frame.to_file(whole, driver=driver, engine="pyogrio")
    path = tmp_path / f"a.{extension}"
    path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * part)])
    refused(path, "")


def test_a_truncated_part_of_a_shapefile_is_refused(tmp_path):
    with zipfile.ZipFile(zipped(tmp_path, shapes("polygon"))) as archive:
        parts = {
            name.rpartition(".")[2]: archive.read(name) for name in archive.namelist()
        }
    for part in ("shp", "shx", "dbf"):
        cut = parts | {part: parts[part][: len(parts[part]) * 2 // 3]}
        path = zip_of(tmp_path / "a.zip", *((f"a.{k}", v) for k, v in cut.items()))
        refused(path, rf"the \.{part} (of the shapefile is cut off|in it is not)")
    for part in ("shp", "shx", "dbf"):
        some = {k: v for k, v in parts.items() if k != part}
        path = zip_of(tmp_path / "a.zip", *((f"a.{k}", v) for k, v in some.items()))
        refused(
            path, "expected a shapefile" if part == "shp" else rf"lacks its \.{part}"
        )


def test_deleted_rows_of_a_shapefile_are_passed_over(tmp_path):
    with zipfile.ZipFile(zipped(tmp_path, towns().drop(columns="moment"))) as archive:
        parts = {
            name.rpartition(".")[2]: bytearray(archive.read(name))
            for name in archive.namelist()
        }
    start, width = struct.unpack("<HH", parts["dbf"][8:12])
    parts["dbf"][start + width] = ord("*")
    path = zip_of(tmp_path / "a.zip", *((f"a.{k}", bytes(v)) for k, v in parts.items()))
    assert read_features(path, []).column("name").to_pylist() == ["Zürich", "Bern"]


def test_headers_of_a_shapefile_that_lie_are_refused(tmp_path):
    record = struct.pack(">ii", 1, 60) + struct.pack(
        "<i4dii", 5, 0, 0, 1, 1, 2**31 - 1, 2**31 - 1
    )
    record += b"\0" * (8 + 120 - len(record))
    shp = shp_header(50 + len(record) // 2) + record
    shx = shp_header(54) + struct.pack(">ii", 50, 60)
    row = b" " + b"x" * 10
    prj = b'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
    parts = [("a.shp", shp), ("a.shx", shx), ("a.prj", prj)]
    huge = zip_of(tmp_path / "a.zip", *parts, ("a.dbf", dbf_header(1) + row))
    refused(huge, "feature 0: the shape in the shapefile cannot be read")
    rows = zip_of(tmp_path / "a.zip", *parts, ("a.dbf", dbf_header(2**32 - 1) + row))
    refused(rows, r"\.dbf of the shapefile is cut off")
    empty = [(name, b"") for name in ("a.shp", "a.shx", "a.dbf")]
    refused(zip_of(tmp_path / "a.zip", *empty), "not that of a shapefile")


@pytest.mark.parametrize(
    "name",
    ["../../evil.shp", "/tmp/evil.shp", "..\\..\\evil.shp", "C:\\evil.shp", "C:evil.shp",
     "a" * 5000 + ".shp", "a\n.shp", "b/../../a.shp"],
    ids=lambda name: ascii(name[:12]),
)  # fmt: skip
def test_an_entry_with_a_path_that_leads_out_is_refused(tmp_path, name):
    before = set(tmp_path.parent.iterdir())
    refused(
        zip_of(tmp_path / "a.zip", ("a.shp", b"x"), (name, b"x")),
        "name is not accepted",
    )
    assert set(tmp_path.parent.iterdir()) == before


def test_links_encryption_and_doubles_in_a_zip_are_refused(tmp_path):
    link = zipfile.ZipInfo("a.shp")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    refused(zip_of(tmp_path / "a.zip", (link, b"/etc/passwd")), "a link")
    refused(zip_of(tmp_path / "a.zip", ("a.shp", b"x"), ("A.SHP", b"y")), "same name")
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zip_of(tmp_path / "a.zip", ("a.shp", b"x"), ("a.shp", b"y"))
    refused(path, "two entries of the same name")
    path = zip_of(tmp_path / "a.zip", ("a.shp", b"x"))
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    refused(path, "is encrypted")


def test_bombs_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    def unpacking(*_, **__):
        raise AssertionError("nothing may be unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "open", unpacking)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        monkeypatch.undo()
        archive.writestr("a.shp", b"\0" * (20 << 20))
    monkeypatch.setattr(zipfile.ZipFile, "open", unpacking)
    refused(tmp_path / "a.zip", "size of the zip archive grows more than 100 times")


def lying(path, declared, data):
    """An archive whose only entry says another size than it has."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(data) + packed.flush()
    name, crc = b"doc.kml", zlib.crc32(data)
    local = struct.pack(
        "<IHHHHHIIIHH",
        0x04034B50,
        20,
        0,
        8,
        0,
        33,
        crc,
        len(body),
        declared,
        len(name),
        0,
    )
    central = struct.pack(
        "<IHHHHHHIIIHHHHHII",
        0x02014B50,
        20,
        20,
        0,
        8,
        0,
        33,
        crc,
        len(body),
        declared,
        len(name),
        0,
        0,
        0,
        0,
        0,
        0,
    )
    start = len(local) + len(name) + len(body)
    end = struct.pack(
        "<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central) + len(name), start, 0
    )
    path.write_bytes(local + name + body + central + name + end)
    return path


def test_an_entry_that_lies_about_its_size_is_refused(tmp_path):
    kml = KML % (b"", MARK % b"a")
    assert len(read_features(lying(tmp_path / "a.kmz", len(kml), kml), [])) == 1
    for declared in (100, len(kml) + 1):
        refused(lying(tmp_path / "a.kmz", declared, kml), "broken at the entry doc.kml")
    refused(lying(tmp_path / "a.kmz", 2**31, kml), "when unpacked")


def test_too_many_entries_are_refused_before_they_are_listed(tmp_path, monkeypatch):
    path = zip_of(tmp_path / "a.zip", *((str(i), b"") for i in range(1001)))
    monkeypatch.setattr(zipfile, "ZipFile", None)
    refused(path, "too many entries")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04garbage", "its end is missing"),
        (b"PK\x05\x06" + b"\0" * 18, "is empty"),
        (b"PK\x05\x06" + b"\xff" * 18, "too many entries"),
    ],
)
def test_what_is_no_zip_is_refused(tmp_path, data, says):
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    refused(path, says)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (KML % (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', MARK % b"&x;"), "DTD"),
        (KML % (b'<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>', MARK % b"&b;"), "DTD"),
        (KML % (b"", b"<Folder>" * 1000 + b"</Folder>" * 1000), "nested deeper"),
        (KML % (b"", b"<Folder>"), "broken"),
        (b"<html><body/></html>", "begins with <kml>"),
        ((KML % (b"", b"")).replace(b'"1.0"', b'"1.0" encoding="utf-7"'), "UTF-8"),
        ((KML % (b"", b"")).decode().encode("utf-16"), "UTF-16"),
        (KML % (b"", b""), "no layer"),
    ],
    ids=["entity", "laughs", "deep", "unclosed", "html", "utf-7", "utf-16", "empty"],
)  # fmt: skip
def test_a_kml_that_means_harm_is_refused(tmp_path, text, says):
    path = tmp_path / "a.kml"
    path.write_bytes(text)
    refused(path, says)


def test_markup_in_the_text_of_a_kml_is_text(tmp_path):
    path = tmp_path / "a.kml"
    path.write_bytes(KML % (b"", MARK % (b"<![CDATA[<b><!DOCTYPE>]]>")))
    assert read_features(path, []).column("Name").to_pylist() == ["<b><!DOCTYPE>"]


def test_a_network_link_of_a_kml_is_not_followed(tmp_path):
    path = tmp_path / "a.kml"
    link = (
        b"<NetworkLink><Link><href>http://127.0.0.1:9/a.kml</href></Link></NetworkLink>"
    )
    path.write_bytes(KML % (b"", link + MARK % b"a"))
    assert len(read_features(path, [])) == 1


def geopackage(folder, blob):
    """A GeoPackage with one geometry of our own bytes."""
    path = measured(folder / "a.gpkg", "GPKG", ["POINT (2600000 1200000)"])
    with sqlite3.connect(path) as database:
        for (name,) in database.execute(
            "select name from sqlite_master where type='trigger'"
        ).fetchall():
            database.execute(f'drop trigger "{name}"')
        head = b"GP\0\1" + struct.pack("<i", 2056)
        database.execute("update a set geom = ?", (head + blob,))
    database.close()
    return path


def nested(levels, kind=7):
    return struct.pack("<BII", 1, kind, 1) * levels + struct.pack("<BIdd", 1, 1, 1, 2)


@pytest.mark.parametrize("kind", [4, 5, 6, 7])
def test_nesting_that_crashes_parsers_is_refused(tmp_path, kind):
    refused(
        geopackage(tmp_path, nested(200_000, kind)),
        "feature 0: the geometry is nested too deep",
    )
    table = pa.table({"geometry": [nested(1), nested(200_000, kind)]})
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB"}},
    }
    table = table.replace_schema_metadata({b"geo": json.dumps(geo)})
    pq.write_table(table, tmp_path / "a.parquet")
    refused(tmp_path / "a.parquet", "feature 1: the geometry is nested too deep")


def test_curves_and_broken_geometry_are_refused(tmp_path):
    curve = struct.pack("<BII6d", 1, 8, 3, 0, 0, 1, 1, 2, 0)
    refused(geopackage(tmp_path, curve), "true curves")
    (tmp_path / "a.gpkg").unlink()
    refused(geopackage(tmp_path, struct.pack("<BII", 1, 2, 1000)), "not well formed")


@pytest.mark.parametrize(
    ("geo", "says"),
    [
        (None, "no 'geo' metadata"),
        ("[", "not valid JSON"),
        ("[]", "does not describe"),
        ('{"primary_column": "g", "columns": {}}', "does not describe"),
        ('{"primary_column": "g", "columns": {"g": {"encoding": "WKB"}}}', "a column that is not there"),
        ('{"primary_column": "a", "columns": {"a": {"encoding": "WKB"}}}', "encoding WKB"),
        ('{"primary_column": "geometry", "columns": {"geometry": {"encoding": "point"}}}', "encoding WKB"),
        ('{"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "edges": "spherical"}}}', "planar"),
        ('{"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "crs": null}}}', "does not say its spatial"),
        ('{"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "crs": {"type": "x"}}}}', "not understood"),
        ('{"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "crs": "+init=/a:b"}}}', "PROJJSON object"),
    ],
)  # fmt: skip
def test_a_geoparquet_must_describe_its_geometry(tmp_path, geo, says):
    table = pa.table({"a": [1], "geometry": [shapely.Point(1, 2).wkb]})
    path = tmp_path / "a.parquet"
    pq.write_table(table.replace_schema_metadata({b"geo": geo} if geo else None), path)
    refused(path, says)


def test_a_parquet_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "MAX_UNPACKED", 8 << 20)
    path = tmp_path / "a.parquet"
    table = pa.table({"a": pa.array([bytes([i]) * (1 << 20) for i in range(9)])})
    pq.write_table(table, path, compression="zstd", use_dictionary=False)
    assert path.stat().st_size < 1 << 20
    refused(path, "size of its data is 9 MB when unpacked; at most 8 MB", read_table)


@pytest.mark.parametrize(
    "text",
    ['PROJCS["a",EXTENSION["PROJ4","+proj=longlat +nadgrids=/etc/passwd"]]',
     'GEOGCS["a"', "+init=/etc/passwd:x", 'LOCAL_CS["a"]', "x" * 20_000],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_a_prj_that_is_no_plain_spatial_reference_is_refused(tmp_path, text):
    with zipfile.ZipFile(
        zipped(tmp_path, shapes("line"), without=(".prj",))
    ) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    stem = parts[0][0].rpartition(".")[0]
    refused(
        zip_of(tmp_path / "a.zip", *parts, (f"{stem}.prj", text.encode())),
        "spatial reference",
    )


def test_a_name_cannot_make_gdal_open_something_else(tmp_path):
    path = tmp_path / "a!b:c.gpkg"
    measured(tmp_path / "plain.gpkg", "GPKG", ["POINT (2600000 1200000)"]).rename(path)
    assert len(read_features(path, [])) == 1
