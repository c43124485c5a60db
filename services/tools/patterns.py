"""Where features lie on the whole: centres, spread, distances to each other."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import shapely

from services.errors import ToolFailed
from services.geometry.columns import append, plain_ids, take_or_null
from services.geometry.features import FeatureSet, Field, RecordSet, as_column
from services.geometry.summaries import Groups, field_names, group_rows
from services.geometry.units import ArealUnit
from services.tool import Context, Param, tool
from services.tools._patterns import SHOPS, located, weights_of

_DOUBLE = "esriFieldTypeDouble"
_LINE = 1e-6  # of the square of its length: a rectangle as narrow is a line
_QUARTER = 10_000_000.0  # metres to places as far as the equator is from a pole

Features = Annotated[FeatureSet, Param("Features", example=SHOPS)]
Weight = Annotated[
    str | None,
    Param(
        "Weight field",
        description="Field of numbers, none negative: how much each feature counts.",
    ),
]
Case = Annotated[
    list[str] | None,
    Param("Fields to group by", description="One result for each set of values."),
]


class _Grouped(NamedTuple):
    places: Any
    group: np.ndarray
    weights: np.ndarray
    number: int
    cases: RecordSet


@tool(title="Mean Center", category="Spatial Statistics")
def mean_center(
    input_features: Features,
    weight_field: Weight = None,
    case_field: Case = None,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Centers", name="Output_Features", geometry_type="esriGeometryPoint"),
]:
    """Find the mean center of features, true on the ground.

    It is the place from which the sum of squared distances, each times its weight,
    is smallest: in a plane around it, in which distances and directions from it are
    those of the ellipsoid, it is the mean of all coordinates. So neither the spatial
    reference nor the antimeridian or a pole moves it; for a town in a projection of
    its own it is the mean of x and y. Lines and polygons count at their center of
    gravity. XCoord and YCoord are in the spatial reference of the features.

    Features without a geometry or weight are left out, and a group whose weights
    are all 0 has no center; a warning counts both. Features should lie within half
    a globe of each other, for beyond there may be no single center.
    Source: Karcher (1977), Comm. Pure and Applied Mathematics 30.
    """
    from services.patterns.centres import mean_centres

    given = _grouped(input_features, weight_field, case_field, context)
    centres = mean_centres(given.places, given.group, given.weights, given.number)
    return _at_centres(given, centres, [])


@tool(title="Median Center", category="Spatial Statistics")
def median_center(
    input_features: Features,
    weight_field: Weight = None,
    case_field: Case = None,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Centers", name="Output_Features", geometry_type="esriGeometryPoint"),
]:
    """Find the place with the smallest sum of distances to all features.

    Distances are geodesic on the ellipsoid of the data, each times its weight.
    Weiszfeld's steps start at the mean center and end when they are shorter than
    0.1 mm. Unlike the mean a few far features hardly move it. Where several places
    are as good (an even number of features on one line) one of them is returned.
    Total_Distance is the sum in metres, XCoord and YCoord are in the spatial
    reference of the features. Groups, weights and what is left out: see Mean Center.
    Source: Weiszfeld (1937), Tohoku Mathematical Journal 43.
    """
    from services.patterns.centres import median_centres, total_distance

    given = _grouped(input_features, weight_field, case_field, context)
    centres = median_centres(given.places, given.group, given.weights, given.number)
    metres = total_distance(given.places, given.group, given.weights, centres)
    field = Field("Total_Distance", _DOUBLE, "Sum of weighted distances (m)")
    return _at_centres(given, centres, [(field, as_column(metres))])


@tool(title="Directional Distribution", category="Spatial Statistics")
def directional_distribution(
    input_features: Features,
    ellipse_size: Annotated[
        Literal["1_STANDARD_DEVIATION", "2_STANDARD_DEVIATIONS",
                "3_STANDARD_DEVIATIONS"],
        Param("Size of the ellipse"),
    ] = "1_STANDARD_DEVIATION",
    weight_field: Weight = None,
    case_field: Case = None,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Ellipses", name="Output_Features", geometry_type="esriGeometryPolygon"),
]:  # fmt: skip
    """Draw the standard deviational ellipse: where features lie and how they stretch.

    Around the mean center, in a plane in which distances and directions from it are
    true. The axes are the roots of the eigenvalues of the weighted covariance matrix,
    divided by the sum of weights (n, not n - 1 or n - 2), times the square root of 2:
    so 1, 2 and 3 standard deviations hold 63, 98 and 99.99 % of places that are
    spread normally in two dimensions. YStdDist is the half axis in metres along
    Rotation, degrees clockwise from north in 0 to 180, XStdDist the shorter one
    across it; both are of one deviation, whatever the size. CenterX and CenterY are
    in the spatial reference of the features.

    Groups whose features lie on one line, or in less than three places, have no
    ellipse; a warning counts them. Groups, weights and what else is left out: see
    Mean Center.
    Source: Yuill (1971), Geografiska Annaler B 53; Wang, Shi and Miao (2015), PLoS
    ONE 10(3), e0118537.
    """
    from services.patterns.centres import deviational_ellipses, drawn
    from services.patterns.places import xy_of

    given = _grouped(input_features, weight_field, case_field, context)
    made = deviational_ellipses(given.places, given.group, given.weights, given.number)
    size = float(ellipse_size[0])
    if size * made.deviations.max(initial=0.0) > _QUARTER:
        raise ToolFailed("Ellipse_Size: the ellipse would cover half the globe")
    wide = made.deviations[:, 0] > 1e-6 * made.deviations[:, 1]
    if not wide.all() and context is not None:
        context.warn(f"{_groups(~wide)} no ellipse: all features on one line")
    centres = xy_of(
        np.column_stack([made.centres.lon, made.centres.lat]), given.places.reference
    )
    values = (*centres.T, *made.deviations.T, made.azimuth)
    fields = (
        Field("CenterX", _DOUBLE, "X of the center"),
        Field("CenterY", _DOUBLE, "Y of the center"),
        Field("XStdDist", _DOUBLE, "Half axis across (m)"),
        Field("YStdDist", _DOUBLE, "Half axis along (m)"),
        Field("Rotation", _DOUBLE, "Direction of the axis (degrees from north)"),
    )
    columns = [(one, as_column(made)) for one, made in zip(fields, values, strict=True)]
    shapes = np.full(given.number, None, dtype=object)
    shapes[wide] = drawn(made, size, given.places, wide)
    records = append(given.cases, columns)
    return FeatureSet(
        records.fields, records.attributes, shapes, "esriGeometryPolygon",
        given.places.reference,
    ).take(wide)  # fmt: skip


class Nearness(NamedTuple):
    """What Average Nearest Neighbor finds."""

    nn_ratio: Annotated[float, Param("Observed by expected", name="NNRatio")]
    nn_z_score: Annotated[float, Param("z-score", name="NNZScore")]
    p_value: Annotated[float, Param("p-value", name="PValue")]
    nn_expected: Annotated[float, Param("Expected distance (m)", name="NNExpected")]
    nn_observed: Annotated[float, Param("Observed distance (m)", name="NNObserved")]


@tool(title="Average Nearest Neighbor", category="Spatial Statistics")
def average_nearest_neighbor(
    input_features: Features,
    area: Annotated[
        ArealUnit | None,
        Param(
            "Study area",
            description="Without it, the smallest rectangle around the features. The"
            " result depends on it much: compare like with like.",
        ),
    ] = None,
    context: Context | None = None,
) -> Nearness:
    """Tell if features lie closer to each other than they would at random.

    NNObserved is the mean distance on the ground from each feature to its nearest
    other, NNExpected that of as many features placed at random in the study area,
    0.5 / sqrt(n / area). A ratio below 1 means clustered, above 1 dispersed. NNZScore
    is the difference by its standard error 0.26136 / sqrt(n^2 / area), PValue how
    likely a difference as large is at random, on both sides. There is no correction
    for the edge of the area. Distances follow the earth within 3 millionths up to
    500 km, 0.3 % beyond; the rectangle is measured in a plane around the features,
    which is why features over more than a quarter of the globe need an area.

    Lines and polygons count at their center of gravity; features in the same place
    are 0 apart. At least two features are needed.
    Source: Clark and Evans (1954), Ecology 35(4).
    """
    from services.patterns.autocorrelation import two_sided
    from services.patterns.neighbours import nearest_metres

    places = located(input_features, 2, context)
    square = _rectangle(places) if area is None else area.square_metres
    count = len(places)
    observed = float(nearest_metres(places).mean())
    expected = 0.5 * math.sqrt(square / count)
    error = 0.26136 * math.sqrt(square) / count
    if not expected > 0:  # a tiny area by many features may be 0 as well
        raise ToolFailed("Area must be above 0; the features lie on one line")
    z = (observed - expected) / error
    p = float(two_sided(z))
    if context is not None:
        kind = "clustered" if z < 0 else "dispersed"
        told = kind if p < 0.05 else "not distinguishable from random"
        context.message(f"{count} features in {square / 1e6:g} km2: {told}")
    return Nearness(observed / expected, z, p, expected, observed)


def _rectangle(places: Any) -> float:
    """Return square metres of the smallest rectangle around places; 0 for a line.

    Places on a meridian, say, span some square millimetres by rounding.
    """
    from services.patterns.centres import mean_centres

    group = np.zeros(len(places), dtype=np.int64)
    plane = mean_centres(places, group, np.ones(len(places)), 1)
    flat = places.flat(plane, group)
    reach = float(np.hypot(*flat.T).max())
    if reach > _QUARTER:
        raise ToolFailed("Area is needed where features lie all over the globe")
    square = float(shapely.area(shapely.oriented_envelope(shapely.multipoints(flat))))
    return square if square > _LINE * max(reach, 1.0) ** 2 else 0.0


def _grouped(
    features: FeatureSet,
    weight_field: str | None,
    case_field: list[str] | None,
    context: Context | None,
) -> _Grouped:
    """Return places with their group and weight; groups of no weight are left out."""
    weights = weights_of(features, weight_field, "Weight_Field")
    places = located(features, 1, context, weights)
    names = field_names(features, case_field)
    rows = features.records.take(places.rows) if features.fields else features.records
    groups = group_rows(rows, names, len(places))
    held = np.bincount(groups.of_row, weights[places.rows], len(groups)) > 0
    if not held.any():
        raise ToolFailed("Weight_Field must be above 0 for some feature")
    if not held.all() and context is not None:
        context.warn(f"{_groups(~held)} no center: all weights are 0")
    kept = held[groups.of_row]
    number = np.cumsum(held) - 1
    return _Grouped(
        places.take(kept),
        number[groups.of_row[kept]],
        weights[places.rows[kept]],
        int(held.sum()),
        _cases(rows, names, Groups(groups.of_row, groups.first_row[held])),
    )


def _cases(rows: RecordSet, names: list[str], groups: Groups) -> RecordSet:
    fields = [one for one in plain_ids(rows) if one.name in names]
    fields.sort(key=lambda one: names.index(one.name))
    table = take_or_null(rows.attributes.select(names), groups.first_row)
    return append(RecordSet((), pa.table({})), zip(fields, table.columns, strict=True))


def _groups(chosen: np.ndarray) -> str:
    count = int(chosen.sum())
    return "1 group has" if count == 1 else f"{count} groups have"


def _at_centres(
    given: _Grouped, centres: Any, columns: list[tuple[Field, Any]]
) -> FeatureSet:
    from services.patterns.places import xy_of

    xy = xy_of(np.column_stack([centres.lon, centres.lat]), given.places.reference)
    named = ("XCoord", "YCoord")
    coordinates = [
        (Field(name, _DOUBLE, f"{name[0]} of the center"), as_column(values))
        for name, values in zip(named, xy.T, strict=True)
    ]
    records = append(given.cases, [*coordinates, *columns])
    return FeatureSet(
        records.fields, records.attributes, shapely.points(xy), "esriGeometryPoint",
        given.places.reference,
    )  # fmt: skip
