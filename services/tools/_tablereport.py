"""A report on any table or features: facts, a map, and the rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from services.geometry.features import FeatureSet, Field, RecordSet
from services.report import (
    Column,
    Facts,
    Heading,
    MapFigure,
    MapLayer,
    Paragraph,
    Report,
    Section,
    Table,
)
from services.report.contents import Cell

#: Rows that a report shows; further ones are counted.
MOST_ROWS = 500
#: Columns that fit on a page.
MOST_COLUMNS = 10
_WIDEST, _NARROWEST = 40, 6  # characters that give a column its share of the width


def rows_report(
    records: RecordSet, title: str, text: str, shown: FeatureSet | None
) -> Report:
    """Return a report on the rows of a table, with a map if there are features."""
    fields = records.fields[:MOST_COLUMNS]
    sections: list[Section] = [Paragraph(text)] if text else []
    sections.append(Facts(_facts(records, shown)))
    if shown is not None and len(shown):
        layer = MapLayer(shown, title="Features")
        sections.append(MapFigure("Where the features lie", (layer,)))
    sections.append(Heading("Rows"))
    if len(records) and fields:
        sections.append(_table(records, fields))
    else:
        sections.append(Paragraph("There are no rows."))
    now = datetime.now(UTC)
    return Report(title, tuple(sections), date=f"made on {now:%d %B %Y}")


def _facts(records: RecordSet, shown: FeatureSet | None) -> tuple[tuple[str, str], ...]:
    facts = [("Rows", f"{len(records):,}"), ("Columns", f"{len(records.fields):,}")]
    if shown is not None:
        facts.append(("Features on the map", f"{len(shown):,}"))
    return tuple(facts)


def _table(records: RecordSet, fields: tuple[Field, ...]) -> Table:
    names = [field.name for field in fields]
    table = records.attributes.select(names).slice(0, MOST_ROWS)
    cells = [[_cell(one) for one in column.to_pylist()] for column in table.columns]
    columns = tuple(
        _column(field, column.type, values)
        for field, column, values in zip(fields, table.columns, cells, strict=True)
    )
    count = min(len(records), MOST_ROWS)
    caption = f"The first {count:,} of {len(records):,} rows"
    if count == len(records):
        caption = f"All {count:,} rows" if count > 1 else "The row"
    return Table(caption, columns, tuple(zip(*cells, strict=True)))


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, str | float):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


def _column(field: Field, kind: pa.DataType, cells: list[Cell]) -> Column:
    decimals = 0 if pa.types.is_integer(kind) else None
    if pa.types.is_floating(kind):
        whole = all(cell is None or float(cell).is_integer() for cell in cells)
        decimals = 0 if whole else 2
    title = field.alias or field.name
    shape = Column(title, decimals)
    widest = max([len(title), *(len(shape.shown(cell)) for cell in cells)])
    return Column(title, decimals, float(min(max(widest, _NARROWEST), _WIDEST)))
