"""Overlay of two layers: clip, erase, intersect, union, identity, update."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np

from services.geometry import overlay
from services.geometry.columns import one_below_the_other, side_by_side
from services.geometry.features import FeatureSet
from services.geometry.parts import as_multipoints, is_present
from services.partitions import operations
from services.tool import Context, Param, tool
from services.tools._inputs import DISTRICTS, ZONES, both_ready

_POLYGON = "esriGeometryPolygon"
_DIMENSIONS = {
    "esriGeometryPoint": 0,
    "esriGeometryMultipoint": 0,
    "esriGeometryPolyline": 1,
    _POLYGON: 2,
}


@tool(title="Clip", category="Overlay")
def clip(
    input_features: Annotated[FeatureSet, Param("Features to clip", example=DISTRICTS)],
    clip_features: Annotated[
        FeatureSet,
        Param("Polygons to keep", geometry_type=_POLYGON, example=ZONES),
    ],
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Clipped features", name="Output_Features")]:
    """Keep what lies inside the clip polygons.

    Points, lines and polygons can be clipped; their attributes are kept. A feature
    that several clip polygons touch comes out once, with all of its parts; one
    that none touches is left out, and so is what only shares an edge. The work is
    planar in the spatial reference of the input features: edges are straight lines
    between vertices there. Polygons that cross the antimeridian meet each other
    however their longitudes are written, and come out cut at 180 degrees.
    """
    shapes, clippers = both_ready(
        context, Input_Features=input_features, Clip_Features=clip_features
    )
    return _kept(input_features, operations.clip(shapes, clippers, context))


@tool(title="Erase", category="Overlay")
def erase(
    input_features: Annotated[FeatureSet, Param("Features to cut", example=DISTRICTS)],
    erase_features: Annotated[
        FeatureSet,
        Param("Polygons to take away", geometry_type=_POLYGON, example=ZONES),
    ],
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("What is left", name="Output_Features")]:
    """Take away what lies inside the erase polygons.

    Points, lines and polygons can be erased; their attributes are kept. Features
    that lie inside altogether are left out. The work is planar in the spatial
    reference of the input features: edges are straight lines between vertices
    there. Polygons that cross the antimeridian meet each other however their
    longitudes are written, and come out cut at 180 degrees.
    """
    shapes, erasers = both_ready(
        context, Input_Features=input_features, Erase_Features=erase_features
    )
    return _kept(input_features, operations.erase(shapes, erasers, context))


@tool(title="Intersect", category="Overlay")
def intersect(
    input_features: Annotated[FeatureSet, Param("Features", example=DISTRICTS)],
    intersect_features: Annotated[
        FeatureSet, Param("Features to intersect them with", example=ZONES)
    ],
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Shared pieces", name="Output_Features")]:
    """Return the pieces that two layers share, with the attributes of both.

    There is one piece for each pair of features that share more than an edge; it is
    of the simpler kind of the two: a line within a polygon is a line. A field that
    both layers have comes twice, the second time with the suffix _1; object ids
    become plain numbers. The work is planar in the spatial reference of the first
    layer: edges are straight lines between vertices there. Features that cross the
    antimeridian meet each other however their longitudes are written.
    """
    shapes, others = both_ready(
        context, Input_Features=input_features, Intersect_Features=intersect_features
    )
    pieces = operations.intersection(shapes, others, context)
    return _assembled(pieces, input_features, intersect_features)


@tool(title="Union", category="Overlay")
def union(
    input_features: Annotated[
        FeatureSet, Param("Polygons", geometry_type=_POLYGON, example=DISTRICTS)
    ],
    union_features: Annotated[
        FeatureSet,
        Param("Polygons to unite them with", geometry_type=_POLYGON, example=ZONES),
    ],
    context: Context | None = None,
) -> Annotated[
    FeatureSet, Param("All pieces", name="Output_Features", geometry_type=_POLYGON)
]:
    """Cut two polygon layers along each other and return all pieces.

    First come the pieces that both layers share, with the attributes of both, then
    what only the first, then what only the second covers: there the attributes of
    the other layer are null. Polygons that overlap within one layer are not cut
    against each other. A field that both layers have comes twice, the second time
    with the suffix _1; object ids become plain numbers. The work is planar in the
    spatial reference of the first layer: edges are straight lines between vertices
    there. Polygons that cross the antimeridian meet each other however their
    longitudes are written.
    """
    shapes, others = both_ready(
        context, Input_Features=input_features, Union_Features=union_features
    )
    pieces = operations.union(shapes, others, context)
    return _assembled(pieces, input_features, union_features)


@tool(title="Identity", category="Overlay")
def identity(
    input_features: Annotated[FeatureSet, Param("Features", example=DISTRICTS)],
    identity_features: Annotated[
        FeatureSet,
        Param("Polygons to tell where they lie", geometry_type=_POLYGON, example=ZONES),
    ],
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("All of the features", name="Output_Features")]:
    """Cut features along polygons, and give what lies inside their attributes.

    Points, lines and polygons can be cut. First come the pieces inside the identity
    polygons, with the attributes of both, then what lies in none of them: there the
    attributes of the polygons are null. Where identity polygons overlap, a piece
    comes once for each. A field that both have comes twice, the second time with the
    suffix _1; object ids become plain numbers. The work is planar in the spatial
    reference of the input features: edges are straight lines between vertices there.
    Features that cross the antimeridian meet the polygons however their longitudes
    are written.
    """
    shapes, others = both_ready(
        context, Input_Features=input_features, Identity_Features=identity_features
    )
    pieces = overlay.identity(shapes, others)
    return _assembled(pieces, input_features, identity_features)


@tool(title="Symmetrical Difference", category="Overlay")
def symmetrical_difference(
    input_features: Annotated[
        FeatureSet, Param("Polygons", geometry_type=_POLYGON, example=DISTRICTS)
    ],
    update_features: Annotated[
        FeatureSet, Param("Other polygons", geometry_type=_POLYGON, example=ZONES)
    ],
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("What one covers alone", name="Output_Features", geometry_type=_POLYGON),
]:
    """Return what only one of two polygon layers covers.

    First come the remains of the first layer, then those of the second; the
    attributes of the other layer are null. A field that both layers have comes
    twice, the second time with the suffix _1; object ids become plain numbers. The
    work is planar in the spatial reference of the first layer: edges are straight
    lines between vertices there. Polygons that cross the antimeridian meet each
    other however their longitudes are written.
    """
    shapes, others = both_ready(
        context, Input_Features=input_features, Update_Features=update_features
    )
    pieces = overlay.symmetrical_difference(shapes, others)
    return _assembled(pieces, input_features, update_features)


@tool(title="Update", category="Overlay")
def update(
    input_features: Annotated[
        FeatureSet, Param("Polygons", geometry_type=_POLYGON, example=DISTRICTS)
    ],
    update_features: Annotated[
        FeatureSet, Param("Newer polygons", geometry_type=_POLYGON, example=ZONES)
    ],
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Updated polygons", name="Output_Features", geometry_type=_POLYGON),
]:
    """Replace what newer polygons cover by the newer polygons.

    First come the input polygons without what the update covers, then the update
    polygons. Fields of one name and type become one column; all others are null
    where the layer of a feature has none. A field of the update whose type differs
    comes with the suffix _1; object ids become plain numbers. The work is planar in
    the spatial reference of the input polygons: edges are straight lines between
    vertices there. Polygons that cross the antimeridian come out cut at 180 degrees.
    """
    shapes, others = both_ready(
        context, Input_Features=input_features, Update_Features=update_features
    )
    left = operations.erase(shapes, others, context)
    i, j = np.flatnonzero(is_present(left)), np.flatnonzero(is_present(others))
    records = one_below_the_other(input_features, i, update_features, j)
    made = replace(input_features, fields=records.fields, attributes=records.attributes)
    return made.with_geometries(np.concatenate([left[i], others[j]]), _POLYGON)


def _kept(features: FeatureSet, geometries: np.ndarray) -> FeatureSet:
    """Return the features of which something is left, attributes and kind kept."""
    rows = is_present(geometries)
    return _of_kind(features.take(rows), geometries[rows], features.geometry_type)


def _of_kind(features: FeatureSet, geometries: np.ndarray, kind: str) -> FeatureSet:
    """Return features with these geometries, single points as the kind wants them."""
    if kind == "esriGeometryMultipoint":
        geometries = as_multipoints(geometries)
    return features.with_geometries(geometries, kind)


def _assembled(
    pieces: overlay.Pieces, first: FeatureSet, second: FeatureSet
) -> FeatureSet:
    """Return pieces as features with the attributes of both sides."""
    records = side_by_side(first, pieces.first, second, pieces.second)
    made = replace(
        first,
        fields=records.fields,
        attributes=records.attributes,
        geometries=pieces.geometries,
    )
    lower = min(first, second, key=lambda one: _DIMENSIONS[one.geometry_type])
    kinds = {first.geometry_type, second.geometry_type}
    point = "esriGeometryPoint" in kinds
    kind = "esriGeometryPoint" if point else lower.geometry_type
    return _of_kind(made, pieces.geometries, kind)
