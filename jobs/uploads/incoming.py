"""Files of a multipart request: straight to disk, never into memory."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    SkipFile,
    StopUpload,
)

from jobs.files.disk import require_room

#: Prefix of files that are still arriving; the sweep removes what was left behind.
PREFIX = "incoming-"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that has arrived; it goes with the request unless it is linked."""

    name: str
    path: Path
    size: int


class ToDisk(FileUploadHandler):
    """Writes the first file of the wanted fields beside the uploads; skips others.

    ``received`` is the file once the form has been read. Above ``limit`` bytes the
    upload stops, ``is_too_large``, and nothing is kept.
    """

    file: Any  # the parser closes it by this name if it is there

    def __init__(self, names: tuple[str, ...], limit: int) -> None:
        super().__init__()
        self.names, self.limit = names, limit
        self.received: Incoming | None = None
        self.is_too_large = False
        self._size = 0

    def handle_raw_input(self, *args: Any, **_: Any) -> None:
        """Refuse the request if there is no room for it."""
        content_length: int = args[2]
        require_room("uploads", [settings.UPLOADS_DIR], content_length)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open a file for a wanted field."""
        super().new_file(*args, **kwargs)
        if (self.field_name or "").lower() not in self.names or self._has_file():
            raise SkipFile
        folder = Path(settings.UPLOADS_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        self.file = tempfile.NamedTemporaryFile(prefix=PREFIX, dir=folder)  # noqa: SIM115  (kept)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002  (Django)
        """Append a piece."""
        self._size += len(raw_data)
        if self._size > self.limit:
            self.is_too_large = True
            raise StopUpload(connection_reset=False)
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        """Return the file; the request closes it, which removes it."""
        self.file.flush()
        name = self.file_name or ""
        self.received = Incoming(name, Path(self.file.name), self._size)
        return UploadedFile(file=self.file, name=name, size=file_size)

    def discard(self) -> None:
        """Remove the file, or what has come of it; nothing if there is none.

        Django does it only for what it has read whole or was told to stop reading.
        """
        if self._has_file():
            self.file.close()

    def _has_file(self) -> bool:
        return hasattr(self, "file")
