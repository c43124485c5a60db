"""FeatureSet and RecordSet: the frozen values that tools take and return."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa
import shapely

from services.errors import InvalidValue
from services.geometry.crs import WGS84, SpatialReference
from services.geometry.reproject import reproject
from services.geometry.vertical import move_heights

if TYPE_CHECKING:
    import geopandas

#: Arrow type of the column for each Esri field type.
ARROW_TYPES: dict[str, pa.DataType] = {
    "esriFieldTypeOID": pa.int64(),
    "esriFieldTypeSmallInteger": pa.int16(),
    "esriFieldTypeInteger": pa.int32(),
    "esriFieldTypeBigInteger": pa.int64(),
    "esriFieldTypeSingle": pa.float64(),
    "esriFieldTypeDouble": pa.float64(),
    "esriFieldTypeString": pa.string(),
    "esriFieldTypeDate": pa.timestamp("ms", tz="UTC"),
    "esriFieldTypeDateOnly": pa.string(),
    "esriFieldTypeTimeOnly": pa.string(),
    "esriFieldTypeTimestampOffset": pa.string(),
    "esriFieldTypeGUID": pa.string(),
    "esriFieldTypeGlobalID": pa.string(),
    "esriFieldTypeXML": pa.string(),
    "esriFieldTypeBlob": pa.string(),
    "esriFieldTypeRaster": pa.string(),
}

#: Esri geometry type for each shapely type; collections have none.
GEOMETRY_TYPES: dict[int, str] = {
    shapely.GeometryType.POINT: "esriGeometryPoint",
    shapely.GeometryType.MULTIPOINT: "esriGeometryMultipoint",
    shapely.GeometryType.LINESTRING: "esriGeometryPolyline",
    shapely.GeometryType.LINEARRING: "esriGeometryPolyline",
    shapely.GeometryType.MULTILINESTRING: "esriGeometryPolyline",
    shapely.GeometryType.POLYGON: "esriGeometryPolygon",
    shapely.GeometryType.MULTIPOLYGON: "esriGeometryPolygon",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A column's name, Esri type, alias, length, and whether it may be null or edited.

    An alias that is left out is the name. ``length`` is that of texts; an OID of 64
    bits has the length 8.
    """

    name: str
    type: str = "esriFieldTypeString"
    alias: str = ""
    length: int | None = None
    nullable: bool = True
    editable: bool = True

    def __post_init__(self) -> None:
        if not self.alias:
            object.__setattr__(self, "alias", self.name)

    @property
    def arrow_type(self) -> pa.DataType:
        """Arrow type of the column that holds this field."""
        return ARROW_TYPES[self.type]

    @property
    def is_numeric(self) -> bool:
        """True if sums and means of this field make sense."""
        return self.type.removeprefix("esriFieldType") in {
            "SmallInteger",
            "Integer",
            "BigInteger",
            "Single",
            "Double",
        }


def field_for(name: str, column: pa.ChunkedArray | pa.Array) -> Field:
    """Return the field that describes an Arrow column."""
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_int8(kind) or pa.types.is_int16(kind):
        return Field(name, "esriFieldTypeSmallInteger")
    if pa.types.is_int32(kind):
        return Field(name, "esriFieldTypeInteger")
    if pa.types.is_integer(kind):
        return Field(name, "esriFieldTypeBigInteger")
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return Field(name, "esriFieldTypeDouble")
    if pa.types.is_temporal(kind):
        return Field(name, "esriFieldTypeDate")
    return Field(name, "esriFieldTypeString")


@dataclass(frozen=True, eq=False)
class RecordSet:
    """A table: one Arrow column for each field, in the order of ``fields``.

    A null attribute is an Arrow null. Dates are UTC timestamps in milliseconds.
    """

    fields: tuple[Field, ...]
    attributes: pa.Table

    def __len__(self) -> int:
        return int(self.attributes.num_rows)

    __hash__ = None  # type: ignore[assignment]  # arrays have no hash

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        same = self.fields == other.fields
        return same and bool(self.attributes.equals(other.attributes))

    @classmethod
    def from_columns(
        cls, columns: Mapping[str, Any], fields: Sequence[Field] = ()
    ) -> RecordSet:
        """Build a table from name -> values; fields are inferred where not given."""
        attributes, complete = table_of(columns, fields)
        return RecordSet(complete, attributes)

    def field(self, name: str) -> Field:
        """Return the field of that name, in any case. Raises InvalidValue."""
        for candidate in self.fields:
            if candidate.name.lower() == name.lower():
                return candidate
        names = ", ".join(field.name for field in self.fields) or "none"
        raise InvalidValue(f"there is no field '{name[:64]}'; the fields are {names}")

    def column(self, name: str) -> pa.ChunkedArray:
        """Return the column of that field, in any case. Raises InvalidValue."""
        return self.attributes.column(self.field(name).name)

    def numbers(self, name: str) -> np.ndarray:
        """Return a numeric field as float64, null as NaN. Raises InvalidValue."""
        if not self.field(name).is_numeric:
            raise InvalidValue(f"field '{name}' is not numeric")
        column = self.column(name).cast(pa.float64(), safe=False)
        return np.asarray(column.to_numpy(), dtype=float)

    def take(self, rows: np.ndarray) -> Self:
        """Return the rows of these indices (or this boolean mask), in that order."""
        index = np.flatnonzero(rows) if rows.dtype == bool else rows
        return replace(self, attributes=self.attributes.take(pa.array(index)))

    def with_column(self, name: str, values: Any, field: Field | None = None) -> Self:
        """Return a copy with one column added, or replaced if the name is there."""
        column = as_column(values, field.arrow_type if field else None)
        new = field or field_for(name, column)
        names = [old.name.lower() for old in self.fields]
        column = column.cast(new.arrow_type)
        if name.lower() in names:
            at = names.index(name.lower())
            table = self.attributes.set_column(at, name, column)
            fields = (*self.fields[:at], new, *self.fields[at + 1 :])
        else:
            table = _appended(self.attributes, name, column)
            fields = (*self.fields, new)
        return replace(self, fields=fields, attributes=table)

    def without_columns(self, names: Iterable[str]) -> Self:
        """Return a copy without these fields; unknown names do nothing."""
        dropped = {name.lower() for name in names}
        kept = tuple(
            field for field in self.fields if field.name.lower() not in dropped
        )
        table = self.attributes.select([field.name for field in kept])
        return replace(self, fields=kept, attributes=table)


@dataclass(frozen=True, eq=False)
class FeatureSet(RecordSet):
    """Features of one geometry type in one spatial reference.

    ``geometries`` is a shapely object array, shape (n,); None = no geometry.
    ``has_z``/``has_m`` say which dimensions the set carries. A set without any
    fields has a table of zero columns, whose row count still is n.
    """

    geometries: np.ndarray
    geometry_type: str = "esriGeometryPoint"
    spatial_reference: SpatialReference = WGS84
    has_z: bool = False
    has_m: bool = False

    def __len__(self) -> int:
        return len(self.geometries)

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FeatureSet):
            return NotImplemented
        mine = (self.fields, self.geometry_type, self.spatial_reference)
        theirs = (other.fields, other.geometry_type, other.spatial_reference)
        return (
            (mine, self.has_z, self.has_m) == (theirs, other.has_z, other.has_m)
            and len(self) == len(other)
            and bool(self.attributes.equals(other.attributes))
            and same_geometries(self.geometries, other.geometries)
        )

    @classmethod
    def of(
        cls,
        geometries: Any,
        columns: Mapping[str, Any] | None = None,
        *,
        spatial_reference: SpatialReference = WGS84,
        geometry_type: str | None = None,
        fields: Sequence[Field] = (),
    ) -> FeatureSet:
        """Build a set from geometries and name -> values.

        The geometry type is that of the first geometry that is not None, unless
        given; fields are inferred where not given.
        """
        array = np.empty(len(geometries), dtype=object)
        array[:] = list(geometries)
        table, complete = table_of(columns or {}, fields)
        if table.num_columns and table.num_rows != len(array):
            raise ValueError(f"{table.num_rows} values for {len(array)} geometries")
        return cls(
            complete,
            table,
            array,
            geometry_type or geometry_type_of(array),
            spatial_reference,
            bool(shapely.has_z(array).any()),
            bool(shapely.has_m(array).any()),
        )

    def take(self, rows: np.ndarray) -> Self:
        """Return the rows of these indices (or this boolean mask), in that order."""
        index = np.flatnonzero(rows) if rows.dtype == bool else rows
        table = self.attributes
        if table.num_columns:
            table = table.take(pa.array(index))
        return replace(self, attributes=table, geometries=self.geometries[index])

    def slice(self, start: int, stop: int) -> Self:
        """Return the rows from ``start`` to before ``stop``, without a copy."""
        table = self.attributes
        if table.num_columns:
            table = table.slice(start, stop - start)
        return replace(self, attributes=table, geometries=self.geometries[start:stop])

    def with_geometries(
        self, geometries: np.ndarray, geometry_type: str | None = None
    ) -> Self:
        """Return a copy with other geometries, attributes kept; same length.

        The geometry type follows the new geometries unless given; hasZ and hasM
        follow what they carry.
        """
        return replace(
            self,
            geometries=geometries,
            geometry_type=geometry_type
            or geometry_type_of(geometries, self.geometry_type),
            has_z=bool(shapely.has_z(geometries).any()),
            has_m=bool(shapely.has_m(geometries).any()),
        )

    def project(self, target: SpatialReference, notes: list[str] | None = None) -> Self:
        """Return the set in another spatial reference, z in its vertical one.

        A target without a vertical reference leaves z, and that of the set, alone.
        What a user should know of datum and heights is appended to ``notes``. See
        ``reproject``. Raises InvalidValue.
        """
        notes = [] if notes is None else notes
        shapes, source = self.geometries, self.spatial_reference
        if self.has_z:
            shapes = move_heights(shapes, source, target, notes)
            vertical = target.vcs_wkid or source.vcs_wkid
            target = replace(target, vcs_wkid=vertical)
        shapes = reproject(shapes, source, target, notes)
        return replace(self, geometries=shapes, spatial_reference=target)

    @property
    def records(self) -> RecordSet:
        """The attributes alone, as a table."""
        return RecordSet(self.fields, self.attributes)

    def to_geopandas(self) -> geopandas.GeoDataFrame:
        """Return a GeoDataFrame; needs the ``geopandas`` extra."""
        import geopandas

        frame = self.attributes.to_pandas()
        return geopandas.GeoDataFrame(
            frame, geometry=self.geometries, crs=self.spatial_reference.crs
        )


def _appended(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    if table.num_columns:
        return table.append_column(name, column)
    return pa.table([column], names=[name])  # without columns a table has no rows


def as_column(values: Any, kind: pa.DataType | None = None) -> pa.ChunkedArray:
    """Return values as an Arrow column; NumPy NaN becomes null."""
    if isinstance(values, pa.ChunkedArray):
        return values
    if isinstance(values, pa.Array):
        return pa.chunked_array([values])
    if kind is not None and not isinstance(values, np.ndarray):
        return pa.chunked_array([pa.array(values, kind, from_pandas=True)])
    return pa.chunked_array([pa.array(values, from_pandas=True)])


def table_of(
    columns: Mapping[str, Any], fields: Sequence[Field] = ()
) -> tuple[pa.Table, tuple[Field, ...]]:
    """Return an Arrow table and its complete fields, in the order of ``columns``."""
    known = {field.name: field for field in fields}
    arrays, complete = [], []
    for name, values in columns.items():
        field = known.get(name)
        column = as_column(values, field.arrow_type if field else None)
        field = field or field_for(name, column)
        arrays.append(column.cast(field.arrow_type))
        complete.append(field)
    return pa.table(arrays, names=list(columns)), tuple(complete)


def geometry_type_of(geometries: np.ndarray, default: str = "esriGeometryPoint") -> str:
    """Return the Esri geometry type of the first geometry that is not None."""
    ids = shapely.get_type_id(geometries)
    known = ids[ids >= 0]
    return GEOMETRY_TYPES.get(int(known[0]), default) if len(known) else default


def same_geometries(first: np.ndarray, second: np.ndarray) -> bool:
    """Tell if two arrays hold equal geometries, z and m and vertex order included.

    A z or m that is NaN counts as one that is not there.
    """
    if len(first) != len(second) or not np.array_equal(_shape(first), _shape(second)):
        return False
    mine, theirs = (
        shapely.get_coordinates(one, include_z=True, include_m=True)
        for one in (first, second)
    )
    return bool(np.array_equal(mine, theirs, equal_nan=True))


def _shape(geometries: np.ndarray) -> np.ndarray:
    return np.asarray(shapely.to_wkb(shapely.force_2d(geometries)), dtype=object)
