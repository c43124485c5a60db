"""KML and KMZ: checked as XML before GDAL reads them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.errors import InvalidValue
from services.reading.archive import entries_of, unpack
from services.reading.ogr import Layer, Source

_MAX_DEPTH = 64
_HIDDEN = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ROOT = re.compile(rb"\s*<(?:\w+:)?kml\b", re.IGNORECASE)
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]+)", re.IGNORECASE)
_READABLE = ("utf-8", "us-ascii", "ascii", "iso-8859-1")

#: Columns of style and time that GDAL adds to every layer, set or not.
_STANDARD = (
    "id", "description", "timestamp", "begin", "end", "altitudeMode", "tessellate",
    "extrude", "visibility", "drawOrder", "icon", "snippet",
)  # fmt: skip


def source_of(path: Path, extension: str, folder: Path) -> Source:
    """Return the checked KML of a file or of a KMZ archive, unpacked to ``folder``.

    Raises InvalidValue for what is no KML, declares entities, or is nested too deep.
    """
    target = folder / "data.kml"
    if extension == "kmz":
        _unpack_main(path, target)
    else:
        target.symlink_to(path.resolve())
    _check(target.read_bytes())
    return Source(target, "LIBKML")


def _unpack_main(path: Path, target: Path) -> None:
    found = [one for one in entries_of(path)
             if PurePosixPath(one.filename).suffix.lower() == ".kml"]  # fmt: skip
    roots = [one for one in found if "/" not in one.filename]
    named = [one for one in roots if one.filename.lower() == "doc.kml"]
    for choice in (named, roots, found):
        if len(choice) == 1:
            return unpack(path, choice[0], target)
    raise InvalidValue("expected one .kml in the KMZ archive, doc.kml")


def _check(text: bytes) -> None:
    declared = _ENCODING.search(text[:200])
    if b"\0" in text or (declared and declared[1].lower().decode() not in _READABLE):
        raise InvalidValue("expected KML in UTF-8")
    bare = _HIDDEN.sub(b"", text.removeprefix(b"\xef\xbb\xbf"))
    if _DECLARATION.search(bare):
        raise InvalidValue("a KML with a DTD or entities of its own is not accepted")
    if not _ROOT.match(bare):
        raise InvalidValue("expected KML, a document that begins with <kml>")
    if _depth(bare) > _MAX_DEPTH:
        raise InvalidValue(f"the KML is nested deeper than {_MAX_DEPTH} levels")


def _depth(text: bytes) -> int:
    """Return how deep elements are nested, quoted signs taken for real ones."""
    data = np.frombuffer(text + b"  ", np.uint8)
    opened, slash = data == ord("<"), data == ord("/")
    ends = opened[:-1] & slash[1:]
    starts = opened[:-1] & ~slash[1:]
    empty = slash[:-1] & (data[1:] == ord(">"))
    steps = starts.astype(np.int8) - ends - empty
    return int(np.cumsum(steps, dtype=np.int32).max(initial=0))


def without_standard(layer: Layer) -> Layer:
    """Return the layer without the standard columns that say nothing."""
    unused = [name for name in layer.table.column_names
              if name in _STANDARD and _says_nothing(layer.table[name])]  # fmt: skip
    return replace(layer, table=layer.table.drop_columns(unused))


def _says_nothing(column: pa.ChunkedArray) -> bool:
    if pa.types.is_integer(column.type):  # -1 and 0 are GDAL's "not said"
        column = column.filter(pc.greater(column, 0))
        return len(column) == 0
    return bool(column.null_count == len(column))
