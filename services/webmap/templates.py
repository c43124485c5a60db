"""The layouts of printed maps: sheets of paper, and where things stand on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MAP_ONLY = "MAP_ONLY"
#: Texts of a layout besides title, author and copyright; clients may set them.
CUSTOM_TEXTS = ("Subtitle", "Date")

_MARGIN, _HEAD, _FOOT = 10.0, 17.0, 13.0
_SIZES = {
    "A3": (420.0, 297.0),
    "A4": (297.0, 210.0),
    "Letter ANSI A": (279.4, 215.9),
    "Tabloid ANSI B": (431.8, 279.4),
}


@dataclass(frozen=True, slots=True)
class Template:
    """A layout by its name: the size of its sheet and of its map, in millimetres."""

    name: str
    width: float
    height: float

    @property
    def map_corner(self) -> tuple[float, float]:
        """The upper left corner of the map."""
        return _MARGIN, _MARGIN + _HEAD

    @property
    def map_size(self) -> tuple[float, float]:
        """Width and height of the map."""
        return self.width - 2 * _MARGIN, self.height - 2 * _MARGIN - _HEAD - _FOOT

    def to_json(self) -> dict[str, Any]:
        """Return what Get Layout Templates Info tells of it."""
        unit, mm = ("INCH", 25.4) if "ANSI" in self.name else ("CENTIMETER", 10.0)
        frame = [round(side / mm, 4) for side in self.map_size]
        return {
            "layoutTemplate": self.name,
            "pageSize": [round(side / mm, 4) for side in (self.width, self.height)],
            "pageUnits": unit,
            "activeDataFrameSize": frame,
            "webMapFrameSize": frame,
            "layoutOptions": {
                "hasTitleText": True,
                "hasAuthorText": True,
                "hasCopyrightText": True,
                "hasLegend": True,
                "customTextElements": [{name: ""} for name in CUSTOM_TEXTS],
            },
        }


#: All layouts by name, in the order of the list of choices.
TEMPLATES = {
    one.name: one
    for paper, (long, short) in _SIZES.items()
    for one in (
        Template(f"{paper} Landscape", long, short),
        Template(f"{paper} Portrait", short, long),
    )
}
