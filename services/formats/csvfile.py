"""CSV (RFC 4180) in UTF-8 that a spreadsheet opens without running anything in it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from services.formats.flat import with_places
from services.formats.source import StoredRows, with_text_dates

#: What spreadsheets take for a formula, and what hides it from a look at the start.
_FORMULA = r"^[=+\-@\t\r\n]"
_MARK = b"\xef\xbb\xbf"  # tells spreadsheets that it is UTF-8


def write_csv(rows: StoredRows, target: Path) -> list[str]:
    """Write rows under a line with their names; a null is empty, an empty text ``""``.

    Texts that a spreadsheet would take for a formula get an apostrophe.
    """
    changed, writer = 0, None
    with target.open("wb") as file:
        file.write(_MARK)
        for piece in rows.pieces():
            plain, count = _disarmed(with_text_dates(piece).attributes)
            changed += count
            table = with_places(rows, piece, plain)
            table = table.rename_columns([_safe(name) for name in table.column_names])
            writer = writer or csv.CSVWriter(file, table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()
    if not changed:
        return []
    return [f"{changed} texts that begin like a formula have an apostrophe before"]


def _disarmed(table: pa.Table) -> tuple[pa.Table, int]:
    """Return columns without formulas, and how many texts were changed."""
    changed = 0
    for at, (name, column) in enumerate(
        zip(table.column_names, table.columns, strict=True)
    ):
        if pa.types.is_string(column.type):
            is_formula = pc.match_substring_regex(column, _FORMULA)
            count = pc.sum(is_formula).as_py() or 0
            if count:
                quoted = pc.binary_join_element_wise("'", column, "")
                safe = pc.if_else(is_formula, quoted, column)
                table = table.set_column(at, name, safe)
                changed += count
    return table, changed


def _safe(name: str) -> str:
    return f"'{name}" if name[:1] in "=+-@\t\r\n" else name
