"""One file to a value: content and extension choose the reader, here and only here."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from services.errors import InvalidValue
from services.geometry import esrijson
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet, RecordSet
from services.reading import delimited, geojson, kml, ogr, parquet, shapefile
from services.reading.columns import records_of
from services.reading.content import (
    JSON,
    content_of,
    extension_of,
    head_of,
    require_content,
)
from services.reading.references import reference_of_text
from services.reading.shapes import Shapes, feature_set, geometries_of, of_one_type
from services.wire import collector_paused, decode

#: Esri type of a layer without any geometry, by GDAL's word for it.
_EMPTY_TYPES = {
    "MultiPoint": "esriGeometryMultipoint",
    "LineString": "esriGeometryPolyline",
    "MultiLineString": "esriGeometryPolyline",
    "Polygon": "esriGeometryPolygon",
    "MultiPolygon": "esriGeometryPolygon",
}


@dataclass(frozen=True, slots=True)
class _Job:
    """What to read from where, and what is known besides the file."""

    path: Path
    extension: str
    folder: Path
    notes: list[str]
    layer: str
    max_features: int | None
    reference: SpatialReference | None

    def known(self, stated: SpatialReference | None, what: str) -> SpatialReference:
        """Return the stated reference, else the given one. Raises InvalidValue."""
        found = stated or self.reference
        if found is None:
            raise InvalidValue(f"does not say its spatial reference: {what}")
        return found


def read_features(
    path: Path,
    notes: list[str],
    *,
    layer: str = "",
    max_features: int | None = None,
    spatial_reference: SpatialReference | None = None,
) -> FeatureSet:
    """Read the features of a local file.

    Zipped shapefile, GeoPackage, GeoJSON, Esri JSON, KML, KMZ, CSV with coordinates,
    FlatGeobuf, GeoParquet. ``layer`` names one of several; ``spatial_reference``
    counts where the file states none. Remarks are appended to ``notes``. Raises
    InvalidValue that names the file and what was expected, also above
    ``max_features``.
    """
    with _reading(path, notes, layer, max_features, spatial_reference) as job:
        return _FEATURES[job.extension](job)


def read_table(
    path: Path, notes: list[str], *, layer: str = "", max_features: int | None = None
) -> RecordSet:
    """Read the rows of a local file, geometry left out; see ``read_features``.

    A CSV needs no coordinates, a zip may hold a bare .dbf, a Parquet any columns.
    """
    with _reading(path, notes, layer, max_features, None) as job:
        return _TABLES[job.extension](job)


@contextmanager
def _reading(
    path: Path,
    notes: list[str],
    layer: str,
    max_features: int | None,
    reference: SpatialReference | None,
) -> Iterator[_Job]:
    """Check the file, lend a folder, and let errors name the file."""
    extension = extension_of(path.name)
    shown = path.name[:100]
    try:
        if extension not in _FEATURES:
            known = ", ".join(f".{one}" for one in _FEATURES)
            raise InvalidValue(f"expected a file of one of the types {known}")
        require_content(extension, head_of(path))
        with tempfile.TemporaryDirectory(prefix="cairn-") as folder:
            job = _Job(
                path, extension, Path(folder), notes, layer, max_features, reference
            )
            yield job
    except InvalidValue as exc:
        raise InvalidValue(f"{shown}: {exc}") from None
    except ogr.REFUSALS:
        raise InvalidValue(
            f"{shown}: the file is broken or not what its extension says"
        ) from None
    except OSError as exc:
        if exc.errno is not None:  # the disk's trouble, not the file's
            raise
        raise InvalidValue(f"{shown}: the file is broken or cut off") from None


def _shapefile(job: _Job) -> FeatureSet:
    found = shapefile.unpacked(job.path, job.layer, job.folder, spatial=True)
    read = ogr.read_layer(
        found.source, "data", geometry=True, max_features=job.max_features
    )
    shapes = _shapes(read)
    shapefile.require_whole(found.source, shapes.geometries)
    reference = job.known(found.reference, "add its .prj to the zip archive")
    return feature_set(_records(job, read), shapes, reference)


def _ogr(job: _Job) -> FeatureSet:
    return _features_of(job, _layer(job, _source(job), spatial=True))


def _source(job: _Job) -> ogr.Source:
    if job.extension in ("kml", "kmz"):
        return kml.source_of(job.path, job.extension, job.folder)
    link = job.folder / f"data.{job.extension}"
    link.symlink_to(job.path.resolve())
    if job.extension == "gpkg":
        return ogr.Source(link, "GPKG", "GPKG:")
    return ogr.Source(link, "FlatGeobuf")


def _layer(job: _Job, source: ogr.Source, *, spatial: bool) -> ogr.Layer:
    name = ogr.layer_name(source, job.layer, spatial=spatial)
    read = ogr.read_layer(source, name, geometry=spatial, max_features=job.max_features)
    return kml.without_standard(read) if source.driver == "LIBKML" else read


def _features_of(job: _Job, read: ogr.Layer) -> FeatureSet:
    stated = reference_of_text(read.reference)
    reference = job.known(stated, "set one in the program that wrote it")
    return feature_set(_records(job, read), _shapes(read), reference)


def _shapes(read: ogr.Layer) -> Shapes:
    if not read.geometry:
        raise InvalidValue("has no geometry")
    word = read.geometry_type.partition(" ")[0]
    default = _EMPTY_TYPES.get(word, "esriGeometryPoint")
    return of_one_type(geometries_of(read.table[read.geometry]), default)


def _records(job: _Job, read: ogr.Layer) -> RecordSet:
    table = read.table
    if read.geometry:
        table = table.drop_columns([read.geometry])
    return records_of(table, job.notes)


def _shapefile_table(job: _Job) -> RecordSet:
    found = shapefile.unpacked(job.path, job.layer, job.folder, spatial=False)
    read = ogr.read_layer(
        found.source, "data", geometry=False, max_features=job.max_features
    )
    return _records(job, read)


def _ogr_table(job: _Job) -> RecordSet:
    return _records(job, _layer(job, _source(job), spatial=False))


def _json(job: _Job) -> FeatureSet:
    with collector_paused():
        document = _document(job)
        if not geojson.is_geojson(document):
            return esrijson.parse_features(document, job.notes)
        features = geojson.features_of(document)
        shapes = of_one_type(geojson.geometries_of(features))
        reference = job.known(geojson.reference_of(document), "its crs is null")
        records = records_of(geojson.table_of(features), job.notes)
        return feature_set(records, shapes, reference)


def _json_table(job: _Job) -> RecordSet:
    with collector_paused():
        document = _document(job)
        if not geojson.is_geojson(document):
            return esrijson.parse_table(document)
        table = geojson.table_of(geojson.features_of(document))
        return records_of(table, job.notes)


def _document(job: _Job) -> Any:
    """Return the JSON of the file, its features counted."""
    document = decode(job.path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    if job.extension == "geojson" and not geojson.is_geojson(document):
        raise InvalidValue("expected GeoJSON, an object with a type of it")
    features = document.get("features") if isinstance(document, dict) else None
    count = len(features) if isinstance(features, list) else 0
    if job.max_features is not None and count > job.max_features:
        raise ogr.too_many(job.max_features)
    return document


def _csv(job: _Job) -> FeatureSet:
    table = delimited.read_delimited(job.path, job.notes, job.max_features)
    shapes, reference = delimited.places_of(table, job.reference, job.notes)
    records = records_of(delimited.attributes_of(table), job.notes)
    return feature_set(records, shapes, reference)


def _csv_table(job: _Job) -> RecordSet:
    table = delimited.read_delimited(job.path, job.notes, job.max_features)
    return records_of(table, job.notes)


def _text(job: _Job) -> FeatureSet:
    return _json(job) if content_of(head_of(job.path)) == JSON else _csv(job)


def _text_table(job: _Job) -> RecordSet:
    is_json = content_of(head_of(job.path)) == JSON
    return _json_table(job) if is_json else _csv_table(job)


def _parquet(job: _Job) -> FeatureSet:
    table = parquet.read_parquet(job.path, job.max_features)
    name, stated = parquet.geometry_of(table)
    reference = job.known(stated, "its crs is null")
    shapes = of_one_type(geometries_of(table[name]))
    records = records_of(_plain(table.drop_columns([name])), job.notes)
    return feature_set(records, shapes, reference)


def _plain(table: pa.Table) -> pa.Table:
    return table.replace_schema_metadata(None)


def _parquet_table(job: _Job) -> RecordSet:
    table = parquet.read_parquet(job.path, job.max_features)
    return records_of(_plain(table), job.notes)


_FEATURES: dict[str, Callable[[_Job], FeatureSet]] = {
    "zip": _shapefile, "gpkg": _ogr, "fgb": _ogr, "kml": _ogr, "kmz": _ogr,
    "geojson": _json, "json": _json, "csv": _csv, "tsv": _csv, "txt": _text,
    "parquet": _parquet, "geoparquet": _parquet,
}  # fmt: skip
_TABLES: dict[str, Callable[[_Job], RecordSet]] = {
    "zip": _shapefile_table, "gpkg": _ogr_table, "fgb": _ogr_table,
    "kml": _ogr_table, "kmz": _ogr_table, "geojson": _json_table,
    "json": _json_table, "csv": _csv_table, "tsv": _csv_table, "txt": _text_table,
    "parquet": _parquet_table, "geoparquet": _parquet_table,
}  # fmt: skip
