"""Outputs to stored results, and stored results to documents; no Django in here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jobs.child.keeping import keep_file
from jobs.child.rasters import keep_raster
from jobs.child.shelf import Shelf, unshelved
from services.datatypes.base import DataType
from services.datatypes.valuetable import GPValueTable, as_objects
from services.environment import Environment, finish
from services.files import DataFile, Raster
from services.formats.layer import layer_object
from services.geometry.esrijson import dump_features, dump_table
from services.geometry.features import FeatureSet, RecordSet
from services.rasters.grid import Grid
from services.schema import Parameter
from services.stored import read_features, read_table


@dataclass(frozen=True, slots=True)
class Delivery:
    """How results are to be written out for a client."""

    environment: Environment = field(default_factory=Environment)
    maximum_records: int = 1000
    file_url: str = ""
    #: Where the files of a synchronous run are kept; None if they already are.
    folder: Path | None = None
    #: Return options of a job's request, for whoever asks for a result without any.
    asked: Mapping[str, str] = field(default_factory=dict)
    #: What the user should be told of the results; grows while they are written.
    notes: list[str] = field(default_factory=list)


def document(parameter: Parameter, value: Any, delivery: Delivery) -> dict[str, Any]:
    """Return ``{"paramName", "dataType", "value"}`` of one typed output."""
    kind = parameter.data_type.kind_of(value)

    def leaf(kind: DataType[Any], one: Any) -> Any:
        return _wire(kind, one, delivery, parameter)

    wire = kind.missing if value is None else kind.write(value, leaf)
    if isinstance(kind, GPValueTable) and delivery.environment.return_column_name:
        wire = as_objects(wire, kind.names)
    return {"paramName": parameter.name, "dataType": kind.name, "value": wire}


def _wire(
    kind: DataType[Any], value: Any, delivery: Delivery, parameter: Parameter
) -> Any:
    if isinstance(value, FeatureSet):
        title = parameter.label or parameter.name
        return features_document(value, delivery, title)
    if isinstance(value, RecordSet):
        return dump_table(value, limit=delivery.maximum_records)
    if delivery.folder is not None:
        entry = _kept(value, delivery.folder, parameter.name, delivery.notes)
        if entry is not None:
            return _file_wire(entry, delivery.file_url)
    return kind.dump(value)


def _kept(
    value: Any, folder: Path, stem: str, notes: list[str]
) -> dict[str, Any] | None:
    """Keep a file or a raster; return its entry, None for what is neither."""
    if isinstance(value, Grid) or (isinstance(value, Raster) and value.path):
        return keep_raster(value, folder, stem, notes)
    if isinstance(value, DataFile) and value.path is not None:
        return keep_file(value, folder)
    return None


def features_document(
    features: FeatureSet, delivery: Delivery, title: str
) -> dict[str, Any]:
    """Return a feature set, or a layer object with returnFeatureCollection."""
    environment = delivery.environment
    made = dump_features(
        finish(features, environment, delivery.notes),
        with_z=environment.return_z,
        with_m=environment.return_m,
        true_curves=environment.return_true_curves,
        limit=delivery.maximum_records,
    )
    return layer_object(made, title) if environment.return_feature_collection else made


def store(
    schema_outputs: tuple[Parameter, ...],
    values: Mapping[str, Any],
    delivery: Delivery,
    folder: Path,
) -> list[dict[str, Any]]:
    """Write typed outputs into a folder; return the manifest that describes them.

    Features and tables become Parquet files, files are moved in, all else stands
    in the manifest itself; the folder is only made for files. Everything is flushed
    to disk before this returns.
    """
    manifest = []
    for parameter in schema_outputs:
        value = values.get(parameter.name)
        kind = parameter.data_type.kind_of(value)
        entry: dict[str, Any] = {"name": parameter.name, "dataType": kind.name}
        if parameter.data_type.is_secret:
            entry["secret"] = True
        if parameter.label:
            entry["label"] = parameter.label
        if delivery.asked and isinstance(value, FeatureSet):
            entry["asked"] = dict(delivery.asked)
        shelf = Shelf(folder, parameter.name, delivery.environment, delivery.notes)
        manifest.append(entry | shelf.put(kind, value))
    if folder.is_dir():
        for path in (*folder.iterdir(), folder):
            flush(path)
    return manifest


def kept_files(folder: Path) -> list[dict[str, Any]]:
    """Return a manifest of the files that a synchronous run has left in a folder."""
    if not folder.is_dir():
        return []
    names = sorted(path.name for path in folder.iterdir())
    return [{"name": "", "kind": "file", "file": name} for name in names]


def _file_wire(entry: Mapping[str, Any], file_url: str) -> dict[str, Any]:
    wire = {"url": f"{file_url}/{quote(entry['file'])}"}
    return wire | ({"format": entry["format"]} if "format" in entry else {})


def flush(path: Path) -> None:
    """Return once a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def files_of(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of all files that entries of a manifest stand for."""
    single = [entry["file"] for entry in entries if "file" in entry]
    return [*single, *(name for entry in entries for name in entry.get("files", ()))]


def is_small(entry: Mapping[str, Any]) -> bool:
    """Tell if an entry can be answered without reading a stored data set."""
    is_plain = entry["kind"] in ("value", "file") and "columns" not in entry
    return is_plain or "hosted" in entry


def located(entry: Mapping[str, Any], root_url: str) -> dict[str, Any]:
    """Return an entry, with the URL of its layer if it became one."""
    if "hosted" not in entry:
        return dict(entry)
    return {**entry, "url": f"{root_url}/rest/services/{quote(entry['hosted'])}"}


def small_document(entry: Mapping[str, Any], file_url: str) -> dict[str, Any]:
    """Return the result document of a small entry."""
    value = _small_value(entry, file_url)
    return {"paramName": entry["name"], "dataType": entry["dataType"], "value": value}


def _small_value(entry: Mapping[str, Any], file_url: str) -> Any:
    if "url" in entry:
        return {"url": entry["url"]}
    return _file_wire(entry, file_url) if entry["kind"] == "file" else entry["value"]


def stored_features(entry: Mapping[str, Any], folder: Path) -> FeatureSet | None:
    """Return the features of a manifest entry; None if the tool made none."""
    if entry["kind"] != "features":
        return None
    return read_features(folder / entry["file"])


def stored_document(
    entry: Mapping[str, Any], folder: Path, delivery: Delivery
) -> dict[str, Any]:
    """Return the result document of any manifest entry."""
    title = entry.get("label") or entry["name"]

    def read(one: Mapping[str, Any]) -> Any:
        return _read(one, folder, delivery, title)

    value: Any = {"url": entry["url"]} if "url" in entry else unshelved(entry, read)
    if "columns" in entry and delivery.environment.return_column_name:
        value = as_objects(value, entry["columns"])
    return {"paramName": entry["name"], "dataType": entry["dataType"], "value": value}


def _read(
    entry: Mapping[str, Any], folder: Path, delivery: Delivery, title: str
) -> Any:
    if entry["kind"] == "file":
        return _file_wire(entry, delivery.file_url)
    if entry["kind"] == "features":
        return features_document(read_features(folder / entry["file"]), delivery, title)
    records = read_table(folder / entry["file"])
    return dump_table(records, limit=delivery.maximum_records)
