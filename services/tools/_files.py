"""Values to files of any format and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.errors import InvalidValue, ToolFailed
from services.files import DataFile
from services.formats import FILES
from services.geometry.crs import SpatialReference
from services.geometry.features import FeatureSet, RecordSet
from services.tool import Context

MAX_ROWS = 1_000_000
_MAX_NAME = 60


def written(
    records: RecordSet, format_name: str, name: str, context: Context | None
) -> DataFile:
    """Return a file in the scratch folder; remarks on what it lacks are warnings."""
    # with GDAL: for those who write files
    from services.formats.filing import write_file
    from services.formats.remarks import remarks
    from services.formats.source import StoredRows
    from services.stored import write_features, write_table

    if context is None:
        raise ToolFailed("there is no folder to write to")
    form = FILES[format_name]
    plain = re.sub(r"\W+", "_", name.strip())[:_MAX_NAME].strip("_") or "result"
    stored = context.scratch / f"{plain}.rows"
    if isinstance(records, FeatureSet):
        write_features(records, stored)
    else:
        write_table(records, stored)
    target = context.scratch / f"{plain}.{form.extension}"
    rows = StoredRows(stored, plain)
    for note in [*remarks(form, rows.about), *write_file(form, rows, target)]:
        context.warn(note)
    stored.unlink()
    return DataFile(target)


def features_in(
    file: DataFile,
    layer: str,
    reference: SpatialReference | None,
    context: Context | None,
) -> FeatureSet:
    """Return the features of a file; an error names Input_File."""
    from services.reading.readers import read_features

    with _reading(file, context) as (path, notes):
        return read_features(
            path, notes, layer=layer.strip(), max_features=MAX_ROWS,
            spatial_reference=reference,
        )  # fmt: skip


def rows_in(file: DataFile, layer: str, context: Context | None) -> RecordSet:
    """Return the rows of a file, without geometries; an error names Input_File."""
    from services.reading.readers import read_table

    with _reading(file, context) as (path, notes):
        return read_table(path, notes, layer=layer.strip(), max_features=MAX_ROWS)


@contextmanager
def _reading(
    file: DataFile, context: Context | None
) -> Iterator[tuple[Path, list[str]]]:
    """Yield the path and a list for remarks, which become warnings in the end."""
    if file.path is None:
        raise ToolFailed("Input_File has no content to read")
    notes: list[str] = []
    try:
        yield file.path, notes
    except InvalidValue as exc:
        raise ToolFailed(f"Input_File: {exc}") from None
    if context is not None:
        for note in notes:
            context.warn(note)
