"""The formats of results, in one table: answers of ``f``, and files to download.

As an answer, ``execute`` and a result give GeoJSON, KMZ and protocol buffers for
features only, at most as many as the service returns at once. Of several feature
outputs ``execute`` puts all into one GeoJSON or KMZ; a protocol buffer holds one.
Values of other types are left out of them: JSON has everything. A file holds all rows
of one result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.errors import InvalidParameters, Problem

DOCUMENTS = ("html", "json", "pjson")
FEATURE_FORMATS = ("geojson", "kmz", "pbf")
IMAGE = "image"

_JSON = "application/json; charset=utf-8"
_FEATURES = "GPFeatureRecordSetLayer"
_BYTES = "application/octet-stream"  # for what a browser would take for a page


@dataclass(frozen=True, slots=True)
class Format:
    """A format that files have: what it is called, and what it can carry.

    ``writer`` names a function ``(StoredRows, Path) -> notes`` in ``services.formats``,
    which is imported when it is used. ``axes`` is how many of x, y, z and m it has.
    ``as_text`` are the types of fields, without ``esriFieldType``, that it writes as
    texts. ``reference`` is "own" if it tells the spatial reference, "wgs84" if it has
    that one only, "" if it tells none.
    """

    name: str
    title: str
    extension: str
    media_type: str
    writer: str
    axes: int = 4
    has_tables: bool = False
    has_aliases: bool = False
    has_nulls: bool = True
    reference: str = "own"
    as_text: tuple[str, ...] = ()


_TEXTS = ("GUID", "GlobalID", "TimeOnly", "TimestampOffset")
_ISO_TEXTS = ("Date", "DateOnly", *_TEXTS)
_KML_TEXTS = ("OID", "BigInteger", *_ISO_TEXTS)
#: The formats of files, by name.
FILES: dict[str, Format] = {
    one.name: one
    for one in (
        Format("geojson", "GeoJSON", "geojson", "application/geo+json",
               "jsonfiles.write_geojson", axes=3, reference="wgs84",
               as_text=_ISO_TEXTS),
        Format("shapefile", "Shapefile", "zip", "application/zip",
               "shapefile.write_shapefile", has_nulls=False,
               as_text=("Date", *_TEXTS)),
        Format("gpkg", "GeoPackage", "gpkg", "application/geopackage+sqlite3",
               "ogrfiles.write_geopackage", has_tables=True, as_text=_TEXTS),
        Format("csv", "CSV", "csv", "text/csv", "csvfile.write_csv",
               has_tables=True, reference="", as_text=_ISO_TEXTS),
        Format("kml", "KML", "kml", _BYTES, "kmz.write_kml", axes=3,
               has_aliases=True, reference="wgs84", as_text=_KML_TEXTS),
        Format("kmz", "KMZ", "kmz", "application/vnd.google-earth.kmz",
               "kmz.write_kmz", axes=3, has_aliases=True, reference="wgs84",
               as_text=_KML_TEXTS),
        Format("flatgeobuf", "FlatGeobuf", "fgb", "application/flatgeobuf",
               "ogrfiles.write_flatgeobuf", axes=3, as_text=_TEXTS),
        Format("geoparquet", "GeoParquet", "parquet",
               "application/vnd.apache.parquet", "geoparquet.write_geoparquet",
               axes=3, has_tables=True, as_text=_TEXTS),
        Format("esrijson", "Esri JSON", "json", "application/json",
               "jsonfiles.write_esri_json", has_tables=True, has_aliases=True),
        Format("xlsx", "Excel", "xlsx",
               "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
               "xlsx.write_xlsx", has_tables=True, reference="", as_text=_TEXTS),
    )
}  # fmt: skip

#: What ArcGIS calls formats of exports otherwise.
_OTHERWISE = {"excel": "xlsx", "geopackage": "gpkg"}
#: Media type of an answer that a child process writes.
MEDIA_TYPES = {
    "json": _JSON,
    "pjson": _JSON,
    "geojson": FILES["geojson"].media_type,
    "kmz": FILES["kmz"].media_type,
    "pbf": "application/x-protobuf",
}


def file_format(text: str, kind: str) -> Format:
    """Return the format of that name for a result that is "features" or a "table".

    Raises InvalidParameters that names those that there are.
    """
    name = text.strip().lower()
    found, usable = FILES.get(_OTHERWISE.get(name, name)), file_formats(kind)
    if found in usable:
        return found
    names = _listed([one.name for one in usable])
    why = f"there is no format '{text[:50]}'"
    if found:
        why = f"{found.name} needs geometries, and the result is a table"
    raise InvalidParameters([Problem("format", f"{why}; use {names}")])


def file_formats(kind: str) -> list[Format]:
    """Return the formats that "features" or a "table" can be written in."""
    return [one for one in FILES.values() if kind == "features" or one.has_tables]


def feature_names(outputs: Mapping[str, str]) -> list[str]:
    """Return the names of the outputs (name -> data type) that hold features."""
    return [name for name, kind in outputs.items() if kind == _FEATURES]


def refuse_format(format_name: str, outputs: Mapping[str, str]) -> None:
    """Raise InvalidParameters if outputs (name -> data type) cannot be written so."""
    if format_name in DOCUMENTS:
        return
    found = feature_names(outputs)
    if format_name == IMAGE:
        why = "needs a result map service, which this service does not have"
    elif not found:
        kinds = ", ".join(f"{name} is a {kind}" for name, kind in outputs.items())
        why = f"is for features, and {kinds or 'there is no output'}"
    elif format_name == "pbf" and len(found) > 1:
        why = f"holds the features of one output, and there are {', '.join(found)}"
    else:
        return
    raise InvalidParameters(
        [Problem("f", f"{format_name} {why}; use {_listed(_usable(found))}")]
    )


def _usable(found: Sequence[str]) -> tuple[str, ...]:
    """Return the formats that results with these feature outputs have."""
    if not found:
        return DOCUMENTS
    return DOCUMENTS + (FEATURE_FORMATS if len(found) == 1 else FEATURE_FORMATS[:2])


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
