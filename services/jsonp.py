"""JSON as a call of a function (JSONP), for scripts that cannot ask across origins."""

from __future__ import annotations

import re

from services.errors import InvalidValue

MEDIA_TYPE = "application/javascript; charset=utf-8"
#: esri-leaflet asks for ``window._EsriLeafletCallbacks.c0``.
_CALLBACK = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*|\[\d+\])*\Z", re.ASCII)
_MAX_CALLBACK = 128


def check_callback(name: str) -> None:
    """Raise InvalidValue if a name is no plain path to a function."""
    if len(name) > _MAX_CALLBACK or not _CALLBACK.match(name):
        raise InvalidValue("Invalid callback")


def around(callback: str) -> tuple[bytes, bytes]:
    """Return what stands before and after the JSON of a call.

    The comment keeps the answer from being read as another file type.
    """
    return b"/**/" + callback.encode() + b"(", b");"
