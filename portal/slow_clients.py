"""The web server's threads, kept from clients that send a byte now and then.

A thread reads a request while it arrives. Sixteen clients that never come to an end
would hold all threads of two processes, and nobody else would be answered.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Any

from django.conf import settings
from gunicorn.workers.gthread import ThreadWorker

#: The speed of a body that counts as sending, in bytes a second.
SLOWEST = 1000


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Hangs up on a client whose request has not arrived in time."""

    def init_process(self) -> None:
        """Begin with no request that is arriving."""
        #: When a connection's request began, the reader and the size of its body.
        self._arriving: dict[Any, tuple[float, Any, int]] = {}
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """Note that a request begins; then handle it."""
        self._arriving[conn] = (time.monotonic(), None, 0)
        try:
            return super().handle(conn)
        finally:
            self._arriving.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Note that a body begins, if one comes; then answer."""
        reader = req.body.reader
        length = getattr(reader, "length", 0)
        if length:
            self._arriving[conn] = (time.monotonic(), reader, length)
        else:
            self._arriving.pop(conn, None)
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Hang up on who is too slow; the main loop calls this about once a second."""
        super().murder_pending()
        now = time.monotonic()
        for conn, (began, reader, length) in list(self._arriving.items()):
            if _is_late(now - began, reader, length):
                self._arriving.pop(conn, None)
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)


def _is_late(seconds: float, reader: Any, length: int) -> bool:
    """Tell if a head, or so much of a body, should be there after this time."""
    if reader is None:
        return bool(seconds > settings.CLIENT_SECONDS)
    held = reader.unreader.buf.tell()  # what has come of a read that waits for more
    come = length - reader.length + held
    is_slow = come < min(length, SLOWEST * seconds)
    return bool(seconds > settings.CLIENT_SECONDS and is_slow)
