"""What must be right before the portal starts, and by which names it is reached."""

from __future__ import annotations

import errno
import ipaddress
import socket
import tempfile
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from portal.checks import settings_are_usable

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (compared only)
_LOCAL = ("127.0.0.1", "localhost", "::1")


class Refusal(Exception):
    """The portal cannot start; the message says in a sentence what to do."""


def first_line(exc: Exception) -> str:
    """Return the first line of an error's text, without a full stop."""
    return (str(exc).strip().splitlines() or [type(exc).__name__])[0].rstrip(".")


def free_port(host: str, text: str) -> int:
    """Return the port if it can be listened on. Raises Refusal."""
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 2**16):
        raise Refusal(f"PORT is '{text}': set it to a number from 1 to 65535.")
    port = int(text)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the web server does: a port that was just left is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            raise Refusal(_why_not(exc, host, port)) from None
    return port


def _why_not(exc: OSError, host: str, port: int) -> str:
    if exc.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken: stop what listens there, or choose another one,"
            f" for example PORT={port + 1 if port < 2**16 - 1 else 8000}."
        )
    if exc.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} is for root only: choose one above 1023, like PORT=8000."
    return f"HOST is '{host}', no address of this machine: try HOST=127.0.0.1."


def check_folders() -> None:
    """Make the folders of the portal and write into each. Raises Refusal."""
    for problem in settings_are_usable(None):
        raise Refusal(f"{problem.msg} {problem.hint}")
    for folder in (
        settings.DATA_DIR, settings.JOBS_DIR, settings.SPOOL_DIR, settings.LOGS_DIR,
        settings.UPLOADS_DIR, settings.HOSTED_DIR,
    ):  # fmt: skip
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as exc:
            raise Refusal(
                f"No write access to {folder} ({exc.strerror}): set CAIRN_DATA_DIR"
                " to a folder that you may write."
            ) from None


def check_broker() -> None:
    """Ask Redis for an answer if it is the broker. Raises Refusal."""
    if not settings.BROKER_URL:
        return
    try:
        client = redis.Redis.from_url(settings.BROKER_URL, socket_timeout=5)
        client.ping()
        client.close()
    except (redis.RedisError, ValueError) as exc:
        raise Refusal(
            f"Redis does not answer ({first_line(exc)}): start it, or check"
            " CAIRN_BROKER_URL."
        ) from None


def is_behind() -> bool:
    """Tell if the database lacks migrations."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def bracketed(address: str) -> str:
    """Return an address as it stands in a URL."""
    return f"[{address}]" if ":" in address else address


def reached_at(host: str) -> str:
    """Return the name under which this machine reaches a server on ``host``."""
    return bracketed(_WILDCARDS.get(host, host))


#: Names by which a machine calls itself.
LOCAL_NAMES = tuple(bracketed(name) for name in _LOCAL)


def names_of(host: str) -> list[str]:
    """Return the names that clients of a server on ``host`` call it by.

    A server for this machine alone needs no more than the default; one for others
    also has the machine's name and address: all addresses if it listens on all.
    """
    names = list(LOCAL_NAMES)
    if host in _LOCAL:
        return names
    machine = socket.gethostname()
    names += [machine, f"{machine}.local"]
    names += _addresses() if host in _WILDCARDS else [bracketed(host)]
    return list(dict.fromkeys(names))


def _addresses() -> list[str]:
    """Return the addresses of this machine; on Linux all of them."""
    found: list[str] = []
    with suppress(OSError):
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    with suppress(OSError):
        lines = Path("/proc/net/fib_trie").read_text("ascii").splitlines()
        found += [above.split()[-1] for above, line in pairwise(lines)
                  if "/32 host LOCAL" in line]  # fmt: skip
    with suppress(OSError):
        for line in Path("/proc/net/if_inet6").read_text("ascii").splitlines():
            address = ipaddress.IPv6Address(bytes.fromhex(line.split()[0]))
            found += [] if address.is_link_local else [str(address)]
    return [bracketed(address) for address in dict.fromkeys(found)]
