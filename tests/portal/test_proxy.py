"""Behind a proxy, limits and tokens go by the address of the client."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from portal.proxy import address_of, client_addresses


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("10.9.9.9, 192.0.2.7", "192.0.2.7"),  # the client itself wrote the first
        ("2001:DB8:0::1", "2001:db8::1"),
        ("unknown", "127.0.0.1"),
        ("192.0.2.7, ", "127.0.0.1"),
        ("192.0.2.7:41234", "192.0.2.7"),  # some proxies add the port
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("", "127.0.0.1"),
    ],
)
def test_the_address_is_the_one_that_the_proxy_has_seen(forwarded, address):
    seen = []

    def view(request):
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded)
    client_addresses(view)(request)
    assert seen == [address]


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [("192.0.2.66, 192.0.2.7, 10.0.0.1", "192.0.2.7"), ("192.0.2.7", "192.0.2.7")],
)
def test_behind_two_proxies_the_last_entry_is_the_first_proxy(
    settings, forwarded, address
):
    settings.PROXIES = 2
    seen = []

    def view(request):
        seen.append(address_of(request))
        return HttpResponse()

    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded)
    client_addresses(view)(request)
    assert seen == [address]


@pytest.mark.parametrize("behind", ["0", "1"])
def test_the_header_counts_only_behind_a_proxy(tmp_path, behind):
    code = "from django.conf import settings; print(settings.MIDDLEWARE[0])"
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "CAIRN_DATA_DIR": str(tmp_path),
        "CAIRN_BEHIND_PROXY": behind,
    }
    ended = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True,
                           text=True, check=True)  # fmt: skip
    assert ("proxy" in ended.stdout) is (behind == "1")
