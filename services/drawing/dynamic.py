"""``dynamicLayers``: layers of the map in another order, choice or drawing.

Source: developers.arcgis.com, "dynamicLayer / Layer source object".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from services.drawing.renderers import (
    default_drawing_info,
    parse_drawing_info,
)
from services.errors import InvalidValue
from services.query.where import parse_where
from services.wire import decode

_MOST = 100
_SOURCE = '{"type": "mapLayer", "mapLayerId": 0}'
_ANY = default_drawing_info("esriGeometryPoint")


@dataclass(frozen=True, slots=True)
class DynamicLayer:
    """A layer of the map, and how a client wants it drawn (None: as it is).

    ``raw`` is the drawing information as it came, which may lack a renderer, or be for
    a raster; ``where`` chooses features; ``id`` is the client's own number.
    """

    layer: int
    raw: dict[str, Any] | None = None
    where: str = ""
    id: int = 0

    def drawing_info(self, own: dict[str, Any]) -> dict[str, Any]:
        """Return how the layer is drawn if ``own`` says how it is otherwise."""
        return own | (self.raw or {})


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
    number = raw.get("id", layer)
    if type(number) is not int:
        raise InvalidValue("the id of a layer must be a whole number")
    given = raw.get("drawingInfo")
    if not isinstance(given, dict):
        return DynamicLayer(layer, None, _where(raw), number)
    given = {name: value for name, value in given.items() if value is not None}
    if layer in rasters:  # read with the raster
        return DynamicLayer(layer, given or None, "", number)
    parse_drawing_info(_ANY | given)  # what is wrong with it is told here
    return DynamicLayer(layer, given, _where(raw), number)


def _where(raw: dict[str, Any]) -> str:
    """Return the ``definitionExpression`` of a layer, "" without one."""
    text = raw.get("definitionExpression") or ""
    try:
        if not isinstance(text, str):
            raise InvalidValue("expected a where clause")
        if text.strip():
            parse_where(text)
    except InvalidValue as exc:
        raise InvalidValue(f"definitionExpression: {exc}") from None
    return text.strip()
