"""Simpler shapes for features: fewer vertices, or the smallest shape around them."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.bounding import bounding_shapes, concave_hulls
from services.geometry.densifying import densify as densified
from services.geometry.features import FeatureSet
from services.geometry.parts import is_present
from services.geometry.smoothing import cut_corners
from services.geometry.summaries import field_names, group_rows
from services.geometry.thinning import thin
from services.geometry.units import LinearUnit
from services.tool import Context, Param, tool
from services.tools._borders import thinned_together
from services.tools._fields import grouped
from services.tools._inputs import repaired, squares, warn_of_missing

_POLYGON = "esriGeometryPolygon"
_SHAPES = ("esriGeometryPolyline", _POLYGON)
_MOST_VERTICES = 5_000_000
_TEN_KILOMETRES = LinearUnit(10, "esriKilometers")
_RADIUS = 6_371_008.8  # mean radius of WGS 84
_PARCELS = squares((24.0, 60.0, 0.4), (24.5, 60.0, 0.3), parcel=["A", "B"])


@tool(title="Simplify", category="Generalization")
def simplify(
    input_features: Annotated[
        FeatureSet,
        Param(
            "Lines or polygons",
            geometry_type=_SHAPES,
            example=_PARCELS,
        ),
    ],
    tolerance: Annotated[
        LinearUnit,
        Param(
            "Tolerance on the ground",
            description="POINT_REMOVE moves no line by more; the others drop corners"
            " of less than its square.",
            minimum=0,
            example=LinearUnit(100, "esriMeters"),
        ),
    ],
    method: Annotated[
        Literal["POINT_REMOVE", "EFFECTIVE_AREA", "SHARED_BORDERS"],
        Param(
            "Method",
            description="POINT_REMOVE: Douglas and Peucker; keeps the points that"
            " stick out. EFFECTIVE_AREA: Visvalingam and Whyatt; smoother."
            " SHARED_BORDERS: the same, with polygons that adjoin kept so.",
        ),
    ] = "POINT_REMOVE",
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Simplified features", name="Output_Features")]:
    """Drop vertices of lines and polygons that say little at a tolerance.

    The tolerance is a length on the ground, at any latitude. Vertices that are left
    keep their coordinates, so the spatial reference and attributes stay. No part
    vanishes and none crosses another of the same feature; where it would, the
    tolerance is halved for that feature. Borders that features share may come apart,
    but with SHARED_BORDERS, which needs polygons that do not overlap and have their
    borders vertex by vertex; how many do not is a warning. On features above 1,500 km
    across the tolerance is somewhat less than asked.
    Source: Douglas and Peucker (1973), Cartographica 10; Visvalingam and Whyatt
    (1993), The Cartographic Journal 30.
    """
    warn_of_missing(context, Input_Features=input_features)
    reference = input_features.spatial_reference
    if method == "SHARED_BORDERS":
        made = thinned_together(input_features, tolerance.metres, context)
    else:
        shapes = input_features.geometries
        made = thin(shapes, reference, tolerance.metres, method)
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
        geometry_type=_POLYGON,
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
            geometry_type=_POLYGON,
        )
    made = np.full(len(geometries), shapely.Polygon(), dtype=object)
    made[rows] = bounding_shapes(geometries[rows], reference, geometry_type)
    return input_features.with_geometries(made, _POLYGON)


@tool(title="Concave Hull", category="Generalization")
def concave_hull(
    input_features: Annotated[
        FeatureSet, Param("Features to enclose", example=_PARCELS)
    ],
    ratio: Annotated[
        float,
        Param(
            "Ratio",
            description="How long edges of the hull may be, between the shortest (0)"
            " and the longest (1: the convex hull) between neighbouring vertices.",
            minimum=0,
            maximum=1,
        ),
    ] = 0.3,
    allow_holes: Annotated[bool, Param("Allow holes")] = False,
    group_fields: Annotated[
        list[str] | None,
        Param(
            "Fields to group by",
            description="One hull around all features with equal values here. None:"
            " one around all.",
        ),
    ] = None,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Concave hulls", name="Output_Features", geometry_type=_POLYGON),
]:
    """Draw an outline around features that follows where they lie.

    The hull holds all vertices of a group of features and has the values of the
    fields to group by; null is a value of its own. Edges longer than the ratio allows
    are taken off from outside as long as the hull stays in one piece. Lengths are
    measured on the ground, in a plane around each group; across the antimeridian a
    hull comes in two parts. Groups without an area (fewer than three places) are left
    out with a warning.
    Source: Duckham, Kulik, Worboys and Galton (2008), Efficient generation of simple
    polygons for characterizing the shape of a set of points, Pattern Recognition 41.
    """
    warn_of_missing(context, Input_Features=input_features)
    features = input_features.take(is_present(input_features.geometries))
    names = field_names(features, group_fields)
    if not len(features):
        raise ToolFailed("no feature has a geometry")
    groups = group_rows(features, names, len(features))
    xy, of = shapely.get_coordinates(features.geometries, return_index=True)
    order = np.argsort(groups.of_row[of], kind="stable")
    places = shapely.multipoints(
        shapely.points(xy[order]), indices=groups.of_row[of][order]
    )
    made = concave_hulls(places, features.spatial_reference, ratio, allow_holes)
    kept = np.flatnonzero(~shapely.is_empty(made))
    if len(kept) < len(made) and context is not None:
        lost = len(made) - len(kept)
        noun = "group has" if lost == 1 else "groups have"
        context.warn(f"{lost} {noun} fewer than three places, or all on a line")
    return grouped(features, names, groups.first_row[kept], made[kept])


@tool(title="Smooth", category="Generalization")
def smooth(
    input_features: Annotated[
        FeatureSet,
        Param("Lines or polygons", geometry_type=_SHAPES, example=_PARCELS),
    ],
    rounds: Annotated[
        int,
        Param(
            "Rounds", description="Each makes two of a corner.", minimum=1, maximum=8
        ),
    ] = 3,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Smoothed features", name="Output_Features")]:
    """Round off the corners of lines and polygons.

    Each round cuts every corner at a quarter of both its edges; the result tends to a
    quadratic B-spline within the old outline's corners. Ends of lines stay, and so do
    vertices where a map is cut at the antimeridian or a pole. The work is the same in
    any reference that keeps straight lines; edges are straight in that of the
    features. z and m are interpolated. A feature that a round would make cross itself
    stays as it was before. Borders that polygons share may come apart where three of
    them meet.
    Source: Chaikin (1974), An algorithm for high-speed curve generation, Computer
    Graphics and Image Processing 3.
    """
    warn_of_missing(context, Input_Features=input_features)
    features = repaired(input_features, context, narrow=True)
    count = int(shapely.get_num_coordinates(features.geometries).sum()) << rounds
    if count > _MOST_VERTICES:
        raise ToolFailed(
            f"Rounds: {rounds} would make {count} vertices; at most {_MOST_VERTICES}"
            " are made"
        )
    made = cut_corners(features.geometries, features.spatial_reference, rounds)
    return features.with_geometries(made, features.geometry_type)


@tool(title="Densify", category="Generalization")
def densify(
    input_features: Annotated[
        FeatureSet,
        Param("Lines or polygons", geometry_type=_SHAPES, example=_PARCELS),
    ],
    densification_method: Annotated[
        Literal["DISTANCE", "ANGLE"], Param("What limits the length of an edge")
    ] = "DISTANCE",
    distance: Annotated[
        LinearUnit,
        Param("Longest edge on the ground", minimum=0, maximum=2e7),
    ] = _TEN_KILOMETRES,
    max_angle: Annotated[
        float,
        Param(
            "Largest angle",
            description="Degrees between the ends of an edge, seen from the centre of"
            " the earth: 1 is about 111 km.",
            minimum=1e-5,
            maximum=90,
        ),
    ] = 1.0,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Densified features", name="Output_Features")]:
    """Put vertices on long edges of lines and polygons, at even distances.

    No edge of the result is longer on the ground, by geodesic distance, than asked.
    New vertices lie on the edges as drawn in the spatial reference of the features,
    so that these keep their shape there, and near it in any other; an edge of more
    than half the world goes the short way round. Old vertices and attributes stay; z
    and m are interpolated.
    """
    warn_of_missing(context, Input_Features=input_features)
    if densification_method == "ANGLE":
        metres = math.radians(max_angle) * _RADIUS
    else:
        metres = distance.metres
    if not metres > 0.0:
        raise ToolFailed("Distance must be more than 0")
    shapes, reference = input_features.geometries, input_features.spatial_reference
    made = densified(shapes, reference, metres)
    if context is not None:
        added = shapely.get_num_coordinates(made).sum()
        added -= shapely.get_num_coordinates(shapes).sum()
        context.message(f"{added} vertices were added")
    return input_features.with_geometries(made, input_features.geometry_type)
