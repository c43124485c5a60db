"""Reports to HTML: one file without scripts that asks nothing of any server."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from services.layout.elements import Sheet
from services.layout.svg import to_svg
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
from services.report.figures import chart, map_sheet

_STYLE = Path(__file__).parent / "report.css"


def to_html(report: Report) -> str:
    """Return the page; it prints on A4 or Letter, and reads at any width."""
    style = _style()
    body = "".join(_section(one) for one in report.sections)
    lines = "".join(
        f'<p class="{name}" dir="auto">{_safe(text)}</p>'
        for name, text in (("subtitle", report.subtitle), ("by", _by(report)))
        if text
    )
    return (
        f'<!DOCTYPE html><html lang="{_safe(report.language)}"><head>'
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="'
        f"default-src 'none'; img-src data:; style-src '{_hash_of(style)}'\">"
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_safe(report.title)}</title><style>{style}</style></head>"
        f'<body><main><header><h1 dir="auto">{_safe(report.title)}</h1>{lines}</header>'
        f"{body}</main></body></html>\n"
    )


def _by(report: Report) -> str:
    return " · ".join(filter(None, (report.author, report.date)))


@lru_cache(maxsize=1)
def _style() -> str:
    return _STYLE.read_text(encoding="utf-8").strip()


def _hash_of(style: str) -> str:
    digest = hashlib.sha256(style.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _safe(text: str) -> str:
    return escape("".join(c if c.isprintable() else " " for c in text))


def _section(section: Section) -> str:
    made: Callable[[Any], str] = _WRITERS[type(section)]
    return made(section)


def _heading(one: Heading) -> str:
    return f'<h2 dir="auto">{_safe(one.text)}</h2>'


def _paragraph(one: Paragraph) -> str:
    kind = ' class="small"' if one.is_small else ""
    return f'<p{kind} dir="auto">{_safe(one.text)}</p>'


def _facts(one: Facts) -> str:
    rows = "".join(
        f'<div><dt>{_safe(name)}</dt><dd dir="auto">{_safe(value)}</dd></div>'
        for name, value in one.pairs
    )
    return f"<dl>{rows}</dl>"


def _table(one: Table) -> str:
    heads = "".join(
        f'<th scope="col"{_number(at, one)}>{_safe(column.title)}</th>'
        for at, column in enumerate(one.columns)
    )
    rows = "".join(_row(one, at) for at in range(len(one.rows)))
    return (
        f'<div class="table"><table><caption dir="auto">{_safe(one.caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(table: Table, at: int) -> str:
    cells = table.rows[at]
    texts = [_safe(column.shown(cell))
             for column, cell in zip(table.columns, cells, strict=True)]  # fmt: skip
    if at < len(table.swatches):
        red, green, blue = table.swatches[at]
        texts[0] = (
            '<svg class="swatch" viewBox="0 0 14 10" width="14" height="10"'
            f' aria-hidden="true"><rect width="14" height="10" stroke="#777"'
            f' fill="#{red:02x}{green:02x}{blue:02x}"/></svg>{texts[0]}'
        )
    body = "".join(f'<td{_number(i, table)} dir="auto">{text}</td>'
                   for i, text in enumerate(texts[1:], 1))  # fmt: skip
    is_total = table.has_total and at == len(table.rows) - 1
    kind = ' class="total"' if is_total else ""
    return f'<tr{kind}><th scope="row" dir="auto">{texts[0]}</th>{body}</tr>'


def _number(at: int, table: Table) -> str:
    return "" if table.columns[at].decimals is None else ' class="number"'


def _figure(sheet: Sheet, kind: str) -> str:
    caption = f'<figcaption dir="auto">{_safe(sheet.about)}</figcaption>'
    return f'<figure class="{kind}">{to_svg(sheet, inline=True)}{caption}</figure>'


def _chart(one: BarChart) -> str:
    return _figure(chart(one), "chart")


def _map(one: MapFigure) -> str:
    return _figure(map_sheet(one), "map")


_WRITERS: dict[type, Callable[[Any], str]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Facts: _facts,
    Table: _table,
    BarChart: _chart,
    MapFigure: _map,
}
