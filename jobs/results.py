"""Outputs to stored results, and stored results to documents; no Django in here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from services.environment import Environment, finish
from services.files import DataFile, Raster
from services.geometry.esrijson import dump_features, dump_table
from services.geometry.features import FeatureSet, RecordSet
from services.schema import Parameter
from services.stored import read_features, read_table, write_features, write_table
from services.wire import encode

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How results are to be written out for a client."""

    environment: Environment = field(default_factory=Environment)
    maximum_records: int = 1000
    file_url: str = ""


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
        return features_document(value, delivery)
    if isinstance(value, RecordSet):
        return dump_table(value, limit=delivery.maximum_records)
    if has_files(value):
        return _file_wire(file_entry(value), delivery.file_url)
    return parameter.data_type.dump(value)


def features_document(features: FeatureSet, delivery: Delivery) -> dict[str, Any]:
    """Return a feature set, or a layer object with returnFeatureCollection."""
    environment = delivery.environment
    made = dump_features(
        finish(features, environment),
        with_z=environment.return_z,
        with_m=environment.return_m,
        limit=delivery.maximum_records,
    )
    if not environment.return_feature_collection:
        return made
    definition = {
        "name": "",
        "type": "Feature Layer",
        "geometryType": made["geometryType"],
        "objectIdField": next(
            (one.name for one in features.fields if one.type == "esriFieldTypeOID"), ""
        ),
        "fields": made["fields"],
    }
    return {"layerDefinition": definition, "featureSet": made}


def store(
    schema_outputs: tuple[Parameter, ...],
    values: Mapping[str, Any],
    environment: Environment,
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
        manifest.append(entry | _stored(parameter, value, environment, folder))
    if folder.is_dir():
        for path in (*folder.iterdir(), folder):
            flush(path)
    return manifest


def _stored(
    parameter: Parameter, value: Any, environment: Environment, folder: Path
) -> dict[str, Any]:
    path = folder / f"{parameter.name}.parquet"
    if isinstance(value, RecordSet):
        folder.mkdir(parents=True, exist_ok=True)
    if isinstance(value, FeatureSet):
        write_features(finish(value, environment), path)
        return {"kind": "features", "file": path.name, "count": len(value)}
    if isinstance(value, RecordSet):
        write_table(value, path)
        return {"kind": "table", "file": path.name, "count": len(value)}
    if has_files(value):
        return file_entry(keep_files(value, folder))
    missing = parameter.data_type.missing
    wire = missing if value is None else parameter.data_type.dump(value)
    return {"kind": "value", "value": orjson.loads(encode(wire))}


def has_files(value: Any) -> bool:
    """Tell if an output is a file that is there, or a list with one."""
    parts = value if isinstance(value, list) else [value]
    return any(isinstance(one, DataFile) and one.path is not None for one in parts)


def keep_files(value: Any, folder: Path) -> Any:
    """Return an output with its files in a folder that outlives the run.

    What the tool made is moved there, what it was given is copied.
    """
    if isinstance(value, list):
        return [keep_files(one, folder) for one in value]
    if not isinstance(value, DataFile) or value.path is None:
        return value
    folder.mkdir(parents=True, exist_ok=True)
    target = _free_name(folder, value.name)
    if value.source is None:
        shutil.move(value.path, target)
    else:
        shutil.copyfile(value.path, target)
    return replace(value, path=target)


def _free_name(folder: Path, name: str) -> Path:
    target, number = folder / name, 0
    while target.exists():
        number += 1
        target = folder / f"{Path(name).stem}_{number}{Path(name).suffix}"
    return target


def file_entry(value: Any) -> dict[str, Any]:
    """Return the manifest entry of a kept file, or of a list with some."""
    if isinstance(value, list):
        parts = [file_entry(one) for one in value]
        return {"kind": "files", "parts": parts}
    if not isinstance(value, DataFile) or value.path is None:
        return {"kind": "value", "value": {}}
    entry = {"kind": "file", "file": value.name, "bytes": value.path.stat().st_size}
    if isinstance(value, Raster):
        suffix = value.path.suffix.lstrip(".").lower()
        entry["format"] = value.format or suffix.replace("tiff", "tif")
    return entry


def file_names(outputs: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the names of the files that a manifest lists for download."""
    for entry in outputs:
        if entry["kind"] == "file":
            yield entry["file"]
        yield from file_names(entry.get("parts", ()))


def _file_wire(entry: Mapping[str, Any], file_url: str) -> Any:
    if entry["kind"] == "files":
        return [_file_wire(part, file_url) for part in entry["parts"]]
    if entry["kind"] != "file":
        return entry["value"]
    wire = {"url": f"{file_url}/{quote(entry['file'])}"}
    return wire | {key: entry[key] for key in ("format",) if key in entry}


def flush(path: Path) -> None:
    """Return once a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_small(entry: Mapping[str, Any]) -> bool:
    """Tell if an entry can be answered without reading a stored data set."""
    return entry["kind"] in ("value", "file", "files")


def small_document(entry: Mapping[str, Any], file_url: str) -> dict[str, Any]:
    """Return the result document of a small entry."""
    value = _file_wire(entry, file_url)
    return {"paramName": entry["name"], "dataType": entry["dataType"], "value": value}


def stored_document(
    entry: Mapping[str, Any], folder: Path, delivery: Delivery
) -> dict[str, Any]:
    """Return the result document of any manifest entry."""
    if is_small(entry):
        return small_document(entry, delivery.file_url)
    value: dict[str, Any]
    if entry["kind"] == "features":
        value = features_document(read_features(folder / entry["file"]), delivery)
    else:
        records = read_table(folder / entry["file"])
        value = dump_table(records, limit=delivery.maximum_records)
    return {"paramName": entry["name"], "dataType": entry["dataType"], "value": value}
