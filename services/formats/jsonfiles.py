"""GeoJSON and Esri JSON as files of any size, written piece by piece."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from services.formats.geojson import feature_collection
from services.formats.source import StoredRows, with_text_dates
from services.geometry.attributes import dump_fields, wire_fields
from services.geometry.esrijson import dump_features, dump_table
from services.geometry.features import FeatureSet, RecordSet
from services.wire import encode

_OID = "esriFieldTypeOID"


def write_geojson(rows: StoredRows, target: Path) -> list[str]:
    """Write one FeatureCollection (RFC 7946); dates are ISO 8601, which GDAL knows."""
    head = {"type": "FeatureCollection", "name": rows.name}
    lists = (
        feature_collection([("", with_text_dates(one))], with_z=True)["features"]
        for one in rows.features()
    )
    _write(head, lists, target)
    return []


def write_esri_json(rows: StoredRows, target: Path) -> list[str]:
    """Write one feature set, or record set of a table, as ArcGIS reads it."""
    documents = map(_document, rows.pieces())
    head = next(documents)  # of no rows too
    first = head.pop("features")
    head["fields"] = _fields(rows)
    _write(head, chain([first], (one["features"] for one in documents)), target)
    return []


def _document(piece: RecordSet) -> dict[str, Any]:
    if isinstance(piece, FeatureSet):
        return dump_features(piece)
    return dump_table(piece)


def _fields(rows: StoredRows) -> list[dict[str, Any]]:
    """Return the fields; how long object ids are is known of all rows together."""
    fields = rows.about.fields
    ids = tuple(one for one in fields if one.type == _OID)
    columns = pq.read_table(rows.path, columns=[one.name for one in ids])
    told = {one["name"]: one for one in wire_fields(RecordSet(ids, columns))}
    return [told.get(one["name"], one) for one in dump_fields(fields)]


def _write(head: dict[str, Any], lists: Iterable[Any], target: Path) -> None:
    """Write an object with the members of ``head`` and all lists as ``features``."""
    with target.open("wb") as file:
        file.write(encode(head)[:-1] + b',"features":[')
        separator = b""
        for features in lists:
            if len(features):
                file.write(separator)
                file.write(memoryview(encode(features))[1:-1])
                separator = b",\n"
        file.write(b"]}")
