"""The end of a fetch: whatever the other server does, its connection is cut then.

A timeout of a socket begins anew with each byte; a server that sends one a minute
would hold a thread for ever.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection

from services.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of the monotonic clock, and the seconds that led to it."""

    at: float
    seconds: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the moment in so many seconds."""
        return cls(time.monotonic() + seconds, seconds)

    @classmethod
    def of_fetch(cls, whole: Deadline | None = None) -> Deadline:
        """Return the end of one fetch that begins now, within a longer time."""
        own = cls.after(settings.FETCH_SECONDS)
        return own if whole is None or own.at < whole.at else whole

    def left(self) -> float:
        """Return the seconds that are left, never none."""
        return max(0.1, self.at - time.monotonic())

    @property
    def is_over(self) -> bool:
        """True if nothing is left."""
        return time.monotonic() >= self.at

    def require(self) -> None:
        """Raise InvalidValue if the time is over."""
        if self.is_over:
            raise InvalidValue(f"took longer than {self.seconds:g} s to fetch")


@contextmanager
def watched_pool(
    scheme: str, address: str, host: str, port: int, deadline: Deadline
) -> Iterator[urllib3.HTTPConnectionPool]:
    """Yield a pool to an address whose connections end at the deadline.

    TLS still verifies the host's name.
    """
    watch = _Watch(deadline)
    pool = _pool(scheme, address, host, port, watch)
    try:
        yield pool
    finally:
        pool.close()
        watch.close()


def _pool(
    scheme: str, address: str, host: str, port: int, watch: _Watch
) -> urllib3.HTTPConnectionPool:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return watch.watched(super()._new_conn())

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return watch.watched(super()._new_conn())

    pool: urllib3.HTTPConnectionPool
    if scheme == "http":
        pool = urllib3.HTTPConnectionPool(address, port)
        pool.ConnectionCls = Plain
    else:
        pool = urllib3.HTTPSConnectionPool(
            address, port, server_hostname=host, assert_hostname=host
        )
        pool.ConnectionCls = Secure
    return pool


class _Watch:
    """Cuts the connections of one fetch when its time is over."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(deadline.left(), self._cut)
        self._timer.daemon = True
        self._timer.start()

    def watched(self, connection: socket.socket) -> socket.socket:
        """Return a connection that was just made; none is made after the end."""
        if self._deadline.is_over:
            connection.close()
            raise urllib3.exceptions.TimeoutError("the time of this fetch is over")
        # A second name of it: TLS takes the first one's place.
        self._sockets.append(connection.dup())
        return connection

    def _cut(self) -> None:
        for one in self._sockets:
            with suppress(OSError):  # it has ended already
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of what was watched."""
        self._timer.cancel()
        for one in self._sockets:
            one.close()
