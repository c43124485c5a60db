"""Features and tables from files of other programs; any file may be hostile."""

from __future__ import annotations

from services.reading.readers import read_features, read_table

__all__ = ["read_features", "read_table"]
