"""Pixels: areas, lines and markers, anti-aliased, laid over each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import aggdraw
import numpy as np
import shapely
from PIL import Image

from services.drawing.dashes import dashed
from services.drawing.hatches import hatched
from services.drawing.symbols import Color, Fill, Marker, Stroke
from services.drawing.thinning import CLOSE, thinned

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
    """A picture that is being drawn, transparent at first.

    ``place`` brings the coordinates of shapes, (n, 2), to pixels; without it they are
    pixels. aggdraw wants one call for each shape: the loops here do nothing else.
    """

    def __init__(
        self,
        width: int,
        height: int,
        pixels_per_point: float,
        place: Callable[[np.ndarray], np.ndarray] = np.asarray,
    ) -> None:
        self._image = Image.new("RGBA", (width, height))
        self._factor = pixels_per_point
        self.place = place
        self._dots: list[tuple[np.ndarray, Color]] = []
        self._begin()

    def _begin(self) -> None:
        self._draw = aggdraw.Draw(self._image)
        self._draw.setantialias(True)

    def areas(self, shapes: np.ndarray, fill: Fill) -> None:
        """Draw polygons, holes left out; those within a pixel become dots."""
        bounds = self.place(shapely.bounds(shapes).reshape(-1, 2)).reshape(-1, 4)
        tiny = np.abs(bounds[:, 2:] - bounds[:, :2]).max(axis=1, initial=0.0) < 1.0
        if tiny.any():
            self.dots((bounds[tiny, 2:] + bounds[tiny, :2]) / 2, fill)
            shapes = shapes[~tiny]
        if not len(shapes):
            return
        if fill.hatch or fill.pixmap:
            self._patterned(shapes, fill)
            fill = Fill(None, fill.outline)
        brush = fill.color and aggdraw.Brush(fill.color[:3], fill.color[3])
        stroke = fill.outline
        pen = self._pen(stroke) if stroke and not stroke.dashes else None
        flat, rings = self._rings(shapes)
        draw = self._draw.polygon
        for ends in rings:
            if len(ends) == 2:
                draw(flat[ends[0] : ends[1]], pen, brush)
                continue
            self._draw.symbol((0, 0), _path(flat, ends), pen, brush)
        if stroke and stroke.dashes:
            self.lines(shapely.boundary(shapes), stroke)

    def _patterned(self, shapes: np.ndarray, fill: Fill) -> None:
        """Fill polygons with lines or with a picture, without their outline."""
        width, height = self._image.size
        mask = Canvas(width, height, self._factor, self.place)
        mask.areas(shapes, Fill((0, 0, 0, 255), None))
        covered = mask.premultiplied()[..., 3]
        if fill.pixmap:
            tile = fill.pixmap.pixels(self._factor)
            times = [-(-width // tile.shape[1]), -(-height // tile.shape[0])]
            tiled = np.tile(tile, (times[1], times[0], 1))[:height, :width]
            self.stamp([(tiled * covered[..., None], (0, 0))])
        elif fill.color:
            lines = hatched(fill.hatch, width, height, self._factor)
            self.stamp([(colored(covered * lines, fill.color), (0, 0))])

    def _rings(self, shapes: np.ndarray) -> tuple[list[float], list[list[int]]]:
        """Return all pixels as one list, and for each shape where its rings end."""
        kind, xy, offsets = shapely.to_ragged_array(shapes)
        if (np.diff(offsets[1]) > 1).any():  # holes have to run the other way round
            kind, xy, offsets = shapely.to_ragged_array(shapely.orient_polygons(shapes))
        xy, ring_offsets = thinned(self.place(xy), offsets[0], CLOSE, are_rings=True)
        rings, polygons = 2 * ring_offsets, offsets[1]
        if kind == shapely.GeometryType.MULTIPOLYGON:
            polygons = polygons[offsets[2]]
        ends, at = rings.tolist(), polygons.tolist()
        pairs = zip(at[:-1], at[1:], strict=True)
        return xy.ravel().tolist(), [ends[a : b + 1] for a, b in pairs if b > a]

    def lines(self, shapes: np.ndarray, stroke: Stroke) -> None:
        """Draw lines."""
        lines = shapely.get_parts(shapes)
        lines = lines[shapely.get_num_points(lines) > 1]
        if not len(lines):
            return
        _, xy, (offsets,) = shapely.to_ragged_array(lines)
        xy, offsets = thinned(self.place(xy), offsets, CLOSE, are_rings=False)
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
        """Draw markers at places, pixels of shape (n, 2)."""
        size = marker.size * self._factor
        offset = np.array([marker.x_offset, -marker.y_offset]) * self._factor
        places = places + offset
        brush = marker.color and aggdraw.Brush(marker.color[:3], marker.color[3])
        pen = self._pen(marker.outline) if marker.outline else None
        if marker.pixmap:
            pixels = marker.pixmap.pixels(self._factor, marker.angle)
            middle = np.array(pixels.shape[1::-1]) / 2
            corners = np.rint(places - middle).astype(int).tolist()
            self.stamp((pixels, (x, y)) for x, y in corners)
        elif marker.shape in _OPEN:
            self._crosses(places, marker, size)
        elif marker.shape == "Circle":
            boxes = np.hstack([places - size / 2, places + size / 2])
            for box in boxes.tolist():
                self._draw.ellipse(box, pen, brush)
        else:
            (outline,) = _SHAPES[marker.shape]
            for one in _around(places, outline, size, marker.angle):
                self._draw.polygon(one, pen, brush)

    def _crosses(self, places: np.ndarray, marker: Marker, size: float) -> None:
        color = marker.outline.color if marker.outline else marker.color
        if color is None:
            return
        width = marker.outline.width if marker.outline else 1.0
        pen = self._pen(Stroke(color, width))
        for stroke in _SHAPES[marker.shape]:
            for one in _around(places, stroke, size, marker.angle):
                self._draw.line(one, pen)

    def _pen(self, stroke: Stroke) -> aggdraw.Pen:
        width = max(stroke.width * self._factor, 0.3)
        return aggdraw.Pen(stroke.color[:3], width, stroke.color[3])

    def dots(self, places: np.ndarray, fill: Fill) -> None:
        """Colour the pixels at places, (n, 2), each once, when ``lay_dots`` is called.

        aggdraw would colour the pixels around them as well.
        """
        color = fill.color or (fill.outline.color if fill.outline else None)
        width, height = self._image.size
        at = np.floor(places).astype(np.int64)
        at = at[((at >= 0) & (at < (width, height))).all(axis=1)]
        if color is not None and len(at):
            self._dots.append((np.unique(at[:, 1] * width + at[:, 0]), color))

    def lay_dots(self) -> None:
        """Lay the dots over what was drawn so far."""
        if not self._dots:
            return
        self._draw.flush()
        pixels = np.array(self._image)
        flat = pixels.reshape(-1, 4)
        for cells, color in self._dots:
            alpha = color[3] / 255.0
            over = np.array([*(part * alpha for part in color[:3]), color[3]])
            flat[cells] = np.rint(over + flat[cells] * (1.0 - alpha))
        self._dots.clear()
        self._image = Image.fromarray(pixels)
        self._begin()

    def stamp(self, pieces: Iterable[tuple[np.ndarray, tuple[int, int]]]) -> None:
        """Lay pieces over the picture, each with its upper left at a corner.

        A piece has shape (h, w, 4), 0 to 255, alpha multiplied in. What of it lies
        outside of the picture is left out.
        """
        self._draw.flush()
        pixels = np.array(self._image)
        for over, (x, y) in pieces:
            down, across = over.shape[:2]
            below = pixels[max(y, 0) : max(y + down, 0), max(x, 0) : max(x + across, 0)]
            left, top = max(-x, 0), max(-y, 0)
            part = over[top : top + below.shape[0], left : left + below.shape[1]]
            made = part + below * (1.0 - part[..., 3:] / 255.0)
            below[:] = np.clip(np.rint(made), 0, 255)
        self._image = Image.fromarray(pixels)
        self._begin()

    def premultiplied(self) -> np.ndarray:
        """Return what is drawn, shape (height, width, 4), 0 to 1, alpha multiplied in.

        That is how aggdraw leaves a picture that began transparent.
        """
        self.lay_dots()
        self._draw.flush()
        return np.asarray(self._image, dtype=np.float32) / 255.0

    def picture(self, colors: np.ndarray) -> None:
        """Lay colours, shape (height, width, 4), 0 to 255, over what is drawn."""
        self.lay_dots()
        strips = (
            (top, colors[top : top + _STRIP_ROWS].astype(np.float32))
            for top in range(0, len(colors), _STRIP_ROWS)
        )
        self.stamp((_multiplied(strip), (0, top)) for top, strip in strips)


def _multiplied(colors: np.ndarray) -> np.ndarray:
    """Return colours with their alpha multiplied in."""
    return np.concatenate([colors[..., :3] * (colors[..., 3:] / 255.0),
                           colors[..., 3:]], axis=2)  # fmt: skip


def colored(covered: np.ndarray, color: Color) -> np.ndarray:
    """Return a colour as thick as ``covered`` (h, w) says, 0 to 1: a piece to stamp."""
    thick = covered[..., None] * (color[3] / 255.0)
    return np.asarray(np.array([*color[:3], 255.0], dtype=np.float32) * thick)


def _around(
    places: np.ndarray, outline: tuple[float, ...], size: float, degrees: float
) -> list[list[float]]:
    """Return an outline round each place, turned counterclockwise, flat lists."""
    corners = np.array(outline).reshape(-1, 2) * size
    if degrees:
        sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
        corners = corners @ np.array([[cosine, -sine], [sine, cosine]])
    around = places[:, None, :] + corners
    made: list[list[float]] = around.reshape(len(places), -1).tolist()
    return made


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
