"""Esri JSON feature sets and tables to values and back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import shapely

from services.errors import InvalidValue
from services.geometry.attributes import (
    dump_rows,
    parse_attributes,
    require_objects,
    wire_fields,
)
from services.geometry.crs import (
    WGS84,
    SpatialReference,
    outside,
    parse_spatial_reference,
    require_inside,
)
from services.geometry.esridump import dump_geometries, with_curves
from services.geometry.esrigeometry import guess_type, parse_geometries
from services.geometry.features import FeatureSet, RecordSet
from services.geometry.geojsonlike import as_esri
from services.geometry.ragged import dimensions
from services.geometry.reproject import reproject
from services.wire import Lazy

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
    require_objects(geometries, "geometry")
    geometries = as_esri(geometries)
    geometry_type = _geometry_type(document, geometries)
    has_z, has_m = _flag(document, "hasZ"), _flag(document, "hasM")
    has_z, has_m = _dimensions_told_by(geometries, has_z, has_m)
    shapes = parse_geometries(geometries, geometry_type, has_z, has_m)
    reference = _spatial_reference(document, geometries, shapes, notes)
    shapes = _unify(shapes, geometries, reference)
    require_inside(shapes, reference)
    table, fields = parse_attributes(document, features)
    if geometry_type == "esriGeometryEnvelope":
        geometry_type, has_z, has_m = "esriGeometryPolygon", False, False
    return FeatureSet(fields, table, shapes, geometry_type, reference, has_z, has_m)


def parse_table(raw: Any) -> RecordSet:
    """Read a record set: ``fields`` and ``features`` with attributes."""
    document = _feature_set_of(raw)
    table, fields = parse_attributes(document, _features_of(document))
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
        raw = document.get("sr")  # what clients of the first servers call it
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
    numbers: dict[str, int] = {}  # of each reference, in order of appearance
    chosen = np.array(
        [numbers.setdefault(repr(one), len(numbers)) if one else -1 for one in own]
    )
    for number in range(len(numbers)):
        rows = np.flatnonzero(chosen == number)
        given = parse_spatial_reference(own[rows[0]])
        shapes[rows] = reproject(shapes[rows], given, reference)
    return shapes


def dump_features(
    features: FeatureSet,
    *,
    with_z: bool = True,
    with_m: bool = True,
    true_curves: bool = False,
    limit: int | None = None,
) -> dict[str, Any]:
    """Return the feature set document: lazy features, coordinates in NumPy arrays.

    With ``true_curves`` a geometry that came as curves and still is the same is
    written as curves.

    With more than ``limit`` features the list is empty and
    ``exceededTransferLimit`` is true (gpserver-rest: never a part of the result).
    """
    has_z, has_m = features.has_z and with_z, features.has_m and with_m
    exceeded = limit is not None and len(features) > limit
    document: dict[str, Any] = {
        "displayFieldName": "",
        "geometryType": features.geometry_type,
        "spatialReference": features.spatial_reference.to_json(),
        "fields": wire_fields(features),
        "features": [],
        "exceededTransferLimit": exceeded,
    }
    if has_z:
        document["hasZ"] = True
    if has_m:
        document["hasM"] = True
    if not exceeded:
        flat = replace(features, has_z=has_z, has_m=has_m)
        make = partial(_dump_some, flat, true_curves)
        document["features"] = Lazy(len(features), make)
    return document


def _dump_some(
    features: FeatureSet, true_curves: bool, start: int, stop: int
) -> list[dict[str, Any]]:
    some = features.slice(start, stop)
    shapes = dump_geometries(
        some.geometries, some.geometry_type, some.has_z, some.has_m
    )
    if true_curves:
        dims = dimensions(some.has_z, some.has_m)
        shapes = with_curves(shapes, some.geometries, dims)
    return [{"attributes": row, "geometry": shape}
            for row, shape in zip(dump_rows(some), shapes, strict=True)]  # fmt: skip


def dump_table(records: RecordSet, *, limit: int | None = None) -> dict[str, Any]:
    """Return the record set document; see ``dump_features`` for ``limit``."""
    exceeded = limit is not None and len(records) > limit
    rows = [] if exceeded else dump_rows(records)
    return {
        "displayFieldName": "",
        "fields": wire_fields(records),
        "features": [{"attributes": row} for row in rows],
        "exceededTransferLimit": exceeded,
    }
