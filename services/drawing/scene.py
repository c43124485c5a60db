"""Layers in a frame to a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from PIL import Image

from services.drawing.canvas import Canvas
from services.drawing.detail import Overview
from services.drawing.frame import Frame
from services.drawing.labelling import Labels
from services.drawing.renderers import Drawing
from services.drawing.source import Source, source_of
from services.drawing.symbols import Fill, Marker, Stroke, Symbol
from services.geometry.features import FeatureSet
from services.geometry.reproject import reproject
from services.geometry.wrap import clipped, world_copies
from services.query.layer import Layer as StoredLayer

#: Points around the frame where what is drawn may still reach into it.
_MARGIN = 64.0
#: Shapes up to so many pixels are made simpler before they are projected: in larger
#: ones the scale may change.
_SMALL = 64.0
_FEW_VERTICES = 8
#: What is simpler than this, in pixels, looks the same.
_TOLERANCE = 0.3


@dataclass(frozen=True, slots=True)
class Layer:
    """Features, and how they are drawn; of stored ones only ``rows``, or all."""

    features: FeatureSet | StoredLayer
    drawing: Drawing
    rows: np.ndarray | None = None


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
    seen: list[tuple[Layer, list[_View]]] = []
    for layer in reversed(layers):
        if isinstance(layer, Picture):
            canvas.picture(layer.colors)
        else:
            seen.append((layer, _draw_layer(canvas, layer, frame)))
    labels = Labels()
    for layer, views in reversed(seen):  # the first finds room before the others
        _label(labels, layer, views)
    if labels.pieces:
        canvas.stamp(labels.pieces)
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


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """What a frame shows of a layer: rows, and the shape of each in the map."""

    frame: Frame
    rows: np.ndarray
    shapes: np.ndarray


def _label(labels: Labels, layer: Layer, views: Sequence[_View]) -> None:
    """Place the labels of a layer that are shown at the scale."""
    for view in views:
        for one in layer.drawing.labels:
            if one.shows_at(view.frame.scale):
                records = layer.features.records.take(view.rows)
                labels.add(one, records, view.shapes, view.frame)


def _draw_layer(canvas: Canvas, layer: Layer, frame: Frame) -> list[_View]:
    """Draw a layer; return what is seen of it if that is to be labelled."""
    source = source_of(layer.features)
    rules = layer.drawing.renderer.choose(source)
    there = (rules >= 0) & ~np.isnan(source.bounds[:, 0])
    if layer.rows is not None:
        there &= np.isin(np.arange(len(source)), layer.rows, assume_unique=True)
    rows = np.flatnonzero(there)
    if not len(rows):
        return []
    overview = Overview.of(
        source.bounds[rows], source.spatial_reference, frame.reference
    )
    margin = _MARGIN * frame.pixels_per_point
    worlds = _worlds(frame)
    rows = rows[overview.seen(source.bounds[rows], worlds, margin)]
    steps = overview.steps(source.bounds[rows], frame)
    is_dot = _sizes(source, rows) < steps if source.has_areas else rows < 0
    dots = _middles(source, rows[is_dot])
    shapes = _shapes(source, rows[~is_dot], steps[~is_dot])
    moved = [
        reproject(one, source.spatial_reference, frame.reference)
        for one in (dots, shapes)
    ]
    parts = [rows[is_dot], rows[~is_dot]]
    views = []
    for seen in worlds:
        canvas.place = seen.pixels
        for one, numbers in zip(moved, parts, strict=True):
            visible, which = _visible(one, seen)
            order = rules[numbers[which]]
            for index, rule in enumerate(layer.drawing.renderer.rules):
                chosen = visible[order == index]
                if len(chosen):
                    _draw_shapes(canvas, chosen, rule.symbol)
            if layer.drawing.labels and len(which):
                views.append(_View(seen, numbers[which], visible))
    canvas.lay_dots()
    return views


def _sizes(source: Source, rows: np.ndarray) -> np.ndarray:
    bounds = source.bounds[rows]
    sizes: np.ndarray = (bounds[:, 2:] - bounds[:, :2]).max(axis=1)
    return sizes


def _middles(source: Source, rows: np.ndarray) -> np.ndarray:
    bounds = source.bounds[rows]
    return np.asarray(shapely.points((bounds[:, :2] + bounds[:, 2:]) / 2))


def _shapes(source: Source, rows: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the geometries of rows, flat, small ones only with what can be told."""
    shapes = source.shapes(rows)
    if shapely.has_z(shapes).any():
        shapes = shapely.force_2d(shapes)
    small = _sizes(source, rows) < _SMALL * steps  # none if these are unknown
    small &= shapely.get_num_coordinates(shapes) > _FEW_VERTICES
    if small.any():
        shapes = np.array(shapes, dtype=object)
        tolerances = _TOLERANCE * steps[small]
        simple = shapely.simplify(shapes[small], tolerances, preserve_topology=False)
        shapes[small] = np.where(shapely.is_empty(simple), shapes[small], simple)
    return shapes


def _worlds(frame: Frame) -> list[Frame]:
    """Return the frame as seen from each copy of the world that it shows."""
    copies = world_copies(frame.bounds, frame.reference)
    return [replace(frame, bounds=bounds) for bounds in copies]


def _visible(shapes: np.ndarray, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Return what lies in the frame, cut a little outside of it, and which it is."""
    near = frame.grown(_MARGIN * frame.pixels_per_point)
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    within = (bounds[:, 0] <= near[2]) & (bounds[:, 2] >= near[0])
    within &= (bounds[:, 1] <= near[3]) & (bounds[:, 3] >= near[1])
    which = np.flatnonzero(within)
    bounds, found = bounds[which], shapes[which]
    over = (bounds[:, 0] < near[0]) | (bounds[:, 2] > near[2])
    over |= (bounds[:, 1] < near[1]) | (bounds[:, 3] > near[3])
    if over.any():
        found[over] = clipped(found[over], near)
    return found, which


def _draw_shapes(canvas: Canvas, shapes: np.ndarray, symbol: Symbol) -> None:
    dimensions = shapely.get_dimensions(shapes)
    if isinstance(symbol, Marker):
        canvas.markers(canvas.place(shapely.get_coordinates(shapes)), symbol)
    elif isinstance(symbol, Stroke):
        lines = np.where(dimensions == 2, shapely.boundary(shapes), shapes)
        canvas.lines(lines[dimensions > 0], symbol)
    elif isinstance(symbol, Fill):
        points = shapes[dimensions == 0]  # areas within a pixel
        if len(points):
            canvas.dots(canvas.place(shapely.get_coordinates(points)), symbol)
        canvas.areas(_areas_of(shapes), symbol)


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
