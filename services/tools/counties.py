"""Counties of the United States along a line."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

import numpy as np
import shapely

from services.data import countries
from services.geometry import overlay
from services.geometry.crs import WGS84
from services.geometry.features import FeatureSet, Field
from services.geometry.ground import ground_buffer
from services.geometry.parts import is_present, of_dimension
from services.geometry.units import LinearUnit
from services.tool import Context, Param, tool
from services.tools._inputs import ready, warn_of_missing

_ROUTE = {
    "geometryType": "esriGeometryPolyline",
    "spatialReference": {"wkid": 4326},
    "features": [
        {
            "attributes": {"name": "Denver to Kansas City"},
            "geometry": {"paths": [[[-104.99, 39.74], [-94.58, 39.1]]]},
        }
    ],
}
_FIFTY_MILES = LinearUnit(50, "esriMiles")


@tool(title="ClipCounties", category="Samples")
def clip_counties(
    input_features: Annotated[
        FeatureSet,
        Param("Lines", geometry_type="esriGeometryPolyline", example=_ROUTE),
    ],
    linear_unit: Annotated[
        LinearUnit,
        Param("Distance from the lines", name="Linear_unit", minimum=0, maximum=2e7),
    ] = _FIFTY_MILES,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param(
        "Clipped counties",
        name="Clipped_Counties",
        geometry_type="esriGeometryPolygon",
    ),
]:
    """Cut counties to what lies within a distance of lines.

    The counties are made up: the United States of Natural Earth at 1:110 million, cut
    into cells of half a degree. The distance is true on the ground; cutting is planar
    in degrees. More features than the service returns at once are told as such, and
    are on the map of the result.
    """
    warn_of_missing(context, Input_Features=input_features)
    lines = input_features.project(WGS84)
    shapes = ready(lines)
    around = ground_buffer(shapes[is_present(shapes)], WGS84, linear_unit.metres)
    cut = overlay.clip(_counties().geometries, around[is_present(around)])
    made = _counties().with_geometries(cut, "esriGeometryPolygon")
    made = made.take(is_present(cut))
    if context is not None:
        context.message(f"{len(made)} counties")
    return made


@lru_cache(maxsize=1)
def _counties() -> FeatureSet:
    """Return the country in cells of half a degree, named by their corner."""
    row = countries().column("iso_a3").to_pylist().index("USA")
    country = countries().geometries[row]
    west, south, east, north = np.floor(shapely.bounds(country)).tolist()
    x, y = np.meshgrid(np.arange(west, east + 1, 0.5), np.arange(south, north + 1, 0.5))
    cells = shapely.box(x.ravel(), y.ravel(), x.ravel() + 0.5, y.ravel() + 0.5)
    shapes = of_dimension(shapely.intersection(cells, country), 2)
    kept = is_present(shapes)
    corner = np.column_stack([x.ravel(), y.ravel()])[kept]
    names = [f"County {lat:.1f}N {-lon:.1f}W" for lon, lat in corner.tolist()]
    number = np.arange(1, len(names) + 1, dtype=np.int32)
    return FeatureSet.of(
        shapes[kept],
        {"FID": number, "NAME": names},
        geometry_type="esriGeometryPolygon",
        fields=[Field("FID", "esriFieldTypeInteger"), Field("NAME", alias="Name")],
    )
