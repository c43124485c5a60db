"""Who may say from where the portal fetches: the environment, and administrators."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from jobs.inputs import outbound
from jobs.models import Job
from jobs.models.fetchhosts import FetchHost
from portal.checks import settings_are_usable
from services.errors import InvalidValue
from tests.jobs.remote import remote

pytestmark = pytest.mark.django_db

ADD = "/admin/jobs/fetchhost/add/"
ECHO = "/Toys/Service/GPServer/Echo"


@pytest.fixture
def nothing_named(settings: Any) -> None:
    settings.FETCH_HOSTS, settings.FETCH_DENIED = [], []
    settings.FETCH_NETWORKS = ["127.0.0.0/8"]


def is_allowed(url: str) -> bool:
    try:
        outbound.check(url)
    except InvalidValue:
        return False
    return True


def test_an_administrator_allows_and_denies_a_host_without_a_restart(
    admin_client, rest, published, nothing_named
):
    published("samples.Echo")
    with remote() as site:
        site.answers = {"/a.txt": b"words"}
        value = json.dumps({"url": f"{site.url}/a.txt"})
        row = {"pattern": f"127.0.0.1:{site.port}", "note": "ours"}
        refused = rest.post(f"{ECHO}/execute", In_File=value)
        assert "does not fetch from" in refused["error"]["details"][0]
        assert admin_client.post(ADD, row | {"effect": "allow"}).status_code == 302
        assert "results" in rest.post(f"{ECHO}/execute", In_File=value)
        url = f"/admin/jobs/fetchhost/{FetchHost.objects.get().pk}/change/"
        assert admin_client.post(url, row | {"effect": "deny"}).status_code == 302
        refused = rest.post(f"{ECHO}/execute", In_File=value)
        assert "does not fetch from" in refused["error"]["details"][0]
        assert len(site.seen) == 1


def test_a_waiting_job_whose_host_was_denied_meanwhile_fails(
    rest, published, nothing_named, settings
):
    published("samples.Echo", sync=False)
    with remote() as site:
        settings.FETCH_HOSTS = [f"127.0.0.1:{site.port}"]
        site.answers = {"/a.txt": b"words"}
        value = json.dumps({"url": f"{site.url}/a.txt"})
        job_id = rest.post(f"{ECHO}/submitJob", In_File=value)["jobId"]
        FetchHost.objects.create(pattern="127.0.0.1", effect="deny")
        from jobs.runs import execution

        execution.run(job_id)
        assert Job.objects.get().status == "esriJobFailed"
        assert site.seen == []


@pytest.mark.parametrize(
    ("rows", "url", "expected"),
    [
        ({"gis.example.org": "allow"}, "https://gis.example.org/a", True),
        ({"gis.example.org": "allow"}, "https://gis.example.org:6443/a", False),
        ({"gis.example.org:*": "allow"}, "https://gis.example.org:6443/a", True),
        ({"*": "allow", "*.evil.net": "deny"}, "https://a.evil.net/", False),
        ({"*": "allow", "*.evil.net": "deny"}, "https://evil.net.org/", True),
        ({"*:*": "allow", "a.net": "deny"}, "https://a.net:8443/", False),
        ({"*:*": "allow", "a.net:80": "deny"}, "https://a.net/", True),
        ({"*:*": "allow", "a.net:80": "deny"}, "http://a.net/", False),
        ({"*": "allow", "A.Net": "deny"}, "https://a.NET./", False),
        ({"*": "allow", "b\N{LATIN SMALL LETTER U WITH DIAERESIS}r.de": "deny"},
         "https://xn--br-xka.de/", False),
        ({"*": "allow", "xn--br-xka.de": "deny"},
         "https://B\N{LATIN SMALL LETTER U WITH DIAERESIS}R.de/", False),
        ({"*": "allow", "evil.net": "deny"},
         "https://\N{FULLWIDTH LATIN SMALL LETTER E}vil.net/", False),
        ({"[2606:4700::1]:8443": "allow"}, "https://[2606:4700::1]:8443/", True),
        ({"[2606:4700::1]": "allow"}, "https://[2606:4700::2]/", False),
    ],
)  # fmt: skip
def test_a_row_counts_for_the_hosts_that_it_names(nothing_named, rows, url, expected):
    for pattern, effect in rows.items():
        FetchHost.objects.create(pattern=pattern, effect=effect)
    assert is_allowed(url) is expected


def test_the_environment_denies_what_a_row_allows(nothing_named, settings):
    FetchHost.objects.create(pattern="*", effect="allow")
    settings.FETCH_DENIED = ["*.internal.example.org"]
    assert is_allowed("https://www.example.org/")
    assert not is_allowed("https://db.internal.example.org/")


def test_a_row_opens_no_network_that_is_not_public(nothing_named, settings):
    settings.FETCH_NETWORKS = []
    FetchHost.objects.create(pattern="127.0.0.1", effect="allow")
    with pytest.raises(InvalidValue, match="not open to this server"):
        outbound.target_of("http://127.0.0.1/")


def test_a_denied_address_is_not_reached_by_another_name(nothing_named, monkeypatch):
    FetchHost.objects.create(pattern="*", effect="allow")
    FetchHost.objects.create(pattern="93.184.216.34", effect="deny")

    def lookup(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    for host in ("other.example.org", "1572395042"):
        with pytest.raises(InvalidValue, match="not open to this server"):
            outbound.target_of(f"http://{host}/")


@pytest.mark.parametrize(
    "pattern",
    ["https://gis.example.org", "gis.example.org/a", "a b", "", "user@host", "host:x",
     "[::1", "a..b\N{GREEK SMALL LETTER ALPHA}" + "x" * 70],
)  # fmt: skip
def test_what_is_no_host_is_refused_with_a_hint(admin_client, pattern):
    page = admin_client.post(ADD, {"pattern": pattern, "effect": "allow"})
    assert page.status_code == 200
    assert not FetchHost.objects.exists()
    (told,) = page.context["adminform"].form.errors["pattern"]
    assert "Write a host" in told or "required" in told or "host name" in told
    if pattern:
        with pytest.raises(ValidationError):
            FetchHost(pattern=pattern, effect="allow").full_clean()


def test_the_page_says_what_the_environment_says(admin_client, settings):
    settings.FETCH_HOSTS, settings.FETCH_DENIED = ["gis.example.org"], ["*.bad.net"]
    text = admin_client.get(ADD).content.decode()
    assert "gis.example.org" in text
    assert "*.bad.net" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [("FETCH_HOSTS", "https://a.b"), ("FETCH_DENIED", "a b"),
     ("FETCH_NETWORKS", "10.0.0.0/99")],
)  # fmt: skip
def test_a_list_in_the_environment_that_is_wrong_ends_the_start(settings, name, value):
    setattr(settings, name, [value])
    (found,) = settings_are_usable(None)
    assert f"CAIRN_{name}" in found.msg
