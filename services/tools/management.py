"""Features in another reference, with measures of their shape, or put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal, NamedTuple

import numpy as np
import pyarrow as pa

from services.environment import spatial_reference
from services.errors import ToolFailed
from services.geometry.crs import SpatialReference, parse_spatial_reference
from services.geometry.features import FeatureSet, Field
from services.geometry.shifts import default_shift, shifted
from services.tool import Context, Param, tool
from services.tools._fields import Area, Length, with_fields
from services.tools._inputs import squares, warn_of_missing
from services.tools._measures import measured
from services.tools._merging import appended, matched, stacked, unified

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
    transformation: Annotated[
        str,
        Param(
            "Datum transformation",
            description="The name of one, such as ED50 to WGS 84 (1); without it the"
            " best for where the features lie. An unknown name is answered with a"
            " list of those that there are.",
        ),
    ] = "",
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Projected features", name="Output_Features")]:
    """Bring features into another spatial reference.

    Every vertex is moved; attributes, z and m stay. Lines between vertices are
    straight in the new reference. Polygons and lines over the antimeridian are cut
    there, and those over a pole at 89.5 degrees where a Mercator map, which has no
    poles, is asked for. Any other vertex outside the area of the new reference
    stops the tool.

    Between two datums a transformation is needed, and a message names the one that
    was used: that of the name given, or the best that PROJ knows for where the
    features lie and whose grids are installed. One transformation holds for all
    features. A warning counts those outside the area that a chosen one is made for.
    """
    warn_of_missing(context, Input_Features=input_features)
    notes: list[str] = []
    target = _reference(output_spatial_reference)
    name = transformation.strip()
    if name:
        moved = shifted(input_features, target, name, notes).project(target, notes)
    else:
        name = default_shift(input_features, target)
        moved = input_features.project(target, notes)
    if context is not None:
        if name:
            context.message(f"Datum transformation: {name}")
        for note in notes:
            context.warn(note)
    return moved


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
        values, unit = measured(input_features, name, length_unit, area_unit)
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
    fields = unified(sets)
    table = pa.table(
        [stacked(field, sets) for field in fields],
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


class Match(NamedTuple):
    """A field of the target and the field of the input that fills it."""

    target_field: Annotated[str, Param("Field of the target")]
    input_field: Annotated[str, Param("Field to append")]


@tool(title="Append", category="Data Management")
def append(
    input_features: Annotated[FeatureSet, Param("Features to append", example=_MORE)],
    target_features: Annotated[
        FeatureSet, Param("Features to append them to", example=_PARCELS)
    ],
    field_map: Annotated[
        list[Match] | None,
        Param(
            "Fields of other names",
            description="Which field fills which; all others are matched by name.",
        ),
    ] = None,
    schema_type: Annotated[
        Literal["NO_TEST", "TEST"],
        Param("Schema", description="TEST: fail unless all fields have a match."),
    ] = "NO_TEST",
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("All features", name="Output_Features")]:
    """Put features at the end of others, in the schema of those.

    The result has the fields, types and spatial reference of the target. Fields are
    matched by name, in any case, or as the field map says. Fields of the input
    without a match are left out and fields of the target without one are null in
    the new rows; warnings name both. Values become the type of the target's field:
    numbers are rounded for whole ones, half away from zero, texts are read as
    numbers or ISO 8601 dates, and what does not fit becomes null and is counted.
    Object ids go on from the largest of the target. Both must have the same type of
    geometry.
    """
    if input_features.geometry_type != target_features.geometry_type:
        raise ToolFailed(
            f"Target_Features are {target_features.geometry_type}; Input_Features"
            f" must be too, not {input_features.geometry_type}"
        )
    pairs = [(one.target_field, one.input_field) for one in field_map or ()]
    sources, unmatched = matched(target_features, input_features, pairs)
    if unmatched and schema_type == "TEST":
        raise ToolFailed(f"the schemas differ: {'; '.join(unmatched)}")
    made, notes = appended(target_features, input_features, sources)
    if context is not None:
        context.message(f"{len(input_features)} features were appended")
        for note in (*unmatched, *notes):
            context.warn(note)
    return made
