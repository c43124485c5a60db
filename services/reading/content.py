"""What a file is: told by its first bytes and its extension together.

GDAL would choose a reader by content alone: a text that names other files or
addresses would be followed, whatever the file is called.
"""

from __future__ import annotations

import re
from pathlib import Path

from services.errors import InvalidValue

#: Bytes from the start of a file that ``content_of`` needs.
HEAD = 4096

ZIP, JSON, XML, TEXT, PDF = "a zip archive", "JSON", "XML", "text", "a PDF document"
GEOPACKAGE, SQLITE = "a GeoPackage", "an SQLite database"
FLATGEOBUF, PARQUET, TIFF = "FlatGeobuf", "Parquet", "a TIFF image"
PNG, JPEG = "a PNG image", "a JPEG image"
BINARY = "binary data of an unknown kind"

_MAGIC = (
    (b"PK\x03\x04", ZIP), (b"PK\x05\x06", ZIP), (b"fgb\x03fgb", FLATGEOBUF),
    (b"PAR1", PARQUET), (b"II*\0", TIFF), (b"MM\0*", TIFF), (b"II+\0", TIFF),
    (b"MM\0+", TIFF), (b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
)  # fmt: skip
_SQLITE = b"SQLite format 3\0"
_APPLICATION_ID = 68  # where the header of an SQLite database names its use
_TEXT_MARKS = ((b"{", JSON), (b"[", JSON), (b"<", XML))
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")

#: What a file with an extension must hold.
CONTENTS: dict[str, tuple[str, ...]] = {
    "csv": (TEXT,),
    "tsv": (TEXT,),
    "txt": (TEXT, JSON),
    "json": (JSON,),
    "geojson": (JSON,),
    "kml": (XML,),
    "gpx": (XML,),
    "xml": (XML,),
    "zip": (ZIP,),
    "kmz": (ZIP,),
    "xlsx": (ZIP,),
    "gpkg": (GEOPACKAGE,),
    "fgb": (FLATGEOBUF,),
    "parquet": (PARQUET,),
    "geoparquet": (PARQUET,),
    "tif": (TIFF,),
    "tiff": (TIFF,),
    "png": (PNG,),
    "jpg": (JPEG,),
    "jpeg": (JPEG,),
    "pdf": (PDF,),
    "pbf": (BINARY, TEXT),
}


def extension_of(name: str) -> str:
    """Return the extension of a file name, in lower case, without the dot."""
    return Path(name).suffix.lower().removeprefix(".")


def content_of(head: bytes) -> str:
    """Return what the first bytes of a file say it is, one of the words above."""
    for magic, content in _MAGIC:
        if head.startswith(magic):
            return content
    if head.startswith(_SQLITE):
        is_package = head[_APPLICATION_ID : _APPLICATION_ID + 2] == b"GP"
        return GEOPACKAGE if is_package else SQLITE
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text in UTF-16"
    if _CONTROL.search(head):
        return BINARY
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((what for mark, what in _TEXT_MARKS if text.startswith(mark)), TEXT)


def require_content(extension: str, head: bytes) -> None:
    """Raise InvalidValue if a file of this extension must not begin like this.

    An extension that nothing is known of may hold anything.
    """
    found, expected = content_of(head), CONTENTS.get(extension)
    if expected is not None and found not in expected:
        raise InvalidValue(
            f"expected {' or '.join(expected)} by the extension .{extension},"
            f" but the content is {found}"
        )


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file. Raises InvalidValue for an empty one."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise InvalidValue("the file is empty")
    return head
