"""Addresses of clients: behind a proxy that of the client, not the proxy's."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

Answer = Callable[[HttpRequest], HttpResponseBase]


def canonical(text: str) -> str:
    """Return an address in one form: IPv4 as such, also if it came by an IPv6 socket.

    What is no address stays.
    """
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return text
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def address_of(request: HttpRequest) -> str:
    """Return the address of the client of a request."""
    return canonical(request.META.get("REMOTE_ADDR", ""))


def neighbourhood(address: str) -> str | None:
    """Return what an address is counted as, None if it is no address.

    A customer gets 2^64 addresses of IPv6: these count as one, by the first of them.
    """
    try:
        found = ipaddress.ip_address(canonical(address))
    except ValueError:
        return None  # a socket file
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((int(found), 64), strict=False).network_address)


def client_addresses(get_response: Answer) -> Answer:
    """Return middleware that takes REMOTE_ADDR from X-Forwarded-For.

    The last entry is the one that our own proxy has seen, with CAIRN_PROXIES=2 the
    one before it, and so on; clients may write the others.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        given = entries[-min(settings.PROXIES, len(entries))].strip()
        with suppress(ValueError):  # none, or no address: the proxy's own counts
            request.META["REMOTE_ADDR"] = str(ipaddress.ip_address(_host(given)))
        return get_response(request)

    return answer


def _host(entry: str) -> str:
    """Return an entry without the port that some proxies add."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    host, colon, port = entry.rpartition(":")
    return host if colon and "." in host and port.isdigit() else entry
