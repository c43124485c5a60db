"""Shapefiles in a zip, with a text that says which field has which name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from services.errors import LimitExceeded
from services.formats.ogrfiles import write_layer
from services.formats.packing import packed
from services.formats.source import DATE, StoredRows, with_days, with_text_dates
from services.geometry.features import RecordSet
from services.stored import Description

_MOST_FIELDS = 255
_NAME_BYTES = 10
_TEXT_BYTES = 254
#: Names of the driver; those with M keep measures.
_TYPES = {
    "esriGeometryPoint": "POINT",
    "esriGeometryMultipoint": "MULTIPOINT",
    "esriGeometryPolyline": "ARC",
    "esriGeometryPolygon": "POLYGON",
}


def write_shapefile(rows: StoredRows, target: Path) -> list[str]:
    """Write a shapefile with its parts in one zip.

    Raises LimitExceeded for more fields than it can have.
    """
    if len(rows.names) > _MOST_FIELDS:
        raise LimitExceeded(f"a shapefile has at most {_MOST_FIELDS} fields, and"
                            f" {rows.name} has {len(rows.names)}")  # fmt: skip
    short = short_names(rows.names)
    long_texts: dict[str, int] = dict.fromkeys(rows.names, 0)
    with packed(target) as folder:
        tables = _tables(rows, short, long_texts)
        options = {"SHPT": _shape_type(rows.about)}
        path = folder / f"{rows.name}.shp"
        write_layer(rows, tables, path, "ESRI Shapefile", options)
        notes = _notes(rows.names, short, long_texts)
        text = folder / f"{rows.name}_fields.txt"
        text.write_text(_listed(rows.names, short, notes), encoding="utf-8")
    return notes


def _shape_type(about: Description) -> str:
    return _TYPES[about.geometry_type] + "Z" * about.has_z + "M" * about.has_m


def short_names(names: Sequence[str]) -> list[str]:
    """Return a name of at most 10 bytes for each, no two alike in any case."""
    taken: set[str] = set()
    found = []
    for name in names:
        candidate, number = _cut(name, _NAME_BYTES), 0
        while candidate.lower() in taken:
            number += 1
            end = f"_{number}"
            candidate = _cut(name, _NAME_BYTES - len(end)) + end
        taken.add(candidate.lower())
        found.append(candidate)
    return found


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")


def _tables(
    rows: StoredRows, short: Sequence[str], long_texts: dict[str, int]
) -> Iterator[tuple[RecordSet, pa.Table]]:
    """Yield the pieces with their columns as dBASE has them; count what it cuts."""
    for piece in rows.pieces():
        table = with_days(with_text_dates(piece, (DATE,)))
        for name, column in zip(table.column_names, table.columns, strict=True):
            if pa.types.is_string(column.type):
                is_long = pc.greater(pc.binary_length(column), _TEXT_BYTES)
                long_texts[name] += pc.sum(is_long).as_py() or 0
        yield piece, table.rename_columns(list(short))


def _notes(
    names: Sequence[str], short: Sequence[str], long_texts: dict[str, int]
) -> list[str]:
    pairs = zip(names, short, strict=True)
    changed = [f"{name} is {other}" for name, other in pairs if name != other]
    notes = [f"names of fields have {_NAME_BYTES} bytes: {', '.join(changed)}"]
    return (notes if changed else []) + [
        f"texts have {_TEXT_BYTES} bytes: {count} of {name} were cut"
        for name, count in long_texts.items()
        if count
    ]


def _listed(names: Sequence[str], short: Sequence[str], notes: Sequence[str]) -> str:
    """Return the text in the zip: each field's name in the shapefile and its own."""
    lines = ["Field in the shapefile\tField of the result"]
    lines += [f"{new}\t{old}" for old, new in zip(names, short, strict=True)]
    return "\n".join([*lines, "", *notes, ""])
