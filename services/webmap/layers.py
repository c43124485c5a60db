"""Operational layers of a web map to what is drawn of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from services.datatypes.content import features_in
from services.drawing.frame import Frame
from services.drawing.renderers import Drawing
from services.drawing.scene import Layer
from services.errors import InvalidValue
from services.files import Source, StoredFile
from services.geometry.esrijson import parse_features
from services.geometry.features import FeatureSet
from services.layout.fonts import plain
from services.layout.legend import Entry
from services.layout.maps import Backdrop
from services.maptext import WebMapText, definition_of, sublayers_of
from services.webmap.nearby import nearby
from services.webmap.overlays import overlay_of
from services.webmap.stamps import Stamp, stamp_of
from services.webmap.symbols import STAMPED, drawing_of
from services.wire import decode, encode

_MAX_SYMBOLS = 500
#: What was found of a layer, or of the layers of a map by their numbers.
Contents = Mapping[int | None, StoredFile | Source | str]
_SLACK = 1.0001  # of scales, which clients round


@dataclass(frozen=True, slots=True)
class Shown:
    """What is drawn of an operational layer, the first on top; legend and source."""

    id: str
    layers: tuple[Layer | Backdrop, ...] = ()
    stamps: tuple[Stamp, ...] = ()
    entries: tuple[Entry, ...] = ()
    credit: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A layer as the client asks for it; ``notes`` grow with what cannot be done."""

    id: str
    title: str
    opacity: float
    frame: Frame
    notes: list[str] = field(default_factory=list)


def shown_layers(text: WebMapText, frame: Frame, notes: list[str]) -> list[Shown]:
    """Return what is drawn of a web map in a frame, the topmost first.

    What is not, and why, is appended to ``notes``.
    """
    found: list[Shown] = []
    for at, raw in enumerate(text.layers):
        if not _is_visible(raw, frame.scale):
            continue
        title = plain(str(raw.get("title") or raw.get("id") or f"Layer {at + 1}"), 100)
        asked = _Asked(str(raw.get("id") or ""), title, _opacity(raw), frame)
        try:
            contents = {part: one for (place, part), one in text.contents.items()
                        if place == at}  # fmt: skip
            credit = plain(str(raw.get("credits") or ""), 200)
            found += [replace(one, credit=credit)
                      for one in _shown(raw, contents, asked)]  # fmt: skip
        except InvalidValue as exc:
            asked.notes.append(f"is not on the map: {exc}")
        notes += [f"Layer '{title}' {one}" for one in dict.fromkeys(asked.notes)]
    return found[::-1]


def _is_visible(raw: dict[str, Any], scale: float) -> bool:
    if raw.get("visibility") is False or raw.get("visible") is False:
        return False
    least, most = _number(raw.get("minScale")), _number(raw.get("maxScale"))
    too_small = least and scale > least * _SLACK
    return not too_small and not (most and scale < most / _SLACK)


def _number(raw: Any) -> float:
    is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
    return float(raw) if is_number and raw > 0 else 0.0


def _opacity(raw: dict[str, Any]) -> float:
    return min(_number(raw.get("opacity")), 1.0) if "opacity" in raw else 1.0


def _shown(raw: dict[str, Any], contents: Contents, asked: _Asked) -> Iterator[Shown]:
    """Yield what is drawn of a layer, the lowest first. Raises InvalidValue."""
    if isinstance(raw.get("featureCollection"), dict):
        yield from _collection(raw["featureCollection"], asked)
    elif None in contents:
        info = _info_of(raw, raw)
        yield _drawn(_features(contents[None]), info, asked)
    elif contents:
        yield from _map(raw, contents, asked)
    elif raw.get("type") == "image" and isinstance(raw.get("imageData"), str):
        overlay = overlay_of(raw, asked.opacity, asked.frame)
        yield Shown(asked.id, (overlay,))
    else:
        raise InvalidValue(_why(raw))


def _info_of(part: dict[str, Any], layer: dict[str, Any]) -> Any:
    """Return the drawing information of a part; labels only if the layer shows them."""
    info = definition_of(part).get("drawingInfo")
    if isinstance(info, dict) and layer.get("showLabels") is False:
        return {key: one for key, one in info.items() if key != "labelingInfo"}
    return info


def _features(content: StoredFile | Source | str) -> FeatureSet:
    if not isinstance(content, StoredFile):
        raise InvalidValue(str(content))
    return features_in(content, [])


def _map(raw: dict[str, Any], contents: Contents, asked: _Asked) -> Iterator[Shown]:
    """Yield the layers of a job's map, of which the first is on top."""
    given = sublayers_of(raw)
    there = {part: one for part, one in contents.items() if isinstance(one, StoredFile)}
    lacking = [part for part in contents if part not in there and part in given]
    if not there:
        raise InvalidValue(str(next(iter(contents.values()))))
    for part in lacking:
        asked.notes.append(f"lacks its layer {part}: {contents[part]}")
    for number, content in reversed(there.items()):
        own = given.get(number or 0, {})
        title = asked.title if len(there) == 1 else f"{asked.title}, layer {number}"
        one = replace(asked, title=plain(str(own.get("name") or title), 100))
        yield _drawn(_features(content), _info_of(own, raw), one)


def _why(raw: dict[str, Any]) -> str:
    if isinstance(raw.get("url"), str):
        host = raw["url"].partition("//")[2].partition("/")[0][:100]
        return f"it comes from {host or 'elsewhere'}, and not as features"
    kind = str(raw.get("type") or raw.get("layerType") or "unknown")[:60]
    return f"layers of the type {kind} are not drawn here"


def _drawn(features: FeatureSet, info: Any, asked: _Asked) -> Shown:
    drawing = drawing_of(info, features.geometry_type, asked.opacity, asked.notes)
    features = nearby(features, asked.frame)
    for name in filter(None, (*drawing.renderer.fields, drawing.renderer.divide_by)):
        features.field(name)  # refuses one that is not there
    entries = tuple(_entries(asked.title, drawing))
    return Shown(asked.id, (Layer(features, drawing),), (), entries)


def _entries(title: str, drawing: Drawing) -> Iterator[Entry]:
    rules = drawing.renderer.rules
    if len(rules) == 1:
        yield Entry(plain(rules[0].label or title, 80), rules[0].symbol)
        return
    yield Entry(title, None, is_heading=True)
    for rule in rules:
        yield Entry(plain(rule.label, 80), rule.symbol)


def _collection(raw: dict[str, Any], asked: _Asked) -> Iterator[Shown]:
    layers = raw.get("layers")
    if not isinstance(layers, list):
        raise InvalidValue("featureCollection needs a list of layers")
    for one in layers:
        if isinstance(one, dict) and isinstance(one.get("featureSet"), dict):
            yield from _collected(one, asked)


def _collected(raw: dict[str, Any], asked: _Asked) -> Iterator[Shown]:
    """Yield the features of a layer by the symbols of their own."""
    features = raw["featureSet"].get("features")
    if not features or not isinstance(features, list):
        return
    name = plain(str(definition_of(raw).get("name") or ""), 100)
    if name and not name.endswith("Layer"):  # such as polygonLayer, for graphics
        asked = replace(asked, title=name)
    found = parse_features(raw, [])
    info = definition_of(raw).get("drawingInfo")
    common = _stamp_in(info)
    shared = encode(common or 0)
    kinds: dict[bytes, int] = {}
    texts = (encode(own) if (own := _own_symbol(one)) else shared for one in features)
    numbers = np.array([kinds.setdefault(text, len(kinds)) for text in texts])
    if len(kinds) > _MAX_SYMBOLS:
        raise InvalidValue(f"has more than {_MAX_SYMBOLS} different symbols")
    for kind, number in kinds.items():
        yield _symbolled(found.take(numbers == number), decode(kind), info, asked)


def _own_symbol(feature: Any) -> Any:
    found = feature.get("symbol") if isinstance(feature, dict) else None
    return found if isinstance(found, dict) else None


def _stamp_in(info: Any) -> Any:
    """Return the symbol of a simple renderer that is a stamp; None for others."""
    renderer = info.get("renderer") if isinstance(info, dict) else None
    symbol = renderer.get("symbol") if isinstance(renderer, dict) else None
    is_stamp = isinstance(symbol, dict) and symbol.get("type") in STAMPED
    return symbol if is_stamp else None


def _symbolled(features: FeatureSet, symbol: Any, info: Any, asked: _Asked) -> Shown:
    if not symbol:
        return _drawn(features, info, asked)
    if symbol.get("type") in STAMPED:
        stamp = stamp_of(symbol, nearby(features, asked.frame))
        return Shown(asked.id, (), (stamp,))
    return _drawn(features, {"renderer": {"type": "simple", "symbol": symbol}}, asked)
