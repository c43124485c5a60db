"""Labels on a map: where each goes, and which there is room for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from services.drawing.canvas import colored
from services.drawing.frame import Frame
from services.drawing.labels import LabelClass
from services.drawing.lettering import lettered
from services.geometry.features import RecordSet

#: Features that are looked at, and labels that are written, at most.
_MOST_FEATURES = 5000
_MOST_LABELS = 1000
#: Pixels that stay free round a point, and round each label.
_GAP = 3.0
_ROOM = 2.0


@dataclass(slots=True)
class Labels:
    """The labels of a picture; none overlaps one that was placed before."""

    pieces: list[tuple[np.ndarray, tuple[int, int]]] = field(default_factory=list)
    boxes: list[np.ndarray] = field(default_factory=list)

    def add(
        self, one: LabelClass, records: RecordSet, shapes: np.ndarray, frame: Frame
    ) -> None:
        """Place the labels of shapes (n,) in the frame; ``records`` go along.

        Raises InvalidValue for a field that is not there.
        """
        rows = np.flatnonzero(one.chosen(records))[:_MOST_FEATURES]
        texts = one.texts(records.take(rows))
        places, degrees = _anchors(shapes[rows], one, frame)
        for text, place, turn in zip(texts, places, degrees, strict=True):
            if text.strip() and len(self.boxes) < _MOST_LABELS:
                self._place(text.strip(), place, float(turn), one, frame)

    def _place(
        self, text: str, place: np.ndarray, turn: float, one: LabelClass, frame: Frame
    ) -> None:
        symbol, factor = one.symbol, frame.pixels_per_point
        made = lettered(text, symbol, factor, turn)
        size = np.array(made.size)
        if one.along:
            away = (one.beside or (0, 0))[1] * (symbol.size * factor * 0.6 + _GAP)
            angle = np.radians(turn)
            beside = away * np.array([np.sin(angle), np.cos(angle)])
        else:
            beside = np.array(one.beside or (0, 0)) * (size / 2 + _GAP)
        offset = np.array([symbol.x_offset, -symbol.y_offset]) * factor
        corner = np.rint(place + beside + offset - size / 2).astype(int)
        box = np.concatenate([corner, corner + size])
        if self._is_free(box, frame):
            self.boxes.append(box)
            at = (int(corner[0]), int(corner[1]))
            if made.halo is not None and symbol.halo:
                self.pieces.append((colored(made.halo, symbol.halo), at))
            self.pieces.append((colored(made.letters, symbol.color), at))

    def _is_free(self, box: np.ndarray, frame: Frame) -> bool:
        if (box[2:] <= 0).any() or box[0] >= frame.width or box[1] >= frame.height:
            return False
        if not self.boxes:
            return True
        known = np.array(self.boxes)
        apart = (known[:, 0] > box[2] + _ROOM) | (known[:, 2] < box[0] - _ROOM)
        apart |= (known[:, 1] > box[3] + _ROOM) | (known[:, 3] < box[1] - _ROOM)
        return bool(apart.all())


def _anchors(
    shapes: np.ndarray, one: LabelClass, frame: Frame
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels that labels belong to, (n, 2), and how far they are turned."""
    dimensions = shapely.get_dimensions(shapes)
    degrees = np.zeros(len(shapes))
    places = np.asarray(shapely.get_coordinates(shapely.centroid(shapes)))
    areas, lines = dimensions == 2, dimensions == 1
    if areas.any():
        inside = shapely.point_on_surface(shapes[areas])
        middles = shapely.centroid(shapes[areas])
        held = shapely.intersects(shapes[areas], middles)
        places[areas] = shapely.get_coordinates(np.where(held, middles, inside))
    if lines.any():
        longest = _longest(shapes[lines])
        middle = [shapely.get_coordinates(
            shapely.line_interpolate_point(longest, share, normalized=True))
            for share in (0.45, 0.5, 0.55)]  # fmt: skip
        places[lines] = middle[1]
        if one.along:
            step = middle[2] - middle[0]
            degrees[lines] = np.degrees(np.arctan(step[:, 1] / np.where(
                step[:, 0] == 0, 1e-12, step[:, 0])))  # fmt: skip
    return frame.pixels(places), degrees


def _longest(lines: np.ndarray) -> np.ndarray:
    """Return the longest part of each line."""
    parts, owner = shapely.get_parts(lines, return_index=True)
    order = np.lexsort((-shapely.length(parts), owner))
    first = np.unique(owner[order], return_index=True)[1]
    return np.asarray(parts[order][first])
