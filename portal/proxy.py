"""Behind a proxy: the address of a request is that of the client, not the proxy's."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponseBase

Answer = Callable[[HttpRequest], HttpResponseBase]


def client_addresses(get_response: Answer) -> Answer:
    """Return middleware that takes REMOTE_ADDR from the last X-Forwarded-For.

    The last is the one that our own proxy has seen; clients may write the others.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        with suppress(ValueError):  # none, or no address: the proxy's own counts
            request.META["REMOTE_ADDR"] = str(ipaddress.ip_address(given))
        return get_response(request)

    return answer
