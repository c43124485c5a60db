"""Features grouped by where they lie or by what they are like."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from services.errors import ToolFailed
from services.geometry.features import FeatureSet, Field
from services.geometry.units import LinearUnit
from services.tool import Context, Param, tool
from services.tools._fields import with_fields
from services.tools._patterns import SHOPS, located, spread

_CLUSTER = Field("CLUSTER_ID", "esriFieldTypeInteger", "Cluster, -1 for noise")

Features = Annotated[FeatureSet, Param("Features", example=SHOPS)]


@tool(title="Density-based Clustering", category="Spatial Statistics")
def density_based_clustering(
    input_features: Features,
    search_distance: Annotated[
        LinearUnit,
        Param("Search distance", example=LinearUnit(3, "esriKilometers")),
    ],
    minimum_features: Annotated[
        int, Param("Features of a cluster, at least", minimum=2)
    ] = 5,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Features with clusters", name="Output_Features")]:
    """Find clusters of features that lie close together, and the noise between.

    DBSCAN: a feature with at least the minimum of features (itself among them)
    within the search distance is the core of a cluster, which takes in all cores and
    others that it reaches so. CLUSTER_ID counts clusters from 1, in the order of the
    features; -1 is noise. A feature between two clusters belongs to the first.

    Distances are on the ground, within 3 millionths up to 500 km, whatever the
    spatial reference: they are compared as chords through the earth. Lines and
    polygons count at their center of gravity; features without a geometry get null
    and a warning. Needs the extra clusters (scikit-learn).
    Source: Ester, Kriegel, Sander and Xu (1996), Proc. KDD-96.
    """
    from services.patterns.clusters import dense_clusters

    if not search_distance.metres > 0:
        raise ToolFailed("Search_Distance must be above 0")
    places = located(input_features, 1, context)
    labels = dense_clusters(places, search_distance.metres, minimum_features)
    if context is not None:
        noise = int((labels < 0).sum())
        context.message(f"{max(labels.max(), 0)} clusters, {noise} features are noise")
    return with_fields(
        input_features, [(_CLUSTER, spread(labels, places, len(input_features)))]
    )


@tool(
    title="K-means Clustering", name="KMeansClustering", category="Spatial Statistics"
)
def k_means_clustering(
    input_features: Features,
    number_of_clusters: Annotated[
        int, Param("Number of clusters", minimum=2, maximum=1000, example=3)
    ],
    analysis_fields: Annotated[
        list[str] | None,
        Param(
            "Fields to compare",
            description="Fields of numbers, each brought to mean 0 and deviation 1."
            " Without any, features are grouped by where they are.",
        ),
    ] = None,
    seed: Annotated[
        int,
        Param(
            "Seed",
            minimum=0,
            maximum=2**31 - 1,
            description="The same seed gives the same clusters.",
        ),
    ] = 0,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Features with clusters", name="Output_Features")]:
    """Part features into a number of groups, each around its mean.

    Lloyd's k-means with ten k-means++ starts, of which the one with the smallest sum
    of squares is taken: a good grouping, not always the best of all. Without fields
    it compares places as points of space, in metres: their squared distances are
    those of chords through the earth, which are shorter than the ground by 0.03 %
    at 500 km. With fields it compares these alone, not the places.

    CLUSTER_ID counts from 1; the numbers say nothing but who belongs together. Lines
    and polygons count at their center of gravity. Features without a geometry or a
    value get null and a warning. Needs the extra clusters (scikit-learn).
    Source: Lloyd (1982), IEEE Trans. Information Theory 28(2).
    """
    from services.patterns.clusters import mean_clusters

    columns = [input_features.numbers(name) for name in analysis_fields or ()]
    places = located(input_features, number_of_clusters, context, *columns)
    values = places.xyz
    if columns:
        table = np.column_stack(columns)[places.rows]
        deviation = table.std(axis=0)
        values = (table - table.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    if len(np.unique(values, axis=0)) < number_of_clusters:
        raise ToolFailed(
            f"Number_Of_Clusters must be at most {len(np.unique(values, axis=0))}, the"
            " number of different features"
        )
    labels, squares = mean_clusters(values, number_of_clusters, seed)
    if context is not None:
        context.message(f"Sum of squares within clusters: {squares.sum():.6g}")
    return with_fields(
        input_features, [(_CLUSTER, spread(labels, places, len(input_features)))]
    )
