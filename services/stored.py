"""Results at rest: GeoParquet for features, Parquet for tables, files as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from services.geometry.attributes import dump_fields
from services.geometry.columns import time_field
from services.geometry.crs import SpatialReference
from services.geometry.curves import curves_of, remember
from services.geometry.features import FeatureSet, Field, RecordSet

_KEY = b"cairn"
_GEOMETRY = "geometry"
_CURVES = "_curves"
_BOX = "_bbox"
#: The members of a bounding box.
SIDES = ("xmin", "ymin", "xmax", "ymax")
#: Rows that a reader has to take at once.
_GROUP_ROWS = 2**16
#: What one piece of ``read_pieces`` should take in memory, about, and its most rows.
_PIECE_BYTES = 16 * 2**20
_PIECE_ROWS = 50_000


def write_features(features: FeatureSet, path: Path) -> None:
    """Write a GeoParquet 1.1 file with WKB geometry and our field schema.

    Source: geoparquet.org, specification 1.1.0. Z and M are kept (ISO WKB), and in a
    column beside, as Esri JSON, the true curves of geometries that came as such. The
    covering has the bounds of each geometry: a query reads them first.
    """
    wkb = shapely.to_wkb(features.geometries, output_dimension=4, flavor="iso")
    name = _geometry_name(features.fields)
    boxes = boxes_of(features.geometries)
    columns = [*features.attributes.columns, pa.array(wkb, pa.binary()), boxes]
    names = [*features.attributes.column_names, name, f"{name}{_BOX}"]
    curves = curves_of(features.geometries)
    if any(curves):
        texts = [json.dumps(one) if one else None for one in curves]
        columns.append(pa.array(texts, pa.string()))
        names.append(f"{name}{_CURVES}")
    table = pa.table(columns, names=names)
    reference = features.spatial_reference
    geo = {
        "version": "1.1.0",
        "primary_column": name,
        "columns": {
            name: {
                "encoding": "WKB",
                "geometry_types": [],
                "crs": reference.crs.to_json_dict(),
                "covering": {"bbox": {one: [f"{name}{_BOX}", one] for one in SIDES}},
                **_bbox(features),
            }
        },
    }
    ours = {
        "fields": dump_fields(features.fields),
        "geometryType": features.geometry_type,
        "spatialReference": reference.to_json(),
        "hasZ": features.has_z,
        "hasM": features.has_m,
    }
    _write(table, {b"geo": geo, _KEY: ours}, path)


def boxes_of(geometries: np.ndarray) -> pa.StructArray:
    """Return the bounds of each geometry, null where there is none."""
    bounds = shapely.bounds(geometries).reshape(-1, 4)
    sides = [pa.array(side) for side in bounds.T]
    missing = pa.array(np.isnan(bounds[:, 0]))
    return pa.StructArray.from_arrays(sides, list(SIDES), mask=missing)


def _bbox(features: FeatureSet) -> dict[str, Any]:
    """Return the member of the metadata with the bounds, none without geometries."""
    bounds = shapely.bounds(features.geometries)
    bounds = bounds[~np.isnan(bounds[:, 0])]
    if not len(bounds):
        return {}
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    return {"bbox": [*low.tolist(), *high.tolist()]}


def _geometry_name(fields: tuple[Field, ...]) -> str:
    taken = {field.name for field in fields}
    name = _GEOMETRY
    while taken & {name, f"{name}{_CURVES}", f"{name}{_BOX}"}:
        name += "_"
    return name


def write_table(records: RecordSet, path: Path) -> None:
    """Write a Parquet file with our field schema."""
    ours = {"fields": dump_fields(records.fields)}
    _write(records.attributes, {_KEY: ours}, path)


def _write(table: pa.Table, metadata: dict[bytes, Any], path: Path) -> None:
    texts = {key: json.dumps(value).encode() for key, value in metadata.items()}
    pq.write_table(
        table.replace_schema_metadata(texts),
        path,
        compression="zstd",
        row_group_size=_GROUP_ROWS,
    )


def read_features(path: Path) -> FeatureSet:
    """Return what ``write_features`` wrote."""
    table = pq.read_table(path)
    ours = json.loads(table.schema.metadata[_KEY])
    fields = tuple(_field(one) for one in ours["fields"])
    name = _geometry_name(fields)
    shapes = np.asarray(shapely.from_wkb(table.column(name).to_numpy()), dtype=object)
    if f"{name}{_CURVES}" in table.column_names:
        texts = table.column(f"{name}{_CURVES}").to_pylist()
        remember(shapes, [json.loads(one) if one else None for one in texts])
    return _features(table, ours, shapes)


def read_pieces(path: Path) -> Iterator[FeatureSet] | Iterator[RecordSet]:
    """Yield a stored data set in pieces of some thousand rows, in their order.

    One without rows is one empty piece. True curves are left out: the pieces have
    their short lines.
    """
    with pq.ParquetFile(path) as file:
        ours = json.loads(file.schema_arrow.metadata[_KEY])
        fields = tuple(_field(one) for one in ours["fields"])
        name = _geometry_name(fields) if "geometryType" in ours else ""
        names = [one.name for one in fields] + [name] * bool(name)
        most = _rows_of_a_piece(file.metadata)
        for batch in file.iter_batches(most, columns=names):
            yield _piece(pa.Table.from_batches([batch]), ours, fields, name)
        if not file.metadata.num_rows:
            empty = file.schema_arrow.empty_table().select(names)
            yield _piece(empty, ours, fields, name)


def _piece(
    table: pa.Table, ours: dict[str, Any], fields: tuple[Field, ...], name: str
) -> Any:
    """Return rows as features, if a column ``name`` has geometries, or as a table."""
    if not name:
        return RecordSet(fields, table.replace_schema_metadata(None))
    shapes = shapely.from_wkb(table.column(name).to_numpy())
    return _features(table, ours, np.asarray(shapes, dtype=object))


def _rows_of_a_piece(footer: pq.FileMetaData) -> int:
    groups = [footer.row_group(at) for at in range(footer.num_row_groups)]
    row = sum(one.total_byte_size for one in groups) / max(1, footer.num_rows)
    return int(min(_PIECE_ROWS, max(1, _PIECE_BYTES // max(1, row))))


@dataclass(frozen=True, slots=True)
class Shapes:
    """The geometries of a stored set: WKB, bounds (n, 4), and an empty set like it."""

    wkb: pa.ChunkedArray
    bounds: np.ndarray
    like: FeatureSet


def read_columns(path: Path) -> tuple[RecordSet, Shapes | None]:
    """Return the rows of a stored data set and its geometries; a table has none.

    Geometries are not decoded: a query needs few.
    """
    table = pq.read_table(path)
    ours = json.loads(table.schema.metadata[_KEY])
    fields = tuple(_field(one) for one in ours["fields"])
    plain = table.select([field.name for field in fields]).replace_schema_metadata(None)
    records = RecordSet(fields, plain)
    if "geometryType" not in ours:
        return records, None
    name = _geometry_name(fields)
    like = _features(table.slice(0, 0), ours, np.empty(0, dtype=object))
    return records, Shapes(table.column(name), _bounds(table, name), like)


def _bounds(table: pa.Table, name: str) -> np.ndarray:
    """Return the bounds of each geometry, NaN where there is none; shape (n, 4)."""
    boxes = table.column(f"{name}{_BOX}").combine_chunks()
    known = np.asarray(boxes.is_valid())
    bounds = np.empty((len(boxes), 4), order="F")  # each side lies in one piece
    for at, side in enumerate(SIDES):
        numbers = boxes.field(side).to_numpy(zero_copy_only=False)
        bounds[:, at] = np.where(known, numbers, np.nan)
    return bounds


def _features(table: pa.Table, ours: dict[str, Any], shapes: np.ndarray) -> FeatureSet:
    fields = tuple(_field(one) for one in ours["fields"])
    reference = ours["spatialReference"]
    return FeatureSet(
        fields,
        table.select([field.name for field in fields]).replace_schema_metadata(None),
        shapes,
        ours["geometryType"],
        SpatialReference(
            reference.get("wkid"), reference.get("wkt"), reference.get("vcsWkid")
        ),
        ours["hasZ"],
        ours["hasM"],
    )


def read_table(path: Path) -> RecordSet:
    """Return what ``write_table`` wrote."""
    table = pq.read_table(path)
    ours = json.loads(table.schema.metadata[_KEY])
    fields = tuple(_field(one) for one in ours["fields"])
    return RecordSet(fields, table.replace_schema_metadata(None))


def _field(document: dict[str, Any]) -> Field:
    length, nullable = document.get("length"), document.get("nullable", True)
    return replace(
        Field(document["name"], document["type"], document["alias"]),
        length=length,
        nullable=nullable,
    )


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of a stored data set without reading its rows.

    A table has no geometry type; ``bounds`` are None without any geometry. ``times``
    are the ends of the first date field, in milliseconds, None without any date.
    """

    fields: tuple[Field, ...]
    count: int
    geometry_type: str = ""
    spatial_reference: SpatialReference | None = None
    bounds: tuple[float, float, float, float] | None = None
    has_z: bool = False
    has_m: bool = False
    times: tuple[int, int] | None = None


def describe(path: Path) -> Description:
    """Return what a file of ``write_features`` or ``write_table`` holds."""
    footer = pq.read_metadata(path)
    ours = json.loads(footer.metadata[_KEY])
    fields = tuple(_field(one) for one in ours["fields"])
    if "geometryType" not in ours:
        return Description(fields, footer.num_rows, times=_times(footer, fields))
    geo = json.loads(footer.metadata[b"geo"])
    bounds = geo["columns"][geo["primary_column"]].get("bbox")
    reference = ours["spatialReference"]
    return Description(
        fields,
        footer.num_rows,
        ours["geometryType"],
        SpatialReference(
            reference.get("wkid"), reference.get("wkt"), reference.get("vcsWkid")
        ),
        tuple(bounds) if bounds else None,
        ours["hasZ"],
        ours["hasM"],
        _times(footer, fields),
    )


def _times(
    footer: pq.FileMetaData, fields: tuple[Field, ...]
) -> tuple[int, int] | None:
    """Return the ends of the first date field, as the footer tells them.

    They are whole milliseconds there, of any year.
    """
    name = time_field(fields)
    groups = [footer.row_group(at) for at in range(footer.num_row_groups)]
    columns = [group.column(at) for group in groups for at in range(group.num_columns)]
    known = [one.statistics for one in columns
             if name and one.path_in_schema == name
             and one.statistics and one.statistics.has_min_max]  # fmt: skip
    if not known:
        return None
    return min(one.min_raw for one in known), max(one.max_raw for one in known)
