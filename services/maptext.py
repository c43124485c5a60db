"""Web maps as print clients send them: the JSON, and the content of what it names.

Source: developers.arcgis.com and enterprise.arcgis.com, "ExportWebMap specification".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from services.errors import InvalidValue
from services.files import Source, StoredFile, Wanted

_LAYER = re.compile(
    r"/(?:FeatureServer|MapServer(?:/jobs/[^/]+)?)/\d{1,9}\Z", re.IGNORECASE
)
_MAP = re.compile(r"/MapServer/jobs/[^/]+\Z", re.IGNORECASE)
_MOST_LAYERS = 200


@dataclass(frozen=True, slots=True)
class WebMapText:
    """A web map as it was sent.

    ``contents`` has for layers that name a source, by their place in the list, what
    was found there: its content, the source itself before a run, or why not.
    """

    document: dict[str, Any]
    contents: dict[int, StoredFile | Source | str] = field(
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


def sources_in(text: WebMapText) -> Iterator[tuple[int, Source]]:
    """Yield the sources that layers name, with the place of the layer in the list.

    Feature layers are asked for their features, maps of jobs for their layers. What
    nobody can draw by itself (tiles, foreign maps) is no source.
    """
    for at, layer in enumerate(text.layers):
        url = layer.get("url")
        if not isinstance(url, str) or layer.get("featureCollection"):
            continue
        path = url.partition("?")[0].rstrip("/")
        if not (_LAYER.search(path) or _MAP.search(path)):
            continue
        wanted: Wanted = "map" if _MAP.search(path) else "features"
        definition = layer.get("layerDefinition")
        definition = definition if isinstance(definition, dict) else {}
        token = layer.get("token")
        where = definition.get("definitionExpression")
        yield (
            at,
            Source(
                wanted=wanted,
                url=url,
                where=where if isinstance(where, str) and wanted == "features" else "",
                token=token if isinstance(token, str) else "",
            ),
        )
