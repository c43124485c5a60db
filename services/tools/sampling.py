"""Points and cells to sample places with: at random, in rows, as grids."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import shapely

from services.errors import ToolFailed
from services.geometry.columns import append, plain_ids, take_or_null
from services.geometry.crs import WGS84
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet, Field, RecordSet, as_column
from services.geometry.lonlat import to_lonlat
from services.geometry.parts import is_present, valid
from services.geometry.sampling import random_points
from services.geometry.units import ArealUnit, LinearUnit
from services.tool import Context, Param, tool
from services.tools._grids import covered, h3_cells, laid_out, rows_of_points
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


@tool(title="Create Regular Points", category="Sampling")
def create_regular_points(
    constraining_features: Annotated[
        FeatureSet,
        Param(
            "Polygons to fill", geometry_type="esriGeometryPolygon", example=DISTRICTS
        ),
    ],
    distance: Annotated[
        LinearUnit,
        Param(
            "Distance between points",
            description="On the ground, along rows and columns.",
            minimum=0.001,
            example=LinearUnit(5, "esriKilometers"),
        ),
    ],
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Points", name="Output_Features", geometry_type="esriGeometryPoint"),
]:
    """Place points in rows and columns in polygons, evenly over the ground.

    The points are the middles of squares in an equal-area plane around all polygons:
    each stands for the same ground, and the distances between them are true at the
    middle and off by 0.03 % at 300 km from it, 0.3 % at 1,000 km. Points inside a
    polygon, or on its border, are kept; where polygons overlap each gets them. They
    carry the attributes of the polygon and CID, its row from 0. The polygons may
    reach 5,000 km from their middle; at most 1,000,000 points are laid out.
    """
    polygons = constraining_features
    warn_of_missing(context, Constraining_Features=polygons)
    shapes = valid(polygons.geometries)  # of one without an area nothing is left
    rows = np.flatnonzero(is_present(shapes))
    if not len(rows):
        return _as_features(polygons, np.empty((0, 2)), rows)
    ground = laid_out("Constraining_Features", shapes[rows], polygons.spatial_reference)
    xy, owner = rows_of_points(ground, distance.metres, MAX_POINTS)
    places = ground.back(np.asarray(shapely.points(xy)))
    return _as_features(polygons, shapely.get_coordinates(places), rows[owner])


_AREA = Extent(24.0, 60.0, 24.8, 60.4, WGS84)
OverFeatures = Annotated[
    FeatureSet | None,
    Param("Features to cover", description="In the place of an extent."),
]
OverExtent = Annotated[
    Extent,
    Param("Extent to cover", description="If no features are given."),
]
AllCells = Annotated[
    bool,
    Param(
        "All cells of the extent of features",
        description="Else those that meet none are left out.",
    ),
]


@tool(title="Create Fishnet", category="Sampling")
def create_fishnet(
    cell_width: Annotated[
        LinearUnit,
        Param(
            "Width of a cell",
            minimum=0.01,
            maximum=1e7,
            example=LinearUnit(10, "esriKilometers"),
        ),
    ],
    cell_height: Annotated[
        LinearUnit,
        Param(
            "Height of a cell",
            minimum=0.01,
            maximum=1e7,
            example=LinearUnit(10, "esriKilometers"),
        ),
    ],
    extent_features: OverFeatures = None,
    extent: OverExtent = _AREA,
    all_cells: AllCells = False,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Cells", name="Output_Features", geometry_type="esriGeometryPolygon"),
]:
    """Make a grid of rectangles over features or an extent, equal on the ground.

    Each cell has width times height on the ground, to 0.01 %: the grid is straight
    in an equal-area plane around the middle of what it covers. Sides are true there
    and off by 0.03 % at 300 km from it, 0.3 % at 1,000 km; away from the middle the
    grid turns against north. Cells come in the spatial reference of the features or
    the extent, WGS 84 if that names none. ROW counts from the south and COL from the
    west, from 0. What is covered may reach 5,000 km from its middle; at most 250,000
    cells are made.
    """
    return covered(
        (cell_width.metres, cell_height.metres), extent_features, extent, all_cells,
        context,
    )  # fmt: skip


@tool(title="Create Hexagons", category="Sampling")
def create_hexagons(
    cell_area: Annotated[
        ArealUnit,
        Param(
            "Area of a hexagon",
            minimum=0.0001,
            maximum=1e14,
            example=ArealUnit(50, "esriSquareKilometers"),
        ),
    ],
    extent_features: OverFeatures = None,
    extent: OverExtent = _AREA,
    all_cells: AllCells = False,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Hexagons", name="Output_Features", geometry_type="esriGeometryPolygon"),
]:
    """Make hexagons over features or an extent, of equal area on the ground.

    Each has the area asked for, to 0.01 %; they are regular at the middle of what is
    covered, and a little drawn out away from it: sides are off by 0.03 % at 300 km,
    0.3 % at 1,000 km. Two sides run east and west. They come in the spatial
    reference of the features or the extent, WGS 84 if that names none. ROW counts
    from the south and COL from the west, from 0. What is covered may reach 5,000 km
    from its middle; at most 250,000 hexagons are made.
    """
    return covered(cell_area.square_metres, extent_features, extent, all_cells, context)


@tool(title="Create H3 Cells", name="CreateH3Cells", category="Sampling")
def create_h3_cells(
    input_features: Annotated[
        FeatureSet,
        Param(
            "Polygons to cover", geometry_type="esriGeometryPolygon", example=DISTRICTS
        ),
    ],
    resolution: Annotated[
        int,
        Param(
            "Resolution",
            description="0: 4,357,000 square kilometres on average;"
            " 15: 0.9 square metres; each has a seventh of the one before.",
            minimum=0,
            maximum=15,
        ),
    ] = 6,
    containment: Annotated[
        Literal["CENTER", "OVERLAP"],
        Param(
            "Which cells",
            description="Those with their centre in a polygon, or"
            " all that share any place with one.",
        ),
    ] = "CENTER",
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Cells", name="Output_Features", geometry_type="esriGeometryPolygon"),
]:
    """Make the cells of H3 that cover polygons.

    H3 is a grid of the whole earth that others know too: H3_ID is the same
    everywhere. Cells are hexagons, twelve of each resolution pentagons, and not
    equal in area. Each comes once, in WGS 84, cut at the antimeridian. Edges of the
    polygons are straight in degrees. At most 250,000 cells are made. Needs the extra
    h3 of the installation.
    Source: Brodsky (2018), H3: Uber's hexagonal hierarchical spatial index; h3geo.org.
    """
    warn_of_missing(context, Input_Features=input_features)
    areas = to_lonlat(input_features.geometries, input_features.spatial_reference)
    areas = np.asarray(shapely.force_2d(valid(areas[is_present(areas)])))
    return h3_cells(areas, resolution, containment)


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
