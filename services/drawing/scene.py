"""Layers in a frame to a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from PIL import Image
from shapely.errors import GEOSException

from services.drawing.canvas import Canvas
from services.drawing.frame import Frame, bounds_in
from services.drawing.renderers import Drawing
from services.drawing.symbols import Fill, Marker, Stroke, Symbol
from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet
from services.geometry.reproject import reproject
from services.geometry.wrap import world_width

_MOST_WORLDS = 3
#: Points around the frame where what is drawn may still reach into it.
_MARGIN = 64.0
#: What is simpler than this, in pixels, looks the same.
_TOLERANCE = 0.3


@dataclass(frozen=True, slots=True)
class Layer:
    """Features, and how they are drawn."""

    features: FeatureSet
    drawing: Drawing


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Colours for each pixel of the frame, shape (height, width, 4), 0 to 255."""

    colors: np.ndarray


def draw(
    layers: Sequence[Layer | Picture], frame: Frame, *, transparent: bool
) -> Image.Image:
    """Return the picture of layers, the first on top; white below unless transparent.

    Raises InvalidValue for a field that a renderer names and the features lack, and
    for features that do not lie in the frame's reference.
    """
    canvas = Canvas(frame.width, frame.height, frame.pixels_per_point)
    for layer in reversed(layers):
        if isinstance(layer, Picture):
            canvas.picture(layer.colors)
        else:
            _draw_layer(canvas, layer, frame)
    return finished(canvas.premultiplied(), transparent=transparent)


def finished(pixels: np.ndarray, *, transparent: bool) -> Image.Image:
    """Return the pixels of a canvas as a picture, on white unless transparent."""
    alpha = pixels[..., 3:]
    if transparent:
        color = pixels[..., :3] / np.where(alpha > 0, alpha, 1.0)
        pixels = np.concatenate([color, alpha], axis=2)
    else:
        pixels = pixels[..., :3] + (1.0 - alpha)
    return Image.fromarray(np.clip(np.rint(pixels * 255.0), 0, 255).astype(np.uint8))


def _draw_layer(canvas: Canvas, layer: Layer, frame: Frame) -> None:
    features = layer.features
    shapes = shapely.force_2d(features.geometries)
    rules = layer.drawing.renderer.choose(features)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes)) & (rules >= 0)
    there &= _may_be_seen(shapes, features.spatial_reference, frame)
    shapes, rules = shapes[there], rules[there]
    shapes = reproject(shapes, features.spatial_reference, frame.reference)
    for seen in _worlds(frame):
        visible, which = _visible(shapes, seen)
        order = rules[which]
        for index, rule in enumerate(layer.drawing.renderer.rules):
            chosen = visible[order == index]
            if len(chosen):
                _draw_shapes(canvas, chosen, rule.symbol, seen)


def _may_be_seen(
    shapes: np.ndarray, source: SpatialReference, frame: Frame
) -> np.ndarray:
    """Tell which shapes are worth projecting, where that is easy: on world maps."""
    bounds = shapely.bounds(shapes)
    every = np.ones(len(shapes), dtype=bool)
    half, own = (world_width(one) / 2 for one in (frame.reference, source))
    near = Extent(*frame.grown(_MARGIN * frame.pixels_per_point))
    if not math.isfinite(own + half) or near.xmin < -half or near.xmax > half:
        return every
    try:
        west, south, east, north = bounds_in(near, frame.reference, source)
    except InvalidValue:
        return every
    within = (bounds[:, 0] <= east) & (bounds[:, 2] >= west)
    within &= (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    within |= (bounds[:, 0] < -own) | (bounds[:, 2] > own)  # these wrap
    return np.asarray(within)


def _worlds(frame: Frame) -> list[Frame]:
    """Return the frame as seen from each copy of the world that it shows."""
    width = world_width(frame.reference)
    if not math.isfinite(width):
        return [frame]
    west, south, east, north = frame.bounds
    first, last = (math.floor(side / width + 0.5) for side in (west, east))
    copies = range(first, min(last, first + _MOST_WORLDS) + 1)
    return [
        replace(frame, bounds=(west - turn * width, south, east - turn * width, north))
        for turn in copies
    ]


def _visible(shapes: np.ndarray, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Return what lies in the frame, cut a little outside of it, and which it is."""
    near = frame.grown(_MARGIN * frame.pixels_per_point)
    bounds = shapely.bounds(shapes)
    within = (bounds[:, 0] <= near[2]) & (bounds[:, 2] >= near[0])
    within &= (bounds[:, 1] <= near[3]) & (bounds[:, 3] >= near[1])
    which = np.flatnonzero(within)
    bounds, found = bounds[which], shapes[which]
    over = (bounds[:, 0] < near[0]) | (bounds[:, 2] > near[2])
    over |= (bounds[:, 1] < near[1]) | (bounds[:, 3] > near[3])
    if over.any():
        found[over] = _clipped(found[over], near)
    return found, which


def _clipped(
    shapes: np.ndarray, bounds: tuple[float, float, float, float]
) -> np.ndarray:
    try:
        return np.asarray(shapely.clip_by_rect(shapes, *bounds))
    except GEOSException:  # invalid areas
        return np.asarray(shapely.clip_by_rect(shapely.make_valid(shapes), *bounds))


def _draw_shapes(
    canvas: Canvas, shapes: np.ndarray, symbol: Symbol, frame: Frame
) -> None:
    dimensions = shapely.get_dimensions(shapes)
    if isinstance(symbol, Marker):
        canvas.markers(frame.pixels(shapely.get_coordinates(shapes)), symbol)
    elif isinstance(symbol, Stroke):
        lines = np.where(dimensions == 2, shapely.boundary(shapes), shapes)
        canvas.lines(_in_pixels(lines[dimensions > 0], frame), symbol)
    elif isinstance(symbol, Fill):
        areas = _in_pixels(_areas_of(shapes), frame)
        canvas.areas(areas, symbol)


def _areas_of(shapes: np.ndarray) -> np.ndarray:
    """Return the areas among shapes; what was cut may be a collection."""
    kinds = shapely.get_type_id(shapes)
    mixed = kinds == shapely.GeometryType.GEOMETRYCOLLECTION
    if mixed.any():
        shapes = np.concatenate([shapes[~mixed], shapely.get_parts(shapes[mixed])])
        kinds = shapely.get_type_id(shapes)
    areas = (kinds == shapely.GeometryType.POLYGON) | (
        kinds == shapely.GeometryType.MULTIPOLYGON
    )
    return np.asarray(shapes[areas & ~shapely.is_empty(shapes)])


def _in_pixels(shapes: np.ndarray, frame: Frame) -> np.ndarray:
    """Return shapes in pixels, without vertices that nobody could tell."""
    moved = np.asarray(shapely.transform(shapes, frame.pixels))
    if shapely.get_num_coordinates(moved).sum() > 40 * len(moved):
        simple = shapely.simplify(moved, _TOLERANCE, preserve_topology=False)
        moved = np.where(shapely.is_empty(simple), moved, simple)
    return moved
