"""GPSpatialReference and GPCoordinateSystem."""

from __future__ import annotations

from typing import Any

from services.datatypes.base import DataType, plain_text
from services.geometry.crs import SpatialReference
from services.geometry.references import CoordinateSystem, parse_reference
from services.wire import decode

_MAX_TEXT = 16_384


class GPSpatialReference(DataType[SpatialReference]):
    """A spatial reference: a wkid, or an object with wkid, wkt, wkt2 or name."""

    name = "GPSpatialReference"
    python_type = SpatialReference
    widget = "object"

    def parse(self, raw: Any, notes: list[str] | None = None) -> SpatialReference:
        if isinstance(raw, str | bytes):
            text = plain_text(raw, "a wkid or an object with wkid", _MAX_TEXT).strip()
            raw = decode(text) if text.startswith("{") else text
        found = parse_reference(raw)
        made: SpatialReference = self.python_type(found.wkid, found.wkt, found.vcs_wkid)
        return made

    def dump(self, value: SpatialReference) -> dict[str, Any]:
        if value.wkid is None:
            return {"wkt": value.wkt}
        vertical = {} if value.vcs_wkid is None else {"vcsWkid": value.vcs_wkid}
        return {"wkid": value.wkid, **vertical}

    def json_schema(self) -> dict[str, Any]:
        code = {"type": "integer", "minimum": 1}
        properties = {"wkid": code, "vcsWkid": code, "wkt": {"type": "string"}}
        return {
            "type": "object",
            "properties": properties,
            "minProperties": 1,
            "additionalProperties": False,
        }


class GPCoordinateSystem(GPSpatialReference):
    """A coordinate system: on the wire the same as a spatial reference."""

    name = "GPCoordinateSystem"
    python_type = CoordinateSystem
