"""Outputs to stored results, and stored results to documents; no Django in here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from services.environment import Environment, finish
from services.files import DataFile
from services.formats.layer import layer_object
from services.geometry.esrijson import dump_features, dump_table
from services.geometry.features import FeatureSet, RecordSet
from services.schema import Parameter
from services.stored import read_features, read_table, write_features, write_table

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How results are to be written out for a client."""

    environment: Environment = field(default_factory=Environment)
    maximum_records: int = 1000
    file_url: str = ""
    #: Return options of a job's request, for whoever asks for a result without any.
    asked: Mapping[str, str] = field(default_factory=dict)
    #: What the user should be told of the results; grows while they are written.
    notes: list[str] = field(default_factory=list)


def document(parameter: Parameter, value: Any, delivery: Delivery) -> dict[str, Any]:
    """Return ``{"paramName", "dataType", "value"}`` of one typed output."""
    return {
        "paramName": parameter.name,
        "dataType": parameter.data_type.name,
        "value": _wire(parameter, value, delivery),
    }


def _wire(parameter: Parameter, value: Any, delivery: Delivery) -> Any:
    if value is None:
        return parameter.data_type.missing
    if isinstance(value, FeatureSet):
        return features_document(value, delivery, parameter.label or parameter.name)
    if isinstance(value, RecordSet):
        return dump_table(value, limit=delivery.maximum_records)
    if isinstance(value, DataFile) and value.path is not None:
        return {"url": f"{delivery.file_url}/{quote(value.name)}"}
    return parameter.data_type.dump(value)


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
        entry = {"name": parameter.name, "dataType": parameter.data_type.name}
        if parameter.label:
            entry["label"] = parameter.label
        manifest.append(entry | _stored(parameter, value, delivery, folder))
    if folder.is_dir():
        for path in (*folder.iterdir(), folder):
            flush(path)
    return manifest


def _stored(
    parameter: Parameter, value: Any, delivery: Delivery, folder: Path
) -> dict[str, Any]:
    path = folder / f"{parameter.name}.parquet"
    if isinstance(value, RecordSet | DataFile):
        folder.mkdir(parents=True, exist_ok=True)
    if isinstance(value, FeatureSet):
        write_features(finish(value, delivery.environment, delivery.notes), path)
        entry = {"kind": "features", "file": path.name, "count": len(value)}
        return entry | ({"asked": dict(delivery.asked)} if delivery.asked else {})
    if isinstance(value, RecordSet):
        write_table(value, path)
        return {"kind": "table", "file": path.name, "count": len(value)}
    if isinstance(value, DataFile) and value.path is not None:
        target = folder / value.name
        shutil.move(value.path, target)
        return {"kind": "file", "file": target.name, "bytes": target.stat().st_size}
    missing = parameter.data_type.missing
    wire = missing if value is None else parameter.data_type.dump(value)
    return {"kind": "value", "value": wire}


def flush(path: Path) -> None:
    """Return once a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_small(entry: Mapping[str, Any]) -> bool:
    """Tell if an entry can be answered without reading a stored data set."""
    return entry["kind"] in ("value", "file")


def small_document(entry: Mapping[str, Any], file_url: str) -> dict[str, Any]:
    """Return the result document of a small entry."""
    value = entry.get("value")
    if entry["kind"] == "file":
        value = {"url": f"{file_url}/{quote(entry['file'])}"}
    return {"paramName": entry["name"], "dataType": entry["dataType"], "value": value}


def stored_features(entry: Mapping[str, Any], folder: Path) -> FeatureSet | None:
    """Return the features of a manifest entry; None if the tool made none."""
    if entry["kind"] != "features":
        return None
    return read_features(folder / entry["file"])


def stored_document(
    entry: Mapping[str, Any], folder: Path, delivery: Delivery
) -> dict[str, Any]:
    """Return the result document of any manifest entry."""
    if is_small(entry):
        return small_document(entry, delivery.file_url)
    value: dict[str, Any]
    if entry["kind"] == "features":
        features = read_features(folder / entry["file"])
        title = entry.get("label") or entry["name"]
        value = features_document(features, delivery, title)
    else:
        records = read_table(folder / entry["file"])
        value = dump_table(records, limit=delivery.maximum_records)
    return {"paramName": entry["name"], "dataType": entry["dataType"], "value": value}
