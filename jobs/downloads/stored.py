"""Stored rows that can be downloaded, and the files that are made of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings

from jobs.child.call import STORED, Call, Limits
from jobs.files import storage
from jobs.files.disk import require_room
from jobs.files.once import Kept, kept_files, made_once
from jobs.processes.runner import runner
from services.formats import Format
from services.query.layer import SHIPPED
from services.stored import Description, describe

_UNSAFE = re.compile(r"[^\w-]+", re.ASCII)


def _count_nothing(size: int) -> None:
    """Leave the bytes of a file uncounted."""


@dataclass(frozen=True, slots=True)
class StoredRows:
    """The rows of a result or layer: where they lie, and what their files are called.

    ``path`` is a Parquet file, or a layer that comes with the portal. Its files are
    kept in ``folder``, which is for these rows alone, since names of two may be alike
    as names of files; it goes when the rows go, at ``expires`` at the latest.
    ``counted`` is told the bytes of each new one.
    """

    name: str
    path: str
    folder: Path
    limits: Limits = field(default_factory=Limits)
    expires: datetime | None = None
    counted: Callable[[int], None] = _count_nothing

    def about(self) -> Description:
        """Return what is known of the rows. Raises NotFound."""
        return describe(self._data())

    def file_name(self, target: Format) -> str:
        """Return the name of the file in a format."""
        return f"{self._stem}.{target.extension}"

    def kept(self) -> dict[str, Kept]:
        """Return the files that were made so far, by name."""
        return kept_files(self.folder)

    def file(self, target: Format) -> Kept:
        """Return the file in a format, which a child makes unless it is there.

        Raises Busy, LimitExceeded, NotFound, and InvalidValue for rows that the
        format has no place for.
        """
        data = self._data()

        def make(path: Path) -> list[str]:
            require_room("files", [self.folder])
            return self._asked(str(data), target.name, path)

        return made_once(self.folder / self.file_name(target), make, self.counted)

    def _data(self) -> Path:
        """Return the Parquet file on this host's disk. Raises NotFound."""
        if self.path.startswith(SHIPPED):
            path = self.folder / f".{self._stem}.parquet"
            make = lambda path: self._asked(self.path, STORED, path)
            return made_once(path, make, _count_nothing).path
        return storage.found(Path(self.path), "the files of this result")

    def _asked(self, data: str, format_name: str, target: Path) -> list[str]:
        """Let a child write a file; return its notes."""
        call = Call(
            kind="file",
            limits=self.limits,
            outputs=({"path": data, "name": self._stem},),
            format=format_name,
            answer=str(target),
        )
        reply = runner().run(call, wait=settings.RUN_WAIT_SECONDS)
        notes: list[str] = reply.manifest[0]["notes"]
        return notes

    @property
    def _stem(self) -> str:
        return _UNSAFE.sub("_", self.name).strip("_")[:80] or "result"
