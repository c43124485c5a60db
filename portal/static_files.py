"""Static files from the packages, the texts among them compressed once.

WhiteNoise sends a file's ``.gz`` where there is one. Packages have none, so they are
made when the server first starts, in a folder beside the data.
"""

from __future__ import annotations

import gzip
import hashlib
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]
from whitenoise.responders import StaticFile  # type: ignore[import-untyped]

_TEXTS = (".css", ".js", ".json", ".svg")
_LEAST_BYTES = 1024


class CompressedStaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # no types
    """WhiteNoise that makes the compressed form of a text itself."""

    def get_static_file(
        self, path: str, url: str, stat_cache: dict[str, Any] | None = None
    ) -> StaticFile:
        """Return a file in all forms in which it may be sent."""
        packed = packed_form(path)
        if not packed:
            return super().get_static_file(path, url, stat_cache)
        headers = Headers([])
        self.add_mime_headers(headers, path, url)
        self.add_cache_headers(headers, path, url)
        return StaticFile(path, headers.items(), encodings={"gzip": packed})


@cache
def packed_form(path: str) -> str:
    """Return the path of the gzip form of a text file; "" for what needs none."""
    file = Path(path)
    if file.suffix not in _TEXTS or not file.is_file():
        return ""
    about = file.stat()
    if about.st_size < _LEAST_BYTES:
        return ""
    version = f"{path}:{about.st_size}:{about.st_mtime_ns}".encode()
    folder = Path(settings.DATA_DIR) / "static"
    target = folder / f"{hashlib.sha256(version).hexdigest()[:32]}.gz"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as made:
            made.write(gzip.compress(file.read_bytes(), 9, mtime=0))
        Path(made.name).replace(target)  # another process may have made the same
    return str(target)
