"""Web maps as print clients send them: the JSON, and the content of what it names.

Source: developers.arcgis.com and enterprise.arcgis.com, "ExportWebMap specification".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from services.errors import InvalidValue
from services.files import Source, StoredFile

_LAYER = re.compile(
    r"/(?:FeatureServer|MapServer(?:/jobs/[^/]+)?)/\d{1,9}\Z", re.IGNORECASE
)
_MAP = re.compile(r"/MapServer/jobs/[^/]+\Z", re.IGNORECASE)
_MOST_LAYERS = 200
_MOST_PARTS = 50
#: Layers of a map that are looked for if the web map names none.
_FIRST_PARTS = 8


#: The place of a layer in the list, and the number of a layer in its map or None.
Place = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class WebMapText:
    """A web map as it was sent.

    ``contents`` has what was found of the layers that name a source: their content,
    the source itself before a run, or why there is none.
    """

    document: dict[str, Any]
    contents: dict[Place, StoredFile | Source | str] = field(
        default_factory=dict, compare=False
    )

    @property
    def layers(self) -> list[dict[str, Any]]:
        """The operational layers, the lowest first."""
        return list(self.document.get("operationalLayers") or [])


def checked_document(raw: Any) -> dict[str, Any]:
    """Return a decoded web map whose outline is right. Raises InvalidValue."""
    if not isinstance(raw, dict) or not isinstance(raw.get("mapOptions"), dict):
        raise InvalidValue(
            'expected the JSON of a web map, such as {"mapOptions": {"extent": {...}},'
            ' "operationalLayers": [...]}'
        )
    layers = raw.get("operationalLayers")
    if layers is None:
        return raw
    if not isinstance(layers, list) or len(layers) > _MOST_LAYERS:
        raise InvalidValue(
            f"operationalLayers: expected a list of at most {_MOST_LAYERS} layers"
        )
    for at, one in enumerate(layers):
        if not isinstance(one, dict):
            raise InvalidValue(f"operationalLayers[{at}]: expected an object")
    return raw


def sources_in(text: WebMapText) -> Iterator[tuple[Place, Source]]:
    """Yield the sources that layers name, with their places.

    They are all asked for features. The map of a job stands for those of its layers
    that are to be seen. What comes as pictures (tiles, other maps) is no source.
    """
    for at, layer in enumerate(text.layers):
        url = layer.get("url")
        if not isinstance(url, str) or layer.get("featureCollection"):
            continue
        path, mark, query = url.partition("?")
        path, tail = path.rstrip("/"), mark + query
        if _LAYER.search(path):
            yield (at, None), _source(path + tail, layer, definition_of(layer))
        elif _MAP.search(path):
            given = sublayers_of(layer)
            for number in _seen_in(layer, given):
                definition = definition_of(given.get(number, {}))
                yield (at, number), _source(f"{path}/{number}{tail}", layer, definition)


def _source(url: str, layer: dict[str, Any], definition: dict[str, Any]) -> Source:
    token, where = layer.get("token"), definition.get("definitionExpression")
    return Source(
        wanted="features",
        url=url,
        where=where if isinstance(where, str) else "",
        token=token if isinstance(token, str) else "",
    )


def definition_of(layer: dict[str, Any]) -> dict[str, Any]:
    """Return the layerDefinition of a layer, or an empty one."""
    found = layer.get("layerDefinition")
    return found if isinstance(found, dict) else {}


def sublayers_of(layer: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Return what a layer that is a map says of its layers, by their numbers."""
    given = layer.get("layers")
    return {
        one["id"]: one
        for one in (given if isinstance(given, list) else ())
        if isinstance(one, dict) and type(one.get("id")) is int
    }


def _seen_in(layer: dict[str, Any], given: dict[int, dict[str, Any]]) -> list[int]:
    """Return the numbers of the layers to be seen; the first ones if none is named."""
    visible = layer.get("visibleLayers")
    named = visible if isinstance(visible, list) else list(given)
    numbers = [one for one in named if type(one) is int and one >= 0]
    return sorted(set(numbers))[:_MOST_PARTS] if named else list(range(_FIRST_PARTS))
