"""Stored rasters in maps: their pixels, legend and values; no Django in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from PIL import Image

from jobs.child.swatches import SWATCH, legend_entry
from services.drawing.frame import Frame
from services.drawing.options import Options
from services.drawing.scene import Picture
from services.errors import InvalidParameters, InvalidValue, Problem
from services.geometry.features import FeatureSet
from services.imagery.block import Block, Whole
from services.imagery.picture import painted
from services.imagery.renderers import RasterDrawing, parse_raster_drawing
from services.imagery.stretch import NONE, PERCENT
from services.imagery.view import View
from services.rasters.description import RasterDescription


def drawings_of(layer: Mapping[str, Any], options: Options) -> None:
    """Raise InvalidParameters if a client wants a raster drawn in no known way."""
    for one in options.dynamic or ():
        if one.layer == layer["id"] and one.raw is not None:
            try:
                parse_raster_drawing(one.drawing_info(layer["drawingInfo"]))
            except InvalidValue as exc:
                problem = Problem("dynamicLayers", str(exc))
                raise InvalidParameters([problem]) from None


def raster_picture(
    layer: Mapping[str, Any], folder: Path, frame: Frame, drawing: RasterDrawing
) -> Picture:
    """Return the pixels of a raster layer in a frame."""
    from services.imagery.window import read_view  # GDAL: for rasters only

    about = RasterDescription.from_json(layer["raster"])
    view = View(frame.bounds, frame.reference, frame.width, frame.height)
    path = folder / layer["file"]
    colors = painted(view, lambda part: read_view(path, about, part), drawing.function)
    return Picture(faded(colors, drawing.opacity))


def faded(colors: np.ndarray, opacity: float) -> np.ndarray:
    """Return colours of 0 to 255 with a share of their alpha."""
    if opacity < 1.0:
        colors[..., 3] = np.rint(colors[..., 3] * opacity)
    return colors


def raster_legend(layer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of a legend: classes, or the ends of a ramp."""
    drawing = parse_raster_drawing(layer["drawingInfo"])
    if drawing.rules:
        return [legend_entry(label, _plain(color)) for label, color in drawing.rules]
    about = RasterDescription.from_json(layer["raster"])
    colors = drawing.colors
    if colors is None:
        grey = np.arange(256.0)
        colors = np.column_stack([grey, grey, grey, np.full(256, 255.0)])
    low, high = _ends(drawing, about)
    labels = [f"High{high}", "", f"Low{low}"]
    parts = np.array_split(colors[::-1], len(labels))
    return [legend_entry(label, _ramp(part))
            for label, part in zip(labels, parts, strict=True)]  # fmt: skip


def _ends(drawing: RasterDrawing, about: RasterDescription) -> tuple[str, str]:
    """Return what a legend says at the ends of a ramp, where the manifest tells it."""
    stretch = drawing.stretch
    if stretch is None or stretch.kind == PERCENT or stretch.is_local:
        return "", ""
    if stretch.kind == NONE:
        return " : 0", " : 255"
    nothing = np.zeros((1, 1, 1))
    block = Block(nothing, nothing > 0)
    block = replace(block, whole=Whole(about.statistics, lambda: block))
    low, high = stretch.ends(block, 0)
    return f" : {low:.6g}", f" : {high:.6g}"


def _plain(color: tuple[int, ...]) -> Image.Image:
    return Image.new("RGBA", (SWATCH, SWATCH), color)


def _ramp(colors: np.ndarray) -> Image.Image:
    """Return colours from the top to the bottom of a picture."""
    at = np.linspace(0, len(colors) - 1, SWATCH).round().astype(int)
    pixels = np.repeat(colors[at][:, np.newaxis], SWATCH, axis=1)
    return Image.fromarray(np.rint(pixels).astype(np.uint8))


def raster_identified(
    layer: Mapping[str, Any], folder: Path, place: FeatureSet, *, with_geometry: bool
) -> list[dict[str, Any]]:
    """Return the result of identify at the middle of a place; none outside."""
    about = RasterDescription.from_json(layer["raster"])
    x, y = place_in(place, about)
    box = about.extent
    if not (box.xmin <= x <= box.xmax and box.ymin <= y <= box.ymax):
        return []
    from services.imagery.window import value_at  # GDAL: for rasters only

    texts = [shown_value(one) for one in value_at(folder / layer["file"], about, x, y)]
    names = about.bands if len(texts) > 1 else ("Pixel Value",)
    middle = {"x": x, "y": y, "spatialReference": about.spatial_reference.to_json()}
    shape = {"geometryType": "esriGeometryPoint", "geometry": middle}
    return [
        {
            "layerId": layer["id"],
            "layerName": layer["name"],
            "displayFieldName": "Pixel Value",
            "value": ", ".join(texts),
            "attributes": dict(zip(names, texts, strict=True)),
            **(shape if with_geometry else {}),
        }
    ]


def place_in(place: FeatureSet, about: RasterDescription) -> tuple[float, float]:
    """Return the middle of a set of one geometry in the reference of a raster."""
    moved = place.project(about.spatial_reference)
    middle = shapely.centroid(moved.geometries[0])
    return float(shapely.get_x(middle)), float(shapely.get_y(middle))


def shown_value(value: float | None) -> str:
    """Return the text of a pixel's value, as image services write it."""
    return "NoData" if value is None else f"{value:.15g}"
