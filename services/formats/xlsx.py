"""XLSX workbooks of one sheet, any size, written a column at a time.

Source: ECMA-376, part 1. Libraries write a cell at a time, which takes minutes for a
million rows; a sheet of plain cells is a few lines of XML.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc

from services.errors import LimitExceeded
from services.formats.flat import with_places
from services.formats.packing import packed
from services.formats.source import ISO, StoredRows, with_days
from services.formats.xlsxparts import DATE, DAY, HEADING, PARTS, SHEET, SHEET_PATH

_MOST_ROWS = 1_048_575  # and the line of names
_MOST_COLUMNS = 16_384
_LONGEST = 32_767
#: What XML 1.0 has no way to write.
_NOT_XML = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
_EXACT = 10**15  # whole numbers from here on lose digits in a cell
_DAY_MS = 86_400_000
#: Day 0 of spreadsheets; they are wrong before March 1900, a leap year for them.
_EPOCH_DAYS = 25_569
_FIRST_DAY = 61


def write_xlsx(rows: StoredRows, target: Path) -> list[str]:
    """Write the attributes, and of points their places, as one sheet.

    Texts are texts, never formulas. Raises LimitExceeded for more rows or columns
    than a sheet has.
    """
    _check_size(rows)
    is_drawn = rows.has_geometry and rows.about.geometry_type != "esriGeometryPoint"
    cut: dict[str, int] = {}
    before, after = SHEET
    with packed(target, PARTS) as folder:
        path = folder / SHEET_PATH
        path.parent.mkdir(parents=True)
        with path.open("wb") as sheet:
            sheet.write(before)
            for at, piece in enumerate(rows.pieces()):
                table = with_days(piece)
                table = table if is_drawn else with_places(rows, piece, table)
                if not at:
                    sheet.write(_heading(table.column_names))
                _write_rows(table, sheet, cut)
            sheet.write(after)
    return [f"texts of a cell have {_LONGEST} characters: {count} of {name} were cut"
            for name, count in cut.items()]  # fmt: skip


def _check_size(rows: StoredRows) -> None:
    count, columns = rows.about.count, len(rows.names) + 4
    if count > _MOST_ROWS or columns > _MOST_COLUMNS:
        raise LimitExceeded(
            f"{rows.name} has {count} rows, and a sheet of XLSX has at most"
            f" {_MOST_ROWS}; use csv"
        )


def _heading(names: list[str]) -> bytes:
    cells = "".join(
        f'<c s="{HEADING}" t="inlineStr"><is><t xml:space="preserve">{escape(name)}'
        "</t></is></c>"
        for name in names
    )
    return f"<row>{cells}</row>".encode()


def _write_rows(table: pa.Table, sheet: IO[bytes], cut: dict[str, int]) -> None:
    if not table.num_rows or not table.num_columns:
        return
    cells = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        short, count = _shortened(column)
        if count:
            cut[name] = cut.get(name, 0) + count
        cells.append(pc.fill_null(_cells(short), "<c/>"))
    lines = pc.binary_join_element_wise("<row>", *cells, "</row>", "")
    for chunk in lines.chunks:
        sheet.write("".join(chunk.to_pylist()).encode())


def _shortened(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int]:
    """Return a column whose texts fit into cells, and how many were cut."""
    if not pa.types.is_string(column.type):
        return column, 0
    count = pc.sum(pc.greater(pc.utf8_length(column), _LONGEST)).as_py() or 0
    return (pc.utf8_slice_codeunits(column, 0, _LONGEST) if count else column), count


def _cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the cell of each value; null stays null."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        numbers = column.cast(pa.int64()).cast(pa.float64())
        return _dated(column, pc.divide(numbers, float(_DAY_MS)), DATE, ISO)
    if pa.types.is_date(kind):
        days = column.cast(pa.int32()).cast(pa.float64())
        return _dated(column, days, DAY, "%Y-%m-%d")
    if pa.types.is_string(kind):
        return _texts(column)
    texts = column.cast(pa.string())
    cells = _joined("<c><v>", texts, "</v></c>")
    if not pa.types.is_integer(kind):
        return pc.if_else(pc.is_finite(column), cells, None)
    is_exact = pc.and_(pc.less(column, _EXACT), pc.greater(column, -_EXACT))
    return pc.if_else(is_exact, cells, _texts(texts))


def _dated(
    column: pa.ChunkedArray, days: pa.ChunkedArray, style: int, pattern: str
) -> pa.ChunkedArray:
    """Return days since 1970 as dates, as texts where spreadsheets know none."""
    days = pc.add(days, float(_EPOCH_DAYS))
    cells = _joined(f'<c s="{style}"><v>', days.cast(pa.string()), "</v></c>")
    is_known = pc.greater_equal(days, float(_FIRST_DAY))
    return pc.if_else(is_known, cells, _texts(pc.strftime(column, pattern)))


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return cells of texts; what XML cannot hold is replaced."""
    for raw, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        column = pc.replace_substring(column, raw, written)
    column = pc.replace_substring_regex(column, _NOT_XML, "\N{REPLACEMENT CHARACTER}")
    return _joined('<c t="inlineStr"><is><t xml:space="preserve">', column,
                   "</t></is></c>")  # fmt: skip


def _joined(before: str, column: pa.ChunkedArray, after: str) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(before, column, after, "")
