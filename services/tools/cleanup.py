"""Geometries that are wrong and features that are there twice."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from services.geometry.features import FeatureSet
from services.geometry.identity import alike_pairs, equal_codes
from services.geometry.parts import is_present
from services.geometry.repair import repaired
from services.geometry.summaries import field_names, group_rows
from services.geometry.units import LinearUnit
from services.tool import Context, Param, tool
from services.tools._inputs import squares

_BOW_TIE = {
    "geometryType": "esriGeometryPolygon",
    "spatialReference": {"wkid": 4326},
    "features": [
        {
            "attributes": {"parcel": "A"},
            "geometry": {
                "rings": [[[24, 60], [24.4, 60.4], [24.4, 60], [24, 60.4], [24, 60]]]
            },
        }
    ],
}
_TWICE = squares(
    (24.0, 60.0, 0.4), (24.5, 60.0, 0.3), (24.0, 60.0, 0.4), parcel=["A", "B", "A"]
)
_IDS = ("esriFieldTypeOID", "esriFieldTypeGlobalID")


@tool(title="Repair Geometry", category="Data Management")
def repair_geometry(
    input_features: Annotated[
        FeatureSet, Param("Features to repair", example=_BOW_TIE)
    ],
    method: Annotated[
        Literal["STRUCTURE", "LINEWORK"],
        Param(
            "Method",
            description="STRUCTURE: outer rings are joined and holes taken off."
            " LINEWORK: what an odd number of rings encloses is inside.",
        ),
    ] = "STRUCTURE",
    delete_null: Annotated[
        bool,
        Param(
            "Delete features without a geometry",
            description="Also those that have nothing left.",
        ),
    ] = True,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Repaired features", name="Output_Features")]:
    """Make geometries valid and delete those that are none.

    Areas become valid by the rules of OGC Simple Features: rings that cross or touch
    themselves are parted, holes outside of their shell and shells inside of each
    other are resolved, rings of no area go. Parts of lines without length go too.
    Valid features keep every vertex. Messages count what was wrong by kind, in the
    words of the library GEOS, and the features that were deleted. The work is
    planar in the spatial reference of the input. New vertices get an interpolated
    z; measures (m) of repaired areas are lost.
    """
    shapes, kinds, count = repaired(
        input_features.geometries,
        "structure" if method == "STRUCTURE" else "linework",
    )
    made = input_features.with_geometries(shapes, input_features.geometry_type)
    missing = ~is_present(shapes)
    if context is not None:
        context.message(f"{count} of {len(made)} features were repaired")
        for kind, number in kinds.most_common():
            context.warn(f"{kind}: {number}")
        if missing.any():
            done = "deleted" if delete_null else "kept"
            context.warn(f"No geometry: {missing.sum()}, {done}")
    return made.take(~missing) if delete_null else made


@tool(title="Delete Identical", category="Data Management")
def delete_identical(
    input_features: Annotated[FeatureSet, Param("Features", example=_TWICE)],
    compare: Annotated[
        Literal["GEOMETRY_AND_FIELDS", "GEOMETRY", "FIELDS"],
        Param("What has to be equal"),
    ] = "GEOMETRY_AND_FIELDS",
    fields: Annotated[
        list[str] | None,
        Param("Fields to compare", description="All but object ids, if none is named."),
    ] = None,
    tolerance: Annotated[
        LinearUnit | None,
        Param(
            "Tolerance of geometries",
            description="How far vertices may lie apart on the ground.",
            minimum=0,
            maximum=100_000,
        ),
    ] = None,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Features, each once", name="Output_Features")]:
    """Keep the first of features that are the same.

    Equal fields have equal values; null equals null, texts are compared in their
    case. Equal geometries have the same vertices: where a ring begins and which way
    a line runs does not count, z does, m does not. With a tolerance geometries are
    the same if no vertex of one is further from the other on the ground; a chain of
    features, each within the tolerance of the next, is one. A message counts what
    was deleted.
    """
    count = len(input_features)
    names = field_names(input_features, fields) or [
        one.name for one in input_features.fields if one.type not in _IDS
    ]
    groups = np.zeros(count, dtype=np.int64)
    if compare != "GEOMETRY":
        groups = group_rows(input_features, names, count).of_row
    kept = np.arange(count)
    if compare != "FIELDS":
        codes = equal_codes(input_features.geometries)
        groups = groups * (int(codes.max(initial=0)) + 1) + codes
    kept = np.sort(np.unique(groups, return_index=True)[1])
    made = input_features.take(kept)
    if compare != "FIELDS" and tolerance is not None and tolerance.metres > 0:
        made = made.take(_first_of_alike(made, names, compare, tolerance.metres))
    if context is not None:
        context.message(f"{count - len(made)} of {count} features were deleted")
    return made


def _first_of_alike(
    features: FeatureSet, names: list[str], compare: str, metres: float
) -> np.ndarray:
    """Return the first row of each chain of features that are alike, sorted."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(features)
    groups = np.zeros(count, dtype=np.int64)
    if compare != "GEOMETRY":
        groups = group_rows(features, names, count).of_row
    i, j = alike_pairs(features.geometries, features.spatial_reference, metres, groups)
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(count, count))
    labels = connected_components(graph, directed=False)[1]
    return np.sort(np.unique(labels, return_index=True)[1])
