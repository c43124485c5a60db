"""Ground and places allotted to points: Thiessen polygons and desire lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from services.errors import ToolFailed
from services.geometry.columns import append, side_by_side
from services.geometry.crs import transform
from services.geometry.features import FeatureSet, Field, as_column
from services.geometry.geodesics import geodesic_lines
from services.geometry.ground import ground_buffer
from services.geometry.measure import ground_distance
from services.geometry.nearest import ground_nearest
from services.geometry.parts import is_present
from services.geometry.planes import geod_of, geographic_of
from services.geometry.thiessen import thiessen_polygons
from services.tool import Context, Param, tool
from services.tools._inputs import ready, squares, warn_of_missing

_POINT, _POLYGON = "esriGeometryPoint", "esriGeometryPolygon"


def _places(*rows: tuple[str, float, float]) -> dict[str, Any]:
    return {
        "geometryType": _POINT,
        "spatialReference": {"wkid": 4326},
        "features": [
            {"attributes": {"shop": name}, "geometry": {"x": x, "y": y}}
            for name, x, y in rows
        ],
    }


_SHOPS = _places(("A", 24.94, 60.20), ("B", 24.99, 60.16), ("C", 24.90, 60.15))
_HOMES = _places(("A", 24.95, 60.22), ("B", 25.02, 60.18), ("A", 24.91, 60.19))
_CITY = squares((24.85, 60.1, 0.2), city=["Helsinki"])


@tool(title="Create Thiessen Polygons", category="Proximity")
def create_thiessen_polygons(
    input_features: Annotated[
        FeatureSet, Param("Points", geometry_type=_POINT, example=_SHOPS)
    ],
    area: Annotated[
        FeatureSet | None,
        Param(
            "Area to cover",
            description="Polygons to which the result is cut. None: the extent of the"
            " points, wider by a tenth on each side.",
            geometry_type=_POLYGON,
            example=_CITY,
        ),
    ] = None,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Thiessen polygons", name="Output_Features", geometry_type=_POLYGON),
]:
    """Give each point the ground that is nearer to it than to any other point.

    The polygons, also called Voronoi cells, keep the attributes of their points and
    cover the area without gaps or overlaps. Nearest means by geodesic distance on
    the ellipsoid, at any latitude, across the antimeridian and round the poles:
    corners are as far from each of their three points to 1 mm. They come in the
    spatial reference of the points, where the sides are drawn with vertices between.

    Of points at one place the first has the polygon; the others, points without a
    geometry and those to which nothing of the area is nearest are left out, with a
    warning. An area that reaches over 2,000 km needs at least four points.
    """
    warn_of_missing(context, Input_Features=input_features)
    shapes, reference = input_features.geometries, input_features.spatial_reference
    rows = _different(shapes)
    if not len(rows):
        return input_features.take(rows).with_geometries(shapes[rows], _POLYGON)
    if area is None:
        within = _extent(input_features.take(rows))
    else:
        warn_of_missing(context, Area=area)
        within = ready(area.project(reference), context, "Area")
        within = within[is_present(within)]
        if not len(within):
            raise ToolFailed("no feature of Area has a geometry")
    plain = np.asarray(shapely.force_2d(shapes[rows]), dtype=object)
    if context is not None:
        context.progress(10, "Parting the ground")
    made = thiessen_polygons(plain, within, reference)
    kept = ~shapely.is_empty(made)
    lost = int(is_present(shapes).sum()) - int(kept.sum())
    if lost and context is not None:
        noun = "point has" if lost == 1 else "points have"
        context.warn(f"{lost} {noun} no polygon: at the place of another, or too far")
    return input_features.take(rows[kept]).with_geometries(made[kept], _POLYGON)


def _different(points: np.ndarray) -> np.ndarray:
    """Return the first row at each place, in order."""
    present = np.flatnonzero(is_present(points))
    xy = shapely.get_coordinates(points[present])
    return np.sort(present[np.unique(xy, axis=0, return_index=True)[1]])


def _extent(points: FeatureSet) -> np.ndarray:
    """Return the box around points as an array of one, wider by a tenth."""
    west, south, east, north = shapely.total_bounds(points.geometries)
    margin = 0.1 * max(east - west, north - south)
    if margin == 0.0:
        circle = ground_buffer(points.geometries[:1], points.spatial_reference, 1000.0)
        return np.array([shapely.box(*shapely.total_bounds(circle))], dtype=object)
    bounds = np.array([west - margin, south - margin, east + margin, north + margin])
    if points.spatial_reference.is_geographic:
        bounds = np.clip(bounds, [-180, -90, -180, -90], [180, 90, 180, 90])
    return np.array([shapely.box(*bounds)], dtype=object)


@tool(title="Generate Desire Lines", category="Proximity")
def generate_desire_lines(
    origins: Annotated[
        FeatureSet, Param("Where they come from", geometry_type=_POINT, example=_HOMES)
    ],
    destinations: Annotated[
        FeatureSet, Param("Where they go to", geometry_type=_POINT, example=_SHOPS)
    ],
    origin_field: Annotated[
        str | None,
        Param(
            "Field of the origins with the destination's id",
            description="None: each goes to the closest destination.",
            depends_on="origins",
        ),
    ] = None,
    destination_field: Annotated[
        str | None,
        Param(
            "Field of the destinations with their id",
            description="None: the field of the origins' name.",
            depends_on="destinations",
        ),
    ] = None,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Lines", name="Output_Features", geometry_type="esriGeometryPolyline"),
]:
    """Draw a line from each origin to its destination, with its length.

    The destination is the one whose id an origin has in a field, each of them if
    several have it, or the closest on the ground. Lines are geodesics in the spatial
    reference of the origins, drawn with vertices between, in two parts over the
    antimeridian. They have the attributes of both ends (a name that both have comes
    twice, the second time with the suffix _1; object ids become plain numbers) and
    LENGTH, the geodesic length in metres.

    Origins without a geometry or destination are left out, with a warning; those at
    the place of their destination get a line without length.
    """
    warn_of_missing(context, Origins=origins, Destinations=destinations)
    reference = origins.spatial_reference
    others = destinations.project(reference)
    if origin_field:
        i, j = _by_id(origins, origin_field, others, destination_field or origin_field)
    else:
        found = ground_nearest(origins.geometries, others.geometries, reference)
        i = np.flatnonzero(found.index >= 0)
        j = found.index[i]
    lost = int(is_present(origins.geometries).sum()) - len(np.unique(i))
    if lost and context is not None:
        noun = "origin has" if lost == 1 else "origins have"
        context.warn(f"{lost} {noun} no destination and no line")
    return _lines(origins, i, others, j)


def _by_id(
    origins: FeatureSet, field: str, destinations: FeatureSet, other: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of origins and destinations of the same id, in order of both."""
    sides: list[pa.Table] = []
    for features, name in ((origins, field), (destinations, other)):
        ids = features.column(name)
        there = is_present(features.geometries) & ids.is_valid().to_numpy()
        rows = np.flatnonzero(there)
        texts = _as_texts(ids.take(pa.array(rows)))
        sides.append(pa.table([texts, pa.array(rows)], ["id", f"row_{len(sides)}"]))
    pairs = sides[0].join(sides[1], "id", join_type="inner")
    pairs = pairs.sort_by([("row_0", "ascending"), ("row_1", "ascending")])
    return pairs.column("row_0").to_numpy(), pairs.column("row_1").to_numpy()


def _as_texts(ids: Any) -> Any:
    """Return ids as texts, so that a whole number equals the text of it."""
    if pa.types.is_floating(ids.type):
        whole = pc.equal(ids, pc.floor(ids))
        if pc.all(whole).as_py():
            ids = ids.cast(pa.int64(), safe=False)
    return ids.cast(pa.string())


def _lines(
    origins: FeatureSet, i: np.ndarray, destinations: FeatureSet, j: np.ndarray
) -> FeatureSet:
    reference = origins.spatial_reference
    start, end = (
        np.asarray(shapely.force_2d(one.geometries[rows]), dtype=object)
        for one, rows in ((origins, i), (destinations, j))
    )
    places = [
        shapely.get_coordinates(transform(side, reference, geographic_of(reference)))
        for side in (start, end)
    ]
    made = geodesic_lines(places[0], places[1], geod_of(reference), reference)
    length = as_column(ground_distance(start, end, reference))
    joined = side_by_side(origins, i, destinations, j)
    records = append(
        joined, [(Field("LENGTH", "esriFieldTypeDouble", "Length (m)"), length)]
    )
    kept = replace(
        origins.take(i), fields=records.fields, attributes=records.attributes
    )
    return kept.with_geometries(made, "esriGeometryPolyline")
