"""Attributes joined by place, and features selected by place or attributes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa

from services.errors import ToolFailed
from services.geometry.columns import append, plain_ids, side_by_side, take_or_null
from services.geometry.features import FeatureSet, Field, RecordSet, as_column
from services.geometry.nearest import ground_nearest
from services.geometry.summaries import Statistic, parse_statistics, summarise
from services.geometry.units import LinearUnit
from services.query.condition import rows_where
from services.query.selection import named
from services.texts import SQLExpression
from services.tool import Context, Param, tool
from services.tools._inputs import DISTRICTS, STATISTICS_HELP, ZONES, both_ready
from services.tools._matching import Relationship, matches, required_metres

MatchOption = Literal[Relationship, "CLOSEST"]

JoinOperation = Annotated[
    Literal["JOIN_ONE_TO_ONE", "JOIN_ONE_TO_MANY"],
    Param(
        "Rows for each target feature",
        description="One row with the attributes of the first match, or one row"
        " for each match.",
    ),
]
SearchRadius = Annotated[
    LinearUnit | None,
    Param(
        "Search radius",
        description="Ground distance for the option WITHIN_A_DISTANCE; for CLOSEST"
        " nothing further away counts.",
        minimum=0,
        maximum=2e7,
    ),
]
MergeRules = Annotated[
    list[str] | None,
    Param(
        "Merge rules",
        description="Statistics of the join fields over all matches, in place of the"
        f" attributes of the first one. {STATISTICS_HELP}",
    ),
]
_COUNT = Field("Join_Count", "esriFieldTypeInteger", "Join count")
_DISTANCE = Field("Join_Distance", "esriFieldTypeDouble", "Distance (m)")
Columns = list[tuple[Field, Any]]


@tool(title="Spatial Join", category="Overlay")
def spatial_join(
    target_features: Annotated[
        FeatureSet, Param("Features to keep", example=DISTRICTS)
    ],
    join_features: Annotated[
        FeatureSet, Param("Features whose attributes to add", example=ZONES)
    ],
    join_operation: JoinOperation = "JOIN_ONE_TO_ONE",
    match_option: Annotated[MatchOption, Param("How features match")] = "INTERSECT",
    search_radius: SearchRadius = None,
    keep_all: Annotated[
        bool,
        Param(
            "Keep target features without a match",
            description="Their added attributes are null and Join_Count is 0.",
        ),
    ] = True,
    merge_rules: MergeRules = None,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Joined features", name="Output_Features")]:
    """Add the attributes of features by where they lie.

    Each target feature keeps its geometry and attributes, gets those of the join
    features that match it, and Join_Count, the number of its matches. A field that
    both have comes twice, the second time with the suffix _1; object ids become
    plain numbers. The first match is the one that stands first in the join features.
    With merge rules, such as population SUM, a field SUM_population takes the place
    of the attributes of the first match; nulls are left out of statistics.

    A target feature matches a join feature if they share any point (INTERSECT); if
    it covers it, border included (CONTAINS), or without touching its own border
    (COMPLETELY_CONTAINS); the same the other way round (WITHIN, COMPLETELY_WITHIN);
    if its centroid lies in it (HAVE_THEIR_CENTER_IN); if they share border but no
    inside (BOUNDARY_TOUCHES); CROSSES and OVERLAPS as in OGC Simple Features; if
    they cover the same (ARE_IDENTICAL_TO); if they are not further apart than the
    search radius, measured on the ground (WITHIN_A_DISTANCE); or if none is closer
    on the ground (CLOSEST, which adds Join_Distance in metres).

    All but the last two are planar in the spatial reference of the target features,
    edges being straight lines between vertices there. Features that cross the
    antimeridian meet each other however their longitudes are written; the cut at 180
    degrees then counts as border.
    """
    metres = required_metres(match_option, search_radius, "Search_Radius")
    rules = parse_statistics(merge_rules, join_features)
    if rules and join_operation == "JOIN_ONE_TO_MANY":
        raise ToolFailed("Merge_Rules sum up all matches: they need JOIN_ONE_TO_ONE")
    inputs = {"Target_Features": target_features, "Join_Features": join_features}
    added: Columns = []
    if match_option == "CLOSEST":
        i, j, apart = _closest(context, metres, **inputs)
        added = [(_DISTANCE, as_column(apart))]
    else:
        i, j = matches(context, match_option, metres, **inputs)
    counts = np.bincount(i, minlength=len(target_features))
    added = [(_COUNT, as_column(counts)), *added]
    if rules:
        merged = _merged(join_features, rules, i, j, len(counts))
        i = np.arange(len(counts)) if keep_all else np.flatnonzero(counts)
        plain = take_or_null(target_features.attributes, i)
        joined = append(RecordSet(plain_ids(target_features), plain), _taken(merged, i))
    else:
        i, j = _rows(i, j, counts, join_operation, keep_all)
        joined = side_by_side(target_features, i, join_features, j)
    records = append(joined, _taken(added, i))
    kept = target_features.take(i)
    return replace(kept, fields=records.fields, attributes=records.attributes)


def _closest(
    context: Context | None, metres: float | None, **inputs: FeatureSet
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows of targets and of what is closest, and metres for each target."""
    left, right = both_ready(context, **inputs)
    reference = inputs["Target_Features"].spatial_reference
    found = ground_nearest(left, right, reference, np.inf if metres is None else metres)
    i = np.flatnonzero(found.index >= 0)
    return i, found.index[i], found.metres


def _rows(
    i: np.ndarray, j: np.ndarray, counts: np.ndarray, operation: str, keep_all: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the result: targets, and what is joined, -1 for nothing."""
    if operation == "JOIN_ONE_TO_ONE":
        first = np.flatnonzero(np.diff(i, prepend=-1))
        i, j = i[first], j[first]
    if not keep_all:
        return i, j
    alone = np.flatnonzero(counts == 0)
    i, j = np.append(i, alone), np.append(j, np.full(len(alone), -1))
    order = np.argsort(i, kind="stable")
    return i[order], j[order]


def _merged(
    features: FeatureSet,
    rules: tuple[Statistic, ...],
    i: np.ndarray,
    j: np.ndarray,
    count: int,
) -> Columns:
    """Return statistics of the features ``j`` that match each of ``count`` targets."""
    return summarise(features.records.take(j), rules, i, count)


def _taken(columns: Columns, rows: np.ndarray) -> Columns:
    return [(field, column.take(pa.array(rows))) for field, column in columns]


@tool(title="Select By Location", category="Selection")
def select_by_location(
    input_features: Annotated[
        FeatureSet, Param("Features to select from", example=DISTRICTS)
    ],
    selecting_features: Annotated[
        FeatureSet, Param("Features to compare with", example=ZONES)
    ],
    relationship: Annotated[Relationship, Param("Relationship")] = "INTERSECT",
    search_distance: Annotated[
        LinearUnit | None,
        Param(
            "Search distance",
            description="Ground distance for WITHIN_A_DISTANCE.",
            minimum=0,
            maximum=2e7,
        ),
    ] = None,
    invert: Annotated[
        bool, Param("Invert", description="Return those that are not selected.")
    ] = False,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Selected features", name="Output_Features")]:
    """Return the features that have a relationship with any of other features.

    The relationships are those of Spatial Join, of the input to the selecting
    features. A feature is selected once, as it is, in the order of the input.
    Features without a geometry have no relationship; inverted, they are selected.
    """
    metres = required_metres(relationship, search_distance, "Search_Distance")
    i, _ = matches(
        context,
        relationship,
        metres,
        Input_Features=input_features,
        Selecting_Features=selecting_features,
    )
    chosen = np.zeros(len(input_features), dtype=bool)
    chosen[i] = True
    return _selected(input_features, chosen, invert, context)


@tool(title="Select By Attributes", category="Selection")
def select_by_attributes(
    input_features: Annotated[
        FeatureSet, Param("Features to select from", example=DISTRICTS)
    ],
    where_clause: Annotated[
        SQLExpression,
        Param(
            "Where clause",
            description="A condition on fields, without the word WHERE.",
            depends_on="input_features",
            example=SQLExpression("people > 100"),
        ),
    ],
    invert: Annotated[
        bool, Param("Invert", description="Return those that are not selected.")
    ] = False,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Selected features", name="Output_Features")]:
    """Return the features whose attributes fulfil a condition.

    The condition is that of queries of feature services: comparisons, AND, OR, NOT,
    IN, BETWEEN, LIKE, IS NULL, + - * /, UPPER and LOWER, TIMESTAMP '2024-12-31'.
    Texts are compared in their case. A comparison with null is not fulfilled;
    inverted, such features are selected too. Features keep their order.
    """
    text = where_clause.text
    chosen = named("Where_Clause", lambda: rows_where(text, input_features.records))
    return _selected(input_features, chosen, invert, context)


def _selected(
    features: FeatureSet, chosen: np.ndarray, invert: bool, context: Context | None
) -> FeatureSet:
    made = features.take(~chosen if invert else chosen)
    if context is not None:
        context.message(f"{len(made)} of {len(features)} features are selected")
    return made
