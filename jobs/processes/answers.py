"""What a child process wrote, as an HTTP answer; only a page reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import orjson
from django.http import (
    FileResponse,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils.http import content_disposition_header
from rest_framework.response import Response

from jobs.child.call import Reply
from services import jsonp
from services.formats import MEDIA_TYPES
from services.views import RestView

_CHUNK = 1 << 16


class _LargeResponse(FileResponse):
    """A file that leaves in large pieces where it is compressed on the way."""

    block_size = _CHUNK


def written_format(asked: str) -> str:
    """Return the format that a child writes for a format that a client asks."""
    return "json" if asked == "html" else asked


def child_response(view: RestView, reply: Reply, name: str) -> HttpResponseBase:
    """Return the answer with what a child wrote; ``name`` is that of a file of it."""
    asked: str = view.request.accepted_renderer.format
    if asked == "html":
        return Response(orjson.loads(taken(reply)))
    callback = view.form.get("callback") if asked in ("json", "pjson") else ""
    if callback:
        return _called(reply, callback)
    response = _plain(reply, MEDIA_TYPES[asked])
    if asked == "kmz":
        header = content_disposition_header(True, f"{name}.kmz")
        response.headers["Content-Disposition"] = header
    return response


def taken(reply: Reply) -> bytes:
    """Return the bytes; a file of them is gone then."""
    if not reply.path:
        return reply.body
    with _opened(reply) as file:
        return file.read()


def _opened(reply: Reply) -> IO[bytes]:
    """Return the open file of a reply; its name is gone."""
    file = Path(reply.path).open("rb")  # noqa: SIM115  (whoever reads it closes it)
    Path(reply.path).unlink()
    return file


def _plain(reply: Reply, media_type: str) -> HttpResponseBase:
    if reply.path:  # the response closes the file, whose name is nobody's business
        response = _LargeResponse(_opened(reply), content_type=media_type)
        response.headers.pop("Content-Disposition", None)
        return response
    return HttpResponse(reply.body, content_type=media_type)


def _called(reply: Reply, callback: str) -> HttpResponseBase:
    before, after = jsonp.around(callback)
    if not reply.path:
        return HttpResponse(before + reply.body + after, content_type=jsonp.MEDIA_TYPE)
    pieces = _around(_opened(reply), before, after)
    return StreamingHttpResponse(pieces, content_type=jsonp.MEDIA_TYPE)


def _around(file: IO[bytes], before: bytes, after: bytes) -> Iterator[bytes]:
    with file:
        yield before
        while piece := file.read(_CHUNK):
            yield piece
        yield after


def picture_response(reply: Reply, media_type: str) -> HttpResponseBase:
    """Return the answer with a picture that a child drew."""
    return _plain(reply, media_type)
