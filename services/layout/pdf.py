"""Sheets to pages of a PDF, by fpdf2: texts are texts, shaped and in their order."""

from __future__ import annotations

from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from services.drawing.fonts import font_file
from services.drawing.symbols import Color
from services.layout.elements import POINT, Area, Element, Line, Picture, Sheet, Text
from services.layout.fonts import width_of

FONT = "sheet"
#: Where fpdf2 has the baseline of a cell as high as its font, in its height.
_BASELINE = 0.8
_SHIFTS = {"start": 0.0, "middle": 0.5, "end": 1.0}


def new_document(title: str, author: str = "", subject: str = "") -> FPDF:
    """Return a document without pages: millimetres, our fonts, texts in any script."""
    document = FPDF(unit="mm")
    prepare(document, title, author, subject)
    return document


def prepare(document: FPDF, title: str, author: str = "", subject: str = "") -> None:
    """Give a document our fonts, and what its readers tell of it."""
    for style, bold in (("", False), ("B", True)):
        document.add_font(FONT, style, font_file(bold=bold))
    document.set_text_shaping(use_shaping_engine=True)
    document.set_auto_page_break(auto=False)
    document.set_creator("Cairn")
    document.set_creation_date(datetime.now(UTC))
    document.set_title(title)
    document.set_author(author)
    document.set_subject(subject)
    document.viewer_preferences = None
    document.c_margin = 0.0


def sheet_document(sheet: Sheet, title: str, author: str = "") -> bytes:
    """Return a PDF whose one page is the sheet."""
    document = new_document(title, author)
    document.add_page(format=(sheet.width, sheet.height))
    put(document, sheet, 0.0, 0.0)
    return bytes(document.output())


def put(document: FPDF, sheet: Sheet, x: float, y: float) -> None:
    """Draw a sheet on the current page, its upper left corner at x, y."""
    for element in sheet.elements:
        _draw(document, element, x, y)


def _draw(document: FPDF, one: Element, x: float, y: float) -> None:
    if isinstance(one, Text):
        _text(document, one, x, y)
    elif isinstance(one, Picture):
        document.image(
            one.image, x=x + one.x, y=y + one.y, w=one.width, h=one.height,
            alt_text=one.about or None,
        )  # fmt: skip
    else:
        _strokes(document, one, x, y)


def _text(document: FPDF, one: Text, x: float, y: float) -> None:
    if not one.text:
        return
    document.set_font(FONT, "B" if one.bold else "", one.size)
    document.set_text_color(*one.color[:3])
    height = one.size * POINT
    width = width_of(one.text, one.size, bold=one.bold)
    left = x + one.x - width * _SHIFTS[one.anchor]
    document.set_xy(left, y + one.y - _BASELINE * height)
    document.cell(
        w=width + 1.0, h=height, text=one.text, align="L",
        new_x=XPos.RIGHT, new_y=YPos.TOP,
    )  # fmt: skip


def _strokes(document: FPDF, one: Line | Area, x: float, y: float) -> None:
    points = [(px + x, py + y) for px, py in one.points]
    stroke = one.color if isinstance(one, Line) else one.outline
    fill = None if isinstance(one, Line) else one.fill
    with document.local_context(
        stroke_opacity=_share(stroke), fill_opacity=_share(fill)
    ):
        if stroke:
            document.set_draw_color(*stroke[:3])
            document.set_line_width(one.width * POINT)
        if fill:
            document.set_fill_color(*fill[:3])
        if isinstance(one, Line):
            document.polyline(points)
        else:
            style = "DF" if stroke and fill else "F" if fill else "D"
            document.polygon(points, style=style)


def _share(color: Color | None) -> float:
    return color[3] / 255.0 if color else 1.0
