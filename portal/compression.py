"""Documents compressed by gzip for clients that accept it.

Only what a child process wrote and other JSON goes this way. Pages, tokens, refusals
and files stay as they are: a page repeats what its address says beside a token, and
whoever can choose one part of a compressed answer and see its length can guess the
rest (BREACH). A name of random length in each header blurs the length of documents.
"""

from __future__ import annotations

import re
import secrets
import struct
from collections.abc import Callable, Iterable, Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from isal import isal_zlib

_TYPES = frozenset({
    "application/json",
    "application/javascript",
    "application/geo+json",
    "application/x-protobuf",
})  # fmt: skip
LEAST_BYTES = 1024
#: Measured: of isal's levels, 2 is both the fastest and the smallest for our JSON,
#: and six times as fast as the standard library's fastest.
_LEVEL = 2
_RAW = -15  # deflate without a header of its own
_LONGEST_NAME = 100
_PIECE = 1 << 16
_ACCEPTS = re.compile(
    r"\b(?:gzip|x-gzip)\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|\Z))", re.IGNORECASE
)

Answering = Callable[[HttpRequest], HttpResponseBase]


def compressed_documents(get_response: Answering) -> Answering:
    """Return the middleware."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if _is_document(response):
            patch_vary_headers(response, ("Accept-Encoding",))
            if _ACCEPTS.search(request.META.get("HTTP_ACCEPT_ENCODING", "")):
                _compress(response)
        return response

    return middleware


def _is_document(response: HttpResponseBase) -> bool:
    kind = response.get("Content-Type", "").partition(";")[0]
    return (
        response.status_code == 200
        and kind in _TYPES
        and "no-store" not in response.get("Cache-Control", "")
        and not response.has_header("Content-Encoding")
        and not response.has_header("Content-Disposition")
    )


def _compress(response: HttpResponseBase) -> None:
    if isinstance(response, StreamingHttpResponse):
        # only large answers come as streams; their length is not known any more
        response.streaming_content = _pieces(iter(response.streaming_content))  # type: ignore[arg-type]
        del response.headers["Content-Length"]
        response.headers["Content-Encoding"] = "gzip"
        return
    if not isinstance(response, HttpResponse) or len(response.content) < LEAST_BYTES:
        return
    packed = b"".join(_pieces([response.content]))
    if len(packed) < len(response.content):
        response.content = packed
        response.headers["Content-Length"] = str(len(packed))
        response.headers["Content-Encoding"] = "gzip"


def _pieces(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a gzip file (RFC 1952) of the content, whose name has a random length."""
    name = b"x" * (1 + secrets.randbelow(_LONGEST_NAME))
    has_name, unknown_system = 8, 255
    ready = struct.pack("<4BL2B", 31, 139, 8, has_name, 0, 0, unknown_system)
    ready += name + b"\0"
    packer = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW)
    check = size = 0
    for piece in content:
        check = isal_zlib.crc32(piece, check)
        size += len(piece)
        ready += packer.compress(piece)
        if len(ready) >= _PIECE:
            yield ready
            ready = b""
    yield ready + packer.flush() + struct.pack("<2L", check, size & 0xFFFFFFFF)
