"""A stored layer, ready to be asked: columns, WKB, bounds; kept while it is in use."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from services import data
from services.errors import NotFound
from services.geometry.columns import display_field, plain_ids, unique_name
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet, Field, RecordSet
from services.stored import Shapes, read_columns

#: Beginning of the path of a layer that comes with the portal.
SHIPPED = "shipped:"
_OID = "esriFieldTypeOID"
_MAX_BYTES = 384 * 2**20


@dataclass(frozen=True, eq=False)
class Layer:
    """Rows with an object id each, and the geometry of each as WKB.

    ``bounds`` has shape (n, 4): xmin, ymin, xmax, ymax, NaN where there is no
    geometry; it is empty for a table, whose ``geometry_type`` is "".
    """

    records: RecordSet
    oid: Field
    wkb: pa.ChunkedArray | None = None
    bounds: np.ndarray | None = None
    geometry_type: str = ""
    spatial_reference: SpatialReference | None = None
    has_z: bool = False
    has_m: bool = False

    def __len__(self) -> int:
        return len(self.records)

    @property
    def display_field(self) -> str:
        """The name of the field whose value names a row."""
        return display_field(self.records.fields, self.oid.name)

    @property
    def object_ids(self) -> np.ndarray:
        """The object ids, shape (n,)."""
        return np.asarray(self.records.column(self.oid.name).to_numpy())

    @property
    def size(self) -> int:
        """Bytes that the layer takes in memory, about."""
        held = 0 if self.wkb is None or self.bounds is None else (
            self.wkb.nbytes + self.bounds.nbytes
        )  # fmt: skip
        return int(self.records.attributes.nbytes + held)

    def shapes(self, rows: np.ndarray) -> np.ndarray:
        """Return the geometries of these rows, shape (k,)."""
        if self.wkb is None:
            return np.full(len(rows), None, dtype=object)
        taken = self.wkb.take(pa.array(rows))
        return np.asarray(shapely.from_wkb(taken.to_numpy()), dtype=object)

    def features(self, rows: np.ndarray) -> FeatureSet:
        """Return these rows as features; of a table as features without geometry."""
        taken = self.records.take(rows)
        return FeatureSet(
            taken.fields,
            taken.attributes,
            self.shapes(rows),
            self.geometry_type or "esriGeometryPoint",
            self.spatial_reference or SpatialReference(4326),
            self.has_z,
            self.has_m,
        )


_kept: OrderedDict[tuple[str, int, int], Layer] = OrderedDict()


def open_layer(path: str) -> Layer:
    """Return the layer at a path, from memory if its file is the same. NotFound."""
    if path.startswith(SHIPPED):
        return _shipped(path.removeprefix(SHIPPED))
    try:
        state = Path(path).stat()
    except FileNotFoundError:
        raise NotFound("the data of this layer are gone") from None
    key = (path, state.st_mtime_ns, state.st_size)
    layer = _kept.pop(key, None) or _read(Path(path))
    _kept[key] = layer
    while len(_kept) > 1 and sum(one.size for one in _kept.values()) > _MAX_BYTES:
        _kept.popitem(last=False)
    if layer.size > _MAX_BYTES:
        _kept.pop(key)
    return layer


@lru_cache(maxsize=4)
def _shipped(name: str) -> Layer:
    features = {"countries": data.countries, "cities": data.cities}[name]()
    shapes = features.geometries
    wkb = pa.chunked_array([pa.array(shapely.to_wkb(shapes), pa.binary())])
    return _layer(features.records, Shapes(wkb, shapely.bounds(shapes), features))


def _read(path: Path) -> Layer:
    return _layer(*read_columns(path))


def _layer(records: RecordSet, shapes: Shapes | None) -> Layer:
    records, oid = with_object_ids(records, len(shapes.wkb) if shapes else None)
    if shapes is None:
        return Layer(records, oid)
    like = shapes.like
    return Layer(
        records,
        oid,
        shapes.wkb,
        shapes.bounds,
        like.geometry_type,
        like.spatial_reference,
        like.has_z,
        like.has_m,
    )


def with_object_ids(
    records: RecordSet, count: int | None = None
) -> tuple[RecordSet, Field]:
    """Return the records with an object id each, and its field.

    Ids that are there are kept if no two are the same; else the rows get 1 to n in
    their order.
    """
    for field in records.fields:
        column = records.attributes.column(field.name)
        is_whole = field.type == _OID and not column.null_count
        if is_whole and len(pc.unique(column)) == len(column):
            return records, field
    records = replace(records, fields=plain_ids(records))
    name = unique_name("OBJECTID", [field.name for field in records.fields])
    oid = Field(name, _OID, nullable=False, editable=False)
    number = len(records) if count is None else count
    column = pa.array(np.arange(1, number + 1), pa.int64())
    table = records.attributes
    columns, names = [column, *table.columns], [name, *table.column_names]
    return RecordSet((oid, *records.fields), pa.table(columns, names=names)), oid
