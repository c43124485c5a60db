"""GPExtent and GPEnvelope: rectangles."""

from __future__ import annotations

from typing import Any

from services.datatypes.base import DataType, plain_text, shown
from services.datatypes.scalar import GPDouble
from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.geometry.extents import Envelope, Extent
from services.geometry.references import parse_reference
from services.wire import decode

_SIDES = ("xmin", "ymin", "xmax", "ymax")
_MORE = ("zmin", "zmax", "mmin", "mmax")
_EXPECTED = "an object with numbers xmin, ymin, xmax, ymax"
_MAX_TEXT = 32_768
_NUMBER = GPDouble()


class GPExtent(DataType[Extent]):
    """A rectangle, ``{"xmin": 0, "ymin": 0, "xmax": 1, "ymax": 1}``, z and m too.

    Esri's document writes ``spatial_reference``, its clients ``spatialReference``:
    both are read.
    """

    name = "GPExtent"
    python_type = Extent
    widget = "object"
    has_comma_lists = False

    def parse(self, raw: Any, notes: list[str] | None = None) -> Extent:
        if isinstance(raw, str | bytes):
            text = plain_text(raw, _EXPECTED, _MAX_TEXT).strip()
            raw = decode(text) if text.startswith("{") else text
        if not isinstance(raw, dict):
            raise InvalidValue(f"expected {_EXPECTED}, not {shown(raw)}")
        numbers: dict[str, Any] = {
            name: _number(raw, name) for name in (*_SIDES, *_MORE)
        }
        for name in _SIDES:
            if numbers[name] is None:
                raise InvalidValue(f"expected {_EXPECTED}: no {name}")
        for axis in "xyzm":
            low, high = numbers[f"{axis}min"], numbers[f"{axis}max"]
            if low is not None and high is not None and low > high:
                raise InvalidValue(
                    f"{axis}min {low:.10g} is above {axis}max {high:.10g}"
                )
        made: Extent = self.python_type(**numbers, spatial_reference=_reference(raw))
        return made

    def dump(self, value: Extent) -> dict[str, Any]:
        document: dict[str, Any] = {name: getattr(value, name) for name in _SIDES}
        for name in _MORE:
            if getattr(value, name) is not None:
                document[name] = getattr(value, name)
        if value.spatial_reference is not None:
            document["spatialReference"] = value.spatial_reference.to_json()
        return document

    def json_schema(self) -> dict[str, Any]:
        numbers = {name: {"type": "number"} for name in (*_SIDES, *_MORE)}
        return {
            "type": "object",
            "properties": numbers | {"spatialReference": {"type": "object"}},
            "required": list(_SIDES),
            "additionalProperties": False,
        }


class GPEnvelope(GPExtent):
    """An envelope: on the wire the same as an extent."""

    name = "GPEnvelope"
    python_type = Envelope


def _number(raw: dict[str, Any], name: str) -> float | None:
    if raw.get(name) in (None, ""):
        return None
    try:
        return _NUMBER.parse(raw[name])
    except InvalidValue as exc:
        raise InvalidValue(f"{name}: {exc}") from None


def _reference(raw: dict[str, Any]) -> SpatialReference | None:
    given = raw.get("spatialReference") or raw.get("spatial_reference")
    return parse_reference(given, with_names=False) if given else None
