"""Features as KML 2.2, bare or in a zip: a document a layer, a placemark a feature.

Source: OGC 07-147r2. GDAL's two KML drivers lose attributes that are named like
elements of KML, and were more than ten times slower.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from shapely import GeometryType

from services.errors import LimitExceeded
from services.formats.packing import packed
from services.formats.source import StoredRows, with_text_dates
from services.geometry.features import FeatureSet, Field
from services.geometry.lonlat import to_lonlat

#: What XML 1.0 has no way to write.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TYPES = {"int16": "short", "int32": "int", "int64": "string", "double": "double"}
_FAST = 1
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
)


def dump_kmz(
    layers: Sequence[tuple[str, FeatureSet]], *, with_z: bool, limit: int | None = None
) -> bytes:
    """Return a KMZ file with all layers, in degrees of WGS 84.

    Attributes are extended data; the first text field names the placemark, dates
    are ISO 8601 in UTC. A feature without a geometry is a placemark without one.
    Raises LimitExceeded beyond ``limit``, because KML has no way to say it.
    """
    documents = []
    for number, (name, features) in enumerate(layers):
        if limit is not None and len(features) > limit:
            raise LimitExceeded(
                f"{name} has {len(features)} features, and KMZ holds all or none;"
                f" this service returns at most {limit}"
            )
        documents.append(_document(f"s{number}", name, [features], with_z))
    file, kmz = io.BytesIO(), io.BytesIO()
    _write(documents, file)
    with zipfile.ZipFile(kmz, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as kit:
        kit.writestr("doc.kml", file.getbuffer())
    return kmz.getvalue()


def write_kml(rows: StoredRows, target: Path) -> list[str]:
    """Write all rows as KML, in pieces."""
    with target.open("wb") as file:
        pieces = map(with_text_dates, rows.features())
        _write([_document("s0", rows.name, pieces, True)], file)
    return []


def write_kmz(rows: StoredRows, target: Path) -> list[str]:
    """Write all rows as KMZ, in pieces."""
    with packed(target) as folder:
        return write_kml(rows, folder / "doc.kml")


def _write(documents: Iterable[Iterable[str]], file: IO[bytes]) -> None:
    file.write(_HEAD.encode())
    for document in documents:
        for text in document:
            file.write(text.encode())
    file.write(b"</Document></kml>")


def _text(value: Any) -> str:
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(value)))


def _quoted(value: str) -> str:
    return quoteattr(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value))


def _schema(number: str, name: str, fields: tuple[Field, ...]) -> str:
    lines = [
        f'<SimpleField type="{_TYPES.get(str(field.arrow_type), "string")}"'
        f" name={_quoted(field.name)}>"
        f"<displayName>{_text(field.alias)}</displayName></SimpleField>"
        for field in fields
    ]
    return f'<Schema id="{number}" name={_quoted(name)}>{"".join(lines)}</Schema>'


def _document(
    number: str, name: str, pieces: Iterable[FeatureSet], with_z: bool
) -> Iterator[str]:
    """Yield a layer; GDAL only reads a schema that stands in its own document."""
    yield f"<Document><name>{_text(name)}</name>"
    for place, features in enumerate(pieces):
        if not place:
            yield f"{_schema(number, name, features.fields)}\n"
        yield "\n".join(_placemarks(number, features, with_z))
        yield "\n"
    yield "</Document>\n"


def _placemarks(number: str, features: FeatureSet, with_z: bool) -> list[str]:
    shapes = to_lonlat(features.geometries, features.spatial_reference)
    columns = [_cells(field, features.attributes[field.name])
               for field in features.fields]  # fmt: skip
    title = next((f.name for f in features.fields if f.type == "esriFieldTypeString"),
                 None)  # fmt: skip
    names = _names(None if title is None else features.attributes[title], len(shapes))
    head = f'<ExtendedData><SchemaData schemaUrl="#{number}">'
    rows = zip(*columns, strict=True) if columns else ((),) * len(shapes)
    return [
        f"<Placemark>{label}{head}{''.join(row)}</SchemaData></ExtendedData>"
        f"{shape}</Placemark>"
        for label, row, shape in zip(
            names, rows, _geometries(shapes, features.has_z and with_z), strict=True
        )
    ]


def _names(column: pa.ChunkedArray | None, count: int) -> list[str]:
    if column is None:
        return [""] * count
    return [f"<name>{_text(value)}</name>" if value else ""
            for value in column.to_pylist()]  # fmt: skip


def _cells(field: Field, column: pa.ChunkedArray) -> list[str]:
    """Return the extended data of a column; nothing for null."""
    if pa.types.is_timestamp(column.type):
        column = pc.strftime(column, "%Y-%m-%dT%H:%M:%SZ")
    head = f"<SimpleData name={_quoted(field.name)}>"
    return ["" if value is None else f"{head}{_text(value)}</SimpleData>"
            for value in column.to_pylist()]  # fmt: skip


def _geometries(shapes: np.ndarray, has_z: bool) -> list[str]:
    present = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    dimensions = np.where(present, shapely.get_dimensions(shapes), -1)
    result = np.full(len(shapes), "", dtype=object)
    for dimension in (0, 1, 2):
        rows = np.flatnonzero(dimensions == dimension)
        if len(rows):
            result[rows] = _written(shapes[rows], has_z)
    return result.tolist()


def _written(shapes: np.ndarray, has_z: bool) -> list[str]:
    """Return the KML of geometries of one dimension."""
    oriented = shapely.orient_polygons(shapes, exterior_cw=False)
    kind, flat, offsets = shapely.to_ragged_array(
        oriented, include_z=has_z, include_m=False
    )
    flat = np.nan_to_num(flat) if has_z else flat
    dimension = int(shapely.get_dimensions(shapes[0]))
    if dimension == 0:
        parts = [_point(place) for place in flat.tolist()]
    else:
        ends = offsets[0].tolist()
        parts = [_tuples(flat[a:b]) for a, b in pairwise(ends)]
        parts = _polygons(parts, offsets[1]) if dimension == 2 else _lines(parts)
    if kind < GeometryType.MULTIPOINT:
        return parts
    groups = [parts[a:b] for a, b in pairwise(offsets[-1].tolist())]
    return [group[0] if len(group) == 1
            else f"<MultiGeometry>{''.join(group)}</MultiGeometry>"
            for group in groups]  # fmt: skip


def _tuples(coordinates: np.ndarray) -> str:
    """Return ``x,y x,y``, written by the JSON encoder: it is in C."""
    text = orjson.dumps(coordinates, option=orjson.OPT_SERIALIZE_NUMPY)
    return text[2:-2].replace(b"],[", b" ").decode()


def _point(place: list[float]) -> str:
    numbers = ",".join(map(repr, place))
    return f"<Point><coordinates>{numbers}</coordinates></Point>"


def _lines(parts: list[str]) -> list[str]:
    return [f"<LineString><coordinates>{part}</coordinates></LineString>"
            for part in parts]  # fmt: skip


def _polygons(rings: list[str], offsets: np.ndarray) -> list[str]:
    return [
        f"<Polygon>{_ring('outerBoundaryIs', rings[start])}"
        + "".join(_ring("innerBoundaryIs", ring) for ring in rings[start + 1 : end])
        + "</Polygon>"
        for start, end in pairwise(offsets.tolist())
    ]


def _ring(side: str, ring: str) -> str:
    place = f"<LinearRing><coordinates>{ring}</coordinates></LinearRing>"
    return f"<{side}>{place}</{side}>"
