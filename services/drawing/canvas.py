"""Pixels: areas, lines and markers, anti-aliased, laid over each other."""

from __future__ import annotations

import aggdraw
import numpy as np
import shapely
from PIL import Image

from services.drawing.dashes import dashed
from services.drawing.symbols import Color, Fill, Marker, Stroke

#: The outlines of markers around (0, 0), with a size of 1 and y downwards.
_SHAPES: dict[str, tuple[tuple[float, ...], ...]] = {
    "Square": ((-0.5, -0.5, 0.5, -0.5, 0.5, 0.5, -0.5, 0.5),),
    "Diamond": ((0, -0.5, 0.5, 0, 0, 0.5, -0.5, 0),),
    "Triangle": ((0, -0.5, 0.5, 0.5, -0.5, 0.5),),
    "Cross": ((-0.5, 0, 0.5, 0), (0, -0.5, 0, 0.5)),
    "X": ((-0.5, -0.5, 0.5, 0.5), (-0.5, 0.5, 0.5, -0.5)),
}
_OPEN = ("Cross", "X")
_STRIP_ROWS = 256


class Canvas:
    """A picture that is being drawn, transparent at first; coordinates are pixels.

    aggdraw wants one call for each shape: the loops here do nothing else.
    """

    def __init__(self, width: int, height: int, pixels_per_point: float) -> None:
        self._image = Image.new("RGBA", (width, height))
        self._draw = aggdraw.Draw(self._image)
        self._draw.setantialias(True)
        self._factor = pixels_per_point
        self._dots: list[tuple[np.ndarray, Color]] = []

    def areas(self, shapes: np.ndarray, fill: Fill) -> None:
        """Draw polygons, holes left out; those within a pixel become dots."""
        bounds = shapely.bounds(shapes)
        tiny = (bounds[:, 2:] - bounds[:, :2]).max(axis=1, initial=0.0) < 1.0
        if tiny.any():
            middles = (bounds[tiny, 2:] + bounds[tiny, :2]) / 2
            edge = fill.outline.color if fill.outline else None
            self._dot(middles, fill.color or edge)
        shapes = shapes[~tiny]
        if not len(shapes):
            return
        brush = fill.color and aggdraw.Brush(fill.color[:3], fill.color[3])
        stroke = fill.outline
        pen = self._pen(stroke) if stroke and not stroke.dashes else None
        flat, rings = _rings(shapes)
        draw = self._draw.polygon
        for ends in rings:
            if len(ends) == 2:
                draw(flat[ends[0] : ends[1]], pen, brush)
                continue
            self._draw.symbol((0, 0), _path(flat, ends), pen, brush)
        if stroke and stroke.dashes:
            self.lines(shapely.boundary(shapes), stroke)

    def lines(self, shapes: np.ndarray, stroke: Stroke) -> None:
        """Draw lines."""
        lines = shapely.get_parts(shapes)
        lines = lines[shapely.get_num_points(lines) > 1]
        if not len(lines):
            return
        _, xy, (offsets,) = shapely.to_ragged_array(lines)
        pen, draw = self._pen(stroke), self._draw.line
        if stroke.dashes:
            unit = max(stroke.width * self._factor, 0.5)
            pattern = tuple(part * unit for part in stroke.dashes)
            for piece in dashed(xy, offsets, pattern):
                draw(piece, pen)
            return
        flat, ends = xy.ravel().tolist(), (2 * offsets).tolist()
        for start, end in zip(ends[:-1], ends[1:], strict=True):
            draw(flat[start:end], pen)

    def markers(self, places: np.ndarray, marker: Marker) -> None:
        """Draw markers at places, shape (n, 2)."""
        size = marker.size * self._factor
        offset = np.array([marker.x_offset, -marker.y_offset]) * self._factor
        places = places + offset
        brush = marker.color and aggdraw.Brush(marker.color[:3], marker.color[3])
        pen = self._pen(marker.outline) if marker.outline else None
        if marker.shape in _OPEN:
            self._crosses(places, marker, size)
        elif marker.shape == "Circle":
            boxes = np.hstack([places - size / 2, places + size / 2])
            for box in boxes.tolist():
                self._draw.ellipse(box, pen, brush)
        else:
            (outline,) = _SHAPES[marker.shape]
            around = np.tile(places, len(outline) // 2) + size * np.array(outline)
            for one in around.tolist():
                self._draw.polygon(one, pen, brush)

    def _crosses(self, places: np.ndarray, marker: Marker, size: float) -> None:
        color = marker.outline.color if marker.outline else marker.color
        if color is None:
            return
        width = marker.outline.width if marker.outline else 1.0
        pen = self._pen(Stroke(color, width))
        for stroke in _SHAPES[marker.shape]:
            around = np.tile(places, len(stroke) // 2) + size * np.array(stroke)
            for one in around.tolist():
                self._draw.line(one, pen)

    def _pen(self, stroke: Stroke) -> aggdraw.Pen:
        width = max(stroke.width * self._factor, 0.3)
        return aggdraw.Pen(stroke.color[:3], width, stroke.color[3])

    def _dot(self, places: np.ndarray, color: Color | None) -> None:
        if color:
            self._dots.append((np.floor(places).astype(int), color))

    def premultiplied(self) -> np.ndarray:
        """Return what is drawn, shape (height, width, 4), 0 to 1, alpha multiplied in.

        That is how aggdraw leaves a picture that began transparent.
        """
        self._draw.flush()
        pixels = np.asarray(self._image, dtype=np.float32) / 255.0
        height, width = pixels.shape[:2]
        for places, color in self._dots:
            seen = ((places >= 0) & (places < (width, height))).all(axis=1)
            x, y = np.unique(places[seen], axis=0).T
            alpha = color[3] / 255.0
            over = np.array([*(part / 255.0 * alpha for part in color[:3]), alpha])
            pixels[y, x] = over + pixels[y, x] * (1.0 - alpha)
        return pixels

    def picture(self, colors: np.ndarray) -> None:
        """Lay colours, shape (height, width, 4), 0 to 255, over what is drawn."""
        below = self.premultiplied()
        made = np.empty(colors.shape, dtype=np.uint8)
        for top in range(0, len(colors), _STRIP_ROWS):
            strip = slice(top, top + _STRIP_ROWS)
            over = colors[strip].astype(np.float32)
            alpha = over[..., 3:] / 255.0
            over[..., :3] *= alpha
            made[strip] = np.rint(over + 255.0 * below[strip] * (1.0 - alpha))
        self._image = Image.fromarray(made)
        self._draw = aggdraw.Draw(self._image)
        self._draw.setantialias(True)
        self._dots = []


def _rings(shapes: np.ndarray) -> tuple[list[float], list[list[int]]]:
    """Return all coordinates as one list, and for each shape where its rings end."""
    kind, xy, offsets = shapely.to_ragged_array(shapely.orient_polygons(shapes))
    rings, polygons = 2 * offsets[0], offsets[1]
    if kind == shapely.GeometryType.MULTIPOLYGON:
        polygons = polygons[offsets[2]]
    ends, at = rings.tolist(), polygons.tolist()
    pairs = zip(at[:-1], at[1:], strict=True)
    return xy.ravel().tolist(), [ends[a : b + 1] for a, b in pairs if b > a]


def _path(flat: list[float], ends: list[int]) -> aggdraw.Symbol:
    """Return rings as one path; holes, which run the other way round, stay empty."""
    at = [end - ends[0] for end in ends]
    texts = [f"{part:.3f}" for part in flat[ends[0] : ends[-1]]]
    return aggdraw.Symbol(
        " ".join(
            f"M{texts[start]},{texts[start + 1]} L{' '.join(texts[start + 2 : end])} Z"
            for start, end in zip(at[:-1], at[1:], strict=True)
        )
    )
