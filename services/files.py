"""DataFile: a file as tools see it, in and out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file a tool reads or has written.

    ``path`` is where it lies on this machine during the run. ``source`` is the
    wire object it came from (``{"url": …}`` or ``{"itemID": …}``); None for files
    that a tool made.
    """

    path: Path | None = None
    source: tuple[tuple[str, str], ...] | None = None

    @property
    def name(self) -> str:
        """File name without folders."""
        return self.path.name if self.path else ""
