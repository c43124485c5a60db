"""Requests that only a raw connection can make: lengths that lie, heaps of headers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.corpus import BUFFER, FORM, form
from tests.server import portal

_PUBLISH = """
from services.catalog import publish
from services.management.commands.publish import service_at
from services.registry import installed
kind = "esriExecutionTypeSynchronous"
service = service_at("Toys/Service", execution_type=kind, access="everyone")
publish(installed("proximity.Buffer"), service)
"""
_BODY = form({"f": "json", **BUFFER.good})
_HEAD = f"Host: localhost\r\nContent-Type: {FORM}\r\n"
_LENGTH = f"Content-Length: {len(_BODY)}\r\n"

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("portal")
    with portal(folder, _PUBLISH, patience=0) as (address, _):
        yield address


def exchange(address: str, head: str, body: str) -> str:
    """Send text as it is; return the first line of the answer and its body."""
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port), 60) as connection:
        text = f"POST {BUFFER.url} HTTP/1.1\r\n{head}Connection: close\r\n\r\n{body}"
        connection.sendall(text.encode())
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces).decode()


def test_a_request_with_one_length_is_answered(address):
    assert '"results"' in exchange(address, _HEAD + _LENGTH, _BODY)


#: Of the corpus: HTP-021, HTP-022, HTP-024, HTP-011.
UNMEASURED = {
    "length-and-chunks": f"{_LENGTH}Transfer-Encoding: chunked\r\n",
    "two-lengths": f"{_LENGTH}Content-Length: 3\r\n",
    "200-headers": _LENGTH + "".join(f"X-{index}: a\r\n" for index in range(200)),
    "chunks": "Transfer-Encoding: chunked\r\n",
}


@pytest.mark.parametrize("headers", UNMEASURED.values(), ids=UNMEASURED)
def test_a_request_that_cannot_be_measured_is_refused(address, headers):
    assert_refused(address, headers)


def assert_refused(address: str, headers: str) -> None:
    """A portal runs nothing that comes with such headers."""
    body = f"{len(_BODY):x}\r\n{_BODY}\r\n0\r\n\r\n" if "chunked" in headers else _BODY
    answer = exchange(address, _HEAD + headers, body)
    assert answer.startswith(("HTTP/1.1 4", "HTTP/1.1 5")) or '"error"' in answer
    assert "Traceback" not in answer
    assert '"results"' not in answer
