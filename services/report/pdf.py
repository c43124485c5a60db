"""Reports to PDF: A4 pages with their numbers, an outline, texts as texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from services.layout.elements import POINT, Sheet
from services.layout.fonts import is_right_to_left
from services.layout.pdf import FONT, prepare, put
from services.report.contents import (
    BarChart,
    Facts,
    Heading,
    MapFigure,
    Paragraph,
    Report,
    Section,
    Table,
)
from services.report.figures import WIDTH, chart, map_sheet

_MARGIN, _TOP, _BOTTOM = 18.0, 18.0, 20.0
_BLUE, _INK, _FAINT = (0, 71, 111), (34, 34, 34), (95, 95, 95)
_RULE = (205, 205, 205)
_SWATCH_SHARE = 0.025
#: How much longer fpdf2 takes the number of all pages to be than it is.
_TOO_LONG = 2.0


class _Pages(FPDF):
    """Pages with the report's title and their number below."""

    def __init__(self, report: Report) -> None:
        super().__init__(unit="mm", format="A4")
        prepare(self, report.title, report.author, report.subtitle)
        self.set_lang(report.language)
        self.set_margins(_MARGIN, _TOP, _MARGIN)
        self.set_auto_page_break(auto=True, margin=_BOTTOM)
        self._title = report.title

    def footer(self) -> None:
        """Write the line below each page."""
        self.set_y(-14.0)
        self.set_font(FONT, "", 7.5)
        self.set_text_color(*_FAINT)
        self.cell(w=WIDTH * 0.8, h=4.0, text=self._title[:110])
        width = WIDTH * 0.2 + _TOO_LONG
        self.cell(w=width, h=4.0, text=f"{self.page_no()} / {{nb}}", align="R")


def to_pdf(report: Report) -> bytes:
    """Return the file."""
    pages = _Pages(report)
    pages.add_page()
    _head(pages, report)
    sheets = {at: _sheet_of(one) for at, one in enumerate(report.sections)}
    for at, section in enumerate(report.sections):
        if isinstance(section, Heading):
            follower = sheets.get(at + 1)
            _keep(pages, 16.0 + (follower.height + 8.0 if follower else 20.0))
        sheet = sheets[at]
        if sheet is not None:
            _figure(pages, sheet)
            continue
        write: Callable[[Any, Any], None] = _WRITERS[type(section)]
        write(pages, section)
    return bytes(pages.output())


def _head(pages: FPDF, report: Report) -> None:
    pages.start_section(report.title)
    _block(pages, report.title, 19.0, bold=True)
    if report.subtitle:
        _block(pages, report.subtitle, 11.5, color=(70, 70, 70))
    by = " · ".join(filter(None, (report.author, report.date)))
    if by:
        _block(pages, by, 8.5, color=_FAINT)
    pages.ln(1.5)
    pages.set_draw_color(*_BLUE)
    pages.set_line_width(0.8)
    pages.line(_MARGIN, pages.get_y(), _MARGIN + WIDTH, pages.get_y())
    pages.ln(4.0)


def _block(
    pages: FPDF,
    text: str,
    size: float,
    *,
    bold: bool = False,
    color: tuple[int, int, int] = _INK,
) -> None:
    pages.set_font(FONT, "B" if bold else "", size)
    pages.set_text_color(*color)
    pages.multi_cell(
        w=WIDTH,
        h=size * POINT * 1.35,
        text=text,
        align="R" if is_right_to_left(text) else "L",
        new_x="LMARGIN",
        new_y="NEXT",
    )


def _sheet_of(section: Section) -> Sheet | None:
    if isinstance(section, BarChart):
        return chart(section)
    return map_sheet(section) if isinstance(section, MapFigure) else None


def _heading(pages: FPDF, one: Heading) -> None:
    pages.ln(3.0)
    pages.start_section(one.text, level=1)
    _block(pages, one.text, 12.5, bold=True, color=_BLUE)
    pages.ln(1.0)


def _keep(pages: FPDF, height: float) -> None:
    """Begin another page if so much does not fit on this one."""
    if pages.will_page_break(height):
        pages.add_page()


def _paragraph(pages: FPDF, one: Paragraph) -> None:
    size = 8.0 if one.is_small else 9.5
    _block(pages, one.text, size, color=_FAINT if one.is_small else _INK)
    pages.ln(1.5)


def _facts(pages: FPDF, one: Facts) -> None:
    pages.set_draw_color(*_RULE)
    pages.set_line_width(0.2)
    pages.set_font(FONT, "", 9.0)
    with pages.table(
        width=WIDTH, col_widths=(1, 3), first_row_as_headings=False,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES, line_height=5.2,
        text_align=("LEFT", "LEFT"), padding=0.4,
    ) as table:  # fmt: skip
        for name, value in one.pairs:
            row = table.row()
            row.cell(name, style=FontFace(color=_FAINT))
            row.cell(value, style=FontFace(emphasis="BOLD", color=_INK))
    pages.ln(3.0)


def _table(pages: FPDF, one: Table) -> None:
    _keep(pages, min(60.0, 14.0 + 6.0 * len(one.rows)))
    pages.set_font(FONT, "", 8.5)
    pages.set_draw_color(*_RULE)
    pages.set_line_width(0.2)
    aligned = ["LEFT" if column.decimals is None else "RIGHT"
               for column in one.columns]  # fmt: skip
    widths = [column.share for column in one.columns]
    heads = [column.title for column in one.columns]
    if one.swatches:
        aligned, heads = ["LEFT", *aligned], ["", *heads]
        widths = [sum(widths) * _SWATCH_SHARE, *widths]
    with pages.table(
        width=WIDTH, col_widths=widths, text_align=aligned, line_height=5.0,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES, padding=(0.3, 1.5),
        headings_style=FontFace(emphasis="BOLD", color=_BLUE),
    ) as table:  # fmt: skip
        table.row(heads)
        for at in range(len(one.rows)):
            _row(table, one, at)
    pages.ln(1.0)
    _block(pages, one.caption, 7.5, color=_FAINT)
    pages.ln(3.0)


def _row(made: Any, table: Table, at: int) -> None:
    """Write a row; its colour, if any, fills a narrow cell of its own."""
    is_total = table.has_total and at == len(table.rows) - 1
    row = made.row(style=FontFace(emphasis="BOLD" if is_total else "", color=_INK))
    if table.swatches:
        has_one = at < len(table.swatches)
        row.cell("", style=FontFace(fill_color=table.swatches[at]) if has_one else None)
    for column, cell in zip(table.columns, table.rows[at], strict=True):
        row.cell(column.shown(cell))


def _figure(pages: FPDF, sheet: Sheet) -> None:
    _keep(pages, sheet.height + 8.0)
    top = pages.get_y()
    put(pages, sheet, _MARGIN, top)
    pages.set_xy(_MARGIN, top + sheet.height + 1.5)
    _block(pages, sheet.about, 7.5, color=_FAINT)
    pages.ln(3.0)


_WRITERS: dict[type[Section], Callable[[Any, Any], None]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Facts: _facts,
    Table: _table,
}
