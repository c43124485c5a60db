"""Every request has an id: of the client or proxy, else a new one; answers name it.

What a request says of secrets is hidden as long as it lasts.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from jobs import trace
from jobs.child.mask import hiding

HEADER = "X-Request-ID"
#: What is accepted from outside: it goes into logs, headers and the job's record.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Answering = Callable[[HttpRequest], HttpResponseBase]


def named_requests(get_response: Answering) -> Answering:
    """Return the middleware."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        name = given if _ID.fullmatch(given) else secrets.token_hex(8)
        # Django tells of a failure when the block below has ended.
        request.request_id = name  # type: ignore[attr-defined]
        with trace.of_request(name), hiding():
            response = get_response(request)
        response.headers[HEADER] = name
        return response

    return middleware
