"""Features of one kind made into another: parts, points, lines, polygons."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
import pyarrow as pa
import shapely

from services.geometry import overlay
from services.geometry.bounding import ground_centroids
from services.geometry.columns import append, plain_ids, take_or_null
from services.geometry.features import FeatureSet, Field, RecordSet, as_column
from services.geometry.linework import boundaries, faces, first_along, noded
from services.geometry.parts import as_multipoints, collect, is_present
from services.geometry.summaries import field_names, group_rows
from services.geometry.wrap import wrap
from services.tool import Context, Param, tool
from services.tools._inputs import ready, squares, warn_of_missing

_POINT, _LINE, _AREA = (
    f"esriGeometry{kind}" for kind in ("Point", "Polyline", "Polygon")
)
_PARCELS = squares((24.0, 60.0, 0.4), (24.5, 60.0, 0.3), parcel=["A", "B"])
_PARTS = {
    "geometryType": "esriGeometryMultipoint",
    "spatialReference": {"wkid": 4326},
    "features": [
        {
            "attributes": {"group": "A"},
            "geometry": {"points": [[24.0, 60.0], [24.5, 60.2], [25.0, 60.1]]},
        }
    ],
}
_STREETS = {
    "geometryType": _LINE,
    "spatialReference": {"wkid": 4326},
    "features": [
        {"attributes": {"name": name}, "geometry": {"paths": [path]}}
        for name, path in (
            ("South", [[23.9, 60.0], [24.5, 60.0]]),
            ("East", [[24.4, 59.9], [24.4, 60.5]]),
            ("Diagonal", [[24.5, 60.5], [24.0, 60.0]]),
        )
    ],
}


@tool(title="Multipart To Singlepart", category="Data Management")
def multipart_to_singlepart(
    input_features: Annotated[FeatureSet, Param("Features", example=_PARTS)],
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("One feature a part", name="Output_Features")]:
    """Make each part of a feature a feature of its own.

    Multipoints become points, lines and polygons of several parts become several;
    a hole stays with the part it lies in. Each part carries the attributes of its
    feature and ORIG_FID, the row of that feature from 0; object ids become plain
    numbers. Vertices, z and m stay. Features without a geometry are left out.
    """
    warn_of_missing(context, Input_Features=input_features)
    parts, owner = shapely.get_parts(input_features.geometries, return_index=True)
    kept = is_present(parts)
    is_points = input_features.geometry_type == "esriGeometryMultipoint"
    made = _made_of(input_features, owner[kept])
    kind = _POINT if is_points else input_features.geometry_type
    if context is not None:
        context.message(f"{len(made)} parts of {len(input_features)} features")
    return made.with_geometries(parts[kept], kind)


@tool(title="Singlepart To Multipart", category="Data Management")
def singlepart_to_multipart(
    input_features: Annotated[FeatureSet, Param("Features", example=_PARCELS)],
    group_fields: Annotated[
        list[str] | None,
        Param(
            "Fields to group by",
            description="Features with equal values become one; without any all do.",
        ),
    ] = None,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("One feature a group", name="Output_Features")]:
    """Put features of equal values into one with several parts.

    Nothing is dissolved: parts lie side by side as they are, in the order of the
    features, also where they overlap. The result has the fields to group by, one
    row for each set of values in the order of its first feature; null is a value of
    its own. Points become multipoints. Features without a geometry add no part, and
    a group of these alone has none.
    """
    warn_of_missing(context, Input_Features=input_features)
    names = field_names(input_features, group_fields)
    groups = group_rows(input_features, names, len(input_features))
    parts, owner = shapely.get_parts(input_features.geometries, return_index=True)
    group = groups.of_row[owner]
    order = np.argsort(group, kind="stable")
    shapes = collect(parts[order], group[order], len(groups))
    by_name = {field.name: field for field in plain_ids(input_features)}
    table = input_features.attributes.select(names)
    made = replace(
        input_features,
        fields=tuple(by_name[name] for name in names),
        attributes=take_or_null(table, groups.first_row),
        geometries=shapes,
    )
    kind = input_features.geometry_type
    if kind in (_POINT, "esriGeometryMultipoint"):
        shapes, kind = as_multipoints(shapes), "esriGeometryMultipoint"
    return made.with_geometries(shapes, kind)


@tool(title="Feature To Point", category="Data Management")
def feature_to_point(
    input_features: Annotated[FeatureSet, Param("Features", example=_PARCELS)],
    inside: Annotated[
        bool,
        Param(
            "Inside",
            description="A point on the feature; else its centre of gravity, which"
            " may lie outside.",
        ),
    ] = False,
    context: Context | None = None,
) -> Annotated[
    FeatureSet, Param("Points", name="Output_Features", geometry_type=_POINT)
]:
    """Make a point of each feature, with its attributes.

    The centre is that of gravity on the ground: of the area, along the line, or the
    mean of points. With Inside the point lies in the area, in the middle of its
    widest stretch along the middle parallel, at a vertex of the line, or is one of
    the points; that is planar in the spatial reference of the features. ORIG_FID is
    the row of the feature from 0. Features without a geometry are left out.
    """
    warn_of_missing(context, Input_Features=input_features)
    rows = np.flatnonzero(is_present(input_features.geometries))
    shapes, reference = (
        input_features.geometries[rows],
        input_features.spatial_reference,
    )
    if inside:
        flat = np.asarray(shapely.force_2d(ready(input_features)[rows]))
        points = np.asarray(shapely.point_on_surface(flat))
    else:
        points = np.asarray(shapely.points(ground_centroids(shapes, reference)))
    return _made_of(input_features, rows).with_geometries(points, _POINT)


@tool(title="Feature To Line", category="Data Management")
def feature_to_line(
    input_features: Annotated[
        FeatureSet,
        Param("Lines or polygons", geometry_type=(_LINE, _AREA), example=_PARCELS),
    ],
    split: Annotated[
        bool,
        Param(
            "Cut where lines meet",
            description="Each piece comes once, also where two features share it.",
        ),
    ] = False,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Lines", name="Output_Features", geometry_type=_LINE)]:
    """Make lines of the boundaries of polygons, or cut lines where they meet.

    Without cutting each feature becomes one line with a part for each ring, or stays
    the line it is. With it all lines are cut at each other; a piece that features
    share comes once, with the attributes of the first of them. ORIG_FID is the row
    of the feature from 0. z stays, or is interpolated at cuts; m stays on lines that
    are not cut, and is lost on boundaries. Cutting is planar in the spatial
    reference of the features, and cuts at 180 degrees what crosses the antimeridian.
    Features without a geometry are left out.
    """
    warn_of_missing(context, Input_Features=input_features)
    rows = np.flatnonzero(is_present(input_features.geometries))
    shapes, reference = (
        input_features.geometries[rows],
        input_features.spatial_reference,
    )
    if not split:
        made = _made_of(input_features, rows)
        return made.with_geometries(boundaries(shapes), _LINE)
    lines = boundaries(wrap(shapes, reference))
    pieces = noded(lines)
    made = _made_of(input_features, rows[first_along(pieces, lines)])
    return made.with_geometries(pieces, _LINE)


@tool(title="Feature To Polygon", category="Data Management")
def feature_to_polygon(
    input_features: Annotated[
        FeatureSet,
        Param("Lines or polygons", geometry_type=(_LINE, _AREA), example=_STREETS),
    ],
    label_features: Annotated[
        FeatureSet | None,
        Param(
            "Points with attributes",
            geometry_type=_POINT,
            description="A polygon gets the attributes of the first point in it.",
        ),
    ] = None,
    context: Context | None = None,
) -> Annotated[
    FeatureSet, Param("Polygons", name="Output_Features", geometry_type=_AREA)
]:
    """Make a polygon of each area that lines enclose.

    Lines, and the boundaries of polygons, are cut where they meet; each area between
    them becomes a polygon. An area within another is a hole of that and a polygon
    itself. Lines that enclose nothing are left out and counted in a warning, and
    so are polygons with several label points. The result has the fields of the label
    points, null where there is none in a polygon. Lines that miss each other by a
    hair enclose nothing: there is no snapping. The work is planar in the spatial
    reference of the features.
    """
    warn_of_missing(context, Input_Features=input_features)
    reference = input_features.spatial_reference
    found = faces(boundaries(wrap(input_features.geometries, reference)))
    areas = found.areas[np.lexsort(shapely.bounds(found.areas).T[:2])]
    if context is not None:
        context.message(f"{len(areas)} polygons")
        if found.dangles or found.cuts:
            context.warn(
                f"{found.dangles} lines that end in the air and {found.cuts} that"
                " have one area on both sides enclose nothing and were left out"
            )
    records = RecordSet((), pa.table({}))
    if label_features is not None:
        records = _labelled(areas, label_features, input_features, context)
    return FeatureSet(
        records.fields, records.attributes, areas, _AREA, reference,
        bool(shapely.has_z(areas).any()),
    )  # fmt: skip


def _labelled(
    areas: np.ndarray, labels: FeatureSet, like: FeatureSet, context: Context | None
) -> RecordSet:
    """Return the attributes of the first label in each area."""
    points = ready(labels.project(like.spatial_reference))
    area, label = overlay.pairs(areas, points)
    first = np.full(len(areas), len(labels))
    np.minimum.at(first, area, label)
    several = int((np.bincount(area, minlength=len(areas)) > 1).sum())
    if several and context is not None:
        context.warn(f"{several} polygons hold several label points: the first counts")
    first[first == len(labels)] = -1
    fields = tuple(replace(field, nullable=True) for field in plain_ids(labels))
    return RecordSet(fields, take_or_null(labels.attributes, first))


def _made_of(features: FeatureSet, rows: np.ndarray) -> FeatureSet:
    """Return features of these rows, with ORIG_FID; a row may occur more than once."""
    records = RecordSet(plain_ids(features), take_or_null(features.attributes, rows))
    field = Field("ORIG_FID", "esriFieldTypeInteger", "Row of the feature")
    records = append(records, [(field, as_column(rows.astype(np.int32)))])
    return replace(
        features,
        fields=records.fields,
        attributes=records.attributes,
        geometries=features.geometries[rows],
    )
