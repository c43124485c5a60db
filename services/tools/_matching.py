"""Which features of two sets match, by where they lie."""

from __future__ import annotations

from typing import Literal

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.features import FeatureSet
from services.geometry.nearness import near_pairs
from services.geometry.units import LinearUnit
from services.partitions import operations
from services.tool import Context
from services.tools._inputs import both_ready

Relationship = Literal[
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

#: The predicate of first to second feature for each relationship that is one.
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


def matches(
    context: Context | None,
    relationship: str,
    metres: float | None,
    **inputs: FeatureSet,
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows (i, j) of two named inputs that match, sorted by i, then j.

    ``metres`` is for WITHIN_A_DISTANCE. A user is told of what is missing or had to
    be repaired.
    """
    (name, features), (other_name, others) = inputs.items()
    if relationship == "HAVE_THEIR_CENTER_IN":  # of the shape as drawn, not as cut
        features = features.with_geometries(shapely.centroid(features.geometries))
    left, right = both_ready(context, **{name: features, other_name: others})
    if relationship != "WITHIN_A_DISTANCE":
        return operations.pairs(left, right, _PREDICATES[relationship], context)
    return near_pairs(left, right, features.spatial_reference, metres or 0.0)


def required_metres(
    relationship: str, distance: LinearUnit | None, name: str
) -> float | None:
    """Return the distance of WITHIN_A_DISTANCE; None if there is none, nor need be."""
    if distance is not None and distance.metres < 0:
        raise ToolFailed(f"{name} must not be negative")
    if distance is None and relationship == "WITHIN_A_DISTANCE":
        raise ToolFailed(f"WITHIN_A_DISTANCE needs a {name}")
    return None if distance is None else distance.metres
