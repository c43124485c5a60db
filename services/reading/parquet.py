"""GeoParquet and Parquet through pyarrow. Source: geoparquet.org, 1.0 and 1.1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from services.errors import InvalidValue
from services.geometry.crs import WGS84, SpatialReference
from services.reading.ogr import table_of
from services.reading.references import reference_of_projjson
from services.wire import decode

_BATCH = 4096
MAX_UNPACKED = 2**30


def read_parquet(path: Path, max_features: int | None) -> pa.Table:
    """Return all rows. Raises InvalidValue above ``max_features`` rows or 1 GB."""
    with pq.ParquetFile(path) as file:
        groups = range(file.metadata.num_row_groups)
        size = sum(file.metadata.row_group(one).total_byte_size for one in groups)
        if size > MAX_UNPACKED:
            raise InvalidValue(
                f"the size of its data is {size / 2**20:.0f} MB when unpacked; at most"
                f" {MAX_UNPACKED / 2**20:.0f} MB are accepted"
            )
        batches = file.iter_batches(_BATCH)
        table = table_of(batches, file.schema_arrow, max_features)
        # where it is added in the end, it is no part of the schema
        told = {**(table.schema.metadata or {}), **(file.metadata.metadata or {})}
        return table.replace_schema_metadata(told)


def geometry_of(table: pa.Table) -> tuple[str, SpatialReference | None]:
    """Return the geometry column that the ``geo`` metadata names, and its reference.

    None: the file says that its reference is unknown. Raises InvalidValue for a
    Parquet file without that metadata and for encodings other than WKB.
    """
    raw = (table.schema.metadata or {}).get(b"geo")
    if raw is None:
        raise InvalidValue("expected GeoParquet; this Parquet has no 'geo' metadata")
    document = decode(raw)
    name = document.get("primary_column") if isinstance(document, dict) else None
    columns = document.get("columns") if isinstance(document, dict) else None
    told = columns.get(name) if isinstance(columns, dict) else None
    if not isinstance(name, str) or not isinstance(told, dict):
        raise InvalidValue("the 'geo' metadata does not describe a geometry column")
    if name not in table.column_names:
        raise InvalidValue("the 'geo' metadata names a column that is not there")
    if told.get("encoding") != "WKB" or not _is_binary(table.schema.field(name).type):
        raise InvalidValue("expected geometry in the encoding WKB")
    if told.get("edges", "planar") != "planar":
        raise InvalidValue("expected geometry with planar edges")
    return name, _reference(told)


def _reference(told: dict[str, Any]) -> SpatialReference | None:
    if "crs" not in told:
        return WGS84  # the specification's own default, OGC:CRS84
    return None if told["crs"] is None else reference_of_projjson(told["crs"])


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))
