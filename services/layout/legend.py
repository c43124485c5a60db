"""Legends: symbols with their labels, in columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.drawing.symbols import Color, Fill, Marker, Stroke, Symbol
from services.layout.elements import BLACK, POINT, Area, Element, Line, Text, box
from services.layout.fonts import fitted

#: Millimetres: of a symbol, of a row, between columns.
SWATCH, ROW, GAP = (5.0, 3.2), 4.4, 4.0
SIZE = 7.0  # points of labels
_CIRCLE = 24


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a legend: a symbol and its label; without a symbol a heading."""

    label: str
    symbol: Symbol = None
    is_heading: bool = False


def plain_entry(label: str, color: tuple[int, int, int]) -> Entry:
    """Return the entry of a colour."""
    return Entry(label, Fill((*color, 255), Stroke((90, 90, 90, 255), 0.3)))


def legend(
    x: float,
    y: float,
    width: float,
    entries: Sequence[Entry],
    rows: int,
    columns: int = 1,
) -> tuple[Element, ...]:
    """Return a legend of that many rows and columns, its upper left corner at x, y.

    What has no place is counted in the last row.
    """
    room = rows * columns
    shown = list(entries)
    if len(shown) > room > 0:
        more = len(shown) - room + 1
        shown = [*shown[: room - 1], Entry(f"and {more} more", is_heading=False)]
    each = (width - GAP * (columns - 1)) / columns
    elements: list[Element] = []
    for at, entry in enumerate(shown[:room]):
        column, row = divmod(at, rows)
        elements += _row(x + column * (each + GAP), y + row * ROW, each, entry)
    return tuple(elements)


def _row(x: float, y: float, width: float, entry: Entry) -> list[Element]:
    baseline = y + ROW / 2 + 0.9
    if entry.is_heading:
        text = fitted(entry.label, SIZE, width, bold=True)
        return [Text(x, baseline, text, SIZE, bold=True)]
    left = x + SWATCH[0] + 1.6
    label = Text(left, baseline, fitted(entry.label, SIZE, x + width - left), SIZE)
    return [*swatch(x, y + (ROW - SWATCH[1]) / 2, entry.symbol), label]


def swatch(x: float, y: float, symbol: Symbol) -> list[Element]:
    """Return a symbol in a rectangle of the size of ``SWATCH``."""
    width, height = SWATCH
    if isinstance(symbol, Fill):
        edge = symbol.outline
        return [box((x, y), (width, height), symbol.color, edge.color if edge else None,
                    min(edge.width, 2.0) if edge else 0.5)]  # fmt: skip
    if isinstance(symbol, Stroke):
        middle = y + height / 2
        return _dashes(x, middle, width, symbol)
    if isinstance(symbol, Marker):
        return _marker(x + width / 2, y + height / 2, symbol)
    return []


def _dashes(x: float, y: float, width: float, stroke: Stroke) -> list[Element]:
    thickness = min(stroke.width, 4.0)
    unit = max(thickness * POINT, 0.1)
    pattern = [part * unit for part in stroke.dashes] or [width, 0.0]
    lines: list[Element] = []
    at, index = 0.0, 0
    while at < width:
        end = min(at + pattern[index % len(pattern)], width)
        if index % 2 == 0:
            lines.append(Line(((x + at, y), (x + end, y)), stroke.color, thickness))
        at, index = max(end, at + 0.02), index + 1
    return lines


def _marker(x: float, y: float, marker: Marker) -> list[Element]:
    half = min(marker.size * POINT, SWATCH[1]) / 2
    edge = marker.outline
    color: Color = edge.color if edge else marker.color or BLACK
    if marker.shape in ("Cross", "X"):
        ends = _CROSS if marker.shape == "Cross" else _DIAGONAL
        return [
            Line(tuple((x + half * px, y + half * py) for px, py in pair), color, 1.0)
            for pair in ends
        ]
    points = tuple((x + half * px, y + half * py) for px, py in _outline(marker.shape))
    return [Area(points, marker.color, edge.color if edge else None, 0.5)]


_CROSS = (((-1.0, 0.0), (1.0, 0.0)), ((0.0, -1.0), (0.0, 1.0)))
_DIAGONAL = (((-1.0, -1.0), (1.0, 1.0)), ((-1.0, 1.0), (1.0, -1.0)))


def _outline(shape: str) -> list[tuple[float, float]]:
    if shape == "Square":
        return [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    if shape == "Diamond":
        return [(0, -1), (1, 0), (0, 1), (-1, 0)]
    if shape == "Triangle":
        return [(0, -1), (1, 1), (-1, 1)]
    turns = [2 * math.pi * at / _CIRCLE for at in range(_CIRCLE)]
    return [(math.cos(turn), math.sin(turn)) for turn in turns]
