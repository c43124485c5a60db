"""What lies at a place of a map, and where a text stands in it; no Django in here.

Source: developers.arcgis.com, "Identify" and "Find" of a map service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from jobs.call import Call, Reply
from jobs.layer_definitions import parse_definitions, selected
from jobs.writing import json_reply
from services.datatypes.reference import GPSpatialReference
from services.drawing.options import parse_bbox, parse_ids
from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.crs import SpatialReference
from services.geometry.esridump import dump_geometries
from services.geometry.esrijson import parse_features
from services.geometry.features import FeatureSet, Field
from services.stored import read_features
from services.wire import decode

#: The parameters that clients send.
IDENTIFY = ("geometry", "geometryType", "sr", "layers", "tolerance", "mapExtent",
            "imageDisplay", "returnGeometry", "returnFieldName",
            "layerDefs")  # fmt: skip
FIND = ("searchText", "contains", "searchFields", "sr", "layers", "returnGeometry",
        "layerDefs")  # fmt: skip
_REFERENCE = GPSpatialReference()
_MAX_TOLERANCE = 1000.0
_MAX_TEXT = 200


class _Form:
    """Reads parameters and gathers what is wrong with them."""

    def __init__(self, small: Mapping[str, str]) -> None:
        self._small = small
        self._problems: list[Problem] = []

    def read(self, name: str, parse: Callable[[str], Any], default: Any) -> Any:
        """Return a parameter; the default if it is missing or wrong."""
        text = self._small.get(name, "").strip()
        try:
            return parse(text) if text else default
        except InvalidValue as exc:
            self._problems.append(Problem(name, str(exc)))
            return default

    def need(self, name: str, parse: Callable[[str], Any]) -> Any:
        """Return a parameter that must be there; None if it is not."""
        if not self._small.get(name, "").strip():
            self._problems.append(Problem(name, "a value is required"))
        return self.read(name, parse, None)

    def check(self) -> None:
        """Raise InvalidParameters if anything was wrong."""
        if self._problems:
            raise InvalidParameters(self._problems)


@dataclass(frozen=True, slots=True)
class _Answer:
    """How results are written."""

    with_geometry: bool
    reference: SpatialReference | None
    by_name: bool = False


def identify_reply(call: Call) -> Reply:
    """Answer the features of layers (``outputs``) near a geometry."""
    form = _Form(call.small)
    ids = [one["id"] for one in call.outputs]
    reference = form.read("sr", _REFERENCE.parse, None)
    kind = form.read("geometryType", str, "esriGeometryPoint")
    place = form.need("geometry", lambda text: _place(text, kind, reference))
    extent = form.need("mapExtent", parse_bbox)
    width = form.need("imageDisplay", _width)
    pixels = form.need("tolerance", _tolerance)
    first, chosen = form.read(
        "layers", lambda text: _which(text, ids), (True, set(ids))
    )
    answer = _Answer(
        form.read("returnGeometry", _flag, True),
        reference,
        form.read("returnFieldName", _flag, False),
    )
    wheres = form.read("layerDefs", lambda text: parse_definitions(text, ids), {})
    form.check()
    distance = pixels * (extent.xmax - extent.xmin) / width
    results: list[dict[str, Any]] = []
    for layer in call.outputs:
        if layer["id"] in chosen and layer["file"] and not (first and results):
            features = _read(call, layer, wheres)
            rows = _near(features, place, distance)
            left = call.limits.maximum_records - len(results)
            results += _documents(features.take(rows[:left]), layer, answer)
    return json_reply({"results": results}, call)


def find_reply(call: Call) -> Reply:
    """Answer the features of layers (``outputs``) that hold a text."""
    form = _Form(call.small)
    ids = [one["id"] for one in call.outputs]
    text = form.need("searchText", _search_text)
    contains = form.read("contains", _flag, True)
    names = form.read("searchFields", lambda given: given.lower().split(","), [])
    chosen = form.read("layers", lambda given: parse_ids(given, ids), set(ids))
    reference = form.read("sr", _REFERENCE.parse, None)
    answer = _Answer(form.read("returnGeometry", _flag, True), reference)
    wheres = form.read("layerDefs", lambda given: parse_definitions(given, ids), {})
    form.check()
    wanted = {one.strip() for one in names}
    results: list[dict[str, Any]] = []
    for layer in call.outputs:
        if layer["id"] not in chosen or not layer["file"]:
            continue
        features = _read(call, layer, wheres)
        for field in features.fields:
            if not wanted or field.name.lower() in wanted:
                rows = _holding(features, field, text, contains=contains)
                left = call.limits.maximum_records - len(results)
                found = _documents(features.take(rows[:left]), layer, answer, field)
                results += found
    return json_reply({"results": results}, call)


def _read(
    call: Call, layer: Mapping[str, Any], wheres: Mapping[int, str]
) -> FeatureSet:
    """Return the stored features that count, numbered if they have no object ids."""
    features = read_features(Path(call.folder) / layer["file"])
    return selected(features, wheres.get(layer["id"]), layer["objectId"])


def _near(features: FeatureSet, place: FeatureSet, distance: float) -> np.ndarray:
    """Return the rows within a distance, in units of the place's reference."""
    moved = features.project(place.spatial_reference)
    near = shapely.dwithin(moved.geometries, place.geometries[0], distance)
    return np.flatnonzero(near)


def _holding(
    features: FeatureSet, field: Field, text: str, *, contains: bool
) -> np.ndarray:
    """Return the rows whose value of a field is a text, or has it inside."""
    column = features.column(field.name).cast(pa.string())
    if contains:
        found = pc.match_substring(column, text, ignore_case=True)
    else:
        found = pc.equal(column, text)
    return np.flatnonzero(pc.fill_null(found, False).to_numpy())


def _documents(
    features: FeatureSet,
    layer: Mapping[str, Any],
    answer: _Answer,
    found: Field | None = None,
) -> list[dict[str, Any]]:
    """Return the results of one layer, in one go."""
    if not len(features):
        return []
    if answer.reference is not None:
        features = features.project(answer.reference)
    texts = {
        (one.name if answer.by_name else one.alias): _texts(features, one)
        for one in features.fields
    }
    display = _display_field(features, layer["objectId"])
    shown = found or display
    head = {"layerId": layer["id"], "layerName": layer["name"]}
    head |= {"displayFieldName": display.name}
    head |= {"foundFieldName": shown.name} if found else {}
    rows = zip(*texts.values(), strict=True)
    made = [
        head | {"value": value, "attributes": dict(zip(texts, row, strict=True))}
        for value, row in zip(_texts(features, shown), rows, strict=True)
    ]
    if not answer.with_geometry:
        return made
    reference = features.spatial_reference.to_json()
    kind = features.geometry_type
    shapes = dump_geometries(features.geometries, kind, features.has_z, features.has_m)
    return [
        one | {"geometryType": kind,
               "geometry": shape and shape | {"spatialReference": reference}}
        for one, shape in zip(made, shapes, strict=True)
    ]  # fmt: skip


def _texts(features: FeatureSet, field: Field) -> list[str]:
    column = features.column(field.name).cast(pa.string())
    texts: list[str] = pc.fill_null(column, "Null").to_pylist()
    return texts


def _display_field(features: FeatureSet, object_id: str) -> Field:
    for field in features.fields:
        if field.type == "esriFieldTypeString":
            return field
    return features.field(object_id)


def _place(text: str, kind: str, reference: SpatialReference | None) -> FeatureSet:
    """Return the geometry that is asked about, as a set of one."""
    if text.startswith("{"):
        raw = decode(text)
    else:
        names = ("x", "y") if kind == "esriGeometryPoint" else (
            "xmin", "ymin", "xmax", "ymax"
        )  # fmt: skip
        numbers = [_number(part) for part in text.split(",")]
        if len(numbers) != len(names):
            raise InvalidValue(f"expected {','.join(names)} or a geometry as JSON")
        raw = dict(zip(names, numbers, strict=True))
    document: dict[str, Any] = {"features": [{"geometry": raw}], "geometryType": kind}
    own = raw.get("spatialReference")
    if own or reference:
        document["spatialReference"] = own or (reference and reference.to_json())
    return parse_features(document, [])


def _which(text: str, ids: Sequence[int]) -> tuple[bool, set[int]]:
    """Read ``top``, ``visible`` or ``all``, with ids or without."""
    verb, _, rest = text.partition(":")
    verb = verb.strip().lower()
    if verb not in ("top", "visible", "all"):
        raise InvalidValue(f"expected top, visible or all, not {text[:40]!r}")
    return verb == "top", parse_ids(rest, ids) if rest.strip() else set(ids)


def _width(text: str) -> float:
    numbers = [_number(part) for part in text.split(",")]
    if len(numbers) != 3 or not all(one > 0 for one in numbers):
        raise InvalidValue("expected width,height,dpi of the picture")
    return numbers[0]


def _tolerance(text: str) -> float:
    number = _number(text)
    if not 0 <= number <= _MAX_TOLERANCE:
        raise InvalidValue(f"expected a number of 0 to {_MAX_TOLERANCE:g} pixels")
    return number


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not np.isfinite(number):
        raise InvalidValue(f"expected a number, not {text[:20]!r}")
    return number


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise InvalidValue(f"expected true or false, not {text[:20]!r}")
    return text.lower() in ("true", "1")


def _search_text(text: str) -> str:
    if len(text) > _MAX_TEXT:
        raise InvalidValue(f"may have at most {_MAX_TEXT} characters")
    return text
