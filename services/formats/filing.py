"""A stored data set to a file of a format; runs in the child process."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from services.formats import Format
from services.formats.source import StoredRows, Writer


def write_file(target: Format, rows: StoredRows, path: Path) -> list[str]:
    """Write all rows; return what a reader should know that was not known before."""
    module, name = target.writer.split(".")
    writer: Writer = getattr(import_module(f"services.formats.{module}"), name)
    return writer(rows, path)
