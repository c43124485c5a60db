"""GPFeatureRecordSetLayer and GPRecordSet."""

from __future__ import annotations

from typing import Any, ClassVar

from services.datatypes.base import DataType, Find, json_value
from services.datatypes.content import features_in, table_in
from services.files import Source, StoredFile
from services.geometry.esrijson import (
    dump_features,
    dump_table,
    parse_features,
    parse_table,
)
from services.geometry.features import FeatureSet, RecordSet
from services.wire import collector_paused

_OBJECT = {"type": "object"}


class GPFeatureRecordSetLayer(DataType[FeatureSet | Source]):
    """Features: an Esri feature set, a layer object, or a feature collection.

    Or a source: a layer, a query, a file by URL, or an uploaded item.
    """

    name = "GPFeatureRecordSetLayer"
    python_type = FeatureSet
    widget = "json"
    has_comma_lists = False
    missing: ClassVar[Any] = {}
    takes_sources = True

    def parse(self, raw: Any, notes: list[str] | None = None) -> FeatureSet | Source:
        notes = [] if notes is None else notes
        if isinstance(raw, StoredFile):
            return features_in(raw, notes)
        with collector_paused():
            value = json_value(raw)
            return Source.of(value, "features") or parse_features(value, notes)

    def resolve(self, raw: Any, find: Find) -> Any:
        value = json_value(raw)
        source = Source.of(value, "features")
        return find(source) if source else value

    def dump(self, value: FeatureSet | Source) -> dict[str, Any]:
        if isinstance(value, Source):
            return value.to_json()
        document = dump_features(value)
        return document | {"features": list(document["features"])}

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "geometryType": {"type": "string"},
                "spatialReference": _OBJECT,
                "hasZ": {"type": "boolean"},
                "hasM": {"type": "boolean"},
                "fields": {"type": "array", "items": _OBJECT},
                "features": {"type": "array", "items": _OBJECT},
                "exceededTransferLimit": {"type": "boolean"},
            },
            "required": ["features"],
        }


class GPRecordSet(DataType[RecordSet | Source]):
    """A table: fields and rows of attributes, or a source like that of features."""

    name = "GPRecordSet"
    python_type = RecordSet
    widget = "json"
    has_comma_lists = False
    missing: ClassVar[Any] = {}
    takes_sources = True

    def parse(self, raw: Any, notes: list[str] | None = None) -> RecordSet | Source:
        if isinstance(raw, StoredFile):
            return table_in(raw, [] if notes is None else notes)
        with collector_paused():
            value = json_value(raw)
            return Source.of(value, "table") or parse_table(value)

    def resolve(self, raw: Any, find: Find) -> Any:
        value = json_value(raw)
        source = Source.of(value, "table")
        return find(source) if source else value

    def dump(self, value: RecordSet | Source) -> dict[str, Any]:
        if isinstance(value, Source):
            return value.to_json()
        return dump_table(value)

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "fields": {"type": "array", "items": _OBJECT},
                "features": {"type": "array", "items": _OBJECT},
            },
            "required": ["features"],
        }
