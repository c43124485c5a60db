"""The one guarded client for URLs that requests name.

A client of ours may name any URL, so every fetch is a door to the network this
server stands in (server-side request forgery). What holds for each request and each
redirect: http or https, a host that the administrator allows, addresses that are
public or in an allowed network, a connection to the very address that was checked,
no more time and bytes than the limits, and no proxy of the environment.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from django.conf import settings

from services.errors import InvalidValue

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_REDIRECTS = 3
_CONNECT_SECONDS = 5.0
_CHUNK = 1 << 16
_MAX_URL = 8192
#: Ranges that ``is_global`` lets pass although they may lead to other addresses.
_TRANSLATED = tuple(
    map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"))
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be fetched, and the address that was checked for it."""

    url: SplitResult
    host: str
    port: int
    address: str


def check(url: str) -> SplitResult:
    """Return the parts of a URL whose host is allowed. Raises InvalidValue.

    Nothing is looked up: the addresses are checked when the URL is fetched.
    """
    if len(url) > _MAX_URL or any(ord(c) <= 32 or ord(c) == 127 for c in url):
        raise InvalidValue("expected a URL of at most 8192 characters without blanks")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InvalidValue("expected a URL such as https://host/path") from None
    if parts.scheme not in _PORTS or not host:
        raise InvalidValue("expected a URL that begins with http:// or https://")
    if parts.username is not None or parts.password is not None or "\\" in url:
        raise InvalidValue("expected a URL without user name and password")
    port = port or _PORTS[parts.scheme]
    if not _is_allowed(host, port, _PORTS[parts.scheme]):
        raise InvalidValue(
            f"this server does not fetch from {host[:100]}:{port};"
            " its administrator may allow hosts with CAIRN_FETCH_HOSTS"
        )
    return parts


def _is_allowed(host: str, port: int, usual: int) -> bool:
    """Tell if a setting names the host; one without a port means the usual ports."""
    for pattern in settings.FETCH_HOSTS:
        name, colon, number = pattern.rpartition(":")
        if not colon or not number.isdigit():
            name, number = pattern, str(usual)
        matches = fnmatch.fnmatchcase(host.rstrip(".").lower(), name.lower())
        if matches and str(port) == number:
            return True
    return False


def target_of(url: str) -> Target:
    """Return where to connect for a URL; every address of its host is checked."""
    parts = check(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or _PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise InvalidValue(f"the host {host[:100]} is not known") from None
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(_may_reach(one) for one in addresses):
        raise InvalidValue(f"the host {host[:100]} is not open to this server")
    return Target(parts, host, port, addresses[0])


def _may_reach(text: str) -> bool:
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    networks = map(ipaddress.ip_network, settings.FETCH_NETWORKS)
    if any(address in network for network in networks):
        return True
    translated = any(address in network for network in _TRANSLATED)
    return address.is_global and not address.is_multicast and not translated


@contextmanager
def opened(url: str, token: str = "") -> Iterator[urllib3.BaseHTTPResponse]:
    """Open a URL for reading, redirects followed; InvalidValue if it is not to be had.

    ``token`` goes as a header to the host of ``url`` alone.
    """
    deadline = time.monotonic() + settings.FETCH_SECONDS
    first = urlsplit(url).netloc
    for _ in range(_MAX_REDIRECTS + 1):
        target = target_of(url)
        own = token if target.url.netloc == first else ""
        with _answered(target, own, deadline) as response:
            if response.status in _REDIRECTS and response.headers.get("Location"):
                url = urljoin(url, response.headers["Location"])
                if target.url.scheme == "https" and not url.startswith("https:"):
                    raise InvalidValue("the URL redirects from https to http")
                continue
            if response.status != 200:
                raise InvalidValue(
                    f"{target.host} answered with HTTP status {response.status}"
                )
            yield response
            return
    raise InvalidValue(f"the URL redirects more than {_MAX_REDIRECTS} times")


@contextmanager
def _answered(
    target: Target, token: str, deadline: float
) -> Iterator[urllib3.BaseHTTPResponse]:
    """Ask a target; yield its answer, and close all that was opened for it."""
    pool = _pool(target)
    try:
        response = _ask(pool, target, token, deadline)
        try:
            yield response
        finally:
            response.close()
    except urllib3.exceptions.HTTPError:
        raise InvalidValue(f"{target.host} could not be read") from None
    finally:
        pool.close()


def _pool(target: Target) -> urllib3.HTTPConnectionPool:
    """Return a pool to the checked address; TLS still verifies the host's name."""
    if target.url.scheme == "http":
        return urllib3.HTTPConnectionPool(target.address, target.port)
    return urllib3.HTTPSConnectionPool(
        target.address,
        target.port,
        server_hostname=target.host,
        assert_hostname=target.host,
    )


def _ask(
    pool: urllib3.HTTPConnectionPool, target: Target, token: str, deadline: float
) -> urllib3.BaseHTTPResponse:
    path = target.url.path or "/"
    query = f"?{target.url.query}" if target.url.query else ""
    headers = {"Host": _host_header(target), "User-Agent": "Cairn", "Accept": "*/*"}
    if token:
        headers["X-Esri-Authorization"] = f"Bearer {token}"
    left = max(0.1, deadline - time.monotonic())
    timeout = urllib3.Timeout(connect=min(_CONNECT_SECONDS, left), read=left)
    return pool.request(
        "GET",
        path + query,
        headers=headers,
        timeout=timeout,
        redirect=False,
        retries=urllib3.Retry(connect=1, read=1, redirect=0, status=0, total=2),
        preload_content=False,
    )


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = _PORTS[target.url.scheme]
    return host if target.port == usual else f"{host}:{target.port}"


def pieces(response: urllib3.BaseHTTPResponse, limit: int) -> Iterator[bytes]:
    """Yield the decoded content, at most ``limit`` bytes. Raises InvalidValue."""
    deadline = time.monotonic() + settings.FETCH_SECONDS
    read = 0
    # Not by ``stream``: it waits for a full piece, however slowly bytes drip in.
    while piece := response.read1(_CHUNK, decode_content=True):
        read += len(piece)
        if read > limit:
            raise InvalidValue(f"has more than {limit / 2**20:g} MB at its URL")
        if time.monotonic() > deadline:
            raise InvalidValue(
                f"took longer than {settings.FETCH_SECONDS:g} s to fetch"
            )
        yield piece
