"""What a file is written of: a stored data set, read in pieces, and its column types.

No writer ever holds all rows: a million of them take the memory of some thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from shapely import GeometryType, MultiLineString, MultiPolygon

from services.geometry.features import FeatureSet, Field, RecordSet
from services.stored import Description, describe, read_pieces

DATE, DAY = "esriFieldTypeDate", "esriFieldTypeDateOnly"
_Rows = TypeVar("_Rows", bound=RecordSet)
ISO = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class StoredRows:
    """A data set that ``services.stored`` has written; ``name`` is for its layer."""

    path: Path
    name: str

    @cached_property
    def about(self) -> Description:
        """What is known of it without reading rows."""
        return describe(self.path)

    @property
    def has_geometry(self) -> bool:
        """False for a table."""
        return bool(self.about.geometry_type)

    @property
    def names(self) -> list[str]:
        """The names of the fields."""
        return [one.name for one in self.about.fields]

    def pieces(self) -> Iterator[FeatureSet] | Iterator[RecordSet]:
        """Yield the rows, some thousand at a time."""
        return read_pieces(self.path)

    def features(self) -> Iterator[FeatureSet]:
        """Yield the pieces of a data set that has geometries."""
        for piece in self.pieces():
            if isinstance(piece, FeatureSet):
                yield piece


#: Writes rows to a file; returns what their reader should know of the file.
Writer = Callable[[StoredRows, Path], list[str]]


def with_text_dates(records: _Rows, kinds: Collection[str] = (DATE, DAY)) -> _Rows:
    """Return records whose dates and days are texts in ISO 8601, dates in UTC."""
    for field in records.fields:
        if field.type not in kinds:
            continue
        column = records.attributes[field.name]
        is_day = field.type == DAY
        texts = _days(column).cast(pa.string()) if is_day else pc.strftime(column, ISO)
        as_text = Field(field.name, alias=field.alias)
        records = records.with_column(field.name, texts, as_text)
    return records


def with_days(records: RecordSet) -> pa.Table:
    """Return the columns of records; those of days have Arrow's type for days.

    A day may have come as 2020-08-02 or 8/2/2020.
    """
    table = records.attributes
    for at, field in enumerate(records.fields):
        if field.type == DAY:
            days = _days(table.column(at))
            table = table.set_column(at, field.name, days)
    return table


def _days(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    read = [
        pc.strptime(texts, pattern, "s", error_is_null=True)
        for pattern in ("%Y-%m-%d", "%m/%d/%Y")
    ]
    return pc.coalesce(*read).cast(pa.date32())


def in_parts(features: FeatureSet) -> np.ndarray:
    """Return geometries, shape (n,); lines and polygons all as several parts.

    Layers of most formats hold geometries of one type and dimension: where some have
    z, it is 0 for the others.
    """
    shapes = features.geometries.copy()
    ids, is_empty = shapely.get_type_id(shapes), shapely.is_empty(shapes)
    for single, gather, empty in (
        (GeometryType.LINESTRING, shapely.multilinestrings, MultiLineString()),
        (GeometryType.POLYGON, shapely.multipolygons, MultiPolygon()),
    ):
        rows = np.flatnonzero((ids == single) & ~is_empty)
        if len(rows):
            shapes[rows] = gather(shapes[rows], indices=np.arange(len(rows)))
        shapes[(ids == single) & is_empty] = empty
    if features.has_z:
        flat = np.flatnonzero(~shapely.has_z(shapes) & ~shapely.is_empty(shapes))
        shapes[flat] = shapely.force_3d(shapes[flat])
    return shapes
