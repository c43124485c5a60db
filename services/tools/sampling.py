"""Random samples of places."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.columns import append, plain_ids, take_or_null
from services.geometry.features import FeatureSet, Field, RecordSet, as_column
from services.geometry.parts import valid
from services.geometry.sampling import random_points
from services.tool import Context, Param, tool
from services.tools._inputs import DISTRICTS, warn_of_missing

MAX_POINTS = 1_000_000

Seed = Annotated[
    int | None,
    Param(
        "Seed",
        description="The same seed gives the same points; none, other ones each time.",
        minimum=0,
    ),
]


@tool(title="Create Random Points", category="Sampling")
def create_random_points(
    constraining_features: Annotated[
        FeatureSet,
        Param(
            "Polygons to fill", geometry_type="esriGeometryPolygon", example=DISTRICTS
        ),
    ],
    number_of_points: Annotated[
        int, Param("Points in each polygon", minimum=1, maximum=10_000)
    ] = 100,
    seed: Seed = None,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Points", name="Output_Features", geometry_type="esriGeometryPoint"),
]:
    """Place random points in polygons, evenly over the ground.

    Each polygon gets the same number of points, strictly inside. Every hectare of
    ground in it is equally likely, at any latitude and in any projection: in degrees
    there are fewer points towards the poles than a plain draw would give. The points
    carry the attributes of their polygon and CID, the row of that polygon from 0.
    At most 1,000,000 points are made in all.
    """
    polygons = constraining_features
    total = number_of_points * len(polygons)
    if total > MAX_POINTS:
        raise ToolFailed(
            f"{len(polygons)} polygons with {number_of_points} points each make"
            f" {total} points; at most {MAX_POINTS} are made"
        )
    warn_of_missing(context, Constraining_Features=polygons)
    xy, owner = random_points(
        valid(polygons.geometries),
        number_of_points,
        polygons.spatial_reference,
        np.random.default_rng(seed),
    )
    return _as_features(polygons, xy, owner)


def _as_features(polygons: FeatureSet, xy: np.ndarray, owner: np.ndarray) -> FeatureSet:
    """Return points with the attributes of their polygons, and CID."""
    own = RecordSet(plain_ids(polygons), take_or_null(polygons.attributes, owner))
    row = Field("CID", "esriFieldTypeInteger", "Row of the polygon")
    records = append(own, [(row, as_column(owner))])
    return FeatureSet(
        records.fields,
        records.attributes,
        shapely.points(xy),
        "esriGeometryPoint",
        polygons.spatial_reference,
    )
