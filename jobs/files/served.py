"""Files over HTTP: whole or in ranges, known again by their ETag (RFC 9110)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date

from services.errors import NotFound

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*\Z", re.IGNORECASE)
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file that never changes, and how clients are to take it.

    The names of the file and of two folders above tell it from all others. It is
    always a download: ``media_type`` should be one that no browser runs.
    ``expires`` is when the address stops to work, None if that is not known.
    """

    path: Path
    name: str
    media_type: str = "application/octet-stream"
    expires: datetime | None = None


def file_response(request: HttpRequest, file: ServedFile) -> HttpResponseBase:
    """Answer a file, the range of it that was asked for, or that it is the same.

    Of several ranges in one request the whole file is the answer, which RFC 9110
    leaves to the server. Raises NotFound if the file is gone.
    """
    try:
        opened = file.path.open("rb", buffering=0)
    except FileNotFoundError:  # its time was over in this moment
        raise NotFound("File not found") from None
    try:
        size = file.path.stat().st_size
        response = _answered(request, file, opened, size)
    except BaseException:
        opened.close()
        raise
    if not isinstance(response, FileResponse):
        opened.close()
    tell_end(response, file.expires)
    return response


def _answered(
    request: HttpRequest, file: ServedFile, opened: IO[bytes], size: int
) -> HttpResponseBase:
    headers = _headers(file, size)
    same = get_conditional_response(request, etag=headers["ETag"])
    if same is not None:
        return _with(same, headers)
    start, stop = 0, size
    found = _range_of(request, headers["ETag"], size)
    if found is not None:
        start, stop = found
        if start >= stop:
            return _with(_beyond(size), headers)
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    headers["Content-Type"] = file.media_type
    disposition = content_disposition_header(True, file.name)
    headers["Content-Disposition"] = disposition or "attachment"
    status = 206 if found is not None else 200
    if request.method == "HEAD":
        return _with(HttpResponse(status=status), headers)
    return _with(_FileResponse(_Part(opened, start, stop), status=status), headers)


def _headers(file: ServedFile, size: int) -> dict[str, str]:
    """Return the headers of every answer about a file."""
    key = "/".join((*file.path.parts[-3:], str(size)))  # alike on all hosts
    return {
        "ETag": f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",  # ask again: rights may have changed
    }


def tell_end(response: HttpResponseBase, expires: datetime | None) -> None:
    """Let a response tell when its address stops to work (RFC 8594)."""
    if expires is not None:
        response.headers["Sunset"] = http_date(expires.timestamp())


def _with(response: HttpResponseBase, headers: dict[str, str]) -> HttpResponseBase:
    for name, text in headers.items():
        response.headers[name] = text
    return response


def _range_of(request: HttpRequest, tag: str, size: int) -> tuple[int, int] | None:
    """Return (start, stop) of the one range that is asked for; empty if beyond.

    None for the whole file: no range, one that cannot be read, several, or one of
    another version (If-Range).
    """
    asked = _RANGE.match(request.META.get("HTTP_RANGE", "").strip())
    version = request.META.get("HTTP_IF_RANGE", "").strip()
    if asked is None or request.method != "GET":
        return None
    first, last = asked.groups()
    if version not in ("", tag) or not (first or last):
        return None
    if not first:
        return max(0, size - int(last)), size if int(last) else 0
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1 if last else size)


def _beyond(size: int) -> HttpResponse:
    """Return the refusal of a range that begins behind the end."""
    text = f"the file has {size} bytes"
    error = {"code": 416, "message": "Range Not Satisfiable", "details": [text]}
    headers = {"Content-Range": f"bytes */{size}"}
    return JsonResponse({"error": error}, status=416, headers=headers)


class _FileResponse(FileResponse):
    """A file that leaves in large pieces."""

    block_size = _PIECE


class _Part:
    """The bytes of a file from ``start`` to before ``stop``.

    The web server sends them from file to socket: it asks for ``fileno``, and begins
    where the file stands.
    """

    def __init__(self, file: IO[bytes], start: int, stop: int) -> None:
        file.seek(start)
        self._file, self._left = file, stop - start

    def read(self, count: int = -1) -> bytes:
        """Return at most so many of the bytes that are left."""
        wanted = self._left if count < 0 else min(count, self._left)
        piece = self._file.read(wanted) if wanted else b""
        self._left -= len(piece)
        return piece

    def fileno(self) -> int:
        """Return the number of the open file."""
        return self._file.fileno()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
