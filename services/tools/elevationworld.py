"""The elevation sample service that many clients know, on the shipped heights."""

from __future__ import annotations

import base64
import io
from typing import Annotated

import numpy as np
import shapely

from services.geometry.features import FeatureSet, Field
from services.geometry.measure import ground_area, ground_length
from services.geometry.units import LinearUnit
from services.rasters.grid import Grid
from services.terrain.profiles import Samples, along
from services.tool import Context, Param, tool
from services.tools import visibility
from services.tools._fields import with_fields
from services.tools._rasters import sample_heights, where_it_lies

_FAR = LinearUnit(15_000.0, "esriMeters")
_MAX_LINES = 20
_RESULT_FIELDS = (
    Field("Shape_Length", "esriFieldTypeDouble", "Metres around"),
    Field("Shape_Area", "esriFieldTypeDouble", "Square metres"),
)


@tool(title="Viewshed", category="Elevation")
def viewshed(
    observation_point: Annotated[
        FeatureSet,
        Param(
            "Observation point",
            name="Input_Observation_Point",
            geometry_type="esriGeometryPoint",
            example=visibility.SUMMIT,
        ),
    ],
    distance: Annotated[
        LinearUnit, Param("How far to look", name="Viewshed_Distance")
    ] = _FAR,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("What is seen", name="Viewshed_Result",
          geometry_type="esriGeometryPolygon", fields=_RESULT_FIELDS),
]:  # fmt: skip
    """Return the ground that is seen from points.

    From eyes 2 m above the ground, as visibility.Viewshed has it, over heights in cells
    of 3 arc-seconds around the Jacksboro fault, Tennessee (SRTM), the only ones that
    are shipped: 84.41 to 84.08 west, 36.16 to 36.45 north. One feature of all cells
    that are seen from any of the points, with Shape_Length in metres and Shape_Area in
    square metres on the ground, in the spatial reference of the points. Points
    elsewhere are left out with a warning, and without others there is no feature.
    """
    heights = sample_heights()
    seen = visibility.viewshed(observation_point, heights, distance, context=context)
    shapes = _outline(seen)
    reference = heights.spatial_reference
    numbers = ground_length(shapes, reference), ground_area(shapes, reference)
    made = FeatureSet.of(
        shapes, spatial_reference=reference, geometry_type="esriGeometryPolygon"
    )
    made = with_fields(made, zip(_RESULT_FIELDS, numbers, strict=True))
    return made.project(observation_point.spatial_reference)


def _outline(seen: Grid) -> np.ndarray:
    """Return one area of all cells that are seen, or none."""
    from services.rasters.shapes import polygons_of

    is_seen = (seen.values > 0).astype(np.uint8)
    found = polygons_of(Grid(is_seen, seen.extent, 0), False, is_seen.size)
    assert found is not None  # noqa: S101  (there are no more groups than cells)
    whole = shapely.union_all(found[0])
    return np.array([] if whole.is_empty else [whole], dtype=object)


@tool(title="ProfileService", name="ProfileService", category="Elevation")
def profile_service(
    polylines: Annotated[
        FeatureSet,
        Param(
            "Lines",
            name="Input_Polylines",
            geometry_type="esriGeometryPolyline",
            example=visibility.LINE,
        ),
    ],
    image_width: Annotated[
        int, Param("Width in pixels", name="Image_Width", minimum=200, maximum=2000)
    ] = 600,
    image_height: Annotated[
        int, Param("Height in pixels", name="Image_Height", minimum=120, maximum=1500)
    ] = 250,
    display_segments: Annotated[
        bool, Param("Mark the vertices", name="Display_Segments")
    ] = True,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Lines with charts", name="Output_Profile",
          geometry_type="esriGeometryPolyline"),
]:  # fmt: skip
    """Draw the heights along lines as a picture.

    The attribute profileURL of each line is the address of a PNG of the width and
    height asked for: a data URL that holds the picture itself, so it needs no other
    request and never expires. Heights are those of Viewshed, around the Jacksboro
    fault, Tennessee; where a line is elsewhere the chart has a gap, and a warning says
    where they lie. With Display_Segments, each vertex that was given is a line in the
    chart. At most 20 lines.
    """
    from services.layout.pixels import to_image
    from services.report.profile import profile_chart

    heights = sample_heights()
    visibility.require_lines(polylines, _MAX_LINES, "Input_Polylines")
    moved = polylines.project(heights.spatial_reference)
    found = along(moved.geometries, heights)
    if np.isnan(found.heights).any() and context is not None:
        context.warn(
            f"a line leaves the ground that is known: {where_it_lies(heights)}"
        )
    addresses: list[str | None] = []
    for at, line in enumerate(moved.geometries):
        here = found.owner == at
        if not here.any():
            addresses.append(None)
            continue
        turns = _turns(line, found, here) if display_segments else np.zeros(0)
        sheet = profile_chart(
            found.metres[here], found.heights[here], turns, (image_width, image_height)
        )
        picture = io.BytesIO()
        to_image(sheet, 96.0).resize((image_width, image_height)).save(picture, "PNG")
        text = base64.b64encode(picture.getvalue()).decode("ascii")
        addresses.append(f"data:image/png;base64,{text}")
    return polylines.without_columns(["profileURL"]).with_column(
        "profileURL",
        addresses,
        Field("profileURL", "esriFieldTypeString", length=2**21),
    )


def _turns(line: shapely.Geometry, found: Samples, here: np.ndarray) -> np.ndarray:
    """Return the distances of the vertices that were given."""
    given = shapely.get_coordinates(line)
    places = found.xy[here]
    # as complex numbers, which sort: a line may have many thousands of vertices
    matches = np.isin(places @ (1, 1j), given @ (1, 1j))
    return np.asarray(found.metres[here][matches])
