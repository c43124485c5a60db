"""Tables, features and files turned into each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
import pyarrow.compute as pc
import shapely

from services.files import DataFile
from services.geometry.columns import plain_ids, take_or_null
from services.geometry.crs import WGS84, SpatialReference
from services.geometry.features import FeatureSet, Field, RecordSet
from services.geometry.parts import is_present
from services.geometry.paths import lines_through
from services.geometry.summaries import field_names, group_rows
from services.tool import Context, Param, tool
from services.tools._files import features_in, rows_in, written
from services.tools._inputs import DISTRICTS, warn_of_missing
from services.tools._places import axis, points_of

_POINT, _LINE = "esriGeometryPoint", "esriGeometryPolyline"
_PLACES = {
    "fields": [
        {"name": "name", "type": "esriFieldTypeString"},
        {"name": "lon", "type": "esriFieldTypeDouble"},
        {"name": "lat", "type": "esriFieldTypeDouble"},
    ],
    "features": [
        {"attributes": {"name": "Helsinki", "lon": 24.94, "lat": 60.17}},
        {"attributes": {"name": "Tallinn", "lon": 24.75, "lat": 59.44}},
    ],
}
_TRACK = {
    "geometryType": _POINT,
    "spatialReference": {"wkid": 4326},
    "features": [
        {"attributes": {"ship": "A", "hour": hour}, "geometry": {"x": x, "y": y}}
        for hour, x, y in ((2, 24.9, 59.8), (1, 24.94, 60.15), (3, 24.75, 59.45))
    ],
}

FileFormat = Literal[
    "geojson", "shapefile", "gpkg", "csv", "kml", "kmz", "flatgeobuf", "geoparquet",
    "esrijson", "xlsx",
]  # fmt: skip
TableFormat = Literal["gpkg", "csv", "geoparquet", "esrijson", "xlsx"]
FileName = Annotated[
    str, Param("Name of the file", description="Without the extension.")
]
Layer = Annotated[
    str,
    Param("Layer", description="Which one, if the file holds several."),
]


@tool(title="XY Table To Point", name="XYTableToPoint", category="Conversion")
def xy_table_to_point(
    input_table: Annotated[RecordSet, Param("Table", example=_PLACES)],
    x_field: Annotated[str, Param("Field with x or longitude", example="lon")],
    y_field: Annotated[str, Param("Field with y or latitude", example="lat")],
    z_field: Annotated[str, Param("Field with z")] = "",
    spatial_reference: Annotated[
        SpatialReference | None,
        Param(
            "Spatial reference of the fields",
            name="Coordinate_System",
            description="WGS 84, if none is given.",
        ),
    ] = None,
    context: Context | None = None,
) -> Annotated[
    FeatureSet, Param("Points", name="Output_Features", geometry_type=_POINT)
]:
    """Make a point of each row of a table with coordinates.

    Fields of numbers are taken as they are, texts read as numbers; a comma counts as
    the decimal point. Rows without both coordinates, with what is no number, or with
    a place outside of the spatial reference become no point: warnings count them by
    reason. A z that is missing leaves its point without one. All fields stay.
    """
    reference = spatial_reference or WGS84
    axes = [axis(input_table, one) for one in (x_field, y_field)]
    height = axis(input_table, z_field) if z_field.strip() else None
    points, rows, reasons = points_of(axes, height, reference)
    if context is not None:
        context.message(f"{len(rows)} of {len(input_table)} rows became points")
        for reason, count in reasons.items():
            context.warn(f"{reason}: {count} rows were left out")
    return FeatureSet(
        plain_ids(input_table),
        take_or_null(input_table.attributes, rows),
        points,
        _POINT,
        reference,
        bool(shapely.has_z(points).any()),
    )


@tool(title="Points To Line", category="Conversion")
def points_to_line(
    input_features: Annotated[
        FeatureSet, Param("Points", geometry_type=_POINT, example=_TRACK)
    ],
    line_field: Annotated[
        str,
        Param(
            "Line field",
            description="Points of equal values make a line; without it all do.",
        ),
    ] = "",
    sort_field: Annotated[
        str,
        Param(
            "Sort field",
            description="The order along the line; without it that of"
            " the features. Nulls come last.",
        ),
    ] = "",
    close_line: Annotated[
        bool, Param("Close lines", description="Lead each back to its first point.")
    ] = False,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Lines", name="Output_Features", geometry_type=_LINE)]:
    """Make lines through points, one for each value of a field.

    Lines come in the order of their first point, with the value of the line field
    and POINTS, how many points it has. z and m stay. Edges are straight in the
    spatial reference of the points and run the short way round the globe; a line
    over the antimeridian is cut there. A value with less than two different places
    makes no line: a warning counts these, and points without a geometry.
    """
    warn_of_missing(context, Input_Features=input_features)
    source = input_features.take(is_present(input_features.geometries))
    names = field_names(source, [line_field] if line_field.strip() else None)
    groups = group_rows(source, names, len(source))
    order = np.lexsort((_ranks(source, sort_field), groups.of_row))
    sizes = np.bincount(groups.of_row, minlength=len(groups))
    lines, of = lines_through(
        source.geometries[order], groups.of_row[order], source.spatial_reference,
        close=close_line,
    )  # fmt: skip
    alone = int((sizes > 0).sum()) - len(lines)
    if context is not None:
        context.message(f"{len(lines)} lines")
        if alone:
            context.warn(f"{alone} groups have less than two places and make no line")
    by_name = {one.name: one for one in plain_ids(source)}
    table = take_or_null(source.attributes.select(names), groups.first_row[of])
    count = Field("POINTS", "esriFieldTypeInteger", "Points")
    taken = [by_name[name] for name in names]
    made = RecordSet(tuple(taken), table).with_column(
        "POINTS", sizes[of].astype(np.int32), count
    )
    result = replace(
        source, fields=made.fields, attributes=made.attributes, geometries=lines
    )
    return result.with_geometries(lines, _LINE)


def _ranks(source: FeatureSet, name: str) -> np.ndarray:
    """Return the place of each row in the order of a field, nulls last."""
    if not name.strip():
        return np.arange(len(source))
    indices = pc.sort_indices(source.column(name.strip()))  # nulls at the end
    ranks = np.empty(len(source), dtype=np.int64)
    ranks[indices.to_numpy()] = np.arange(len(source))
    return ranks


@tool(title="Features To File", category="Conversion")
def features_to_file(
    input_features: Annotated[FeatureSet, Param("Features", example=DISTRICTS)],
    format: Annotated[
        FileFormat,
        Param("Format", name="Output_Format"),
    ] = "gpkg",
    file_name: FileName = "features",
    context: Context | None = None,
) -> Annotated[DataFile, Param("The file", name="Output_File")]:
    """Write features to a file of a format of your choice.

    GeoJSON, Shapefile (in a zip), GeoPackage, CSV, KML, KMZ, FlatGeobuf, GeoParquet,
    Esri JSON or an Excel workbook. Warnings tell what the format does not carry:
    names that are cut, types that become texts, measures that are lost; GeoJSON, KML
    and KMZ are in WGS 84. CSV has x and y of points and well-known text of all else,
    Excel x and y of points only.
    """
    return written(input_features, format, file_name, context)


@tool(title="Table To File", category="Conversion")
def table_to_file(
    input_table: Annotated[RecordSet, Param("Table", example=_PLACES)],
    format: Annotated[
        TableFormat,
        Param("Format", name="Output_Format"),
    ] = "csv",
    file_name: FileName = "table",
    context: Context | None = None,
) -> Annotated[DataFile, Param("The file", name="Output_File")]:
    """Write a table to a file of a format of your choice.

    GeoPackage, CSV, Parquet, Esri JSON or an Excel workbook. Warnings tell what the
    format does not carry. Of features the attributes are written.
    """
    records = RecordSet(input_table.fields, input_table.attributes)
    return written(records, format, file_name, context)


@tool(title="File To Features", category="Conversion")
def file_to_features(
    input_file: Annotated[
        DataFile,
        Param("File", description="An upload, or the address of a file."),
    ],
    layer: Layer = "",
    spatial_reference: Annotated[
        SpatialReference | None,
        Param("Spatial reference, if the file tells none", name="Coordinate_System"),
    ] = None,
    context: Context | None = None,
) -> Annotated[FeatureSet, Param("Features", name="Output_Features")]:
    """Read the features of a file.

    A zipped shapefile, GeoPackage, GeoJSON, Esri JSON, KML, KMZ, FlatGeobuf,
    GeoParquet, or CSV and other delimited text with columns of coordinates or one
    of well-known text. The
    extension and the content have to agree. Warnings tell what was changed or left
    out on the way; at most 1,000,000 features are read.
    """
    return features_in(input_file, layer, spatial_reference, context)


@tool(title="File To Table", category="Conversion")
def file_to_table(
    input_file: Annotated[
        DataFile,
        Param("File", description="An upload, or the address of a file."),
    ],
    layer: Layer = "",
    context: Context | None = None,
) -> Annotated[RecordSet, Param("Rows", name="Output_Table")]:
    """Read the rows of a file, without geometries.

    The formats of File To Features, and delimited text, Parquet and dBASE files in a
    zip without any geometry. At most 1,000,000 rows are read.
    """
    return rows_in(input_file, layer, context)
