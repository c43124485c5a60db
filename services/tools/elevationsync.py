"""The profile task that ArcGIS clients know, on the shipped heights."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from services.geometry.features import FeatureSet, Field
from services.geometry.units import METRES, LinearUnit
from services.tool import Context, Param, tool
from services.tools import visibility
from services.tools._fields import Length
from services.tools._rasters import sample_heights


@tool(title="Profile", category="Elevation")
def profile(
    line_features: Annotated[
        FeatureSet,
        Param(
            "Lines",
            name="InputLineFeatures",
            geometry_type="esriGeometryPolyline",
            example=visibility.LINE,
        ),
    ],
    id_field: Annotated[
        str | None, Param("Field that names the lines", name="ProfileIDField")
    ] = None,
    resolution: Annotated[
        Literal["FINEST", "90m"],
        Param("Resolution of the heights", name="DEMResolution"),
    ] = "FINEST",
    distance: Annotated[
        float | None,
        Param("Distance between heights", name="MaximumSampleDistance", minimum=1e-6),
    ] = None,
    unit: Annotated[
        Length, Param("Unit of the distance", name="MaximumSampleDistanceUnits")
    ] = "Meters",
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Profiles", name="OutputProfile", geometry_type="esriGeometryPolyline"),
]:
    """Return lines with heights as z and distances in metres as m.

    As visibility.Profile, over heights in cells of 3 arc-seconds around the Jacksboro
    fault, Tennessee (SRTM), the only ones that are shipped. ProfileID is the value of
    the field that names the lines, or their number from 1; DEMResolution is the
    resolution that was used, 90m, ProductName that of the heights, ProfileLength is in
    metres. In the spatial reference of the lines. Places elsewhere have no height and
    are left out with a warning.
    """
    if context is not None:
        context.message(f"DEMResolution {resolution}: cells of 3 arc-seconds, 90 m")
    sample = None
    if distance is not None:
        sample = LinearUnit(distance * METRES[f"esri{unit}"])
    made = visibility.profile(
        line_features, sample_heights(), sample, context
    ).output_profile
    names = (
        made.column(id_field)
        if id_field
        else np.arange(1, len(made) + 1, dtype=np.int32)
    )
    added = made.without_columns(["ProfileID", "DEMResolution", "ProductName"])
    added = added.with_column("ProfileID", names)
    for name, text in (("DEMResolution", "90m"), ("ProductName", "SRTM")):
        added = added.with_column(
            name, [text] * len(made), Field(name, "esriFieldTypeString", length=50)
        )
    return added.project(line_features.spatial_reference)
