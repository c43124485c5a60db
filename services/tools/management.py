"""Features in another reference, with measures of their shape, or put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import shapely

from services.environment import spatial_reference
from services.errors import ToolFailed
from services.geometry.bounding import ground_centroids
from services.geometry.columns import plain_ids
from services.geometry.crs import SpatialReference, parse_spatial_reference
from services.geometry.features import FeatureSet, Field
from services.geometry.ground import ground_area, ground_length
from services.geometry.parts import valid
from services.geometry.units import METRES, SQUARE_METRES
from services.geometry.wrap import world_width
from services.tool import Context, Param, tool
from services.tools._fields import Area, Length, with_fields
from services.tools._inputs import squares, warn_of_missing

_INTEGERS = [
    "esriFieldTypeSmallInteger", "esriFieldTypeInteger", "esriFieldTypeBigInteger",
]  # fmt: skip
Property = Literal["AREA", "PERIMETER", "LENGTH", "CENTROID_X", "CENTROID_Y"]

_PARCELS = squares((24.0, 60.0, 0.4), (24.5, 60.0, 0.3), parcel=["A", "B"])
_MORE = squares((25.0, 60.0, 0.2), parcel=["C"], owner=["Ann"])


@tool(title="Project", category="Data Management")
def project(
    input_features: Annotated[
        FeatureSet, Param("Features to project", example=_PARCELS)
    ],
    output_spatial_reference: Annotated[
        str,
        Param(
            "Output spatial reference",
            description="A wkid (EPSG or Esri code), or well-known text.",
            example="3857",
        ),
    ],
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Projected features", name="Output_Features")]:
    """Bring features into another spatial reference.

    Every vertex is moved; attributes, z and m stay. Lines between vertices are
    straight in the new reference. Polygons and lines over the antimeridian are cut
    there, and those over a pole at 89.5 degrees where a Mercator map, which has no
    poles, is asked for. Datum shifts are those that PROJ can do without grids. Any
    other vertex outside the area of the new reference stops the tool.
    """
    warn_of_missing(context, Input_Features=input_features)
    notes: list[str] = []
    projected = input_features.project(_reference(output_spatial_reference), notes)
    if context is not None:
        for note in notes:
            context.warn(note)
    return projected


def _reference(text: str) -> SpatialReference:
    name = "Output_Spatial_Reference"
    text = text.strip()
    if text[:1].isalpha() and "[" in text:
        return parse_spatial_reference({"wkt": text}, name)
    return spatial_reference(text, name)


@tool(title="Calculate Geometry", category="Data Management")
def calculate_geometry(
    input_features: Annotated[
        FeatureSet, Param("Features to measure", example=_PARCELS)
    ],
    properties: Annotated[
        list[Property],
        Param(
            "What to measure",
            description="Each adds a field of its name. AREA and PERIMETER of"
            " polygons, LENGTH of lines, CENTROID_X and CENTROID_Y of all.",
            example=["AREA", "PERIMETER"],
        ),
    ],
    length_unit: Annotated[Length, Param("Unit of lengths")] = "Meters",
    area_unit: Annotated[Area, Param("Unit of areas")] = "SquareMeters",
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Features with measures", name="Output_Features")]:
    """Add fields with the length, area, perimeter or centre of features.

    Lengths and areas are those on the ground: geodesic on the ellipsoid of the
    data, holes taken off, in the units asked for; what a ring that crosses itself
    encloses counts once. Centres of areas and lines are
    centres of gravity on the ground, in the spatial reference of the features; a
    centre may lie outside. Features without a geometry get null. Fields of these
    names in the input are replaced.
    Source: Karney (2013), Algorithms for geodesics, J. Geodesy 87.
    """
    if not properties:
        raise ToolFailed("Properties needs at least one of AREA, PERIMETER, LENGTH,"
                         " CENTROID_X, CENTROID_Y")  # fmt: skip
    _check_dimension(input_features, properties)
    warn_of_missing(context, Input_Features=input_features)
    columns = []
    for name in dict.fromkeys(properties):
        values, unit = _measured(input_features, name, length_unit, area_unit)
        alias = f"{name.replace('_', ' ').capitalize()} ({unit})"
        columns.append((Field(name, "esriFieldTypeDouble", alias), values))
    return with_fields(input_features, columns)


def _check_dimension(features: FeatureSet, properties: Sequence[str]) -> None:
    kind = features.geometry_type
    allowed = {"CENTROID_X", "CENTROID_Y"}
    if kind == "esriGeometryPolygon":
        allowed |= {"AREA", "PERIMETER"}
    if kind == "esriGeometryPolyline":
        allowed |= {"LENGTH"}
    for name in properties:
        if name not in allowed:
            raise ToolFailed(
                f"{name} is not for {kind}; use one of {', '.join(sorted(allowed))}"
            )


def _measured(
    features: FeatureSet, name: str, length_unit: str, area_unit: str
) -> tuple[np.ndarray, str]:
    """Return values with null as NaN, and the name of their unit."""
    geometries, reference = features.geometries, features.spatial_reference
    if name.startswith("CENTROID"):
        axis = 0 if name.endswith("X") else 1
        return ground_centroids(geometries, reference)[:, axis], "map units"
    if name == "AREA":
        shapes = _repaired(geometries, reference)
        values = ground_area(shapes, reference) / SQUARE_METRES[f"esri{area_unit}"]
        unit = area_unit
    else:
        values = ground_length(geometries, reference) / METRES[f"esri{length_unit}"]
        unit = length_unit
    return np.where(shapely.is_empty(geometries), np.nan, values), unit


def _repaired(geometries: np.ndarray, reference: SpatialReference) -> np.ndarray:
    """Return valid polygons: rings that cross themselves would take area off.

    One as wide as half the world may only look invalid, drawn across its edge.
    """
    bounds = shapely.bounds(geometries)
    narrow = bounds[:, 2] - bounds[:, 0] < world_width(reference) / 2
    result = np.array(geometries, dtype=object)
    result[narrow] = valid(result[narrow])
    return result


@tool(title="Merge", category="Data Management")
def merge(
    input_features: Annotated[FeatureSet, Param("First features", example=_PARCELS)],
    merge_features: Annotated[FeatureSet, Param("Features to add", example=_MORE)],
    more_features: Annotated[FeatureSet | None, Param("More to add")] = None,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("All features", name="Output_Features")]:
    """Put features of two or three sets into one.

    Features follow each other in the order given, in the spatial reference of the
    first set. Fields of the same name, in any case, become one: numbers of
    different types become the wider, anything else that differs becomes text.
    Fields that a set does not have are null for its features. All sets must have
    the same type of geometry. Object ids become plain numbers.
    """
    given = (input_features, merge_features, more_features)
    first, sets = input_features, [one for one in given if one is not None]
    kinds = {one.geometry_type for one in sets}
    if len(kinds) > 1:
        raise ToolFailed(
            f"all sets must have the same geometry type, not {sorted(kinds)}"
        )
    sets = [one.project(first.spatial_reference) for one in sets]
    fields = _unified(sets)
    table = pa.table(
        [_stacked(field, sets) for field in fields],
        names=[field.name for field in fields],
    )
    result = replace(
        first,
        fields=fields,
        attributes=table,
        geometries=np.concatenate([one.geometries for one in sets]),
        has_z=any(one.has_z for one in sets),
        has_m=any(one.has_m for one in sets),
    )
    if context is not None:
        context.message(f"{len(result)} features from {len(sets)} sets")
    return result


def _unified(sets: Sequence[FeatureSet]) -> tuple[Field, ...]:
    """Return one field for each name, of a type that holds the values of all."""
    found: dict[str, Field] = {}
    for one in sets:
        for field in plain_ids(one):
            known = found.get(field.name.lower(), field)
            found[field.name.lower()] = replace(
                known,
                type=_common_type(known, field),
                length=_longer(known, field),
                nullable=True,
            )
    return tuple(found.values())


def _common_type(first: Field, second: Field) -> str:
    if first.type == second.type:
        return first.type
    if not (first.is_numeric and second.is_numeric):
        return "esriFieldTypeString"
    ranks = [_INTEGERS.index(one.type) if one.type in _INTEGERS else len(_INTEGERS)
             for one in (first, second)]  # fmt: skip
    return [*_INTEGERS, "esriFieldTypeDouble"][max(ranks)]


def _longer(first: Field, second: Field) -> int | None:
    both = first.length is not None and second.length is not None
    return max(first.length or 0, second.length or 0) if both else None


def _stacked(field: Field, sets: Sequence[FeatureSet]) -> pa.ChunkedArray[Any]:
    chunks = []
    for one in sets:
        names = {other.name.lower(): other.name for other in one.fields}
        name = names.get(field.name.lower())
        if name is None:
            chunks.append(pa.nulls(len(one), field.arrow_type))
        else:
            column = one.attributes.column(name)
            # not safe: a whole number above 2**53 is rounded, not refused
            chunks += column.cast(field.arrow_type, safe=False).chunks
    return pa.chunked_array(chunks, field.arrow_type)
