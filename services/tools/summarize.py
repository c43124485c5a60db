"""What lies within polygons, counted, measured and summed up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import shapely

from services.geometry import overlay
from services.geometry.columns import append
from services.geometry.crs import SpatialReference
from services.geometry.drawn import drawn_area, drawn_length
from services.geometry.features import FeatureSet, Field, as_column
from services.geometry.summaries import Weights, parse_statistics, summarise
from services.geometry.units import METRES, SQUARE_METRES
from services.tool import Context, Param, tool
from services.tools._inputs import (
    DISTRICTS,
    ZONES,
    Statistics,
    aligned,
    warn_of_missing,
)

_POLYGON = "esriGeometryPolygon"

LengthUnit = Literal[
    "esriMeters",
    "esriKilometers",
    "esriFeet",
    "esriYards",
    "esriMiles",
    "esriNauticalMiles",
]
AreaUnit = Literal[
    "esriSquareMeters",
    "esriSquareKilometers",
    "esriHectares",
    "esriSquareFeet",
    "esriAcres",
    "esriSquareMiles",
]
Proportional = Annotated[
    bool,
    Param(
        "Weigh by the part inside",
        description="SUM takes each value times the share of its feature that lies"
        " inside, MEAN weighs by the length or area inside. The other statistics are"
        " plain.",
    ),
]


@tool(title="Summarize Within", category="Overlay")
def summarize_within(
    input_polygons: Annotated[
        FeatureSet,
        Param("Polygons to summarize in", geometry_type=_POLYGON, example=ZONES),
    ],
    summary_features: Annotated[
        FeatureSet, Param("Features to summarize", example=DISTRICTS)
    ],
    statistics_fields: Statistics = None,
    proportional: Proportional = True,
    length_unit: Annotated[LengthUnit, Param("Unit of lengths")] = "esriKilometers",
    area_unit: Annotated[AreaUnit, Param("Unit of areas")] = "esriSquareKilometers",
    keep_all: Annotated[bool, Param("Keep polygons without any feature inside")] = True,
    context: Context | None = None,
) -> Annotated[
    FeatureSet, Param("Summary", name="Output_Features", geometry_type=_POLYGON)
]:
    """Count and measure what lies within polygons.

    Each polygon keeps its geometry and attributes and gets Feature_Count, the number
    of features of which any part lies inside: points, a length of line, an area. It
    gets Sum_Length of the lines or Sum_Area of the polygons inside, true on the
    ground, and one field for each statistic, such as SUM_pop_est.

    With Proportional a country of which a third of the area lies inside adds a third
    of its value to SUM, as if what it counts were spread evenly; a multipoint counts
    by the number of its points. Otherwise each feature that reaches inside counts in
    full. Null values are left out; STD and VARIANCE are those of a sample (n - 1).

    Features are cut and measured as they are drawn in the spatial reference of the
    polygons, edges being straight lines between vertices there: a border along a
    parallel follows it, however far apart its vertices are. Features that cross
    the antimeridian meet each other however their longitudes are written.
    """
    warn_of_missing(
        context, Input_Polygons=input_polygons, Summary_Features=summary_features
    )
    statistics = parse_statistics(statistics_fields, summary_features)
    zones, shapes = aligned(input_polygons, summary_features)
    pieces = overlay.intersection(zones, shapes)
    kind = summary_features.geometry_type
    measure = _measure(kind, input_polygons.spatial_reference)
    sizes = measure(pieces.geometries)
    weights = _weights(pieces, sizes, shapes, measure) if proportional else None
    inside, count = summary_features.take(pieces.second), len(input_polygons)
    found = np.bincount(pieces.first, minlength=count)
    totals = np.bincount(pieces.first, sizes, count)
    columns = [
        (Field("Feature_Count", "esriFieldTypeInteger", "Features"), as_column(found)),
        *_total(kind, totals, length_unit, area_unit),
        *summarise(inside, statistics, pieces.first, count, weights),
    ]
    records = append(input_polygons, columns)
    made = replace(input_polygons, fields=records.fields, attributes=records.attributes)
    return made if keep_all else made.take(found > 0)


def _weights(
    pieces: overlay.Pieces,
    sizes: np.ndarray,
    shapes: np.ndarray,
    measure: Callable[[np.ndarray], np.ndarray],
) -> Weights:
    """Return the share of its feature that each piece is, and its size."""
    present, row = np.unique(pieces.second, return_inverse=True)
    whole = measure(shapes[present])[row]
    share = np.divide(sizes, whole, out=np.zeros(len(sizes)), where=whole > 0)
    return Weights(np.minimum(share, 1.0), sizes)


def _measure(
    geometry_type: str, reference: SpatialReference
) -> Callable[[np.ndarray], np.ndarray]:
    """Return what counts of a piece: points, metres or square metres."""
    if geometry_type == _POLYGON:
        return lambda pieces: drawn_area(pieces, reference)
    if geometry_type == "esriGeometryPolyline":
        return lambda pieces: drawn_length(pieces, reference)
    return lambda pieces: np.asarray(shapely.get_num_coordinates(pieces), dtype=float)


def _total(
    geometry_type: str, totals: np.ndarray, length_unit: str, area_unit: str
) -> list[tuple[Field, pa.ChunkedArray[Any]]]:
    """Return the column of lengths or areas inside; points have none."""
    double = "esriFieldTypeDouble"
    if geometry_type == _POLYGON:
        field = Field("Sum_Area", double, f"Area inside ({area_unit})")
        return [(field, as_column(totals / SQUARE_METRES[area_unit]))]
    if geometry_type == "esriGeometryPolyline":
        field = Field("Sum_Length", double, f"Length inside ({length_unit})")
        return [(field, as_column(totals / METRES[length_unit]))]
    return []
