"""Repeated slashes in an address count as one.

arcgis-rest-request asks ``//rest/info`` of a server whose address it was given with
a slash at the end. A redirect would lose the body of its POST.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

_SLASHES = re.compile(r"/{2,}")

Answering = Callable[[HttpRequest], HttpResponseBase]


def collapsed_slashes(get_response: Answering) -> Answering:
    """Return the middleware."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.path = _SLASHES.sub("/", request.path)
        request.path_info = _SLASHES.sub("/", request.path_info)
        return get_response(request)

    return middleware
