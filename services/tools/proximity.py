"""What lies around features, and what is nearest to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import shapely

from services.errors import ToolFailed
from services.geometry.columns import append
from services.geometry.features import FeatureSet, Field
from services.geometry.ground import ground_buffer
from services.geometry.nearest import ground_nearest
from services.geometry.units import METRES, LinearUnit
from services.partitions import operations
from services.tool import Context, Param, tool
from services.tools._fields import Length, with_fields
from services.tools._inputs import squares

_NEAR_FIELDS = (
    Field("NEAR_FID", "esriFieldTypeBigInteger", "Object id of the nearest"),
    Field("NEAR_DIST", "esriFieldTypeDouble", "Distance to the nearest (m)"),
    Field("NEAR_X", "esriFieldTypeDouble", "X of the nearest place"),
    Field("NEAR_Y", "esriFieldTypeDouble", "Y of the nearest place"),
    Field("NEAR_ANGLE", "esriFieldTypeDouble", "Direction of the nearest (degrees)"),
)
_WELLS: dict[str, Any] = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 4326},
    "features": [
        {"attributes": {"name": name}, "geometry": {"x": x, "y": y}}
        for name, x, y in (("North", 24.94, 60.20), ("South", 24.95, 60.16))
    ],
}
_PARK = squares((24.96, 60.17, 0.01), park=["Harbour"])


@tool(title="Buffer", category="Proximity")
def buffer(
    features: Annotated[
        FeatureSet,
        Param("Features to buffer", name="Input_Features", example=_WELLS),
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

    Each feature gives one polygon with its attributes. A negative distance shrinks
    polygons. Points and lines with a distance of 0 or less, features without a
    geometry, without a value in the distance field, and polygons that a negative
    distance uses up get an empty polygon, and a warning.
    Source: Karney (2013), Algorithms for geodesics, J. Geodesy 87; Snyder (1987),
    USGS PP 1395, chapter 25.
    """
    metres = _distances(features, distance, distance_field)
    made = operations.ground_buffer(
        features.geometries, features.spatial_reference, metres, context
    )
    bare = int((shapely.is_missing(made) | shapely.is_empty(made)).sum())
    if bare and context is not None:
        noun = "feature has" if bare == 1 else "features have"
        context.warn(
            f"{bare} {noun} no buffer: no geometry, no distance, or nothing left"
        )
    if not dissolve:
        return replace(
            features,
            geometries=made,
            geometry_type="esriGeometryPolygon",
            has_z=False,
            has_m=False,
        )
    whole = shapely.union_all(made)
    return FeatureSet.of(
        [] if whole.is_empty else [whole],
        spatial_reference=features.spatial_reference,
        geometry_type="esriGeometryPolygon",
    )


def _distances(
    features: FeatureSet, distance: LinearUnit, field: str | None
) -> np.ndarray | float:
    if not field:
        return distance.metres
    if not features.field(field).is_numeric:
        raise ToolFailed(f"Distance_Field must be a field of numbers; '{field}' is not")
    return features.numbers(field) * METRES[distance.units]


@tool(title="Multiple Ring Buffer", category="Proximity")
def multiple_ring_buffer(
    input_features: Annotated[FeatureSet, Param("Features to buffer", example=_WELLS)],
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
    discs = [_disc(input_features, step, distance_unit, dissolve) for step in steps]
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


def _disc(
    features: FeatureSet, distance: float, unit: Length, dissolve: bool
) -> np.ndarray:
    made = ground_buffer(
        features.geometries,
        features.spatial_reference,
        distance * METRES[f"esri{unit}"],
    )
    return np.array([shapely.union_all(made)], dtype=object) if dissolve else made


@tool(title="Near", category="Proximity")
def near(
    input_features: Annotated[
        FeatureSet, Param("Features to measure from", example=_WELLS)
    ],
    near_features: Annotated[FeatureSet, Param("Features to find", example=_PARK)],
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
    fid = np.where(found.index < 0, -1, _object_ids(near_features)[found.index])
    return with_fields(
        input_features,
        zip(
            _NEAR_FIELDS,
            (fid, found.metres, found.xy[:, 0], found.xy[:, 1], found.azimuth),
            strict=True,
        ),
    )


def _object_ids(features: FeatureSet) -> np.ndarray:
    for field in features.fields:
        if field.type == "esriFieldTypeOID":
            column = features.column(field.name).fill_null(-1)
            return np.asarray(column.to_numpy())
    return np.arange(1, max(len(features), 1) + 1)
