"""Reports to files that tools return."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from services.files import DataFile
from services.report.contents import Report

ReportFormat = Literal["PDF", "HTML"]


def write_report(
    report: Report, folder: Path, form: ReportFormat, name: str = "report"
) -> DataFile:
    """Write a report into a folder, that of the run; return the file."""
    target = folder / f"{name}.{form.lower()}"
    if form == "HTML":
        from services.report.html import to_html

        target.write_text(to_html(report), encoding="utf-8")
    else:  # the library is only loaded by runs that need it
        from services.report.pdf import to_pdf

        target.write_bytes(to_pdf(report))
    return DataFile(target)
