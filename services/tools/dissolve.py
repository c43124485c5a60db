"""Features of equal attributes made one."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
import shapely

from services.geometry.columns import append, plain_ids, take_or_null
from services.geometry.features import FeatureSet, RecordSet
from services.geometry.parts import (
    as_multipoints,
    dimension_of,
    is_present,
    of_dimension,
)
from services.geometry.summaries import (
    field_names,
    group_rows,
    parse_statistics,
    summarise,
)
from services.partitions import operations
from services.tool import Context, Param, tool
from services.tools._inputs import Statistics, ready, squares, warn_of_missing

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
    shapes = _united(ready(features), groups.of_row, len(groups), context)
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
