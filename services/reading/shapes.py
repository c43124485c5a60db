"""Well-known binary to shapely arrays of one geometry type."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely

from services.errors import InvalidValue
from services.geometry import ragged
from services.geometry.crs import SpatialReference, require_inside
from services.geometry.features import GEOMETRY_TYPES, FeatureSet, RecordSet

_COLLECTION = shapely.GeometryType.GEOMETRYCOLLECTION
_NO_MEASURE = -1e38  # a shapefile says by anything smaller that there is none
#: The head of a nested geometry in little-endian well-known binary.
_NESTED = re.compile(
    rb"\x01(?:[\x04-\x07]\0|[\xec-\xef]\x03|[\xd4-\xd7]\x07|[\xbc-\xbf]\x0b)\0[\0\x20-\xe0]"
)
_MAX_HEADS = 1000
_WORDS = {
    "esriGeometryPoint": "points",
    "esriGeometryMultipoint": "points",
    "esriGeometryPolyline": "lines",
    "esriGeometryPolygon": "polygons",
}


def geometries_of(column: pa.ChunkedArray) -> np.ndarray:
    """Return the geometries of a column of well-known binary, shape (n,).

    Raises InvalidValue for what is broken, curved, or nested deeper than parsers
    can bear: they crash on it.
    """
    _refuse_nesting(column)
    try:
        found = shapely.from_wkb(column.to_numpy())
    except NotImplementedError:
        raise InvalidValue("true curves are not supported: densify them") from None
    except (shapely.GEOSException, TypeError) as exc:
        raise InvalidValue(f"a geometry is not well formed: {_reason(exc)}") from None
    return np.asarray(found, dtype=object)


def _reason(exc: Exception) -> str:
    return str(exc).removeprefix("IllegalArgumentException: ")[:100]


def _refuse_nesting(column: pa.ChunkedArray) -> None:
    for chunk in column.chunks:
        texts = chunk.cast(pa.large_binary())
        start, size = texts.offset, len(texts)
        offsets = np.frombuffer(texts.buffers()[1], np.int64)[start : start + size + 1]
        data = memoryview(texts.buffers()[2] or b"")
        heads = [found.start() for found in _NESTED.finditer(data)]
        if len(heads) > _MAX_HEADS:
            counts = np.diff(np.searchsorted(heads, offsets))
            if (counts > _MAX_HEADS).any():
                raise InvalidValue(
                    f"feature {int(counts.argmax())}: the geometry is nested too deep"
                )


@dataclass(frozen=True, slots=True)
class Shapes:
    """Geometries of one Esri geometry type; None is a feature without one."""

    geometries: np.ndarray
    geometry_type: str


def of_one_type(geometries: np.ndarray, default: str = "esriGeometryPoint") -> Shapes:
    """Return geometries with their Esri type; points beside multipoints become such.

    ``default`` is the type of a set without any geometry. Raises InvalidValue for
    collections and for kinds that no set may hold together.
    """
    ids = shapely.get_type_id(geometries)
    known = np.unique(ids[ids >= 0])
    odd = [int(one) for one in known if int(one) not in GEOMETRY_TYPES]
    if odd:
        row = int(np.flatnonzero(ids == odd[0])[0])
        what = "collections" if odd[0] == _COLLECTION else "surfaces and curves"
        raise InvalidValue(f"feature {row}: geometry {what} are not accepted")
    types = list(dict.fromkeys(GEOMETRY_TYPES[int(one)] for one in known))
    words = list(dict.fromkeys(_WORDS[one] for one in types))
    if len(words) > 1:
        raise InvalidValue(
            f"holds {' and '.join(words)}; geometries of one kind are expected"
        )
    if len(types) > 1:
        return Shapes(_as_multipoints(geometries, ids), "esriGeometryMultipoint")
    return Shapes(geometries, types[0] if types else default)


def _as_multipoints(geometries: np.ndarray, ids: np.ndarray) -> np.ndarray:
    result = np.array(geometries, dtype=object)
    single = np.flatnonzero(ids == shapely.GeometryType.POINT)
    result[single] = shapely.multipoints(
        geometries[single], indices=np.arange(len(single))
    )
    return result


def feature_set(
    records: RecordSet, shapes: Shapes, reference: SpatialReference
) -> FeatureSet:
    """Return the features; raises InvalidValue for coordinates of no place."""
    geometries = shapes.geometries
    has_m = bool(shapely.has_m(geometries).any())
    if has_m:
        geometries = _without_missing_measures(geometries)
    require_inside(geometries, reference)
    return FeatureSet(
        records.fields,
        records.attributes,
        geometries,
        shapes.geometry_type,
        reference,
        bool(shapely.has_z(geometries).any()),
        has_m,
    )


def _without_missing_measures(geometries: np.ndarray) -> np.ndarray:
    places, owner = shapely.get_coordinates(
        geometries, include_m=True, return_index=True
    )
    result = np.array(geometries, dtype=object)
    for row in np.unique(owner[places[:, 2] < _NO_MEASURE]):
        kind, coordinates, offsets = shapely.to_ragged_array([geometries[row]])
        dims = ragged.dimensions(geometries[row].has_z, True)
        coordinates[coordinates[:, -1] < _NO_MEASURE, -1] = np.nan
        result[row] = ragged.build(kind, coordinates, offsets, dims)[0]
    return result
