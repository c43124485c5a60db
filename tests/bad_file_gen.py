"""Builds the files of the corpus of bad requests: archives, XML, nested geometries."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Iterable

_MEGABYTE = 2**20
_POLYGON = 5
#: Makes GDAL open the file that it names, if GDAL may choose its driver.
VRT_FILE = (
    '<OGRVRTDataSource><OGRVRTLayer name="passwd">'
    "<SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
)
#: A KML whose name is the content of a file, for a parser that resolves entities.
XXE = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>&e;</name>'
    "<Point><coordinates>1,2</coordinates></Point></Placemark></Document></kml>"
)


def zipped(entries: Iterable[tuple[str, str | bytes]]) -> bytes:
    """An archive of named contents, in this order; a name may come twice."""
    packed = io.BytesIO()
    with (
        warnings.catch_warnings(action="ignore"),  # the library's, of a second name
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, content in entries:
            archive.writestr(name, content)
    return packed.getvalue()


def zip_bomb(megabytes: int) -> bytes:
    """An archive that grows a thousand times."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.csv", "w") as entry,
    ):
        for _ in range(megabytes):
            entry.write(b"0" * _MEGABYTE)
    return packed.getvalue()


def zip_symlink() -> bytes:
    """An archive whose one entry is a link to a file of the server."""
    packed, link = io.BytesIO(), zipfile.ZipInfo("data.shp")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return packed.getvalue()


def zip_encrypted() -> bytes:
    """An archive whose entry says that it is encrypted."""
    packed = bytearray(zipped([("a.csv", "x,y\n1,2\n")]))
    packed[6] |= 1
    packed[packed.find(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def shp_header(size: int = 100) -> bytes:
    """The header of a shapefile of polygons that says to have so many bytes."""
    start = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size // 2)
    return start + struct.pack("<2i8d", 1000, _POLYGON, *[0.0] * 8)


def shp_huge_parts() -> bytes:
    """A shapefile whose one polygon says to have 2^31 - 1 parts and points."""
    most = 2**31 - 1
    shape = struct.pack("<i4d2i", _POLYGON, 0, 0, 1, 1, most, most)
    record = struct.pack(">2i", 1, len(shape) // 2) + shape
    return shp_header(100 + len(record)) + record


def dbf_huge() -> bytes:
    """A dBASE table that says to have 2^32 - 1 records."""
    return struct.pack("<4BIHH20x", 3, 125, 1, 1, 2**32 - 1, 33, 2**16 - 1) + b"\r"


def broken_sqlite() -> bytes:
    """What begins as a GeoPackage."""
    return b"SQLite format 3\x00" + b"\xff" * 500


def laughs() -> str:
    """A KML whose entities name one another, ten times on nine levels."""
    levels = [f"&a{level - 1};" if level else "&a;" for level in range(9)]
    entities = "".join(
        f'<!ENTITY a{level} "{10 * name}">' for level, name in enumerate(levels)
    )
    return (
        f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "{"x" * 1000}">{entities}]>'
        "<kml><Document><name>&a8;</name></Document></kml>"
    )


def geojson_nested(depth: int) -> bytes:
    start = '{"type":"GeometryCollection","geometries":['
    point = '{"type":"Point","coordinates":[0,0]}'
    return (start * depth + point + "]}" * depth).encode()


def wkt_nested(depth: int) -> str:
    return "GEOMETRYCOLLECTION(" * depth + "POINT(0 0)" + ")" * depth


def wkb_nested(depth: int) -> bytes:
    collection = struct.pack("<BII", 1, 7, 1)
    return collection * depth + struct.pack("<BIdd", 1, 1, 0, 0)
