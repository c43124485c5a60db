"""Incident data cut to an area, packed and shipped."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Annotated, Literal

from services.errors import ToolFailed
from services.files import DataFile
from services.formats import FILES
from services.geometry import overlay
from services.geometry.features import FeatureSet
from services.geometry.parts import is_present
from services.tool import Context, Param, tool
from services.tools._files import written
from services.tools._incidents import AREAS, LINES, POINTS, incidents
from services.tools._inputs import aligned, squares, warn_of_missing

_AROUND_PARIS = squares((2.0, 48.6, 0.6), name=["Around Paris"])
Layer = Literal["Incident Points", "Incident Lines", "Incident Areas"]
_LAYERS: list[Layer] = [POINTS, LINES, AREAS]
FeatureFormat = Literal[
    "Shapefile - SHP - .shp",
    "GeoPackage - GPKG - .gpkg",
    "GeoJSON - GEOJSON - .geojson",
    "Keyhole Markup Language - KML - .kml",
    "Comma Separated Values - CSV - .csv",
    "FlatGeobuf - FGB - .fgb",
    "GeoParquet - PARQUET - .parquet",
]
#: The format of each choice, by the word in its middle.
_FORMATS = {
    "SHP": "shapefile", "GPKG": "gpkg", "GEOJSON": "geojson", "KML": "kml",
    "CSV": "csv", "FGB": "flatgeobuf", "PARQUET": "geoparquet",
}  # fmt: skip


@tool(title="Extract Data Task", category="Samples")
def extract_data(
    *,  # in the order in which clients know them
    layers_to_clip: Annotated[
        list[Layer], Param("Layers to clip", name="Layers_to_Clip")
    ] = _LAYERS,
    area_of_interest: Annotated[
        FeatureSet,
        Param(
            "Area of interest",
            name="Area_of_Interest",
            geometry_type="esriGeometryPolygon",
            example=_AROUND_PARIS,
        ),
    ],
    feature_format: Annotated[
        FeatureFormat,
        Param(
            "Format",
            description="Those that can be written here: file"
            " geodatabases and drawings of CAD programs are not among them.",
        ),
    ] = "Shapefile - SHP - .shp",
    context: Context,
) -> Annotated[DataFile, Param("Zip file", name="Output_Zip_File")]:
    """Cut incident data to an area and pack them into a zip file.

    The incidents are invented, some around each of 305 large cities of the world,
    and always the same: points, closed roads, and areas. Each layer becomes a file
    of the zip, with what lies in the area of interest and all attributes, in WGS 84.
    A message tells how many features of each layer are in it. Cutting is planar in
    degrees. City names: GeoNames, CC BY 4.0.
    """
    warn_of_missing(context, Area_of_Interest=area_of_interest)
    if not is_present(area_of_interest.geometries).any():
        raise ToolFailed("Area_of_Interest has no polygon")
    form = _FORMATS[feature_format.split(" - ")[1]]
    target = context.scratch / "output.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as kit:
        for at, name in enumerate(dict.fromkeys(layers_to_clip)):
            context.progress(100.0 * at / len(layers_to_clip), name)
            layer = incidents()[name]
            shapes, areas = aligned(layer, area_of_interest)
            cut = overlay.clip(shapes, areas[is_present(areas)])
            kept = layer.with_geometries(cut, layer.geometry_type).take(is_present(cut))
            context.message(f"{name}: {len(kept)} features")
            _pack(kit, written(kept, form, name, context).path)
    return DataFile(target)


def _pack(kit: zipfile.ZipFile, path: Path | None) -> None:
    """Move a file into the zip; of a zipped shapefile its parts."""
    if path is None:
        return
    if path.suffix == f".{FILES['shapefile'].extension}":
        with zipfile.ZipFile(path) as inner:
            for name in inner.namelist():
                kit.writestr(name, inner.read(name))
    else:
        kit.write(path, path.name)
    path.unlink()
