"""Bodies of multipart/form-data, with a file that goes to disk as uploads do."""

from __future__ import annotations

from io import BytesIO

from django.core.handlers.wsgi import WSGIRequest

from jobs.uploads.incoming import ToDisk
from services.errors import GPError
from services.request import read_form

_PART = b'--b\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
SEEDS = [
    _PART % (b"f", b"", b"json") + b"--b--\r\n",
    _PART % (b"file", b'; filename="a.csv"\r\nContent-Type: text/csv', b"x,y\n1,2")
    + b"--b--\r\n",
    _PART % (b"f", b'; filename*=utf-8\'\'%e2%82%ac.csv', b"x") + b"--b--",
    _PART % (b"f", b"\r\nContent-Transfer-Encoding: base64", b"anNvbg==") + b"--b--",
    b"--b\r\n\r\n--b--", b"--b--", b"--b\r\nContent-Disposition: form-data\r\n\r\nx",
]  # fmt: skip
_LIMIT = 2**16


def check(data: bytes) -> None:
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.input": BytesIO(data),
    }
    request = WSGIRequest(environ)
    incoming = ToDisk(("file",), 1000)
    request.upload_handlers = [incoming]
    try:
        form = read_form(request, _LIMIT)
    except GPError:
        return
    finally:
        incoming.discard()
    assert all(isinstance(text, str) for text in form.small.values())
    if incoming.received is not None:
        assert incoming.received.size <= 1000
        assert "/" not in incoming.received.name
