"""What stands on a sheet; lengths in millimetres, y downwards, sizes in points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from PIL import Image

from services.drawing.symbols import Color

#: Millimetres in a point, 1/72 inch, and in an inch.
POINT = 25.4 / 72.0
INCH = 25.4

BLACK: Color = (34, 34, 34, 255)
GREY: Color = (105, 105, 105, 255)
WHITE: Color = (255, 255, 255, 255)


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text, from its anchor on the baseline."""

    x: float
    y: float
    text: str
    size: float = 8.0
    bold: bool = False
    anchor: Literal["start", "middle", "end"] = "start"
    color: Color = BLACK


@dataclass(frozen=True, slots=True)
class Line:
    """Straight pieces between points; ``width`` in points."""

    points: tuple[tuple[float, float], ...]
    color: Color = BLACK
    width: float = 0.5


@dataclass(frozen=True, slots=True)
class Area:
    """A polygon, filled or outlined or both; ``width`` in points."""

    points: tuple[tuple[float, float], ...]
    fill: Color | None = None
    outline: Color | None = None
    width: float = 0.5


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture over a rectangle; ``about`` is what it shows, for who cannot see it."""

    x: float
    y: float
    width: float
    height: float
    image: Image.Image
    about: str = ""


Element = Text | Line | Area | Picture


@dataclass(frozen=True, slots=True)
class Sheet:
    """Elements on a rectangle of paper, the last on top; ``about`` sums it up."""

    width: float
    height: float
    elements: tuple[Element, ...] = ()
    about: str = ""


def box(
    corner: tuple[float, float],
    size: tuple[float, float],
    fill: Color | None = None,
    outline: Color | None = None,
    stroke: float = 0.5,
) -> Area:
    """Return a rectangle by its upper left corner, and its width and height."""
    (x, y), (width, height) = corner, size
    right, bottom = x + width, y + height
    points = ((x, y), (right, y), (right, bottom), (x, bottom))
    return Area(points, fill, outline, stroke)


def moved(element: Element, x: float, y: float) -> Element:
    """Return an element by so much to the right and down."""
    if isinstance(element, Line | Area):
        points = tuple((px + x, py + y) for px, py in element.points)
        return replace(element, points=points)
    return replace(element, x=element.x + x, y=element.y + y)
