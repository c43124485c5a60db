"""The content of a source, read as features or as a table."""

from __future__ import annotations

from typing import Any

from services.errors import InvalidValue
from services.files import StoredFile
from services.geometry.esrijson import parse_features, parse_table
from services.geometry.features import FeatureSet, RecordSet
from services.wire import collector_paused, decode


def features_in(file: StoredFile, notes: list[str]) -> FeatureSet:
    """Return the features of a file, or of all pages of a layer."""
    if len(file.paths) > 1:
        with collector_paused():
            return parse_features(_document(file), notes)
    from services.reading.readers import (
        read_features,
    )  # GDAL: child processes have it loaded

    return read_features(file.path, notes, max_features=file.max_features)


def table_in(file: StoredFile, notes: list[str]) -> RecordSet:
    """Return the rows of a file, or of all pages of a layer."""
    if len(file.paths) > 1:
        with collector_paused():
            return parse_table(_document(file))
    from services.reading.readers import read_table

    return read_table(file.path, notes, max_features=file.max_features)


def _document(file: StoredFile) -> Any:
    """Return the feature set of all pages; what each page says of itself is alike."""
    first, *others = [decode(path.read_bytes()) for path in file.paths]
    for page in others:
        first["features"] += page["features"]
        if len(first["features"]) > file.max_features:
            raise InvalidValue(
                f"has more than the {file.max_features} features"
                " that this service accepts"
            )
    return first
