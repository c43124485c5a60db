"""What keeps the portal from starting is said in one sentence with a way out."""

from __future__ import annotations

import re
import socket

import pytest

from portal import preflight
from portal.preflight import Refusal

SENTENCE = re.compile(r"[A-Z][^\n]+[.]")


def refusal(function, *arguments) -> str:
    with pytest.raises(Refusal) as caught:
        function(*arguments)
    assert SENTENCE.fullmatch(str(caught.value))
    return str(caught.value)


def test_a_free_port_is_accepted():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert preflight.free_port("127.0.0.1", str(port)) == port


def test_a_taken_port_is_named_with_another_one():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        text = refusal(preflight.free_port, "127.0.0.1", str(port))
    assert f"Port {port} is taken" in text
    assert "PORT=" in text


@pytest.mark.parametrize("port", ["", "web", "0", "65536", "-1", "8000.5", "٨"])
def test_a_port_that_is_no_port_is_refused(port):
    assert "1 to 65535" in refusal(preflight.free_port, "127.0.0.1", port)


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid", "2001:db8::7"])
def test_a_host_of_another_machine_is_refused(host):
    # Addresses and name are reserved for documentation: RFC 5737, 3849 and 2606.
    assert "HOST=127.0.0.1" in refusal(preflight.free_port, host, "8000")


def test_a_folder_that_cannot_be_written_is_named(settings):
    settings.LOGS_DIR = "/dev/null/logs"
    text = refusal(preflight.check_folders)
    assert "/dev/null/logs" in text
    assert "CAIRN_DATA_DIR" in text


def test_a_wrong_setting_is_named(settings):
    settings.CONTEXT = "two/segments"
    with pytest.raises(Refusal, match="CAIRN_CONTEXT=server"):
        preflight.check_folders()


def test_a_broker_that_is_not_there_is_named_without_its_password(settings):
    settings.BROKER_URL = "redis://:secret-word@127.0.0.1:1/0"
    text = refusal(preflight.check_broker)
    assert "CAIRN_BROKER_URL" in text
    assert "secret-word" not in text


def test_the_database_needs_no_broker(settings):
    settings.BROKER_URL = ""
    preflight.check_broker()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_portal_for_this_machine_has_local_names_only(host):
    assert preflight.names_of(host) == ["127.0.0.1", "localhost", "[::1]"]


def test_a_portal_for_others_has_the_name_of_the_machine_too():
    names = preflight.names_of("192.0.2.5")
    assert {"localhost", socket.gethostname(), "192.0.2.5"} <= set(names)
    assert "*" not in names


def test_a_portal_on_all_addresses_has_all_of_them(monkeypatch):
    monkeypatch.setattr(preflight, "_addresses", lambda: ["192.0.2.5", "[2001:db8::7]"])
    assert {"192.0.2.5", "[2001:db8::7]"} <= set(preflight.names_of("0.0.0.0"))


@pytest.mark.parametrize(
    ("host", "name"),
    [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("box", "box")],
)
def test_this_machine_reaches_the_portal_by_a_usable_name(host, name):
    assert preflight.reached_at(host) == name
