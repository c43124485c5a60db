"""Attributes joined by place."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.columns import append, side_by_side
from services.geometry.features import FeatureSet, Field, as_column
from services.geometry.nearness import near_pairs
from services.geometry.units import LinearUnit
from services.partitions import operations
from services.tool import Context, Param, tool
from services.tools._inputs import DISTRICTS, ZONES, aligned, ready, warn_of_missing

MatchOption = Literal[
    "INTERSECT",
    "CONTAINS",
    "COMPLETELY_CONTAINS",
    "WITHIN",
    "COMPLETELY_WITHIN",
    "HAVE_THEIR_CENTER_IN",
    "BOUNDARY_TOUCHES",
    "CROSSES",
    "OVERLAPS",
    "ARE_IDENTICAL_TO",
    "WITHIN_A_DISTANCE",
]

#: The predicate of target to join feature for each option that is one.
_PREDICATES = {
    "INTERSECT": "intersects",
    "CONTAINS": "covers",
    "COMPLETELY_CONTAINS": "contains_properly",
    "WITHIN": "covered_by",
    "COMPLETELY_WITHIN": "within_properly",
    "HAVE_THEIR_CENTER_IN": "covered_by",
    "BOUNDARY_TOUCHES": "touches",
    "CROSSES": "crosses",
    "OVERLAPS": "overlaps",
    "ARE_IDENTICAL_TO": "equals",
}


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
        description="Ground distance for the option WITHIN_A_DISTANCE.",
        minimum=0,
        maximum=2e7,
    ),
]


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
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Joined features", name="Output_Features")]:
    """Add the attributes of features by where they lie.

    Each target feature keeps its geometry and attributes, gets those of the join
    features that match it, and Join_Count, the number of its matches. A field that
    both have comes twice, the second time with the suffix _1; object ids become
    plain numbers. The first match is the one that stands first in the join features.

    A target feature matches a join feature if they share any point (INTERSECT); if
    it covers it, border included (CONTAINS), or without touching its own border
    (COMPLETELY_CONTAINS); the same the other way round (WITHIN, COMPLETELY_WITHIN);
    if its centroid lies in it (HAVE_THEIR_CENTER_IN); if they share border but no
    inside (BOUNDARY_TOUCHES); CROSSES and OVERLAPS as in OGC Simple Features; if
    they cover the same (ARE_IDENTICAL_TO); or if they are not further apart than the
    search radius, measured on the ground (WITHIN_A_DISTANCE).

    All but the last is planar in the spatial reference of the target features, edges
    being straight lines between vertices there. Features that cross the antimeridian
    meet each other however their longitudes are written; the cut at 180 degrees then
    counts as border.
    """
    warn_of_missing(
        context, Target_Features=target_features, Join_Features=join_features
    )
    sides = target_features, join_features
    i, j = _matches(*sides, match_option, search_radius, context)
    counts = np.bincount(i, minlength=len(target_features))
    if join_operation == "JOIN_ONE_TO_ONE":
        first = np.flatnonzero(np.diff(i, prepend=-1))
        i, j = i[first], j[first]
    if keep_all:
        i, j = _with_unmatched(i, j, counts)
    joined = side_by_side(target_features, i, join_features, j)
    count = Field("Join_Count", "esriFieldTypeInteger", "Join count")
    records = append(joined, [(count, as_column(counts[i]))])
    kept = target_features.take(i)
    return replace(kept, fields=records.fields, attributes=records.attributes)


def _with_unmatched(
    i: np.ndarray, j: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Put targets without a match among the others, with -1 for the join feature."""
    alone = np.flatnonzero(counts == 0)
    i, j = np.append(i, alone), np.append(j, np.full(len(alone), -1))
    order = np.argsort(i, kind="stable")
    return i[order], j[order]


def _matches(
    target: FeatureSet,
    join: FeatureSet,
    option: str,
    radius: LinearUnit | None,
    context: Context | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of target and join features that match, sorted."""
    if option == "WITHIN_A_DISTANCE":
        if radius is None:
            raise ToolFailed("WITHIN_A_DISTANCE needs a Search_Radius")
        other = join.project(target.spatial_reference)
        reference = target.spatial_reference
        return near_pairs(ready(target), ready(other), reference, radius.metres)
    if option == "HAVE_THEIR_CENTER_IN":  # of the shape as drawn, not as cut
        target = target.with_geometries(shapely.centroid(target.geometries))
    left, right = aligned(target, join)
    return operations.pairs(left, right, _PREDICATES[option], context)
