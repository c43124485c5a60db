"""Reports: a value that tools make of texts, tables, maps and charts; HTML and PDF."""

from __future__ import annotations

from services.report.contents import (
    Bar,
    BarChart,
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
from services.report.files import ReportFormat, write_report

__all__ = [
    "Bar",
    "BarChart",
    "Column",
    "Facts",
    "Heading",
    "MapFigure",
    "MapLayer",
    "Paragraph",
    "Report",
    "ReportFormat",
    "Section",
    "Table",
    "write_report",
]
