"""Features made one: those of equal attributes, near ones, slivers and neighbours."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
import shapely

from services.geometry.columns import append, plain_ids, take_or_null
from services.geometry.features import FeatureSet, Field, RecordSet
from services.geometry.measure import ground_area
from services.geometry.parts import (
    as_multipoints,
    dimension_of,
    is_present,
    of_dimension,
    union_by_group,
)
from services.geometry.summaries import (
    field_names,
    group_rows,
    parse_statistics,
    summarise,
)
from services.geometry.units import ArealUnit, LinearUnit
from services.partitions import operations
from services.tool import Context, Param, tool
from services.tools._borders import absorbers, closed_up, clusters, without_holes
from services.tools._inputs import Statistics, ready, squares, warn_of_missing

_POLYGON = "esriGeometryPolygon"
_PARCELS = squares(
    (24.0, 60.0, 0.4),
    (24.4, 60.0, 0.4),
    (25.0, 60.0, 0.4),
    owner=["Ann", "Ann", "Ben"],
    value=[120.0, 80.0, 50.0],
)


@tool(title="Dissolve", category="Generalization")
def dissolve(
    input_features: Annotated[
        FeatureSet, Param("Features to dissolve", example=_PARCELS)
    ],
    dissolve_fields: Annotated[
        list[str] | None,
        Param(
            "Fields to group by",
            description="Features with equal values here become one. None: all do.",
        ),
    ] = None,
    statistics_fields: Statistics = None,
    multi_part: Annotated[
        bool,
        Param(
            "One feature a group",
            description="If false, each separate part becomes a feature.",
        ),
    ] = True,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Dissolved features", name="Output_Features")]:
    """Make features of equal attributes one, with statistics of the others.

    Polygons lose the borders between them, lines are joined end to end, points
    become multipoints. The result has the fields to group by and one field for each
    statistic, such as SUM_pop_est; groups come in the order of their first feature.
    Null is a value of its own for grouping and left out of statistics. STD and
    VARIANCE are those of a sample (n - 1). Each part of a group that is not kept in
    one feature carries the statistics of the whole group.

    Borders vanish where polygons share them vertex by vertex or overlap; gaps stay.
    The work is planar in the spatial reference of the features. Polygons that cross
    the antimeridian come out cut at 180 degrees.
    """
    warn_of_missing(context, Input_Features=input_features)
    features = input_features.take(is_present(input_features.geometries))
    statistics = parse_statistics(statistics_fields, features)
    names = field_names(features, dissolve_fields)
    groups = group_rows(features, names, len(features))
    shapes = _united(ready(features, context), groups.of_row, len(groups), context)
    records = append(
        _cases(features, names, groups.first_row),
        summarise(features, statistics, groups.of_row, len(groups)),
    )
    shapes, rows = _split(shapes, multi_part)
    table = take_or_null(records.attributes, rows)
    made = replace(features, fields=records.fields, attributes=table, geometries=shapes)
    return made.with_geometries(*_kind(shapes, features.geometry_type, multi_part))


def _united(
    geometries: np.ndarray, groups: np.ndarray, count: int, context: Context | None
) -> np.ndarray:
    """Return the union of each group, lines joined where just two ends meet."""
    dimension = dimension_of(geometries)
    united = operations.union_by_group(geometries, groups, count, context)
    if dimension == 1:
        united = np.asarray(shapely.line_merge(united))
    return of_dimension(united, dimension)


def _split(shapes: np.ndarray, multi_part: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return shapes, or their parts, and the group of each; leave out what is none."""
    rows = np.flatnonzero(is_present(shapes))
    if multi_part:
        return shapes[rows], rows
    parts, part_of = shapely.get_parts(shapes[rows], return_index=True)
    return parts, rows[part_of]


def _cases(features: FeatureSet, names: list[str], rows: np.ndarray) -> RecordSet:
    by_name = {field.name: field for field in plain_ids(features)}
    table = features.attributes.select(names)
    fields = tuple(by_name[name] for name in names)
    return RecordSet(fields, take_or_null(table, rows))


def _kind(shapes: np.ndarray, kind: str, multi_part: bool) -> tuple[np.ndarray, str]:
    """Points of one group are a multipoint, even if there is only one."""
    if kind not in ("esriGeometryPoint", "esriGeometryMultipoint"):
        return shapes, kind
    if not multi_part:
        return shapes, "esriGeometryPoint"
    return as_multipoints(shapes), "esriGeometryMultipoint"


@tool(title="Aggregate Polygons", category="Generalization")
def aggregate_polygons(
    input_features: Annotated[
        FeatureSet, Param("Polygons", geometry_type=_POLYGON, example=_PARCELS)
    ],
    aggregation_distance: Annotated[
        LinearUnit,
        Param(
            "Aggregation distance on the ground",
            minimum=0,
            maximum=1e6,
            example=LinearUnit(20, "esriKilometers"),
        ),
    ],
    minimum_area: Annotated[
        ArealUnit | None,
        Param("Smallest area", description="Smaller results are left out.", minimum=0),
    ] = None,
    minimum_hole_size: Annotated[
        ArealUnit | None,
        Param("Smallest hole", description="Smaller holes are filled.", minimum=0),
    ] = None,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Aggregated polygons", name="Output_Features", geometry_type=_POLYGON),
]:
    """Put polygons together that are not further apart than a distance.

    Each cluster of near polygons becomes one feature: they are grown by half the
    distance, made one, and shrunk back, so that gaps and bays narrower than the
    distance are filled; where just two corners face each other the feature has two
    parts. A polygon that is near no other stays as it is. The field Polygons counts
    how many are in a feature; features come in the order of their first polygon.
    Distances and areas are true on the ground, in the spatial reference of the
    polygons; the distance is met within 0.2 %.

    Polygons without a geometry are left out, and results below the smallest area,
    both with a warning.
    Source: Serra (1982), Image Analysis and Mathematical Morphology (closing).
    """
    warn_of_missing(context, Input_Features=input_features)
    features = input_features.take(is_present(input_features.geometries))
    reference, metres = features.spatial_reference, aggregation_distance.metres
    shapes = np.asarray(shapely.force_2d(ready(features, context)), dtype=object)
    groups = clusters(shapes, reference, metres)
    if context is not None:
        context.progress(30, "Closing gaps")
    made = closed_up(shapes, groups, reference, metres)
    if minimum_hole_size is not None and len(made):
        made = without_holes(made, minimum_hole_size.square_metres, reference)
    counts = np.bincount(groups, minlength=len(made))
    kept = np.ones(len(made), dtype=bool)
    if minimum_area is not None:
        kept = ground_area(made, reference) >= minimum_area.square_metres
    if context is not None:
        context.message(f"{len(shapes)} polygons became {len(made)}")
        if not kept.all():
            lost = int((~kept).sum())
            noun = "result is" if lost == 1 else "results are"
            context.warn(f"{lost} {noun} smaller than Minimum_Area and left out")
    return FeatureSet.of(
        made[kept],
        {"Polygons": counts[kept]},
        fields=[Field("Polygons", "esriFieldTypeInteger", "Polygons in it")],
        spatial_reference=reference,
        geometry_type=_POLYGON,
    )


_WITH_SLIVER = squares((24.0, 60.0, 0.4), (24.4, 60.0, 0.05), owner=["Ann", "Ben"])


@tool(title="Eliminate", category="Generalization")
def eliminate(
    input_features: Annotated[
        FeatureSet, Param("Polygons", geometry_type=_POLYGON, example=_WITH_SLIVER)
    ],
    smallest_area: Annotated[
        ArealUnit,
        Param(
            "Smallest area to keep",
            description="On the ground.",
            minimum=0,
            example=ArealUnit(50, "esriSquareKilometers"),
        ),
    ],
    merge_into: Annotated[
        Literal["LONGEST_BORDER", "LARGEST_AREA"],
        Param("Neighbour to merge into"),
    ] = "LONGEST_BORDER",
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Polygons without slivers", name="Output_Features", geometry_type=_POLYGON),
]:
    """Merge polygons that are too small into a neighbour.

    A neighbour shares border, measured on the ground, not just a point; borders have
    to be the same on both sides to the last digit. The neighbour must not be too
    small itself; a small polygon among small ones goes where those go. Polygons that
    are kept keep their attributes and order. A small polygon without a neighbour
    stays, and so does what has no geometry; a warning counts both.

    Areas and borders are geodesic; the merge is planar in the spatial reference of
    the polygons. Across the antimeridian there are no neighbours.
    """
    warn_of_missing(context, Input_Features=input_features)
    shapes, reference = ready(input_features, context), input_features.spatial_reference
    areas = ground_area(shapes, reference)
    small = is_present(shapes) & (areas < smallest_area.square_metres)
    if context is not None:
        context.progress(10, "Measuring common borders")
    goal = absorbers(shapes, small, areas, reference, merge_into == "LARGEST_AREA")
    merged = goal != np.arange(len(goal))
    if context is not None:
        context.message(f"{int(merged.sum())} polygons were merged into neighbours")
        left = int((small & ~merged).sum())
        if left:
            noun = "polygon has" if left == 1 else "polygons have"
            context.warn(f"{left} small {noun} no neighbour to be merged into")
    made = np.array(shapes, dtype=object)
    goals = np.unique(goal[merged])
    rows = np.flatnonzero(np.isin(goal, goals))
    made[goals] = union_by_group(
        shapes[rows], np.searchsorted(goals, goal[rows]), len(goals)
    )
    kept = np.flatnonzero(~merged)
    return input_features.take(kept).with_geometries(made[kept], _POLYGON)
