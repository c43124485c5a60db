"""``dynamicLayers`` of export: layers of the map in another order or drawing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from services.drawing.renderers import Drawing, parse_drawing_info
from services.errors import InvalidValue
from services.wire import decode

_MOST = 100
_SOURCE = '{"type": "mapLayer", "mapLayerId": 0}'


@dataclass(frozen=True, slots=True)
class DynamicLayer:
    """A layer of the map, and how a client wants it drawn (None: as it is).

    ``raw`` is the drawing information for a raster, which is read with the raster.
    """

    layer: int
    drawing: Drawing | None
    raw: dict[str, Any] | None = None


def parse_dynamic_layers(
    text: str, ids: Sequence[int], rasters: Collection[int] = ()
) -> tuple[DynamicLayer, ...]:
    """Read the JSON list; the first is drawn on top. Raises InvalidValue.

    ``rasters`` are the layers among ``ids`` that are none of features.
    """
    raw = decode(text)
    if not isinstance(raw, list) or len(raw) > _MOST:
        raise InvalidValue(f"expected a list of at most {_MOST} layers")
    return tuple(_dynamic(one, ids, rasters) for one in raw)


def _dynamic(raw: Any, ids: Sequence[int], rasters: Collection[int]) -> DynamicLayer:
    source = raw.get("source") if isinstance(raw, dict) else None
    if not isinstance(source, dict) or source.get("type") != "mapLayer":
        raise InvalidValue(f"each layer needs a source such as {_SOURCE}")
    layer = source.get("mapLayerId")
    if type(layer) is not int or layer not in ids:
        known = ", ".join(map(str, ids)) or "none"
        raise InvalidValue(f"mapLayerId must be one of {known}")
    if raw.get("definitionExpression"):
        raise InvalidValue("definitionExpression: layers are not filtered here")
    given = raw.get("drawingInfo")
    if not isinstance(given, dict) or not given.get("renderer"):
        return DynamicLayer(layer, None)
    if layer in rasters:
        return DynamicLayer(layer, None, given)
    return DynamicLayer(layer, parse_drawing_info(given))
