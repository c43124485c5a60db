"""Stored layers to pictures and legends; no Django in here."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from jobs.child.call import Call, Reply
from jobs.child.layer_definitions import definitions_of, selected, span_of
from jobs.child.writing import bytes_reply, json_reply
from services.drawing.canvas import Canvas
from services.drawing.files import encode
from services.drawing.options import Options, parse_options
from services.drawing.renderers import Rule, parse_drawing_info
from services.drawing.scene import Layer, draw, finished
from services.drawing.symbols import Fill, Marker, Stroke
from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.extents import WORLD
from services.query.timespan import Span
from services.stored import read_features

_SWATCH = 20
_PIXELS_PER_POINT = 96 / 72


def export_reply(call: Call) -> Reply:
    """Draw the layers (``outputs``) as the settled form (``small``) says."""
    by_id = {one["id"]: one for one in call.outputs}
    ids = list(by_id)
    options = parse_options(call.small, ids, ids, WORLD)
    wheres, span = definitions_of(call.small, ids), span_of(call.small)
    layers = _layers(options, by_id, wheres, span, Path(call.folder))
    try:
        image = draw(layers, options.frame, transparent=options.transparent)
    except InvalidValue as exc:
        raise InvalidParameters([Problem("layers", str(exc))]) from None
    return bytes_reply(encode(image, options.format, options.frame.dpi), call)


def _layers(
    options: Options,
    by_id: Mapping[int, Any],
    wheres: Mapping[int, str],
    span: Span | None,
    folder: Path,
) -> list[Layer]:
    """Return what is drawn, the first on top; a layer without a file is empty."""
    if options.dynamic is not None:
        wanted = [(one.layer, one.drawing) for one in options.dynamic]
    else:
        wanted = [(one, None) for one in options.layers]
    return [
        Layer(
            selected(
                read_features(folder / by_id[number]["file"]),
                wheres.get(number),
                by_id[number]["objectId"],
                span,
            ),
            drawing or parse_drawing_info(by_id[number]["drawingInfo"]),
        )
        for number, drawing in wanted
        if by_id[number]["file"]
    ]


def legend_reply(call: Call) -> Reply:
    """Answer the symbols of the layers, each as a PNG of 20 x 20 pixels."""
    layers = [
        {
            "layerId": one["id"],
            "layerName": one["name"],
            "layerType": "Feature Layer",
            "minScale": 0,
            "maxScale": 0,
            "legend": [_swatch(rule) for rule in _rules(one)],
        }
        for one in call.outputs
    ]
    return json_reply({"layers": layers}, call)


def _rules(layer: Mapping[str, Any]) -> tuple[Rule, ...]:
    return parse_drawing_info(layer["drawingInfo"]).renderer.rules


def _swatch(rule: Rule) -> dict[str, Any]:
    canvas = Canvas(_SWATCH, _SWATCH, _PIXELS_PER_POINT)
    symbol = rule.symbol
    if isinstance(symbol, Marker):
        canvas.markers(np.array([[_SWATCH / 2, _SWATCH / 2]]), symbol)
    elif isinstance(symbol, Stroke):
        line = shapely.LineString([(1, _SWATCH / 2), (_SWATCH - 1, _SWATCH / 2)])
        canvas.lines(np.array([line]), symbol)
    elif isinstance(symbol, Fill):
        canvas.areas(np.array([shapely.box(3, 3, _SWATCH - 3, _SWATCH - 3)]), symbol)
    picture = encode(finished(canvas.premultiplied(), transparent=True), "png32")
    values = {"values": list(rule.values)} if rule.values else {}
    return values | {
        "label": rule.label,
        "url": hashlib.sha256(picture).hexdigest()[:32],
        "imageData": base64.b64encode(picture).decode(),
        "contentType": "image/png",
        "height": _SWATCH,
        "width": _SWATCH,
    }
