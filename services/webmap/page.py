"""A map on its sheet: title, scale bar, north arrow, legend, and who made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from PIL import Image

from services.drawing.frame import Frame
from services.geometry.units import METRES
from services.layout.elements import (
    BLACK,
    GREY,
    INCH,
    Element,
    Picture,
    Sheet,
    Text,
    box,
    moved,
)
from services.layout.fonts import fitted, width_of
from services.layout.legend import ROW, SIZE, SWATCH, Entry, legend
from services.layout.scalebar import (
    Ground,
    ground_at_centre,
    north_arrow,
    rounded_scale,
    scale_bar,
)
from services.webmap.options import Wish
from services.webmap.templates import Template

_VEIL = (255, 255, 255, 225)
_WIDEST = 66.0  # millimetres of a legend
_PAD = 2.0
_BAR = 55.0  # millimetres of a scale bar at most
_SHORT_UNITS = {"esriKilometers": ("esriMeters", ""), "esriMiles": ("esriFeet", "")}


@dataclass(frozen=True, slots=True)
class Printed:
    """A map that has been drawn: its picture, where it lies, its legend, sources."""

    image: Image.Image
    frame: Frame
    entries: tuple[Entry, ...] = ()
    credit: str = ""


def map_sheet(printed: Printed) -> Sheet:
    """Return the map alone, as large as its pixels are at their density."""
    dpi = printed.frame.dpi
    width, height = (side / dpi * INCH for side in printed.image.size)
    elements = [Picture(0, 0, width, height, printed.image, "Map")]
    return Sheet(
        width, height, (*elements, *_credit(printed.credit, width, height)), "Map"
    )


def _credit(text: str, right: float, bottom: float) -> tuple[Element, ...]:
    """Return the sources of a map in its lower right corner."""
    if not text:
        return ()
    shown = fitted(text, 6, right * 0.6)
    width = width_of(shown, 6) + 2.0
    return (
        box((right - width, bottom - 3.2), (width, 3.2), _VEIL),
        Text(right - 1.0, bottom - 1.0, shown, 6, anchor="end", color=GREY),
    )


def page(template: Template, printed: Printed, wish: Wish) -> Sheet:
    """Return the sheet of a layout."""
    (left, top), (width, height) = template.map_corner, template.map_size
    inside: list[Element] = [
        Picture(0, 0, width, height, printed.image, f"Map: {wish.title}"),
        *_legend(printed.entries, width, height - 4.5),
        *_credit(printed.credit, width, height),
        box((0, 0), (width, height), None, BLACK, 0.6),
    ]
    ground = ground_at_centre(printed.frame)
    if ground is not None:
        inside += [
            box((width - 12.0, 2.0), (10.0, 13.5), _VEIL),
            *north_arrow(width - 7.0, 10.5, 7.5, ground.north - wish.rotation),
            *_scale(ground, printed.frame, wish, (width, height)),
        ]
    elements = [
        *_head(template, wish),
        *(moved(one, left, top) for one in inside),
        *_foot(template, wish),
    ]
    return Sheet(template.width, template.height, tuple(elements), wish.title or "Map")


def _head(template: Template, wish: Wish) -> list[Element]:
    left, top = template.map_corner
    room = template.map_size[0]
    title = fitted(wish.title, 18, room, bold=True)
    subtitle = fitted(wish.custom.get("Subtitle", ""), 10, room)
    middle = left + room / 2
    baseline = top - (7.5 if subtitle else 4.5)
    return [
        Text(middle, baseline, title, 18, bold=True, anchor="middle"),
        Text(middle, top - 2.2, subtitle, 10, anchor="middle", color=GREY),
    ]


def _legend(
    entries: Sequence[Entry], right: float, bottom: float
) -> tuple[Element, ...]:
    """Return the legend in the lower right corner of the map, on a veil."""
    if not entries:
        return ()
    rows = min(len(entries), int((bottom * 0.6 - 2 * _PAD - ROW) / ROW))
    widest = max(
        width_of(one.label, SIZE, bold=one.is_heading)
        + (0.0 if one.is_heading else SWATCH[0] + 1.6)
        for one in entries
    )
    width = min(max(widest, 18.0), _WIDEST, right * 0.45)
    height = rows * ROW + ROW + 0.6
    x, y = right - width - 2 * _PAD - 2.0, bottom - height - 2 * _PAD
    return (
        box((x, y), (width + 2 * _PAD, height + 2 * _PAD), _VEIL, GREY, 0.3),
        Text(x + _PAD, y + _PAD + 2.8, "Legend", 8.5, bold=True),
        *legend(x + _PAD, y + _PAD + ROW + 0.6, width, entries, rows),
    )


def _scale(
    ground: Ground, frame: Frame, wish: Wish, size: tuple[float, float]
) -> list[Element]:
    """Return the scale bars and the scale, below the map."""
    per_mm = ground.metres_per_pixel * frame.width / size[0]
    units = wish.units or (("esriKilometers", ""),)
    longest = min(_BAR, size[0] * 0.3)
    elements: list[Element] = []
    x, y = 1.0, size[1] + 2.2
    for asked in units[:2]:
        is_short = per_mm * longest < METRES[asked[0]]
        unit, label = _SHORT_UNITS.get(asked[0], asked) if is_short else asked
        elements += scale_bar(x, y, per_mm, longest, unit, label)
        x += longest + 14.0
    text = f"{rounded_scale(per_mm * 1000.0)} in the middle of the map"
    return [*elements, Text(1.0, y + 8.4, text, 7, color=GREY)]


def _foot(template: Template, wish: Wish) -> list[Element]:
    """Return who made the map and when, below it on the right."""
    (left, top), (width, height) = template.map_corner, template.map_size
    today = wish.custom.get("Date") or f"{datetime.now(UTC):%d %B %Y}"
    by = "  ·  ".join(filter(None, (wish.author, today)))
    right, room = left + width, width * 0.5
    return [
        Text(right, top + height + 5.0, fitted(by, 8, room), 8, anchor="end"),
        Text(right, top + height + 9.2, fitted(wish.copyright, 7, room), 7,
             anchor="end", color=GREY),
    ]  # fmt: skip
