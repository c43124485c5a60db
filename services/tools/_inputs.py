"""What tools do to their inputs: one frame, whole areas, a word on what is amiss."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import shapely

from services.geometry.features import FeatureSet
from services.geometry.parts import is_broken, is_present, valid
from services.geometry.wrap import world_width, wrap
from services.tool import Context, Param

STATISTICS_HELP = (
    "Field name, space, statistic: pop_est SUM. One of SUM, MEAN, MIN, MAX, RANGE,"
    " STD, COUNT, FIRST, LAST, MEDIAN, VARIANCE for each entry; several may also"
    " stand in one entry, parted by semicolons."
)

#: The parameter of tools that give statistics along with something else.
Statistics = Annotated[
    list[str] | None, Param("Statistics", description=STATISTICS_HELP)
]


def repaired(
    features: FeatureSet,
    context: Context | None = None,
    name: str = "Input_Features",
    *,
    narrow: bool = False,
) -> FeatureSet:
    """Return features whose areas are valid, and say how many had to be repaired.

    ``narrow`` leaves alone what is as wide as half the world: drawn across the
    antimeridian, it may only look invalid.
    """
    shapes = features.geometries
    broken = is_broken(shapes)
    if narrow and broken.any():
        bounds = shapely.bounds(shapes)
        half = world_width(features.spatial_reference) / 2
        broken &= bounds[:, 2] - bounds[:, 0] < half
    count = int(broken.sum())
    if not count:
        return features
    if context is not None:
        noun = "polygon was" if count == 1 else "polygons were"
        context.warn(f"{name}: {count} invalid {noun} repaired")
    return features.with_geometries(valid(shapes, broken), features.geometry_type)


def ready(
    features: FeatureSet, context: Context | None = None, name: str = "Input_Features"
) -> np.ndarray:
    """Return the geometries for planar work: areas valid, longitudes in -180..180."""
    shapes = repaired(features, context, name).geometries
    return wrap(shapes, features.spatial_reference)


def aligned(
    first: FeatureSet,
    second: FeatureSet,
    context: Context | None = None,
    names: tuple[str, str] = ("Input_Features", "Other_Features"),
) -> tuple[np.ndarray, np.ndarray]:
    """Return the geometries of two sets in the spatial reference of the first."""
    projected = second.project(first.spatial_reference)
    return ready(first, context, names[0]), ready(projected, context, names[1])


def both_ready(
    context: Context | None, **inputs: FeatureSet
) -> tuple[np.ndarray, np.ndarray]:
    """Return the geometries of two named inputs for planar work in one reference.

    That of the first. A user is told of what is missing or had to be repaired.
    """
    warn_of_missing(context, **inputs)
    (first, features), (second, others) = inputs.items()
    return aligned(features, others, context, (first, second))


def warn_of_missing(context: Context | None, **inputs: FeatureSet) -> None:
    """Say how many features of each input have no geometry and were left out."""
    for name, features in inputs.items():
        count = len(features) - int(is_present(features.geometries).sum())
        if count and context is not None:
            noun = (
                "feature has no geometry and was"
                if count == 1
                else "features have no geometry and were"
            )
            context.warn(f"{name}: {count} {noun} left out")


def squares(
    *corners: tuple[float, float, float], **columns: list[Any]
) -> dict[str, Any]:
    """Return an example: squares by lower left corner and side, with attributes."""
    rows = [
        dict(zip(columns, values, strict=True))
        for values in zip(*columns.values(), strict=True)
    ]
    return {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 4326},
        "features": [
            {
                "attributes": row,
                "geometry": {
                    "rings": [[[x, y], [x, y + d], [x + d, y + d], [x + d, y], [x, y]]]
                },
            }
            for row, (x, y, d) in zip(rows, corners, strict=True)
        ],
    }


#: Two districts, and a zone over a part of both.
DISTRICTS = squares(
    (24.0, 60.0, 0.4), (24.5, 60.0, 0.4), district=["A", "B"], people=[120.0, 80.0]
)
ZONES = squares((24.2, 60.1, 0.5), zone=["Flood"])
