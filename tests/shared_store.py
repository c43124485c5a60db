"""An S3 server on this machine, empty, with one bucket."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

BUCKET = "cairn"
#: The server takes any key; boto3 wants one.
KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@dataclass(frozen=True)
class Server:
    """Where it listens, and a way in beside the portal's."""

    url: str

    def names(self) -> list[str]:
        """Return what is in the bucket."""
        with closing(client_of(self.url)) as client:
            found = client.list_objects_v2(Bucket=BUCKET)
        return [one["Key"] for one in found.get("Contents", [])]

    def clear(self) -> None:
        """Delete all that is in the bucket."""
        with closing(client_of(self.url)) as client:
            for name in self.names():
                client.delete_object(Bucket=BUCKET, Key=name)


def client_of(url: str) -> Any:
    """Return a client of the server at a URL."""
    return boto3.client(
        "s3", endpoint_url=url, aws_access_key_id="test",
        aws_secret_access_key="test", region_name="us-east-1",
    )  # fmt: skip


@contextmanager
def s3_server() -> Iterator[Server]:
    """Yield a server that ends with the block."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        with closing(client_of(f"http://{host}:{port}")) as client:
            client.create_bucket(Bucket=BUCKET)
        made = Server(f"http://{host}:{port}")
        yield made
        made.clear()  # servers of one process have one memory
    finally:
        server.stop()
