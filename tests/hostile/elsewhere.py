"""Other servers: one that may be fetched from, its like with TLS, and one that may not."""

from __future__ import annotations

import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAME = "allowed.test"
_ROW = b'{"geometry":{"x":1,"y":1},"attributes":{}},'
_START = (
    b'{"geometryType":"esriGeometryPoint","spatialReference":{"wkid":4326},"features":['
)
_ESRI_499 = b'{"error":{"code":499,"message":"Token Required","details":[]}}'
_NAN = (
    _START
    + b'{"geometry":{"x":"NaN","y":null},"attributes":{}},{"geometry":{"x":NaN,"y":1}}]}'
)
_DEEP = b"[" * 100_000 + b"]" * 100_000
_ROWS = 10_000_000
Write = Callable[[bytes], object]


@dataclass(slots=True)
class Elsewhere:
    """The ports of the servers, and what has come to each."""

    plain: int = 0
    secure: int = 0
    forbidden: int = 0
    certificate: Path = Path()
    seen: list[str] = field(default_factory=list)
    #: Requests and connections that came where none may.
    trespassed: list[str] = field(default_factory=list)

    def settings(self) -> dict[str, str]:
        """Return the variables of a portal that may fetch from the first two."""
        return {
            "CAIRN_FETCH_HOSTS": f"{NAME}:{self.plain},{NAME}:{self.secure},"
            f"rebind.test:{self.forbidden}",
            "CAIRN_FETCH_NETWORKS": "127.0.0.0/8",
            "CAIRN_FETCH_BYTES": str(8 * 2**20),
            "SSL_CERT_FILE": str(self.certificate),
        }

    def placed(self, url: str) -> str:
        """Return a URL of the corpus with the ports of these servers."""
        return (
            url.replace(":9999", f":{self.forbidden}")
            .replace(f"http://{NAME}/", f"http://{NAME}:{self.plain}/")
            .replace(f"https://{NAME}/", f"https://{NAME}:{self.secure}/")
            .replace(f"@{NAME}/", f"@{NAME}:{self.plain}/")
        )


def _drip(write: Write) -> None:
    with suppress(OSError):
        while True:
            write(b" ")
            time.sleep(1)


def _huge(write: Write) -> None:
    with suppress(OSError):
        write(_START)
        for _ in range(_ROWS // 1000):
            write(_ROW * 1000)


_BODIES: dict[str, bytes | Callable[[Write], None]] = {
    "/drip": _drip, "/huge": _huge, "/deep": _DEEP, "/esri-499": _ESRI_499,
    "/nan": _NAN, "/needs-token/query": _ESRI_499,
}  # fmt: skip


def _handler(found: Elsewhere, seen: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            seen.append(self.path)
            if path in ("/loop", "/redirect-http"):
                self.send_response(302)
                away = f"http://{NAME}:{found.plain}/nan?token=x"
                self.send_header("Location", path if path == "/loop" else away)
                self.end_headers()
                return
            body = _BODIES.get(path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            if callable(body):
                body(self.wfile.write)
            else:
                self.wfile.write(body or b"not here")

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler


def _certificate(folder: Path) -> Path:
    """Return a file with a key, and a certificate of NAME that it signs itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def _served(server: ThreadingHTTPServer) -> Iterator[int]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running() -> Iterator[Elsewhere]:
    """Run the servers while the block lasts."""
    found, here = Elsewhere(), ("127.0.0.1", 0)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        found.certificate = _certificate(Path(folder))
        plain = ThreadingHTTPServer(here, _handler(found, found.seen))
        secure = ThreadingHTTPServer(here, _handler(found, found.seen))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(found.certificate)
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        forbidden = _Trap(here, _handler(found, found.trespassed))
        forbidden.found = found
        found.plain = stack.enter_context(_served(plain))
        found.secure = stack.enter_context(_served(secure))
        found.forbidden = stack.enter_context(_served(forbidden))
        yield found


class _Trap(ThreadingHTTPServer):
    """A server that notes each connection, whatever comes over it."""

    found: Elsewhere

    def verify_request(self, request: object, client_address: object) -> bool:
        self.found.trespassed.append(f"a connection from {client_address}")
        return True
