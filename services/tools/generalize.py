"""Simpler shapes for features: fewer vertices, or the smallest shape around them."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.bounding import bounding_shapes
from services.geometry.features import FeatureSet
from services.geometry.parts import is_present
from services.geometry.thinning import thin
from services.geometry.units import LinearUnit
from services.tool import Context, Param, tool
from services.tools._inputs import squares, warn_of_missing

_PARCELS = squares((24.0, 60.0, 0.4), (24.5, 60.0, 0.3), parcel=["A", "B"])


@tool(title="Simplify", category="Generalization")
def simplify(
    input_features: Annotated[
        FeatureSet,
        Param(
            "Lines or polygons",
            geometry_type=("esriGeometryPolyline", "esriGeometryPolygon"),
            example=_PARCELS,
        ),
    ],
    tolerance: Annotated[
        LinearUnit,
        Param(
            "Tolerance on the ground",
            description="POINT_REMOVE moves no line by more; EFFECTIVE_AREA drops"
            " corners of less than its square.",
            minimum=0,
            example=LinearUnit(100, "esriMeters"),
        ),
    ],
    method: Annotated[
        Literal["POINT_REMOVE", "EFFECTIVE_AREA"],
        Param(
            "Method",
            description="POINT_REMOVE: Douglas and Peucker; keeps the points that"
            " stick out. EFFECTIVE_AREA: Visvalingam and Whyatt; smoother.",
        ),
    ] = "POINT_REMOVE",
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Simplified features", name="Output_Features")]:
    """Drop vertices of lines and polygons that say little at a tolerance.

    The tolerance is a length on the ground, at any latitude. Vertices that are left
    keep their coordinates, so the spatial reference and attributes stay. No part
    vanishes and none crosses another of the same feature; where it would, the
    tolerance is halved for that feature. Borders that features share may come apart.
    On features above 1,500 km across the tolerance is somewhat less than asked.
    Source: Douglas and Peucker (1973), Cartographica 10; Visvalingam and Whyatt
    (1993), The Cartographic Journal 30.
    """
    warn_of_missing(context, Input_Features=input_features)
    made = thin(
        input_features.geometries,
        input_features.spatial_reference,
        tolerance.metres,
        method,
    )
    if context is not None:
        old, new = (
            int(shapely.get_num_coordinates(one).sum())
            for one in (input_features.geometries, made)
        )
        context.message(f"{new} of {old} vertices are left")
    return input_features.with_geometries(made, input_features.geometry_type)


@tool(title="Minimum Bounding Geometry", category="Generalization")
def minimum_bounding_geometry(
    input_features: Annotated[
        FeatureSet, Param("Features to enclose", example=_PARCELS)
    ],
    geometry_type: Annotated[
        Literal["ENVELOPE", "RECTANGLE_BY_AREA", "CONVEX_HULL", "CIRCLE"],
        Param(
            "Shape",
            description="ENVELOPE: along the axes of the spatial reference."
            " RECTANGLE_BY_AREA: turned so that its area is smallest.",
        ),
    ] = "RECTANGLE_BY_AREA",
    group_option: Annotated[
        Literal["NONE", "ALL"],
        Param("Group", description="NONE: a shape a feature. ALL: one around all."),
    ] = "NONE",
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param(
        "Enclosing polygons",
        name="Output_Features",
        geometry_type="esriGeometryPolygon",
    ),
]:
    """Make the smallest rectangle, hull or circle around features.

    Smallest on the ground: each shape is found in a plane around its feature, with
    distances true from its centre; a circle is geodesic. Long sides get vertices,
    so that they lie right when drawn in the spatial reference of the input, which
    the result keeps. Across the antimeridian shapes come in two parts.

    With NONE attributes are kept. A feature without a geometry, or whose shape has
    no area (a single point), gets an empty polygon. Features that reach over more
    than half the globe can only have an ENVELOPE.
    """
    warn_of_missing(context, Input_Features=input_features)
    geometries = input_features.geometries
    rows = np.flatnonzero(is_present(geometries))
    if not len(rows):
        raise ToolFailed("no feature has a geometry")
    reference = input_features.spatial_reference
    if group_option == "ALL":
        everything = np.array(
            [shapely.multipoints(shapely.get_coordinates(geometries[rows]))],
            dtype=object,
        )
        return FeatureSet.of(
            bounding_shapes(everything, reference, geometry_type),
            spatial_reference=reference,
            geometry_type="esriGeometryPolygon",
        )
    made = np.full(len(geometries), shapely.Polygon(), dtype=object)
    made[rows] = bounding_shapes(geometries[rows], reference, geometry_type)
    return input_features.with_geometries(made, "esriGeometryPolygon")
