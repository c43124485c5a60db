"""Which rows of a layer have a spatial relation to a geometry that a client sends."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import shapely
from shapely.errors import GEOSException

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference, parse_spatial_reference
from services.geometry.esrigeometry import parse_geometries
from services.geometry.ground import ground_buffer
from services.geometry.reproject import reproject
from services.query.layer import Layer
from services.query.query import BY_MATRIX, Query
from services.wire import decode

_ENVELOPE = "esriGeometryEnvelope"
_MEMBERS = {"esriGeometryPoint": 2, _ENVELOPE: 4}
_MOST_VERTICES = 200_000
_EDGE_PIECES = 400
_WEB_MERCATOR = 3857
#: What a relation says, of the client's geometry and then of the features.
_PREDICATES: dict[str, Callable[[Any, Any], Any]] = {
    "esriSpatialRelIntersects": shapely.intersects,
    "esriSpatialRelContains": shapely.contains,
    "esriSpatialRelCrosses": shapely.crosses,
    "esriSpatialRelOverlaps": shapely.overlaps,
    "esriSpatialRelTouches": shapely.touches,
    "esriSpatialRelWithin": shapely.within,
}
#: Patterns that may hold for shapes that do not meet.
_MAY_BE_APART = re.compile(r"[F*]{2}.[F*]{2}.{4}")
_BOX_ONLY = ("esriSpatialRelEnvelopeIntersects", "esriSpatialRelIndexIntersects")


def rows_near(query: Query, layer: Layer, rows: np.ndarray) -> np.ndarray:
    """Return those of the rows (indices) whose geometry has the relation.

    Only geometries whose bounds do not settle it already are decoded. Raises
    InvalidValue, about the parameter ``geometry``.
    """
    if layer.bounds is None or layer.spatial_reference is None:
        raise InvalidValue("this is a table: it has no geometry to compare with")
    try:
        asked = _asked(query, layer.spatial_reference)
    except GEOSException:
        raise InvalidValue("cannot be brought to the layer's reference") from None
    if shapely.is_empty(asked):
        return rows[:0]
    if query.relation == BY_MATRIX and _MAY_BE_APART.fullmatch(query.matrix):
        there = rows[~np.isnan(layer.bounds[rows, 0])]
        related = _related(query, asked, layer.shapes(there))
        return np.asarray(there[related])
    west, south, east, north = shapely.bounds(asked)
    bounds = layer.bounds if len(rows) == len(layer) else layer.bounds[rows]
    near = (bounds[:, 0] <= east) & (bounds[:, 2] >= west)
    near &= (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    rows = rows[near]
    bounds = layer.bounds[rows]
    if query.relation in _BOX_ONLY:
        return rows
    settled = np.zeros(len(rows), dtype=bool)
    if query.relation == "esriSpatialRelIntersects" and _is_box(asked):
        settled = (bounds[:, 0] >= west) & (bounds[:, 2] <= east)
        settled &= (bounds[:, 1] >= south) & (bounds[:, 3] <= north)
    open_rows = np.flatnonzero(~settled)
    settled[open_rows] = _related(query, asked, layer.shapes(rows[open_rows]))
    return rows[settled]


def _related(query: Query, asked: shapely.Geometry, shapes: np.ndarray) -> np.ndarray:
    holds = _PREDICATES.get(query.relation) or partial(
        shapely.relate_pattern, pattern=query.matrix
    )
    shapely.prepare(asked)
    try:
        return np.asarray(holds(asked, shapes), dtype=bool)
    except GEOSException:
        invalid = ~shapely.is_valid(shapes)
        mended = np.where(invalid, shapely.make_valid(shapes), shapes)
    try:
        return np.asarray(holds(asked, mended), dtype=bool)
    except GEOSException:
        raise InvalidValue("cannot be compared with the features this way") from None


def _is_box(shape: shapely.Geometry) -> bool:
    return bool(shapely.equals(shape, shapely.box(*shapely.bounds(shape))))


def _asked(query: Query, target: SpatialReference) -> shapely.Geometry:
    """Return the client's geometry, grown by its distance, in the layer's reference."""
    raw = _decoded(query.geometry, query.geometry_type)
    own = raw.get("spatialReference")
    source = parse_spatial_reference(own) if own else query.in_sr or target
    try:
        shape = parse_geometries([raw], query.geometry_type, False, False)[0]
    except InvalidValue as exc:
        raise InvalidValue(str(exc).removeprefix("feature 0: ")) from None
    if shapely.get_num_coordinates(shape) > _MOST_VERTICES:
        raise InvalidValue(f"has more than {_MOST_VERTICES} vertices")
    shape = shapely.force_2d(shape)
    if not shapely.is_valid(shape):
        shape = shapely.make_valid(shape)
    if query.metres:
        shape = ground_buffer(np.array([shape], dtype=object), source, query.metres)[0]
    if source.same_place(target):
        return shape
    if not (_is_box(shape) and _keeps_boxes(source) and _keeps_boxes(target)):
        reach = shapely.length(shape)
        shape = shapely.segmentize(shape, reach / _EDGE_PIECES) if reach else shape
    return reproject(np.array([shape], dtype=object), source, target)[0]


def _keeps_boxes(reference: SpatialReference) -> bool:
    """Tell if meridians and parallels are straight lines along the axes."""
    return reference.is_geographic or reference.latest_wkid == _WEB_MERCATOR


def _decoded(text: str, geometry_type: str) -> dict[str, Any]:
    """Return the geometry object of JSON, or of numbers with commas between them."""
    if text.lstrip()[:1] in ("{", "["):
        raw = decode(text)
        if not isinstance(raw, dict):
            raise InvalidValue("expected a geometry object")
        return raw
    try:
        numbers = [float(piece) for piece in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != _MEMBERS.get(geometry_type) or not np.isfinite(numbers).all():
        raise InvalidValue(
            f"expected an object of the type {geometry_type}, or numbers with commas:"
            " x,y of a point, xmin,ymin,xmax,ymax of an envelope"
        )
    names = ("x", "y") if len(numbers) == 2 else ("xmin", "ymin", "xmax", "ymax")
    return dict(zip(names, numbers, strict=True))
