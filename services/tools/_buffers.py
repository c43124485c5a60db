"""Which way Buffer goes, and what it makes one."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.features import FeatureSet
from services.geometry.ground import ground_buffer
from services.geometry.parts import union_by_group
from services.geometry.sides import Side, flat_buffer, planar_buffer
from services.geometry.summaries import field_names, group_rows
from services.geometry.units import METRES, LinearUnit
from services.geometry.wrap import wrap
from services.partitions import operations
from services.tool import Context, Param
from services.tools._fields import Length, grouped

LineSide = Annotated[
    Literal["FULL", "LEFT", "RIGHT", "OUTSIDE_ONLY"],
    Param(
        "Side",
        description="LEFT and RIGHT of lines, in their direction. OUTSIDE_ONLY:"
        " without the polygon itself.",
    ),
]
EndType = Annotated[
    Literal["ROUND", "FLAT"],
    Param("Ends of lines", description="On one side only ends are always flat."),
]
Method = Annotated[
    Literal["GEODESIC", "PLANAR"],
    Param(
        "Method",
        description="PLANAR: distances in the plane of the features' own projection,"
        " in metres of the map.",
    ),
]

_LINE, _POLYGON = "esriGeometryPolyline", "esriGeometryPolygon"


def grown(
    features: FeatureSet,
    metres: np.ndarray,
    method: Method,
    sides: tuple[LineSide, EndType],
    context: Context | None,
) -> np.ndarray:
    """Return the buffer of each feature; raises ToolFailed for a side it has not."""
    line_side, ends = sides
    lines = features.geometry_type == _LINE
    if line_side in ("LEFT", "RIGHT") and not lines:
        raise ToolFailed(f"Line_Side {line_side} is for lines")
    if line_side == "OUTSIDE_ONLY" and features.geometry_type != _POLYGON:
        raise ToolFailed("Line_Side OUTSIDE_ONLY is for polygons")
    side: Side = "FULL" if line_side == "OUTSIDE_ONLY" else line_side
    shapes, reference = features.geometries, features.spatial_reference
    flat = lines and (ends == "FLAT" or side != "FULL")
    if method == "PLANAR":
        made = planar_buffer(shapes, reference, metres, side, flat)
    elif flat:
        made = flat_buffer(shapes, reference, metres, side)
    else:
        made = operations.ground_buffer(shapes, reference, metres, context)
    if line_side != "OUTSIDE_ONLY":
        return made
    inside = np.asarray(shapely.force_2d(wrap(shapes, reference)))
    return np.asarray(shapely.difference(made, inside), dtype=object)


def dissolved(
    features: FeatureSet, shapes: np.ndarray, names: list[str] | None
) -> FeatureSet:
    """Return one feature for each group of equal values in the fields named.

    Without names all shapes become one, without attributes; groups without an area
    are left out.
    """
    fields = field_names(features, names)
    groups = group_rows(features, fields, len(features))
    made = union_by_group(shapes, groups.of_row, len(groups))
    there = np.flatnonzero(~shapely.is_missing(made))
    return grouped(features, fields, groups.first_row[there], made[there])


def distances_of(
    features: FeatureSet, distance: LinearUnit, field: str | None
) -> np.ndarray:
    """Return metres for each feature: one for all, or those of a field, null as NaN."""
    if not field:
        return np.full(len(features), distance.metres)
    if not features.field(field).is_numeric:
        raise ToolFailed(f"Distance_Field must be a field of numbers; '{field}' is not")
    return features.numbers(field) * METRES[distance.units]


def ring_discs(
    features: FeatureSet, distance: float, unit: Length, dissolve: bool
) -> np.ndarray:
    """Return the buffer of each feature, or one around all, at a distance."""
    made = ground_buffer(
        features.geometries,
        features.spatial_reference,
        distance * METRES[f"esri{unit}"],
    )
    return np.array([shapely.union_all(made)], dtype=object) if dissolve else made
