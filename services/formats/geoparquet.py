"""GeoParquet 1.1 for other programs; a table as plain Parquet.

Source: geoparquet.org, specification 1.1.0. What is stored has our own columns and
measures as well, which that specification does not know.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from services.formats.source import StoredRows, with_days
from services.geometry.columns import unique_name
from services.geometry.features import FeatureSet, RecordSet
from services.stored import SIDES, boxes_of


class _Geometry:
    """The geometry column and what the metadata say of it."""

    def __init__(self, rows: StoredRows) -> None:
        names = rows.names
        self.name = unique_name("geometry", names)
        self.box = unique_name("bbox", [*names, self.name])
        self._rows = rows
        self._types: set[str] = set()
        self._dimension = 3 if rows.about.has_z else 2

    def add(self, table: pa.Table, features: FeatureSet) -> pa.Table:
        """Return the table with the geometries and their bounds as columns."""
        wkb = shapely.to_wkb(
            features.geometries, output_dimension=self._dimension, flavor="iso"
        )
        self._types |= _types(features.geometries, self._dimension)
        columns = [*table.columns, pa.array(wkb, pa.binary())]
        columns.append(boxes_of(features.geometries))
        return pa.table(columns, names=[*table.column_names, self.name, self.box])

    def metadata(self) -> dict[str, str]:
        """Return the metadata of the file, once all rows are in it."""
        about = self._rows.about
        column: dict[str, Any] = {
            "encoding": "WKB",
            "geometry_types": sorted(self._types),
            "covering": {"bbox": {side: [self.box, side] for side in SIDES}},
        }
        if about.spatial_reference is not None:
            column["crs"] = about.spatial_reference.crs.to_json_dict()
        if about.bounds is not None:
            column["bbox"] = list(about.bounds)
        geo = {
            "version": "1.1.0",
            "primary_column": self.name,
            "columns": {self.name: column},
        }
        return {"geo": json.dumps(geo)}


def write_geoparquet(rows: StoredRows, target: Path) -> list[str]:
    """Write a GeoParquet file, compressed by Zstandard."""
    geometry = _Geometry(rows) if rows.has_geometry else None
    pieces = rows.pieces()
    first = _table(next(pieces), geometry)
    with pq.ParquetWriter(target, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for piece in pieces:
            writer.write_table(_table(piece, geometry))
        if geometry is not None:
            writer.add_key_value_metadata(geometry.metadata())
    return []


def _table(piece: RecordSet, geometry: _Geometry | None) -> pa.Table:
    table = with_days(piece)
    if geometry is None or not isinstance(piece, FeatureSet):
        return table
    return geometry.add(table, piece)


def _types(geometries: np.ndarray, dimension: int) -> set[str]:
    """Return the types of geometries as the specification writes them."""
    known = geometries[~shapely.is_missing(geometries)]
    has_z = shapely.has_z(known) if dimension == 3 else np.zeros(len(known), bool)
    pairs = np.unique(np.stack([shapely.get_type_id(known), has_z]), axis=1)
    return {
        _NAMES[shapely.GeometryType(kind)] + " Z" * is_3d
        for kind, is_3d in pairs.T.tolist()
    }


_NAMES = {
    shapely.GeometryType.POINT: "Point",
    shapely.GeometryType.LINESTRING: "LineString",
    shapely.GeometryType.POLYGON: "Polygon",
    shapely.GeometryType.MULTIPOINT: "MultiPoint",
    shapely.GeometryType.MULTILINESTRING: "MultiLineString",
    shapely.GeometryType.MULTIPOLYGON: "MultiPolygon",
}
