"""Features as Esri's protocol buffer ``FeatureCollectionPBuffer``, vectorised.

Source: FeatureCollection.proto of github.com/Esri/arcgis-pbf. Coordinates are whole
numbers: x and y relative to the vertex before (the first vertex of each part to the
origin), z and m each for itself, since that is how the ArcGIS SDK for JavaScript
reads them.
"""

from __future__ import annotations

import struct

import numpy as np
import pyarrow as pa
import shapely

from services.formats import pieces
from services.formats.pieces import DELIMITED, FIXED32, FIXED64, VARINT, Pieces
from services.geometry.crs import SpatialReference
from services.geometry.esridump import parts_of
from services.geometry.features import FeatureSet, Field

_GEOMETRY_TYPES = {
    "esriGeometryPoint": 0,
    "esriGeometryMultipoint": 1,
    "esriGeometryPolyline": 2,
    "esriGeometryPolygon": 3,
}
_FIELD_TYPES = {
    f"esriFieldType{name}": number
    for number, name in enumerate(
        ("SmallInteger", "Integer", "Single", "Double", "String", "Date", "OID",
         "Geometry", "Blob", "Raster", "GUID", "GlobalID", "XML", "BigInteger",
         "DateOnly", "TimeOnly", "TimestampOffset")
    )
}  # fmt: skip
_SQL_OTHER = 16
_UNSIGNED_32 = 2**32
_VERSION = b"1.0"

#: Size of one step: about 0.1 mm on the ground.
_DEGREE_STEP = 1e-9
_UNIT_STEP = 1e-4
_EXACT = 2.0**53  # whole numbers that a JavaScript number still tells apart


def dump_pbf(
    features: FeatureSet,
    *,
    with_z: bool,
    with_m: bool,
    limit: int | None = None,
    grid: tuple[float, float, float] | None = None,
    has_more: bool = False,
) -> bytes:
    """Return a query result message; beyond ``limit`` without any feature.

    x and y are rounded to 1e-9 degrees or 1e-4 units, or to the ``grid`` of a client
    (west, north, step), z and m to 1e-4 (coarser only above 9e11). A z or m that is
    not there is written as 0: the format has no NaN. ``has_more`` says that there is
    another page.
    """
    has_z, has_m = features.has_z and with_z, features.has_m and with_m
    exceeded = limit is not None and len(features) > limit
    if exceeded:
        features = features.take(np.zeros(0, dtype=np.int64))
    shapes = features.geometries
    if features.geometry_type == "esriGeometryPolygon":
        shapes = shapely.orient_polygons(shapes, exterior_cw=True)
    places = _Grid(shapes, features.spatial_reference, has_z, has_m, grid)
    rows = pieces.joined(_attributes(features), _geometries(features, shapes, places))
    result = b"".join([
        _identity(features.fields),
        _number(7, _GEOMETRY_TYPES[features.geometry_type]),
        _message(8, _reference(features.spatial_reference)),
        _number(9, int(exceeded or has_more)),
        _number(10, int(has_z)),
        _number(11, int(has_m)),
        _message(12, places.transform()),
        *(_message(13, _field(one)) for one in features.fields),
        pieces.field(15, DELIMITED, rows).data.tobytes(),
    ])  # fmt: skip
    return _message(1, _VERSION) + _message(2, _message(1, result))


def _varint(number: int) -> bytes:
    return pieces.varints(np.array([number], dtype=np.uint64)).data.tobytes()


def _number(field: int, number: int) -> bytes:
    """Return a number's field; nothing for 0, which is what is left out."""
    return _varint(field << 3 | VARINT) + _varint(number) if number else b""


def _message(field: int, body: bytes) -> bytes:
    return _varint(field << 3 | DELIMITED) + _varint(len(body)) + body


def _text(field: int, text: str) -> bytes:
    return _message(field, text.encode()) if text else b""


def _doubles(*numbers: float) -> bytes:
    return b"".join(
        _varint(field << 3 | FIXED64) + struct.pack("<d", number)
        for field, number in enumerate(numbers, 1)
    )


def _identity(fields: tuple[Field, ...]) -> bytes:
    """Return the names of the fields that identify a feature."""
    by_type = {field.type: field.name for field in reversed(fields)}
    oid = by_type.get("esriFieldTypeOID", "")
    unique = _message(2, _text(1, oid) + _number(2, 1)) if oid else b""
    return _text(1, oid) + unique + _text(3, by_type.get("esriFieldTypeGlobalID", ""))


def _reference(reference: SpatialReference) -> bytes:
    document = reference.to_json()
    names = ("wkid", "latestWkid", "vcsWkid", "latestVcsWkid")
    codes = [_number(at, document.get(name) or 0) for at, name in enumerate(names, 1)]
    return b"".join(codes) + _text(5, document.get("wkt") or "")


def _field(field: Field) -> bytes:
    kind = _number(2, _FIELD_TYPES[field.type])
    return _text(1, field.name) + kind + _text(3, field.alias) + _number(4, _SQL_OTHER)


class _Grid:
    """The grid of whole numbers on which coordinates are written."""

    def __init__(
        self,
        shapes: np.ndarray,
        reference: SpatialReference,
        has_z: bool,
        has_m: bool,
        asked: tuple[float, float, float] | None = None,
    ) -> None:
        self.has_z, self.has_m = has_z, has_m
        flat = shapely.get_coordinates(shapes, include_z=has_z, include_m=has_m)
        self.west = float(flat[:, 0].min()) if len(flat) else 0.0
        self.north = float(flat[:, 1].max()) if len(flat) else 0.0
        self.step = _DEGREE_STEP if reference.is_geographic else _UNIT_STEP
        if asked is not None:
            self.west, self.north, self.step = asked
        reach = np.abs(np.nan_to_num(flat[:, 2:])).max(axis=0, initial=0)
        self.heights = np.maximum(_UNIT_STEP, reach / _EXACT)

    def numbers(self, coordinates: np.ndarray) -> np.ndarray:
        """Return (k, 2 to 4) coordinates as whole numbers; y counts downwards."""
        result = np.empty(coordinates.shape, dtype=np.int64)
        result[:, 0] = np.rint((coordinates[:, 0] - self.west) / self.step)
        result[:, 1] = np.rint((self.north - coordinates[:, 1]) / self.step)
        result[:, 2:] = np.rint(np.nan_to_num(coordinates[:, 2:]) / self.heights)
        return result

    def transform(self) -> bytes:
        """Return the message that leads back: origin in the upper left (0)."""
        steps = iter(self.heights.tolist())
        z_step = next(steps) if self.has_z else 1.0
        m_step = next(steps) if self.has_m else 1.0
        scale = _doubles(self.step, self.step, m_step, z_step)
        return _message(2, scale) + _message(
            3, _doubles(self.west, self.north, 0.0, 0.0)
        )


def _geometries(features: FeatureSet, shapes: np.ndarray, grid: _Grid) -> Pieces:
    """Return the geometry field of each feature; nothing where there is none."""
    count = len(shapes)
    is_point = features.geometry_type == "esriGeometryPoint"
    parts, owner = parts_of(shapes)
    sizes = shapely.get_num_coordinates(parts)
    if features.geometry_type == "esriGeometryMultipoint":
        owner, sizes = np.arange(count), np.bincount(owner, sizes, count)
        owner, sizes = owner[sizes > 0], sizes[sizes > 0].astype(np.int64)
    flat = shapely.get_coordinates(parts, include_z=grid.has_z, include_m=grid.has_m)
    numbers = grid.numbers(flat)
    steps = np.diff(numbers[:, :2], axis=0, prepend=0)
    starts = np.cumsum(sizes) - sizes
    steps[starts] = numbers[starts, :2]
    numbers[:, :2] = steps
    vertices = np.bincount(owner, sizes, count).astype(np.int64)
    coords = pieces.varints(pieces.zigzag(numbers.ravel()))
    coords = coords.grouped(vertices * numbers.shape[1])
    body = pieces.field(3, DELIMITED, coords)
    if not is_point:
        lengths = pieces.varints(sizes).grouped(np.bincount(owner, minlength=count))
        body = pieces.joined(pieces.field(2, DELIMITED, lengths), body)
    return pieces.field(2, DELIMITED, body).where(vertices > 0)


def _attributes(features: FeatureSet) -> Pieces:
    """Return the attribute fields of each feature, one value message a field."""
    nothing = Pieces(np.zeros(0, np.uint8), np.zeros(len(features), np.int64))
    columns = [
        pieces.field(1, DELIMITED, _values(field, features.attributes[field.name]))
        for field in features.fields
    ]
    return pieces.joined(nothing, *columns)


def _values(field: Field, column: pa.ChunkedArray) -> Pieces:
    """Return the body of each value message; empty for null."""
    known = column.is_valid().to_numpy()
    if pa.types.is_string(column.type):
        return pieces.field(1, DELIMITED, _texts(column)).where(known)
    if pa.types.is_floating(column.type):
        numbers = column.fill_null(0).to_numpy()
        if field.type == "esriFieldTypeSingle":
            single = numbers.astype(np.float32)
            return pieces.field(2, FIXED32, pieces.fixed(single)).where(known)
        return pieces.field(3, FIXED64, pieces.fixed(numbers)).where(known)
    whole = column.cast(pa.int64()).fill_null(0).to_numpy()
    if field.type == "esriFieldTypeOID" and _fits_unsigned(whole):
        return pieces.field(5, VARINT, pieces.varints(whole)).where(known)
    is_small = field.type in ("esriFieldTypeSmallInteger", "esriFieldTypeInteger")
    signed = pieces.varints(pieces.zigzag(whole))
    return pieces.field(4 if is_small else 8, VARINT, signed).where(known)


def _fits_unsigned(whole: np.ndarray) -> bool:
    low, high = int(whole.min(initial=0)), int(whole.max(initial=0))
    return low >= 0 and high < _UNSIGNED_32


def _texts(column: pa.ChunkedArray) -> Pieces:
    """Return the UTF-8 bytes of a text column, straight from its buffers."""
    filled = pa.concat_arrays(
        [chunk.fill_null("").cast(pa.large_binary()) for chunk in column.chunks]
        or [pa.array([], pa.large_binary())]
    )
    _, ends, data = filled.buffers()
    count = len(filled)
    offsets = np.frombuffer(ends, dtype=np.int64)[filled.offset :][: count + 1]
    if not count:
        return Pieces(np.zeros(0, np.uint8), np.zeros(0, np.int64))
    flat = np.frombuffer(data or b"", dtype=np.uint8)[offsets[0] : offsets[-1]]
    return Pieces(flat, np.diff(offsets))
