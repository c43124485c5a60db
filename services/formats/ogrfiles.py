"""GeoPackage and FlatGeobuf, and all layers that GDAL writes, from streams of rows."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import shapely

from services.formats.source import StoredRows, in_parts, with_days
from services.geometry.columns import unique_name
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet, RecordSet

_TYPES = {
    "esriGeometryPoint": "Point",
    "esriGeometryMultipoint": "MultiPoint",
    "esriGeometryPolyline": "MultiLineString",
    "esriGeometryPolygon": "MultiPolygon",
}


def write_geopackage(rows: StoredRows, target: Path) -> list[str]:
    """Write a GeoPackage with one layer, or one table of attributes."""
    names = rows.names
    options = {"FID": unique_name("fid", names)}
    if rows.has_geometry:
        options["GEOMETRY_NAME"] = unique_name("geom", names)
    tables = ((piece, with_days(piece)) for piece in rows.pieces())
    write_layer(rows, tables, target, "GPKG", options)
    return []


def write_flatgeobuf(rows: StoredRows, target: Path) -> list[str]:
    """Write a FlatGeobuf, with a spatial index unless a geometry is missing.

    It knows no empty geometries: they are missing.
    """
    is_whole = not any(_are_missing(one).any() for one in rows.features())
    options = {"SPATIAL_INDEX": "YES" if is_whole else "NO"}
    tables = ((_without_empty(one), with_days(one)) for one in rows.features())
    write_layer(rows, tables, target, "FlatGeobuf", options, with_m=False)
    if is_whole:
        return []
    return ["there is no spatial index, since some features have no geometry"]


def _are_missing(features: FeatureSet) -> np.ndarray:
    shapes = features.geometries
    return np.asarray(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def _without_empty(features: FeatureSet) -> FeatureSet:
    shapes = features.geometries.copy()
    shapes[shapely.is_empty(shapes)] = None
    return replace(features, geometries=shapes)


def write_layer(
    rows: StoredRows,
    tables: Iterator[tuple[RecordSet, pa.Table]],
    target: Path,
    driver: str,
    options: Mapping[str, str],
    *,
    with_m: bool = True,
) -> None:
    """Write a layer by a driver of GDAL: pieces of rows, each with its columns.

    Geometries are taken from the piece, values from the columns; texts are UTF-8.
    What GDAL warns of is in the notes of the formats, or of no interest.
    """
    geometry = unique_name("geometry", rows.names) if rows.has_geometry else None
    dimension = 4 if with_m else 2 + rows.about.has_z
    batches = (_batch(*one, geometry, dimension) for one in tables)
    first = next(batches)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(first.schema, chain([first], batches)),
            target,
            layer=rows.name,
            driver=driver,
            geometry_name=geometry,
            geometry_type=_type(rows),
            crs=_reference(rows.about.spatial_reference),
            encoding="UTF-8",
            layer_options=dict(options),
        )


def _batch(
    piece: RecordSet, table: pa.Table, geometry: str | None, dimension: int
) -> pa.RecordBatch:
    arrays = [one.combine_chunks() for one in table.columns]
    names = list(table.column_names)
    if isinstance(piece, FeatureSet) and geometry:
        wkb = shapely.to_wkb(in_parts(piece), output_dimension=dimension, flavor="iso")
        arrays.append(pa.array(wkb, pa.binary()))
        names.append(geometry)
    return pa.record_batch(arrays, names=names)


def _type(rows: StoredRows) -> str | None:
    """Return the geometry type; drivers that know measures find them in the rows."""
    about = rows.about
    if not about.geometry_type:
        return None
    return _TYPES[about.geometry_type] + " Z" * about.has_z


def _reference(reference: SpatialReference | None) -> str | None:
    """Return what GDAL reads; by its code if it has one, so that it keeps the code."""
    if reference is None:
        return None
    authority = reference.crs.to_authority(min_confidence=100)
    return ":".join(authority) if authority else str(reference.crs.to_wkt())
