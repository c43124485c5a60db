"""The guarded client: which URLs it opens, and which it never does."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from jobs.inputs import outbound
from services.errors import InvalidValue
from tests.hostile import elsewhere
from tests.jobs.remote import remote

pytestmark = pytest.mark.django_db  # rows of administrators count

LOOPBACK = [
    "http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://2130706433/",
    "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/",
    "http://017700000001/", "http://0/", "http://0.0.0.0/", "http://[::1]/",
    "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:7f00:1]/", "http://localhost/", "http://LOCALHOST./",
    "http://127.0.0.1.:80/", "http://127.255.255.254/",
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/", "http://\uff11\uff12\uff17.0.0.1/",
    "http://[::ffff:0:127.0.0.1]/", "http://[::127.0.0.1]/", "http://[::1%25lo]/",
    "http://0x7f.1/", "http://0177.1/", "http://127.0.0.1:80/", "http://000177.0.0.01/",
]  # fmt: skip
PRIVATE = [
    "http://10.0.0.1/", "http://172.16.0.1/", "http://172.31.255.255/",
    "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/",
    "http://[fe80::1]/", "http://[fc00::1]/", "http://[fd12:3456::1]/",
    "http://100.64.0.1/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
    "http://198.18.0.1/", "http://224.0.0.1/", "http://[ff02::1]/",
    "http://255.255.255.255/", "http://240.0.0.1/", "http://[::ffff:10.0.0.1]/",
    "http://192.0.0.1/", "http://3232235777/", "http://0xa9fea9fe/",
    "http://[64:ff9b:1::a00:1]/", "http://192.0.2.1/", "http://[fec0::1]/",
    "http://[100::1]/", "http://[3fff::1]/", "http://[5f00::1]/",
    "http://192.88.99.1/", "http://[2001:db8::1]/", "http://[2001::7f00:1]/",
    "http://[fe80::1%25eth0]/", "http://0xa.1/", "http://012.0.0.1/",
    "http://[::ffff:a9fe:a9fe]/", "http://203.0.113.7/", "http://[ff0e::1]/",
]  # fmt: skip
MALFORMED = [
    "file:///etc/passwd", "ftp://example.org/", "gopher://127.0.0.1:6379/_x",
    "http:///path", "http://", "//127.0.0.1/", "http://user@example.org/",
    "http://example.org:80@127.0.0.1/", "http://example.org\\@127.0.0.1/",
    "http://exa mple.org/", "http://example.org/\r\nX: 1", "http://[::1/",
    "http://example.org:99999/", "javascript:alert(1)", "http://\x00/",
    "dict://127.0.0.1:11211/", "http://" + "a" * 9000,
    "http://127.0.0.1:80@example.org/", "http://example.org@127.0.0.1/",
    "http://:pw@127.0.0.1/", "http://@127.0.0.1/", "http://./", "http://.../",
    "http:/\\127.0.0.1/", "http:127.0.0.1", "ws://example.org/", "data:,x",
    "http://[::ffff:127.0.0.1/", "http://[1]/", "http://\N{BULLET}/\t", "blob:http://a/",
    "jar:http://a/!", "unix:///run/docker.sock", "http://example.org:-1/", "HTTP//a",
]  # fmt: skip


@pytest.fixture
def all_hosts(settings: Any) -> None:
    settings.FETCH_HOSTS = ["*", "*:*"]
    settings.FETCH_NETWORKS = []
    settings.FETCH_DENIED = []


@pytest.mark.parametrize("url", LOOPBACK + PRIVATE)
def test_an_address_that_is_not_public_is_never_opened(all_hosts, url):
    with pytest.raises(InvalidValue, match=r"not open to this server|not known"):
        outbound.target_of(url)


@pytest.mark.parametrize("url", MALFORMED, ids=lambda url: url[:40])
def test_what_is_no_plain_url_is_refused(all_hosts, url):
    with pytest.raises(InvalidValue, match=r"expected a URL|does not fetch"):
        outbound.check(url)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254"])
def test_a_name_that_leads_inside_is_refused(all_hosts, monkeypatch, address):
    def lookup(host: str, port: int, **_: Any) -> list[Any]:
        family = socket.AF_INET
        public = (family, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))
        inside = (family, socket.SOCK_STREAM, 6, "", (address, port))
        return [public, inside]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(InvalidValue, match="not open"):
        outbound.target_of("http://rebinding.example.org/")


def test_a_redirect_is_checked_like_the_first_url(settings):
    with remote() as site, remote() as inside:
        settings.FETCH_HOSTS = [f"127.0.0.1:{site.port}"]
        settings.FETCH_NETWORKS = ["127.0.0.0/8"]
        inside.answers = {"/secret": b"secret"}
        site.answers = {"/go": (302, {"Location": f"{inside.url}/secret"}, b"")}
        with (
            pytest.raises(InvalidValue, match="does not fetch from"),
            outbound.opened(f"{site.url}/go"),
        ):
            pass
        assert inside.seen == []


def test_redirects_come_to_an_end(settings):
    with remote() as site:
        settings.FETCH_HOSTS = [f"127.0.0.1:{site.port}"]
        settings.FETCH_NETWORKS = ["127.0.0.0/8"]
        site.answers = {"/loop": (302, {"Location": "/loop"}, b"")}
        with (
            pytest.raises(InvalidValue, match="redirects more than 3 times"),
            outbound.opened(f"{site.url}/loop"),
        ):
            pass
        assert len(site.seen) == 4


@pytest.mark.protocol("6.10 a token goes to its own host only")
def test_a_token_does_not_follow_a_redirect_to_another_host(settings):
    with remote() as site, remote() as other:
        settings.FETCH_HOSTS = [f"127.0.0.1:{one.port}" for one in (site, other)]
        settings.FETCH_NETWORKS = ["127.0.0.0/8"]
        other.answers = {"/there": b"content"}
        site.answers = {"/go": (307, {"Location": f"{other.url}/there"}, b"")}
        with outbound.opened(f"{site.url}/go", "geheim") as response:
            assert response.read() == b"content"
        assert site.seen[0][2]["X-Esri-Authorization"] == "Bearer geheim"
        assert "X-Esri-Authorization" not in other.seen[0][2]


@pytest.mark.parametrize(
    ("pattern", "url", "is_allowed"),
    [
        ("gis.example.org", "https://gis.example.org/a", True),
        ("gis.example.org", "http://gis.example.org/a", True),
        ("gis.example.org", "https://GIS.EXAMPLE.ORG./a", True),
        ("gis.example.org", "https://gis.example.org:6443/a", False),
        ("gis.example.org:6443", "https://gis.example.org:6443/a", True),
        ("*.example.org", "https://gis.example.org/a", True),
        ("*.example.org", "https://example.org.evil.net/a", False),
        ("*.example.org", "https://evilexample.org/a", False),
        ("*", "https://anything.net/a", True),
    ],
)
def test_a_pattern_allows_the_hosts_that_it_names(settings, pattern, url, is_allowed):
    settings.FETCH_HOSTS = [pattern]
    if is_allowed:
        assert outbound.check(url).hostname
    else:
        with pytest.raises(InvalidValue, match="CAIRN_FETCH_HOSTS"):
            outbound.check(url)


def test_a_server_that_drips_is_left_at_the_end_of_the_time(settings):
    settings.FETCH_SECONDS = 1.5
    with elsewhere.running() as other:
        url = f"http://127.0.0.1:{other.plain}/drip"
        settings.FETCH_HOSTS = [f"127.0.0.1:{other.plain}"]
        settings.FETCH_NETWORKS = ["127.0.0.0/8"]
        with (
            pytest.raises(InvalidValue, match=r"took longer than 1\.5 s"),
            outbound.opened(url) as response,
        ):
            list(outbound.pieces(response, 1000))
