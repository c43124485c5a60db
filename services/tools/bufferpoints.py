"""Circles around points."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from services.geometry.features import FeatureSet
from services.geometry.ground import ground_buffer
from services.geometry.parts import is_present
from services.geometry.units import LinearUnit
from services.tool import Context, Param, tool
from services.tools._inputs import warn_of_missing

_POINTS = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 4326},
    "features": [
        {"attributes": {"name": name}, "geometry": {"x": x, "y": y}}
        for name, x, y in (("Helsinki", 24.94, 60.17), ("Tallinn", 24.75, 59.44))
    ],
}
_ONE_KILOMETRE = LinearUnit(1, "esriKilometers")


@tool(title="BufferPoints", category="Samples")
def buffer_points(
    input_points: Annotated[
        FeatureSet,
        Param("Points", geometry_type="esriGeometryPoint", example=_POINTS),
    ],
    distance: Annotated[
        LinearUnit, Param("Distance", minimum=0.001, maximum=2e7)
    ] = _ONE_KILOMETRE,
    context: Context | None = None,
) -> Annotated[
    FeatureSet, Param("Circles", name="Output", geometry_type="esriGeometryPolygon")
]:
    """Draw a circle around each point, at a distance that is true on the ground.

    Circles have 64 corners, each within 1 mm of the distance, and the attributes of
    their point. Across the antimeridian they come in two parts. Points without a
    geometry are left out.
    """
    warn_of_missing(context, Input_Points=input_points)
    points = input_points.take(is_present(input_points.geometries))
    made = ground_buffer(points.geometries, points.spatial_reference, distance.metres)
    return points.with_geometries(np.asarray(made), "esriGeometryPolygon")
