"""The portal's settings, and names that the corpus calls other servers by."""

from __future__ import annotations

import itertools
import os
import socket
from typing import Any

os.environ["CAIRN_TOOL_PACKAGES"] = "tests.toys"

from portal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

#: What the names ending in ``.test`` are: another server, here on loopback.
_ADDRESSES = {"allowed.test": itertools.repeat("127.0.0.1")}
#: A name that is public when it is looked up first, and then leads inside.
_ADDRESSES["rebind.test"] = itertools.chain(
    ["2001:4860::1"], itertools.repeat("127.0.0.1")
)
_look_up = socket.getaddrinfo


def _test_names(host: Any, *args: Any, **options: Any) -> list[Any]:
    """Look a name up; those of the corpus have addresses of their own."""
    known = _ADDRESSES.get(str(host))
    return _look_up(next(known) if known else host, *args, **options)


socket.getaddrinfo = _test_names
