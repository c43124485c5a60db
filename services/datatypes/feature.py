"""GPFeatureRecordSetLayer and GPRecordSet."""

from __future__ import annotations

from typing import Any, ClassVar

from services.datatypes.base import DataType, json_value
from services.errors import InvalidValue
from services.geometry.esrijson import (
    dump_features,
    dump_table,
    parse_features,
    parse_table,
)
from services.geometry.features import FeatureSet, RecordSet
from services.wire import collector_paused

_OBJECT = {"type": "object"}


def _document(raw: Any) -> Any:
    value = json_value(raw)
    if isinstance(value, dict) and ("url" in value or "itemID" in value):
        raise InvalidValue(
            "this service reads features from the request itself,"
            " not from a url or an uploaded item"
        )
    return value


class GPFeatureRecordSetLayer(DataType[FeatureSet]):
    """Features: an Esri feature set, a layer object, or a feature collection."""

    name = "GPFeatureRecordSetLayer"
    python_type = FeatureSet
    widget = "json"
    has_comma_lists = False
    missing: ClassVar[Any] = {}

    def parse(self, raw: Any, notes: list[str] | None = None) -> FeatureSet:
        with collector_paused():
            return parse_features(_document(raw), [] if notes is None else notes)

    def dump(self, value: FeatureSet) -> dict[str, Any]:
        return dump_features(value)

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


class GPRecordSet(DataType[RecordSet]):
    """A table: fields and rows of attributes."""

    name = "GPRecordSet"
    python_type = RecordSet
    widget = "json"
    has_comma_lists = False
    missing: ClassVar[Any] = {}

    def parse(self, raw: Any, notes: list[str] | None = None) -> RecordSet:
        with collector_paused():
            return parse_table(_document(raw))

    def dump(self, value: RecordSet) -> dict[str, Any]:
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
