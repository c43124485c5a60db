"""What lies at a place of a map, and where a text stands in it; no Django in here.

Source: developers.arcgis.com, "Identify" and "Find" of a map service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from jobs.child.call import Call, Reply
from jobs.child.imagery import raster_identified
from jobs.child.layer_definitions import chosen_rows, counted, parse_definitions
from jobs.child.lookup_forms import (
    Form,
    parse_flag,
    parse_place,
    parse_search_text,
    parse_tolerance,
    parse_which,
    parse_width,
)
from jobs.child.writing import json_reply
from services.datatypes.reference import GPSpatialReference
from services.drawing.dynamic import DynamicLayer, parse_dynamic_layers
from services.drawing.frame import bounds_in
from services.drawing.options import parse_bbox, parse_ids
from services.errors import InvalidValue
from services.geometry.columns import display_field
from services.geometry.crs import SpatialReference
from services.geometry.esridump import dump_geometries
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet, Field, RecordSet
from services.query.layer import Layer as StoredLayer
from services.query.layer import open_layer
from services.query.timespan import parse_span

#: The parameters that clients send.
IDENTIFY = ("geometry", "geometryType", "sr", "layers", "tolerance", "mapExtent",
            "imageDisplay", "returnGeometry", "returnZ", "returnM",
            "returnFieldName", "layerDefs", "time", "dynamicLayers")  # fmt: skip
FIND = ("searchText", "contains", "searchFields", "sr", "layers", "returnGeometry",
        "returnZ", "returnM", "layerDefs")  # fmt: skip
_REFERENCE = GPSpatialReference()


@dataclass(frozen=True, slots=True)
class _Answer:
    """How results are written."""

    with_geometry: bool
    with_z: bool
    with_m: bool
    reference: SpatialReference | None
    by_name: bool

    @classmethod
    def of(cls, form: Form, reference: SpatialReference | None) -> _Answer:
        """Read what a form says of it."""
        return cls(
            form.read("returnGeometry", parse_flag, True),
            form.read("returnZ", parse_flag, False),
            form.read("returnM", parse_flag, False),
            reference,
            form.read("returnFieldName", parse_flag, False),
        )


@dataclass(slots=True)
class _Found:
    """The results so far, at most so many."""

    most: int
    results: list[dict[str, Any]] = field(default_factory=list)
    has_more: bool = False

    def add(
        self,
        stored: StoredLayer,
        rows: np.ndarray,
        layer: Mapping[str, Any],
        answer: _Answer,
        found: Field | None = None,
    ) -> None:
        """Add the rows of a layer, ``found`` in a field or anywhere."""
        left = self.most - len(self.results)
        self.has_more |= len(rows) > left
        features = stored.features(rows[:left])
        self.results += _documents(features, layer, answer, found)

    def to_json(self) -> dict[str, Any]:
        """Return the answer; it says if it does not hold everything."""
        more = {"exceededTransferLimit": True} if self.has_more else {}
        return {"results": self.results, **more}


def identify_reply(call: Call) -> Reply:
    """Answer the features of layers (``outputs``) near a geometry."""
    form = Form(call.small)
    ids = [one["id"] for one in call.outputs]
    reference = form.read("sr", _REFERENCE.parse, None)
    kind = form.read("geometryType", str, "esriGeometryPoint")
    place = form.need("geometry", lambda text: parse_place(text, kind, reference))
    extent = form.need("mapExtent", parse_bbox)
    width = form.need("imageDisplay", parse_width)
    pixels = form.need("tolerance", parse_tolerance)
    wanted = _wanted_layers(form, call)
    first, chosen = _asked_layers(form, [one.id for one in wanted])
    answer = _Answer.of(form, reference)
    wheres = form.read("layerDefs", lambda text: parse_definitions(text, ids), {})
    span = form.read("time", parse_span, None)
    form.check()
    distance = pixels * (extent.xmax - extent.xmin) / width
    found = _Found(call.limits.maximum_records)
    by_id = {one["id"]: one for one in call.outputs}
    for one in wanted:
        layer = by_id[one.layer] | {"id": one.id}
        if one.id not in chosen or not layer["file"] or (first and found.results):
            continue
        if "raster" in layer:
            found.results += raster_identified(
                layer, Path(call.folder), place, with_geometry=answer.with_geometry
            )
            continue
        stored = _opened(call, layer)
        held = chosen_rows(stored.records, wheres.get(one.layer), span, one.where)
        rows = _near(stored, place, distance)
        rows = rows if held is None else np.intersect1d(rows, held)
        found.add(stored, rows, layer, answer)
    return json_reply(found.to_json(), call)


def _wanted_layers(form: Form, call: Call) -> Sequence[DynamicLayer]:
    """Return the layers of a client, or those of the map."""
    ids = [one["id"] for one in call.outputs]
    rasters = [one["id"] for one in call.outputs if "raster" in one]
    dynamic: Sequence[DynamicLayer] | None = form.read(
        "dynamicLayers", lambda text: parse_dynamic_layers(text, ids, rasters), None
    )
    if dynamic is None:
        return [DynamicLayer(one, id=one) for one in ids]
    return dynamic


def _asked_layers(form: Form, ids: list[int]) -> tuple[bool, set[int]]:
    """Return if the first layer with results is enough, and which layers count."""
    found: tuple[bool, set[int]] = form.read(
        "layers", lambda text: parse_which(text, ids), (True, set(ids))
    )
    return found


def find_reply(call: Call) -> Reply:
    """Answer the features of layers (``outputs``) that hold a text."""
    form = Form(call.small)
    ids = [one["id"] for one in call.outputs]
    text = form.need("searchText", parse_search_text)
    contains = form.read("contains", parse_flag, True)
    names = form.read("searchFields", lambda given: given.lower().split(","), [])
    chosen = form.read("layers", lambda given: parse_ids(given, ids), set(ids))
    reference = form.read("sr", _REFERENCE.parse, None)
    answer = _Answer.of(form, reference)
    wheres = form.read("layerDefs", lambda given: parse_definitions(given, ids), {})
    form.check()
    wanted = {one.strip() for one in names}
    found = _Found(call.limits.maximum_records)
    for layer in call.outputs:
        if layer["id"] not in chosen or not layer["file"] or "raster" in layer:
            continue
        stored = _opened(call, layer)
        held = counted(stored.records, wheres.get(layer["id"]))
        for one in stored.records.fields:
            if not wanted or one.name.lower() in wanted:
                rows = _holding(stored.records, one, text, contains=contains)
                rows = rows if held is None else np.intersect1d(rows, held)
                found.add(stored, rows, layer, answer, one)
    return json_reply(found.to_json(), call)


def _opened(call: Call, layer: Mapping[str, Any]) -> StoredLayer:
    return open_layer(str(Path(call.folder) / layer["file"]))


def _near(stored: StoredLayer, place: FeatureSet, distance: float) -> np.ndarray:
    """Return the rows within a distance, in units of the place's reference.

    Only those whose bounds are about as near are looked at.
    """
    if stored.bounds is None or stored.spatial_reference is None:
        return np.empty(0, dtype=int)
    west, south, east, north = shapely.bounds(place.geometries[0]).tolist()
    around = Extent(west - distance, south - distance, east + distance,
                    north + distance)  # fmt: skip
    rows = np.flatnonzero(~np.isnan(stored.bounds[:, 0]))
    with suppress(InvalidValue):
        sides = bounds_in(around, place.spatial_reference, stored.spatial_reference)
        bounds = stored.bounds[rows]
        within = (bounds[:, 0] <= sides[2]) & (bounds[:, 2] >= sides[0])
        within &= (bounds[:, 1] <= sides[3]) & (bounds[:, 3] >= sides[1])
        rows = rows[within]
    moved = stored.features(rows).project(place.spatial_reference)
    near = shapely.dwithin(moved.geometries, place.geometries[0], distance)
    return np.asarray(rows[near])


def _holding(
    records: RecordSet, field: Field, text: str, *, contains: bool
) -> np.ndarray:
    """Return the rows whose value of a field is a text, or has it inside."""
    column = records.column(field.name).cast(pa.string())
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
    display = features.field(display_field(features.fields, layer["objectId"]))
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
    has_z, has_m = features.has_z and answer.with_z, features.has_m and answer.with_m
    shapes = dump_geometries(features.geometries, kind, has_z, has_m)
    shared = {"geometryType": kind, "hasZ": has_z, "hasM": has_m}
    return [
        one | shared | {"geometry": shape and shape | {"spatialReference": reference}}
        for one, shape in zip(made, shapes, strict=True)
    ]


def _texts(features: FeatureSet, field: Field) -> list[str]:
    column = features.column(field.name).cast(pa.string())
    texts: list[str] = pc.fill_null(column, "Null").to_pylist()
    return texts
