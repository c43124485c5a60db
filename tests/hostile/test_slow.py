"""Clients that send slowly, or stop in the middle: nobody else waits, nothing is run."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.corpus import BUFFER, FORM
from tests.hostile.site import LATER, LIMIT, NOW, Site, running

FEW, MANY = 8, 50


def head(path: str, length: int) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\n"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n"
    ).encode()


def connected(site: Site) -> socket.socket:
    place = urlsplit(site.address)
    return socket.create_connection((str(place.hostname), place.port), 120)


def until_cut(client: socket.socket, text: bytes) -> float:
    """Send a byte a second; return after how many seconds the portal has hung up."""
    began = time.monotonic()
    client.settimeout(1)
    for at in range(len(text)):
        try:
            client.send(text[at : at + 1])
            if client.recv(1000) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A portal that gives its clients little time."""
    folder = tmp_path_factory.mktemp("strict")
    with running(folder, CAIRN_CLIENT_SECONDS="1") as site:
        yield site
        site.assert_well()


@pytest.mark.corpus
@pytest.mark.parametrize("part", ["head", "body"])
@pytest.mark.parametrize("count", [FEW, MANY])
def test_slow_clients_are_cut_and_hold_nobody_up(strict, part, count):
    """HTP-025. The portal waits for sixteen at a time, here a second for each.

    Its looks are a second apart. Who comes behind more than sixteen waits for them.
    """
    site, rounds = strict, -(-count // 16)
    whole = head(f"{NOW}/Buffer/execute", 1_000_000)
    clients = [connected(site) for _ in range(count)]
    cut: list[float] = []
    threads = []
    for client in clients:
        if part == "body":
            client.sendall(whole)
        text = whole + b"X" * 100 if part == "head" else b"a=b" * 100
        threads.append(
            threading.Thread(
                target=lambda client=client, text=text: cut.append(
                    until_cut(client, text)
                )
            )
        )
        threads[-1].start()
    limit = LIMIT if count == FEW else 2 * LIMIT * rounds
    answer = site.post(f"{NOW}/Buffer/execute", BUFFER.good, limit=limit)
    assert not answer.error
    for thread in threads:
        thread.join(200)
    for client in clients:
        client.close()
    assert len(cut) == count
    assert max(cut) < 2 * LIMIT * rounds
    assert not site.post(f"{NOW}/Buffer/execute", BUFFER.good).error


def half(site: Site, path: str, kind: str, body: bytes) -> str:
    """Send all but the last bytes of a body, and hang up; return the answer."""
    with connected(site) as client:
        said = head(path, len(body)).replace(FORM.encode(), kind.encode())
        client.sendall(said + body[:-60])
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    assert b"Traceback" not in answer
    return answer.decode()


def test_half_a_value_runs_nothing(site):
    """A text that was cut would be another text."""
    body = b"f=json&In_Text=" + b"x" * 100
    answer = half(site, f"{NOW}/Tell/execute", FORM, body)
    assert '"results"' not in answer
    assert '"error"' in answer


def test_half_a_file_is_not_kept(site):
    lines = ["--b", 'Content-Disposition: form-data; name="f"', "", "json", "--b",
             'Content-Disposition: form-data; name="file"; filename="a.csv"', "",
             "x,y\n" + "1,2\n" * 50, "--b--", ""]  # fmt: skip
    kind = "multipart/form-data; boundary=b"
    whole = "\r\n".join(lines).encode()
    answer = half(site, f"{LATER}/uploads/upload", kind, whole)
    assert '"itemID"' not in answer
    assert '"error"' in answer
