"""Where a typed output is kept: data in files of the job, all else in its manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from jobs.child.keeping import keep_file
from jobs.child.rasters import keep_raster
from services.datatypes.base import DataType
from services.datatypes.valuetable import GPValueTable
from services.environment import Environment, finish
from services.files import DataFile, Raster
from services.geometry.features import FeatureSet, RecordSet
from services.rasters.grid import Grid
from services.stored import write_features, write_table
from services.wire import encode

#: Marks the place of a data set inside a list or row.
_STORED = "cairn:stored"


class Shelf:
    """Keeps one output, under names of files that begin with the output's name."""

    def __init__(
        self, folder: Path, name: str, environment: Environment, notes: list[str]
    ) -> None:
        self._folder = folder
        self._name = name
        self._environment = environment
        self._notes = notes
        self._inside: list[str] = []

    def put(self, kind: DataType[Any], value: Any) -> dict[str, Any]:
        """Return what the manifest says of a value; ``kind`` tells how.

        ``kind`` in the manifest is ``features``, ``table`` or ``file`` for a single
        data set, ``nested`` for a value with data sets inside, else ``value``.
        """
        if _is_data(value):
            return self._keep(value, self._name)
        wire = kind.missing if value is None else kind.write(value, self._leaf)
        plain = orjson.loads(encode(wire))  # the manifest must outlive its arrays
        entry: dict[str, Any] = {"kind": "value", "value": plain}
        if self._inside:
            entry |= {"kind": "nested", "files": self._inside}
        if isinstance(kind, GPValueTable):
            entry["columns"] = kind.names
        return entry

    def _leaf(self, kind: DataType[Any], value: Any) -> Any:
        if not _is_data(value):
            return kind.dump(value)
        kept = self._keep(value, f"{self._name}.{len(self._inside)}")
        self._inside.append(kept["file"])
        return {_STORED: kept}

    def _keep(self, value: Any, stem: str) -> dict[str, Any]:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{stem}.parquet"
        if isinstance(value, FeatureSet):
            finished = finish(value, self._environment, self._notes)
            write_features(finished, path)
            return {"kind": "features", "file": path.name, "count": len(value)}
        if isinstance(value, RecordSet):
            write_table(value, path)
            return {"kind": "table", "file": path.name, "count": len(value)}
        if isinstance(value, Grid | Raster):
            return keep_raster(value, self._folder, stem, self._notes)
        return keep_file(value, self._folder)


def _is_data(value: Any) -> bool:
    is_file = isinstance(value, DataFile) and value.path is not None
    return is_file or isinstance(value, RecordSet | Grid)


def unshelved(
    entry: Mapping[str, Any], read: Callable[[Mapping[str, Any]], Any]
) -> Any:
    """Return the wire form of an entry; ``read`` does it for a single data set."""

    def restore(value: Any) -> Any:
        if isinstance(value, list):
            return [restore(one) for one in value]
        if isinstance(value, dict):
            if set(value) == {_STORED}:
                return read(value[_STORED])
            return {name: restore(one) for name, one in value.items()}
        return value

    if entry["kind"] in ("value", "nested"):
        nested = entry["kind"] == "nested"
        return restore(entry["value"]) if nested else entry["value"]
    return read(entry)
