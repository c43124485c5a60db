"""A map server of another site, for tests: answers what it was given, on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Remote:
    """The server: its port, the answers by path, and the requests it has seen.

    With a ``token`` it is secured: who does not show it gets ArcGIS' refusal.
    """

    port: int
    token: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reply(self, path: str, query: dict[str, str], headers: dict[str, str]) -> Reply:
        answer = self.answers.get(path)
        shown = query.get("token"), headers.get("X-Esri-Authorization", "")[7:]
        if self.token and self.token not in shown:
            answer = {"error": {"code": 499, "message": "Token Required"}}
        if callable(answer):
            answer = answer(query)
        if isinstance(answer, tuple):
            return answer
        if isinstance(answer, bytes):
            return 200, {"Content-Type": "application/octet-stream"}, answer
        if answer is None:
            return 404, {}, b"not here"
        return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


@contextmanager
def remote() -> Iterator[Remote]:
    """Run such a server while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            found.seen.append((parts.path, query, dict(self.headers)))
            status, headers, body = found.reply(parts.path, query, dict(self.headers))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Remote(server.server_port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
