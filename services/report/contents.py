"""What a report is made of: frozen values, without a word on how they look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.geometry.extents import Extent
from services.geometry.features import FeatureSet
from services.layout.legend import Entry
from services.layout.maps import Backdrop

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a part."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of plain text; ``is_small`` for notes and sources."""

    text: str
    is_small: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, one a line."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; numbers have that many decimals, None is for texts.

    ``share`` is of the table's width, as a number beside those of other columns.
    """

    title: str
    decimals: int | None = None
    share: float = 1.0

    def shown(self, cell: Cell) -> str:
        """Return a cell as text: numbers with thousands apart, None as a dash."""
        if cell is None:
            return "\N{EN DASH}"
        if isinstance(cell, str) or self.decimals is None:
            return str(cell)
        return f"{cell:,.{self.decimals}f}"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; ``swatches`` are colours for the first cell of each row.

    With ``has_total`` the last row sums up the others.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    swatches: tuple[tuple[int, int, int], ...] = ()
    has_total: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart."""

    label: str
    value: float
    color: tuple[int, int, int] = (0, 98, 155)


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars from left to right, the first on top; ``unit`` stands behind the numbers."""

    caption: str
    bars: tuple[Bar, ...]
    unit: str = ""
    decimals: int = 1


@dataclass(frozen=True, slots=True)
class MapLayer:
    """Features on a map; ``drawing_info`` is Esri's, by default that of result maps."""

    features: FeatureSet
    drawing_info: dict[str, Any] | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class MapFigure:
    """A map of layers, the first on top, with a scale bar and an arrow to the north.

    Without ``extent`` it shows all of the first layer. Without a legend of its own
    it has one of all layers with a title. ``aspect`` is width by height.
    """

    caption: str
    layers: tuple[MapLayer, ...]
    extent: Extent | None = None
    backdrop: Backdrop | None = None
    legend: tuple[Entry, ...] = ()
    credit: str = ""
    aspect: float = 1.6


Section = Heading | Paragraph | Facts | Table | BarChart | MapFigure


@dataclass(frozen=True, slots=True)
class Report:
    """A report: a title, sections in their order, and who it is by.

    ``date`` stands below the title as it is; ``language`` is a tag such as ``en``.
    """

    title: str
    sections: tuple[Section, ...]
    subtitle: str = ""
    author: str = ""
    date: str = ""
    language: str = "en"
