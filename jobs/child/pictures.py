"""Stored layers to pictures and legends; no Django in here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from jobs.child.call import Call, Reply
from jobs.child.imagery import raster_legend, raster_picture
from jobs.child.layer_definitions import (
    chosen_rows,
    definitions_of,
    dynamic_layers_of,
    span_of,
)
from jobs.child.swatches import SWATCH, legend_entry
from jobs.child.writing import bytes_reply, json_reply
from services.drawing.canvas import Canvas
from services.drawing.dynamic import DynamicLayer
from services.drawing.files import encode
from services.drawing.options import Options, parse_options
from services.drawing.renderers import Rule, parse_drawing_info
from services.drawing.scene import Layer, Picture, draw, finished
from services.drawing.symbols import Fill, Marker, Stroke
from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.extents import WORLD
from services.imagery.renderers import parse_raster_drawing
from services.query.layer import open_layer
from services.query.timespan import Span

_PIXELS_PER_POINT = 96 / 72


def export_reply(call: Call) -> Reply:
    """Draw the layers (``outputs``) as the settled form (``small``) says."""
    by_id = {one["id"]: one for one in call.outputs}
    ids = list(by_id)
    rasters = [one["id"] for one in call.outputs if "raster" in one]
    options = parse_options(call.small, ids, ids, WORLD, rasters)
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
) -> list[Layer | Picture]:
    """Return what is drawn, the first on top; a layer without a file is empty."""
    wanted = options.dynamic
    if wanted is None:
        wanted = tuple(DynamicLayer(one) for one in options.layers)

    def layer(one: DynamicLayer) -> Layer | Picture:
        stored = by_id[one.layer]
        if "raster" in stored:
            drawing = parse_raster_drawing(one.drawing_info(stored["drawingInfo"]))
            return raster_picture(stored, folder, options.frame, drawing)
        features = open_layer(str(folder / stored["file"]))
        info = one.drawing_info(stored["drawingInfo"])
        records = features.records
        rows = chosen_rows(records, wheres.get(one.layer), span, one.where)
        return Layer(features, parse_drawing_info(info), rows)

    return [layer(one) for one in wanted if by_id[one.layer]["file"]]


def legend_reply(call: Call) -> Reply:
    """Answer the symbols of the layers, each as a PNG of 20 x 20 pixels."""
    layers = [
        {
            "layerId": number,
            "layerName": one["name"],
            "layerType": "Raster Layer" if "raster" in one else "Feature Layer",
            "minScale": 0,
            "maxScale": 0,
            "legend": _entries(one, info),
        }
        for number, one, info in _legends(call)
    ]
    return json_reply({"layers": layers}, call)


def _legends(call: Call) -> list[tuple[int, Mapping[str, Any], dict[str, Any]]]:
    """Return number, layer and drawing information of what a legend shows."""
    text = call.small.get("dynamicLayers", "").strip()
    if not text:
        return [(one["id"], one, one["drawingInfo"]) for one in call.outputs]
    by_id = {one["id"]: one for one in call.outputs}
    return [
        (one.id, by_id[one.layer], one.drawing_info(by_id[one.layer]["drawingInfo"]))
        for one in dynamic_layers_of(call.small, call.outputs) or ()
    ]


def _entries(layer: Mapping[str, Any], info: dict[str, Any]) -> list[dict[str, Any]]:
    if "raster" in layer:
        return raster_legend({**layer, "drawingInfo": info})
    return [_swatch(rule) for rule in parse_drawing_info(info).renderer.rules]


def _swatch(rule: Rule) -> dict[str, Any]:
    canvas = Canvas(SWATCH, SWATCH, _PIXELS_PER_POINT)
    symbol = rule.symbol
    if isinstance(symbol, Marker):
        canvas.markers(np.array([[SWATCH / 2, SWATCH / 2]]), symbol)
    elif isinstance(symbol, Stroke):
        line = shapely.LineString([(1, SWATCH / 2), (SWATCH - 1, SWATCH / 2)])
        canvas.lines(np.array([line]), symbol)
    elif isinstance(symbol, Fill):
        canvas.areas(np.array([shapely.box(3, 3, SWATCH - 3, SWATCH - 3)]), symbol)
    values = {"values": list(rule.values)} if rule.values else {}
    picture = finished(canvas.premultiplied(), transparent=True)
    return values | legend_entry(rule.label, picture)
