"""The one guarded client for URLs that requests name.

A client of ours may name any URL, so every fetch is a door to the network this
server stands in (server-side request forgery). What holds for each request and each
redirect: http or https, a host that the administrator allows, addresses that are
public or in an allowed network, a connection to the very address that was checked,
no more time and bytes than the limits, and no proxy of the environment.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from django.conf import settings

from jobs.inputs.deadline import Deadline, watched_pool
from jobs.models.fetchhosts import HostRules, ascii_host, host_rules
from services.confidential import without_tokens
from services.errors import InvalidValue

logger = logging.getLogger(__name__)

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_REDIRECTS = 3
_CONNECT_SECONDS = 5.0
_CHUNK = 1 << 16
_MAX_URL = 8192
#: What a busy server or its proxy says; the same request may succeed soon.
_TRY_AGAIN = (429, 502, 503, 504)
_PAUSES = (0.2, 1.0)
_LONGEST_PAUSE = 5.0
_RETRY = urllib3.Retry(
    total=2, connect=1, read=1, redirect=0, status=0, respect_retry_after_header=False
)
#: All that is public in IPv6; what is elsewhere may be a network of our own.
_UNICAST = ipaddress.ip_network("2000::/3")
#: Ranges in which ``is_global`` lets pass what leads to other addresses, or nowhere.
_REFUSED = tuple(
    map(ipaddress.ip_network, ("2002::/16", "3fff::/20", "192.88.99.0/24"))
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be fetched, and the addresses that were checked for it."""

    url: SplitResult
    host: str
    port: int
    addresses: tuple[str, ...]

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: a token goes to one of these alone."""
        return self.url.scheme, self.host, self.port


def check(url: str, rules: HostRules | None = None) -> SplitResult:
    """Return the parts of a URL whose host is allowed. Raises InvalidValue.

    Nothing is looked up: the addresses are checked when the URL is fetched.
    """
    parts, host, port = _read(url)
    rules = rules or host_rules()
    if not rules.allow(host, port, _PORTS[parts.scheme]):
        raise InvalidValue(
            f"this server does not fetch from {host[:100]}:{port};"
            " its administrator may allow hosts, in the administration or with"
            " CAIRN_FETCH_HOSTS"
        )
    return parts


def _read(url: str) -> tuple[SplitResult, str, int]:
    """Return the parts of a plain URL, its host and its port. Raises InvalidValue."""
    if len(url) > _MAX_URL or any(ord(c) <= 32 or ord(c) == 127 for c in url):
        raise InvalidValue("expected a URL of at most 8192 characters without blanks")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InvalidValue("expected a URL such as https://host/path") from None
    if parts.scheme not in _PORTS or not host.strip("."):
        raise InvalidValue("expected a URL that begins with http:// or https://")
    if parts.username is not None or parts.password is not None or "\\" in url:
        raise InvalidValue("expected a URL without user name and password")
    return parts, ascii_host(host), port or _PORTS[parts.scheme]


def target_of(url: str, rules: HostRules | None = None) -> Target:
    """Return where to connect for a URL; every address of its host is checked.

    A host that is not known and one that is not open are refused alike: the names of
    a network are not for strangers.
    """
    rules = rules or host_rules()
    check(url, rules)
    parts, host, port = _read(url)
    closed = InvalidValue(
        f"the host {host[:100]} is not known, or not open to this server"
    )
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise closed from None
    addresses = tuple(dict.fromkeys(str(one[4][0]) for one in found))
    refused = [one for one in addresses if not _may_reach(one, rules, port)]
    if refused or not addresses:
        logger.warning("refused to fetch from %s: its address is %s", host, refused)
        raise closed
    return Target(parts, host, port, addresses)


def _may_reach(text: str, rules: HostRules, port: int) -> bool:
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    if rules.deny(str(address), port):
        return False
    networks = [ipaddress.ip_network(one, strict=False)
                for one in settings.FETCH_NETWORKS]  # fmt: skip
    if any(address in network for network in networks):
        return True
    if address.version == 6 and address not in _UNICAST:
        return False
    leads_on = any(address in network for network in _REFUSED)
    return address.is_global and not address.is_multicast and not leads_on


@contextmanager
def opened(
    url: str,
    token: str = "",
    rules: HostRules | None = None,
    deadline: Deadline | None = None,
) -> Iterator[urllib3.BaseHTTPResponse]:
    """Open a URL for reading, redirects followed; InvalidValue if it is not to be had.

    ``token`` goes as a header to the origin of ``url`` alone, and a redirect to
    another one is followed without the tokens in its URL.
    """
    _require_sendable(token)
    rules, deadline = rules or host_rules(), deadline or Deadline.of_fetch()
    first = None
    for _ in range(_MAX_REDIRECTS + 1):
        target = target_of(url, rules)
        first = first or target
        own = token if target.origin == first.origin else ""
        with _answered(target, own, deadline) as response:
            if response.status in _REDIRECTS and response.headers.get("Location"):
                url = _redirected(target, response.headers["Location"])
                continue
            if response.status != 200:
                raise InvalidValue(
                    f"{target.host} answered with HTTP status {response.status}"
                )
            yield response
            deadline.require()  # what was cut off at its end is not the content
            return
    raise InvalidValue(f"the URL redirects more than {_MAX_REDIRECTS} times")


def _require_sendable(token: str) -> None:
    if not (token.isascii() and token.isprintable()):
        raise InvalidValue("expected a token of printable ASCII characters")


def _redirected(target: Target, location: str) -> str:
    """Return where a redirect leads. Raises InvalidValue for one out of TLS."""
    try:
        url = urljoin(target.url.geturl(), location)
    except ValueError:
        raise InvalidValue("the URL redirects to what is no URL") from None
    parts, host, port = _read(url)
    if target.url.scheme == "https" and parts.scheme != "https":
        raise InvalidValue("the URL redirects from https to http")
    is_same = (parts.scheme, host, port) == target.origin
    return url if is_same else str(without_tokens(url))


@contextmanager
def _answered(
    target: Target, token: str, deadline: Deadline
) -> Iterator[urllib3.BaseHTTPResponse]:
    """Ask a target; yield its answer, and close all that was opened for it."""
    with _connected(target, token, deadline) as response:
        try:
            yield response
        except urllib3.exceptions.HTTPError:
            deadline.require()
            raise InvalidValue(f"{target.host} could not be read") from None


@contextmanager
def _connected(
    target: Target, token: str, deadline: Deadline
) -> Iterator[urllib3.BaseHTTPResponse]:
    """Yield the answer of the first address of a target that takes a connection."""
    for address in target.addresses:
        with watched_pool(target.url.scheme, address, target.host, target.port,
                          deadline) as pool:  # fmt: skip
            try:
                response = _ask(pool, target, token, deadline)
            except urllib3.exceptions.HTTPError:
                deadline.require()
                continue
            try:
                yield response
            finally:
                response.close()
            return
    raise InvalidValue(f"{target.host} could not be read")


def _ask(
    pool: urllib3.HTTPConnectionPool, target: Target, token: str, deadline: Deadline
) -> urllib3.BaseHTTPResponse:
    path = target.url.path or "/"
    query = f"?{target.url.query}" if target.url.query else ""
    headers = {"Host": _host_header(target), "User-Agent": "Cairn", "Accept": "*/*"}
    if token:
        headers["X-Esri-Authorization"] = f"Bearer {token}"
    for pause in (*_PAUSES, None):
        left = deadline.left()
        connect = min(_CONNECT_SECONDS, left / 2)  # it is tried twice
        timeout = urllib3.Timeout(connect=connect, read=left)
        response = pool.request(
            "GET",
            path + query,
            headers=headers,
            timeout=timeout,
            redirect=False,
            retries=_RETRY,
            preload_content=False,
        )
        if pause is None or response.status not in _TRY_AGAIN:
            break
        # Not by urllib3: it would read the refused answer to its end.
        response.close()
        asked = _RETRY.get_retry_after(response)
        time.sleep(min(pause if asked is None else asked, _LONGEST_PAUSE))
        deadline.require()
    return response


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = _PORTS[target.url.scheme]
    return host if target.port == usual else f"{host}:{target.port}"


def pieces(
    response: urllib3.BaseHTTPResponse, limit: int, deadline: Deadline | None = None
) -> Iterator[bytes]:
    """Yield the decoded content, at most ``limit`` bytes. Raises InvalidValue."""
    deadline = deadline or Deadline.of_fetch()
    read = 0
    # Not by ``stream``: it waits for a full piece, however slowly bytes drip in.
    while piece := response.read1(_CHUNK, decode_content=True):
        read += len(piece)
        if read > limit:
            raise InvalidValue(f"has more than {limit / 2**20:g} MB at its URL")
        deadline.require()
        yield piece
