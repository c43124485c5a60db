"""Fetches end: redirects, slow and large answers, retries, pages, addresses."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
import urllib3

from jobs.inputs import outbound
from jobs.inputs.deadline import Deadline
from services.errors import InvalidValue
from tests.jobs.remote import Remote, remote
from tests.jobs.test_outbound import LOOPBACK, MALFORMED, PRIVATE
from tests.jobs.test_sources import LAYER, features, ids, layer, result

pytestmark = pytest.mark.django_db

SYNC = "/Samples/Types/GPServer/Echo"


def allow(settings: Any, *ports: int) -> None:
    settings.FETCH_HOSTS = [f"127.0.0.1:{port}" for port in ports]
    settings.FETCH_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def site(settings: Any) -> Iterator[Remote]:
    with remote() as found:
        allow(settings, found.port)
        yield found


@pytest.fixture
def echo(published: Any) -> None:
    published("samples.Echo", "Samples/Types", sync=True)


def read(url: str, token: str = "", limit: int = 2**20) -> bytes:
    with outbound.opened(url, token) as response:
        return b"".join(outbound.pieces(response, limit))


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run a server that does as it likes with each connection; yield its port."""

    def answer(listening: socket.socket) -> None:
        with suppress(OSError), ExitStack() as kept:
            while True:  # until the test closes it
                connection, _ = listening.accept()
                kept.enter_context(connection)
                with suppress(OSError):  # who asked may have left
                    serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, args=[listening])
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)


@pytest.mark.parametrize(
    "url", LOOPBACK + PRIVATE + MALFORMED, ids=lambda url: url[:40]
)
def test_no_redirect_leads_to_a_forbidden_address(settings, url):
    settings.FETCH_HOSTS, settings.FETCH_DENIED = ["*", "*:*"], []
    settings.FETCH_NETWORKS = []
    target = outbound.Target(
        outbound.urlsplit("http://gis.example.org/a"), "gis.example.org", 80, ()
    )
    with pytest.raises(InvalidValue):
        outbound.target_of(outbound._redirected(target, url))


def test_a_request_fetches_from_no_form_of_a_forbidden_address(
    rest, echo, settings, monkeypatch
):
    settings.FETCH_HOSTS, settings.FETCH_DENIED = ["*", "*:*"], []
    settings.FETCH_NETWORKS = []
    made: list[Any] = []
    monkeypatch.setattr(urllib3.util.connection, "create_connection", made.append)
    forms = [*LOOPBACK, *PRIVATE, *MALFORMED]
    assert len(forms) > 90
    for url in forms:
        answer = rest.post(f"{SYNC}/execute", In_File=json.dumps({"url": url}))
        assert answer["error"]["code"] == 400, url
        assert answer["error"]["details"][0].startswith("Parameter 'In_File': "), url
    assert made == []


def test_a_chain_of_redirects_is_checked_at_each_step(settings):
    with remote() as first, remote() as second, remote() as inside:
        allow(settings, first.port, second.port)
        inside.answers = {"/secret": b"secret"}
        second.answers = {"/on": (307, {"Location": f"{inside.url}/secret"}, b"")}
        first.answers = {"/go": (302, {"Location": f"{second.url}/on"}, b"")}
        with pytest.raises(InvalidValue, match="does not fetch from"):
            read(f"{first.url}/go")
        assert len(second.seen) == 1
        assert inside.seen == []


@pytest.mark.protocol("6.10 a token goes to its own host only")
def test_no_token_in_an_address_follows_a_redirect_to_another_host(settings):
    with remote() as site, remote() as other:
        allow(settings, site.port, other.port)
        other.answers = {"/there": b"content"}
        away = f"{other.url}/there?f=json&token=geheim"
        site.answers = {
            "/go": (302, {"Location": away}, b""),
            "/stay": (302, {"Location": "/end?token=geheim"}, b""),
            "/end": b"end",
        }
        assert read(f"{site.url}/go?token=geheim") == b"content"
        assert other.seen[0][1] == {"f": "json"}
        assert read(f"{site.url}/stay?token=geheim") == b"end"
        assert site.seen[-1][1] == {"token": "geheim"}


def test_a_name_is_looked_up_once_and_what_was_checked_is_connected_to(
    settings, monkeypatch
):
    """An answer of the name server that changes in between (rebinding) is not seen."""
    with remote() as site:
        site.answers = {"/a": b"content"}
        settings.FETCH_HOSTS = [f"rebinding.test:{site.port}"]
        settings.FETCH_NETWORKS = ["127.0.0.1/32"]
        asked = []
        original = socket.getaddrinfo

        def lookup(host: str, *args: Any, **options: Any) -> Any:
            if host != "rebinding.test":
                return original(host, *args, **options)
            asked.append(host)
            return original("127.0.0.1" if len(asked) == 1 else "10.0.0.1",
                            *args, **options)  # fmt: skip

        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        assert read(f"http://rebinding.test:{site.port}/a") == b"content"
        assert asked == ["rebinding.test"]
        assert site.seen[0][2]["Host"] == f"rebinding.test:{site.port}"
        with pytest.raises(InvalidValue, match="not open"):
            read(f"http://rebinding.test:{site.port}/a")


def test_another_address_of_the_host_is_tried_if_one_takes_no_connection(
    site, settings, monkeypatch
):
    site.answers = {"/a": b"content"}
    settings.FETCH_HOSTS = [f"two.test:{site.port}"]
    original = socket.getaddrinfo

    def lookup(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host != "two.test":
            return original(host, port, *args, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
                for address in ("127.0.0.2", "127.0.0.1")]  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    assert read(f"http://two.test:{site.port}/a") == b"content"


def test_a_proxy_of_the_environment_is_not_asked(site, monkeypatch):
    site.answers = {"/a": b"content"}
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert read(f"{site.url}/a") == b"content"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_server_that_is_busy_is_asked_again(site, status):
    def answer(query: dict[str, str]) -> Any:
        busy = (status, {"Retry-After": "0"}, b"x" * 100_000)
        return busy if len(site.seen) < 3 else b"content"

    site.answers = {"/a": answer}
    assert read(f"{site.url}/a") == b"content"
    assert len(site.seen) == 3


def test_a_server_that_stays_busy_is_told(site):
    site.answers = {"/a": (503, {"Retry-After": "0"}, b"")}
    with pytest.raises(InvalidValue, match="HTTP status 503"):
        read(f"{site.url}/a")
    assert len(site.seen) == 3


def test_a_connection_that_breaks_is_made_again(settings):
    seen = []

    def serve(connection: socket.socket) -> None:
        seen.append(connection.recv(4096))
        if len(seen) > 1:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        connection.close()

    with raw_server(serve) as port:
        allow(settings, port)
        assert read(f"http://127.0.0.1:{port}/") == b"ok"


HEAD = b"HTTP/1.1 200 OK\r\n"
SLOW: dict[str, tuple[bytes, bytes]] = {
    "silence": (b"", b""),
    "headers": (HEAD, b"X-A: b\r\n"),
    "status line": (b"", b"H"),
    "content": (HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
    "content without a length": (HEAD + b"Connection: close\r\n\r\n", b"x"),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
}


@pytest.mark.parametrize("what", SLOW)
def test_a_server_that_is_slow_on_purpose_is_left_in_time(settings, what):
    settings.FETCH_SECONDS = 0.6
    head, drop = SLOW[what]

    def serve(connection: socket.socket) -> None:
        connection.sendall(head)
        while drop:
            connection.sendall(drop)
            time.sleep(0.05)  # the server's own, not the test's

    with raw_server(serve) as port:
        allow(settings, port)
        with pytest.raises(InvalidValue, match=r"took longer than 0\.6 s to fetch"):
            read(f"http://127.0.0.1:{port}/")


def test_a_small_answer_that_unpacks_to_a_large_one_is_left(site):
    packed = gzip.compress(bytes(50 * 2**20))
    site.answers = {"/bomb": (200, {"Content-Encoding": "gzip"}, packed)}
    with pytest.raises(InvalidValue, match="has more than 1 MB"):
        read(f"{site.url}/bomb")


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a\0b", "\N{EURO SIGN}", "a\tb"])
def test_a_token_that_no_header_can_carry_is_refused(rest, echo, site, token):
    site.answers = {"/a.json": features(0, 1)}
    value = json.dumps({"url": f"{site.url}/a.json", "token": token})
    answer = rest.post(f"{SYNC}/execute", In_Features=value)
    assert "In_Features" in answer["error"]["details"][0]
    assert site.seen == []


def test_an_address_in_another_script_is_asked_percent_encoded(site):
    site.answers = {"/gr%C3%BCn.json": b"content"}
    url = f"{site.url}/gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n.json"
    assert read(url) == b"content"


def test_a_layer_that_never_ends_is_left_at_the_limit_of_features(
    rest, published, site
):
    published("samples.Echo", "Samples/Types", max_features=25)
    site.answers = {
        LAYER: layer,
        f"{LAYER}/query": lambda query: features(
            int(query.get("resultOffset", 0)), 10, more=True
        ),
    }
    value = json.dumps({"url": site.url + LAYER})
    answer = rest.post(f"{SYNC}/execute", In_Features=value)
    assert "more than the 25 features" in answer["error"]["details"][0]
    assert len(site.seen) == 4  # the layer, and three pages


def test_the_pages_of_a_layer_count_together(rest, echo, site, settings):
    settings.FETCH_BYTES = 5000
    site.answers = {
        LAYER: layer,
        f"{LAYER}/query": lambda query: features(
            int(query.get("resultOffset", 0)), 10, more=True
        ),
    }
    value = json.dumps({"url": site.url + LAYER})
    answer = rest.post(f"{SYNC}/execute", In_Features=value)
    assert "has more than" in answer["error"]["details"][0]
    assert len(site.seen) < 10


@pytest.mark.parametrize("sync", [True, False])
def test_the_time_of_a_run_holds_for_its_inputs_too(rest, published, settings, sync):
    published("samples.Echo", "Samples/Types", sync=sync, max_run_seconds=1)

    def serve(connection: socket.socket) -> None:
        connection.recv(4096)

    with raw_server(serve) as port:
        allow(settings, port)
        value = json.dumps({"url": f"http://127.0.0.1:{port}/a.json"})
        if sync:
            answer = rest.post(f"{SYNC}/execute", In_Features=value)
            told = answer["error"]["details"][0]
        else:
            job = rest.get(rest.run_job(SYNC, In_Features=value))
            assert job["jobStatus"] in ("esriJobTimedOut", "esriJobFailed")
            told = json.dumps(job["messages"])
    assert "longer than 1 s" in told or "time limit of 1 s" in told


def test_a_server_that_knows_no_header_for_tokens_is_asked_with_a_parameter(
    rest, echo, site
):
    refused = {"error": {"code": 499, "message": "Token Required"}}
    site.answers = {
        LAYER: lambda query: layer(query) if query.get("token") == "old" else refused,
        f"{LAYER}/query": lambda query: (
            features(0, 2) if query.get("token") == "old" else refused
        ),
    }
    value = json.dumps({"url": site.url + LAYER, "token": "old"})
    answer = rest.post(f"{SYNC}/execute", In_Features=value)
    assert ids(result(answer, "Out_Features")) == [0, 1]


def test_a_deadline_within_another_one_is_the_nearer(settings):
    settings.FETCH_SECONDS = 5
    assert Deadline.of_fetch(Deadline.after(1)).seconds == 1
    assert Deadline.of_fetch(Deadline.after(9)).seconds == 5
