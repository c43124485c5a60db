"""What lies around features, and what is nearest to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
import pyarrow as pa
import shapely

from services.errors import ToolFailed
from services.geometry.columns import append
from services.geometry.features import FeatureSet, Field, RecordSet
from services.geometry.nearest import ground_nearest
from services.geometry.units import LinearUnit
from services.tool import Context, Param, tool
from services.tools._buffers import (
    EndType,
    LineSide,
    Method,
    dissolved,
    distances_of,
    grown,
    ring_discs,
)
from services.tools._fields import Length, with_fields
from services.tools._inputs import repaired, warn_of_missing
from services.tools._near import (
    NEAR_FIELDS,
    PARK,
    WELLS,
    near_table,
    object_ids,
)


@tool(title="Buffer", category="Proximity")
def buffer(
    features: Annotated[
        FeatureSet,
        Param("Features to buffer", name="Input_Features", example=WELLS),
    ],
    distance: Annotated[
        LinearUnit,
        Param(
            "Distance on the ground",
            name="Distance",
            description="Negative shrinks polygons. With a distance field only the"
            " unit counts.",
            example=LinearUnit(1, "esriKilometers"),
        ),
    ],
    distance_field: Annotated[
        str | None,
        Param(
            "Distance field",
            name="Distance_Field",
            description="Field of numbers with the distance of each feature, in the"
            " unit of Distance.",
        ),
    ] = None,
    dissolve: Annotated[
        bool,
        Param(
            "Dissolve",
            name="Dissolve",
            description="Make all buffers one feature, without attributes.",
        ),
    ] = False,
    dissolve_fields: Annotated[
        list[str] | None,
        Param(
            "Dissolve by fields",
            description="Buffers of features with equal values here become one"
            " feature with these values.",
        ),
    ] = None,
    line_side: LineSide = "FULL",
    line_end_type: EndType = "ROUND",
    method: Method = "GEODESIC",
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param(
        "Buffer polygons",
        name="Output_Features",
        geometry_type="esriGeometryPolygon",
    ),
]:
    """Make polygons around features, at a distance that is true on the ground.

    Distances are geodesic on the ellipsoid of the data, at any latitude and across
    the antimeridian and the poles, whatever the spatial reference: 1 km is 1 km.
    Circles around points have 64 vertices within 1 mm of the distance; around lines
    and polygons the width is right to 0.1 % with round corners. Edges are taken as
    drawn in the spatial reference of the features, which the result keeps.

    With PLANAR they are planar in the spatial reference of the input, which must be
    a projection. On one side of a line, and with flat ends, the width is geodesic too,
    and right to 0.1 %.

    Each feature gives one polygon with its attributes. A negative distance shrinks
    polygons. Points and lines with a distance of 0 or less, features without a
    geometry, without a value in the distance field, and polygons that a negative
    distance uses up get an empty polygon, and a warning.
    Source: Karney (2013), Algorithms for geodesics, J. Geodesy 87; Snyder (1987),
    USGS PP 1395, chapter 25.
    """
    features = repaired(features, context, narrow=True)
    metres = distances_of(features, distance, distance_field)
    sides = line_side, line_end_type
    made = grown(features, metres, method, sides, context)
    bare = int((shapely.is_missing(made) | shapely.is_empty(made)).sum())
    if bare and context is not None:
        noun = "feature has" if bare == 1 else "features have"
        context.warn(
            f"{bare} {noun} no buffer: no geometry, no distance, or nothing left"
        )
    if dissolve or dissolve_fields:
        return dissolved(features, made, dissolve_fields)
    return features.with_geometries(made, "esriGeometryPolygon")


@tool(title="Multiple Ring Buffer", category="Proximity")
def multiple_ring_buffer(
    input_features: Annotated[FeatureSet, Param("Features to buffer", example=WELLS)],
    distances: Annotated[
        list[float],
        Param(
            "Distances on the ground",
            description="Outer distance of each ring; negative ones shrink polygons.",
            example=[0.5, 1.0, 2.0],
        ),
    ],
    distance_unit: Annotated[Length, Param("Unit of the distances")] = "Kilometers",
    ring_type: Annotated[
        Literal["RINGS", "DISCS"],
        Param(
            "Rings or discs",
            description="RINGS do not overlap; each DISC holds the smaller ones.",
        ),
    ] = "RINGS",
    dissolve: Annotated[
        bool,
        Param(
            "Dissolve",
            description="One feature for each distance. If false, each feature has"
            " its own rings, with its attributes.",
        ),
    ] = True,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Rings", name="Output_Features", geometry_type="esriGeometryPolygon"),
]:
    """Make rings around features at several distances, true on the ground.

    The field ``distance`` holds the outer distance in the unit asked for; rings
    come from the smallest distance to the largest. The innermost ring includes
    polygons themselves. Rings that come out empty are left out. Distances are
    geodesic as in Buffer; the spatial reference is that of the features.
    """
    steps = sorted(set(distances))
    if not steps:
        raise ToolFailed("Distances needs at least one number")
    input_features = repaired(input_features, context, narrow=True)
    discs = [
        ring_discs(input_features, step, distance_unit, dissolve) for step in steps
    ]
    rings = discs
    if ring_type == "RINGS":
        rings = discs[:1] + [
            np.asarray(shapely.difference(outer, inner))
            for inner, outer in zip(discs, discs[1:], strict=False)
        ]
    made, column = np.concatenate(rings), np.repeat(steps, len(rings[0]))
    present = np.flatnonzero(~shapely.is_missing(made) & ~shapely.is_empty(made))
    if len(present) < len(made) and context is not None:
        count = len(made) - len(present)
        noun = "ring is empty and was" if count == 1 else "rings are empty and were"
        context.warn(f"{count} {noun} left out")
    field = Field("distance", "esriFieldTypeDouble", f"Distance ({distance_unit})")
    column = pa.chunked_array([pa.array(column[present])])
    if dissolve:
        return FeatureSet.of(
            made[present],
            {"distance": column},
            fields=[field],
            spatial_reference=input_features.spatial_reference,
            geometry_type="esriGeometryPolygon",
        )
    rows = input_features.take(np.tile(np.arange(len(input_features)), len(steps)))
    rows = rows.with_geometries(made, "esriGeometryPolygon").take(present)
    table = append(rows.records, [(field, column)])
    return replace(rows, fields=table.fields, attributes=table.attributes)


@tool(title="Near", category="Proximity")
def near(
    input_features: Annotated[
        FeatureSet, Param("Features to measure from", example=WELLS)
    ],
    near_features: Annotated[FeatureSet, Param("Features to find", example=PARK)],
    search_radius: Annotated[
        LinearUnit | None,
        Param("Search radius", description="Nothing further away counts as near."),
    ] = None,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Features with what is near", name="Output_Features")]:
    """Find the nearest feature of another set, and how far it is on the ground.

    Adds to each feature NEAR_FID, the object id of the nearest feature (without an
    object id field its row number, from 1), NEAR_DIST in metres, NEAR_X and NEAR_Y,
    the nearest place on it in the spatial reference of the input, and NEAR_ANGLE,
    the direction there in degrees from north, clockwise positive, -180 to 180.
    Features that touch or overlap are 0 apart. Without a feature in the search
    radius NEAR_FID is -1 and the others are null.

    Distances are geodesic, at any latitude and across the antimeridian. Fields of
    these names in the input are replaced.
    """
    if search_radius is not None and search_radius.metres < 0:
        raise ToolFailed("Search_Radius must not be negative")
    others = near_features.project(input_features.spatial_reference)
    found = ground_nearest(
        input_features.geometries,
        others.geometries,
        input_features.spatial_reference,
        np.inf if search_radius is None else search_radius.metres,
    )
    missed = int((found.index < 0).sum())
    if missed and context is not None:
        noun = "feature has" if missed == 1 else "features have"
        context.warn(f"{missed} {noun} nothing near")
    fid = np.where(found.index < 0, -1, object_ids(near_features)[found.index])
    return with_fields(
        input_features,
        zip(
            NEAR_FIELDS,
            (fid, found.metres, found.xy[:, 0], found.xy[:, 1], found.azimuth),
            strict=True,
        ),
    )


@tool(title="Generate Near Table", category="Proximity")
def generate_near_table(
    input_features: Annotated[
        FeatureSet, Param("Features to measure from", example=WELLS)
    ],
    near_features: Annotated[FeatureSet, Param("Features to find", example=PARK)],
    search_radius: Annotated[
        LinearUnit | None,
        Param(
            "Search radius",
            description="Nothing further away counts as near.",
            minimum=0,
            maximum=2.1e7,
        ),
    ] = None,
    closest_count: Annotated[
        int | None,
        Param(
            "Most near features for each", description="None: all of them.", minimum=1
        ),
    ] = None,
    context: Context | None = None,
) -> Annotated[RecordSet, Param("A row for each pair", name="Output_Table")]:
    """List which features of another set are near, how far and in which direction.

    A row has IN_FID and NEAR_FID, the object ids of both (without such a field row
    numbers, from 1), NEAR_RANK, 1 for the nearest, NEAR_DIST in metres, NEAR_ANGLE,
    the direction in degrees from north, clockwise positive, -180 to 180, and the
    places between which it is measured, in the spatial reference of the input.
    Rows come in the order of the features, the nearest first. Features that touch or
    overlap are 0 apart; those without a geometry are near nothing.

    Distances are geodesic, at any latitude and across the antimeridian. At most a
    million pairs are looked at.
    """
    warn_of_missing(context, Input_Features=input_features, Near_Features=near_features)
    radius = None if search_radius is None else search_radius.metres
    if context is not None:
        context.progress(10, "Measuring distances")
    made = near_table(input_features, near_features, radius, closest_count)
    if context is not None:
        context.message(f"{len(made)} pairs are near")
    return made
