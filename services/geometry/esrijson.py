"""Esri JSON feature sets and tables to values and back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from services.errors import InvalidValue
from services.geometry.crs import (
    WGS84,
    SpatialReference,
    outside,
    parse_spatial_reference,
    transform,
)
from services.geometry.esrigeometry import (
    dump_geometries,
    guess_type,
    parse_geometries,
)
from services.geometry.features import ARROW_TYPES, FeatureSet, Field, RecordSet

MAX_FIELDS = 256
MAX_FIELD_NAME = 64

#: The years 1 to 9999 in milliseconds since 1970: what a datetime can hold.
_FIRST, _LAST = -62135596800000, 253402300799999

_GEOMETRY_TYPES = (
    "esriGeometryPoint",
    "esriGeometryMultipoint",
    "esriGeometryPolyline",
    "esriGeometryPolygon",
    "esriGeometryEnvelope",
)


def parse_features(raw: Any, notes: list[str]) -> FeatureSet:
    """Read a feature set, a layer object or a feature collection of one layer.

    Missing parts get defaults: the geometry type that the first geometry tells,
    fields by the attributes, WGS 84 for coordinates that can be degrees (with a
    note). What was accepted but deserves a word is appended to ``notes``. Raises
    InvalidValue that names the first thing that does not fit.
    """
    document = _feature_set_of(raw)
    features = _features_of(document)
    geometries = [feature.get("geometry") for feature in features]
    _require_objects(geometries, "geometry")
    geometry_type = _geometry_type(document, geometries)
    has_z, has_m = _flag(document, "hasZ"), _flag(document, "hasM")
    has_z, has_m = _dimensions_told_by(geometries, has_z, has_m)
    shapes = parse_geometries(geometries, geometry_type, has_z, has_m)
    reference = _spatial_reference(document, geometries, shapes, notes)
    shapes = _unify(shapes, geometries, reference)
    _check_extent(shapes, reference)
    table, fields = _attributes(document, features)
    if geometry_type == "esriGeometryEnvelope":
        geometry_type = "esriGeometryPolygon"
    return FeatureSet(fields, table, shapes, geometry_type, reference, has_z, has_m)


def parse_table(raw: Any) -> RecordSet:
    """Read a record set: ``fields`` and ``features`` with attributes."""
    document = _feature_set_of(raw)
    table, fields = _attributes(document, _features_of(document))
    return RecordSet(fields, table)


def _feature_set_of(raw: Any) -> dict[str, Any]:
    for _ in range(2):
        if isinstance(raw, dict) and isinstance(raw.get("layers"), list):
            if len(raw["layers"]) != 1:
                raise InvalidValue("expected a feature collection of exactly one layer")
            raw = raw["layers"][0]
        if isinstance(raw, dict) and "featureSet" in raw:
            inner = _object(raw, "featureSet")
            raw = _defaults_of(_object(raw, "layerDefinition")) | inner
    if not isinstance(raw, dict):
        raise InvalidValue(
            'expected a feature set: a JSON object such as {"features": […]}'
        )
    return raw


def _object(document: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the object of that key; an empty one for null or no such key."""
    value = document.get(key)
    if value is not None and not isinstance(value, dict):
        raise InvalidValue(f"{key} must be an object")
    return value or {}


def _defaults_of(definition: dict[str, Any]) -> dict[str, Any]:
    kept = {key: definition[key] for key in ("geometryType", "fields", "hasZ", "hasM")
            if definition.get(key) is not None}  # fmt: skip
    extent = _object(definition, "extent")
    reference = definition.get("spatialReference") or extent.get("spatialReference")
    return kept | ({"spatialReference": reference} if reference else {})


def _features_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    features = document.get("features")
    if not isinstance(features, list):
        raise InvalidValue("expected 'features', a list of features")
    if not set(map(type, features)) <= {dict}:
        index = next(i for i, f in enumerate(features) if not isinstance(f, dict))
        raise InvalidValue(f"feature {index}: expected an object")
    return features


def _require_objects(values: list[Any], what: str) -> None:
    if not set(map(type, values)) <= {dict, type(None)}:
        for index, value in enumerate(values):
            if value is not None and not isinstance(value, dict):
                raise InvalidValue(f"feature {index}: {what} must be an object or null")


def _geometry_type(
    document: dict[str, Any], geometries: list[dict[str, Any] | None]
) -> str:
    given = document.get("geometryType")
    if given in (None, ""):
        return guess_type(geometries)
    for known in _GEOMETRY_TYPES:
        if isinstance(given, str) and given.lower() == known.lower():
            return known
    raise InvalidValue(
        f"geometryType must be one of {', '.join(_GEOMETRY_TYPES)},"
        f" not '{str(given)[:60]}'"
    )


def _flag(document: dict[str, Any], name: str) -> bool:
    value = document.get(name)
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _dimensions_told_by(
    geometries: list[dict[str, Any] | None], has_z: bool, has_m: bool
) -> tuple[bool, bool]:
    """Let geometries add hasZ and hasM where the set is silent, points by numbers."""
    present = [geometry for geometry in geometries if geometry]
    keys = set().union(*present)

    def told(flag: str, axis: str) -> bool:
        flagged = flag in keys and any(_flag(geometry, flag) for geometry in present)
        return flagged or (
            {"x", axis} <= keys
            and any(type(geometry.get(axis)) in (int, float) for geometry in present)
        )

    all_z, all_m = has_z or told("hasZ", "z"), has_m or told("hasM", "m")
    if all_z and all_m and not has_z and "hasM" in keys:
        for index, geometry in enumerate(geometries):
            if geometry and _flag(geometry, "hasM") and not _flag(geometry, "hasZ"):
                raise InvalidValue(
                    f"feature {index}: has m but no z, unlike others: say hasZ and hasM"
                    " of the whole set"
                )
    return all_z, all_m


def _spatial_reference(
    document: dict[str, Any],
    geometries: list[dict[str, Any] | None],
    shapes: np.ndarray,
    notes: list[str],
) -> SpatialReference:
    raw = document.get("spatialReference")
    if raw in (None, {}):
        own = (geometry.get("spatialReference") for geometry in geometries if geometry)
        raw = next((reference for reference in own if reference), None)
    if raw in (None, {}):
        coordinates = shapely.get_coordinates(shapes)
        if outside(coordinates, WGS84).any():
            raise InvalidValue(
                "spatialReference is missing and the coordinates are not degrees"
            )
        if len(coordinates):
            notes.append("no spatialReference was given: WGS 84 (4326) was assumed")
        return WGS84
    return parse_spatial_reference(raw)


def _unify(
    shapes: np.ndarray,
    geometries: list[dict[str, Any] | None],
    reference: SpatialReference,
) -> np.ndarray:
    """Bring geometries that carry another spatial reference into the set's."""
    own = [geometry.get("spatialReference") if geometry else None
           for geometry in geometries]  # fmt: skip
    if not any(own):
        return shapes
    texts = np.array([repr(one) if one else "" for one in own])
    for text in np.unique(texts):
        if text:
            chosen = texts == text
            given = parse_spatial_reference(own[int(chosen.argmax())])
            shapes[chosen] = transform(shapes[chosen], given, reference)
    return shapes


def _check_extent(shapes: np.ndarray, reference: SpatialReference) -> None:
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    bad = np.flatnonzero(outside(coordinates, reference))
    if len(bad):
        x, y = coordinates[bad[0]]
        raise InvalidValue(
            f"feature {owner[bad[0]]}: coordinate ({x:.10g}, {y:.10g}) lies outside"
            " the extent of its spatial reference"
        )


@dataclass(frozen=True, slots=True)
class _Column:
    field: Field
    values: list[Any]


def _attributes(
    document: dict[str, Any], features: list[dict[str, Any]]
) -> tuple[pa.Table, tuple[Field, ...]]:
    given = [feature.get("attributes") for feature in features]
    _require_objects(given, "attributes")
    rows: list[dict[str, Any]] = [one or {} for one in given]
    declared = _fields(document)
    known = {field.name for field in declared}
    seen = set().union(*rows) - known if rows else set()
    _check_names([*(field.name for field in declared), *seen])
    # dict keys keep the order of the first feature that has them
    order = {name: place for place, name in enumerate(rows[0])} if rows else {}
    extra = sorted(seen, key=lambda name: (order.get(name, len(order)), name))
    columns = [_Column(field, [row.get(field.name) for row in rows])
               for field in declared]  # fmt: skip
    for name in extra:
        values = [row.get(name) for row in rows]
        columns.append(_Column(Field(name, _infer(name, values), name), values))
    arrays = [pa.chunked_array([_column(column)]) for column in columns]
    fields = tuple(column.field for column in columns)
    return pa.table(arrays, names=[field.name for field in fields]), fields


def _check_names(names: list[str]) -> None:
    if len(names) > MAX_FIELDS:
        raise InvalidValue(f"{len(names)} fields, at most {MAX_FIELDS} are accepted")
    lowered = [name.lower() for name in names]
    for name in names:
        if not name or len(name) > MAX_FIELD_NAME:
            raise InvalidValue(
                f"a field name must have 1 to {MAX_FIELD_NAME} characters"
            )
        if lowered.count(name.lower()) > 1:
            raise InvalidValue(
                f"two fields are named '{name}'; upper and lower case count as one"
            )


def _fields(document: dict[str, Any]) -> list[Field]:
    raw = document.get("fields")
    if raw is None:
        return []
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise InvalidValue("fields must be a list of objects with name and type")
    return [_field(one) for one in raw if one.get("type") != "esriFieldTypeGeometry"]


def _field(raw: dict[str, Any]) -> Field:
    name, kind = raw.get("name"), raw.get("type", "esriFieldTypeString")
    if not isinstance(name, str):
        raise InvalidValue("each of the fields needs a name")
    if not isinstance(kind, str) or kind not in ARROW_TYPES:
        raise InvalidValue(f"field '{name[:64]}': unknown type '{str(kind)[:60]}'")
    alias, length = raw.get("alias"), raw.get("length")
    return Field(
        name,
        kind,
        alias if isinstance(alias, str) else "",
        length if isinstance(length, int) and not isinstance(length, bool) else None,
        raw.get("nullable") is not False,
    )


def _infer(name: str, values: list[Any]) -> str:
    kinds = set(map(type, values)) - {type(None)}
    if not kinds <= {str, int, float, bool}:
        raise InvalidValue(
            f"field '{name[:64]}': an attribute must be text, a number or null"
        )
    if str in kinds or not kinds:
        return "esriFieldTypeString"
    if float in kinds:
        return "esriFieldTypeDouble"
    widest = max(abs(value) for value in values if value is not None)
    if widest >= 2**63:
        return "esriFieldTypeDouble"
    return "esriFieldTypeInteger" if widest < 2**31 else "esriFieldTypeBigInteger"


def _column(column: _Column) -> pa.Array:
    field, values = column.field, column.values
    kinds = set(map(type, values)) - {type(None)}
    try:
        if field.type == "esriFieldTypeDate":
            return _dates(values, kinds)
        if field.arrow_type == pa.string():
            return pa.array(_texts(values, kinds), pa.string())
        if kinds & {str, list, dict}:
            values = [_number(value) for value in values]
        if bool in kinds:
            values = [int(value) if value is not None else None for value in values]
        if float in kinds and pa.types.is_integer(field.arrow_type):
            return pa.array(values, pa.float64()).cast(field.arrow_type)
        return pa.array(values, field.arrow_type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, ValueError, TypeError):
        raise InvalidValue(
            f"field '{field.name}' is declared {field.type}"
            " but holds a value that does not fit"
        ) from None


def _dates(values: list[Any], kinds: set[type]) -> pa.Array:
    if str in kinds:
        moments = np.array(values, "datetime64[ms]")
        numbers = pa.array(moments, pa.timestamp("ms")).cast(pa.int64())
    else:
        whole = [int(value) if type(value) is float else value for value in values]
        numbers = pa.array(whole, pa.int64())
    ends = pc.min_max(numbers).as_py()
    if ends["min"] is not None and not _FIRST <= ends["min"] <= ends["max"] <= _LAST:
        raise ValueError
    return numbers.cast(pa.timestamp("ms", tz="UTC"))


def _texts(values: list[Any], kinds: set[type]) -> list[str | None]:
    if kinds <= {str}:
        return values
    if kinds & {dict, list}:
        raise TypeError
    return [value if value is None or isinstance(value, str) else _plain(value)
            for value in values]  # fmt: skip


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Any) -> Any:
    """Return the number a text spells; "", "NaN" and null are null."""
    if not isinstance(value, str):
        return value
    number = float(value) if value.strip() else math.nan
    if math.isinf(number):
        raise ValueError
    return None if math.isnan(number) else number


def dump_fields(fields: tuple[Field, ...]) -> list[dict[str, Any]]:
    """Return the ``fields`` member of a feature set or table."""
    documents = []
    for field in fields:
        document: dict[str, Any] = {
            "name": field.name,
            "type": field.type,
            "alias": field.alias,
        }
        if field.length is not None:
            document["length"] = field.length
        if not field.nullable:
            document["nullable"] = False
        documents.append(document)
    return documents


def dump_rows(records: RecordSet) -> list[dict[str, Any]]:
    """Return one attribute object a row; dates as epoch milliseconds."""
    names = [field.name for field in records.fields]
    if not names:
        return [{} for _ in range(len(records))]
    columns = []
    for name in names:
        column = records.attributes.column(name)
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.int64())
        columns.append(column.to_pylist())
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def dump_features(
    features: FeatureSet,
    *,
    with_z: bool = True,
    with_m: bool = True,
    limit: int | None = None,
) -> dict[str, Any]:
    """Return the feature set document; coordinates stay NumPy arrays.

    With more than ``limit`` features the list is empty and
    ``exceededTransferLimit`` is true (gpserver-rest: never a part of the result).
    """
    has_z, has_m = features.has_z and with_z, features.has_m and with_m
    exceeded = limit is not None and len(features) > limit
    document: dict[str, Any] = {
        "displayFieldName": "",
        "geometryType": features.geometry_type,
        "spatialReference": features.spatial_reference.to_json(),
        "fields": dump_fields(features.fields),
        "features": [],
        "exceededTransferLimit": exceeded,
    }
    if has_z:
        document["hasZ"] = True
    if has_m:
        document["hasM"] = True
    if not exceeded:
        shapes = dump_geometries(
            features.geometries, features.geometry_type, has_z, has_m
        )
        document["features"] = [
            {"attributes": row, "geometry": shape}
            for row, shape in zip(dump_rows(features), shapes, strict=True)
        ]
    return document


def dump_table(records: RecordSet, *, limit: int | None = None) -> dict[str, Any]:
    """Return the record set document; see ``dump_features`` for ``limit``."""
    exceeded = limit is not None and len(records) > limit
    rows = [] if exceeded else dump_rows(records)
    return {
        "displayFieldName": "",
        "fields": dump_fields(records.fields),
        "features": [{"attributes": row} for row in rows],
        "exceededTransferLimit": exceeded,
    }
