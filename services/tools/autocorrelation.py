"""Whether features that are near each other are alike: Moran's I and hot spots."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from services.errors import ToolFailed
from services.geometry.features import FeatureSet, Field
from services.geometry.parts import valid
from services.geometry.units import LinearUnit
from services.geometry.wrap import wrap
from services.tool import Context, Param, tool
from services.tools._fields import with_fields
from services.tools._patterns import SHOPS, located, spread

#: Of Moran's I: less is rounding, where any values give the same index.
_NO_VARIANCE = 1e-14
_DOUBLE, _INTEGER = "esriFieldTypeDouble", "esriFieldTypeInteger"

Features = Annotated[FeatureSet, Param("Features", example=SHOPS)]
Value = Annotated[
    str, Param("Field", description="Field of numbers to look at.", example="sold")
]
Band = Annotated[
    LinearUnit | None,
    Param(
        "Distance band",
        description="How far neighbours are, on the ground. Without it, just so far"
        " that each feature has one.",
    ),
]
Number = Annotated[int, Param("Number of neighbours", minimum=1, maximum=1000)]
Binary = Literal[
    "FIXED_DISTANCE_BAND", "K_NEAREST_NEIGHBORS", "CONTIGUITY_EDGES_ONLY",
    "CONTIGUITY_EDGES_CORNERS",
]  # fmt: skip
Any_ = Literal[
    "INVERSE_DISTANCE", "FIXED_DISTANCE_BAND", "K_NEAREST_NEIGHBORS",
    "CONTIGUITY_EDGES_ONLY", "CONTIGUITY_EDGES_CORNERS",
]  # fmt: skip


class Autocorrelation(NamedTuple):
    """What Spatial Autocorrelation finds."""

    morans_i: Annotated[float, Param("Moran's I", name="Index")]
    z_score: Annotated[float, Param("z-score", name="ZScore")]
    p_value: Annotated[float, Param("p-value", name="PValue")]
    expected: Annotated[float, Param("Expected index", name="ExpectedIndex")]
    variance: Annotated[float, Param("Variance", name="Variance")]


@tool(title="Spatial Autocorrelation", category="Spatial Statistics")
def spatial_autocorrelation(
    input_features: Features,
    input_field: Value,
    relationships: Annotated[Any_, Param("Who is a neighbour")] = "INVERSE_DISTANCE",
    row_standardization: Annotated[
        bool,
        Param("Standardise rows", description="Let each feature's weights sum to 1."),
    ] = True,
    distance_band: Band = None,
    number_of_neighbors: Number = 8,
    context: Context | None = None,
) -> Autocorrelation:
    """Tell if near features have similar values: the global Moran's I.

    Above the expected index, -1 / (n - 1), near features are alike, below it unlike.
    ZScore and PValue (two-sided) hold under randomisation: as if the values at hand
    had been dealt out among the places by chance.

    Weights of neighbours are 1 up to the distance band, 1 / distance up to it
    (distances below 1 m count as 1 m), 1 for the nearest few, or 1 for polygons that
    touch, with or without those that share only corners. Distances are on the
    ground, within 3 millionths up to 500 km, from center of gravity to center of
    gravity. Features without neighbours stay in the count and are warned of, those
    without a geometry or a value are left out. At least four features are needed,
    whose values are not all equal.
    Source: Cliff and Ord (1981), Spatial Processes: Models and Applications.
    """
    from services.patterns import autocorrelation, neighbours

    values = input_features.numbers(input_field)
    places = _varied(input_features, values, 4, context)
    weights = _weights(
        input_features, places, relationships, distance_band, number_of_neighbors,
        context,
    )  # fmt: skip
    if not weights.nnz:
        raise ToolFailed("no feature has a neighbour; use another distance band")
    if row_standardization:
        weights = neighbours.row_standardised(weights)
    found = autocorrelation.moran(values[places.rows], weights)
    if found.variance < _NO_VARIANCE:
        raise ToolFailed(
            "nothing can be told: all features are neighbours of each other; use a"
            " smaller distance band or fewer neighbours"
        )
    if context is not None:
        kind = "alike" if found.z > 0 else "unlike"
        told = f"near features are {kind}" if found.p < 0.05 else "no pattern"
        context.message(f"Moran's I {found.index:.6g}, z {found.z:.4g}: {told}")
    return Autocorrelation(
        found.index, found.z, found.p, found.expected, found.variance
    )


@tool(title="Hot Spot Analysis", category="Spatial Statistics")
def hot_spot_analysis(
    input_features: Features,
    input_field: Value,
    relationships: Annotated[
        Binary, Param("Who is a neighbour")
    ] = "FIXED_DISTANCE_BAND",
    distance_band: Band = None,
    number_of_neighbors: Number = 8,
    apply_fdr: Annotated[
        bool,
        Param(
            "Correct for many tests",
            description="Let at most 10, 5 or 1 % of what is found be found by"
            " chance, by the rule of Benjamini and Hochberg.",
        ),
    ] = False,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Hot and cold spots", name="Output_Features")]:
    """Find where high and where low values gather: Gi* of Getis and Ord.

    GiZScore compares the sum over each feature and its neighbours with what the mean
    of all would give, GiPValue is how likely that is by chance, on both sides, and
    Gi_Bin is 3, 2, 1 for hot spots with 99, 95, 90 % confidence, -3, -2, -1 for cold
    spots, 0 for neither. NNeighbors counts the neighbours without the feature
    itself, which always counts too. Weights are 0 or 1; who is a neighbour is told
    as in Spatial Autocorrelation.

    Features without a geometry or a value take no part: their new fields are null
    and they are counted in a warning. Where all features are neighbours of one, its
    z-score is null and its bin 0. Fields of these names are replaced.
    Source: Ord and Getis (1995), Geographical Analysis 27(4), equation 14;
    Benjamini and Hochberg (1995), J. Royal Statistical Society B 57.
    """
    from services.patterns import autocorrelation

    values = input_features.numbers(input_field)
    places = _varied(input_features, values, 3, context)
    weights = _weights(
        input_features, places, relationships, distance_band, number_of_neighbors,
        context,
    )  # fmt: skip
    z = autocorrelation.gi_star(values[places.rows], weights)
    p = autocorrelation.two_sided(z)
    bins = autocorrelation.bins_of(z, p, corrected=apply_fdr)
    number = np.diff(weights.indptr)
    if context is not None:
        context.message(
            f"{int((bins > 0).sum())} hot and {int((bins < 0).sum())} cold spots"
            f" among {len(places)} features"
        )
    fields = (
        Field("GiZScore", _DOUBLE, "z-score of Gi*"),
        Field("GiPValue", _DOUBLE, "p-value of Gi*"),
        Field("Gi_Bin", _INTEGER, "Confidence bin of Gi*"),
        Field("NNeighbors", _INTEGER, "Neighbours"),
    )
    columns = zip(fields, (z, p, bins, number), strict=True)
    return with_fields(
        input_features,
        [(field, spread(made, places, len(input_features)))
         for field, made in columns],
    )  # fmt: skip


def _varied(
    features: FeatureSet, values: np.ndarray, least: int, context: Context | None
) -> Any:
    """Return places of features with a value, of which not all are equal."""
    places = located(features, least, context, values)
    if np.ptp(values[places.rows]) == 0:
        raise ToolFailed("Input_Field must vary; all its values are equal")
    return places


def _weights(
    features: FeatureSet,
    places: Any,
    relation: str,
    band: LinearUnit | None,
    number: int,
    context: Context | None,
) -> Any:
    """Return the weights of neighbours; warn of features that have none."""
    from services.patterns import neighbours

    if relation.startswith("CONTIGUITY"):
        if features.geometry_type != "esriGeometryPolygon":
            raise ToolFailed(f"Relationships: {relation} needs polygons")
        shapes = wrap(valid(features.geometries), features.spatial_reference)
        corners = relation == "CONTIGUITY_EDGES_CORNERS"
        weights = neighbours.touching(shapes[places.rows], corners=corners)
    elif relation == "K_NEAREST_NEIGHBORS":
        weights = neighbours.nearest_few(places, number)
    else:
        metres = band.metres if band else neighbours.default_band(places)
        if not metres > 0:
            raise ToolFailed("Distance_Band must be above 0")
        if band is None and context is not None:
            context.message(f"Distance band: {metres:g} m, the largest gap")
        fixed = relation == "FIXED_DISTANCE_BAND"
        make = neighbours.within_band if fixed else neighbours.by_inverse_distance
        weights = make(places, metres)
    alone = int((np.diff(weights.indptr) == 0).sum())
    if alone and context is not None:
        noun = "feature has" if alone == 1 else "features have"
        context.warn(f"{alone} {noun} no neighbour")
    return weights
