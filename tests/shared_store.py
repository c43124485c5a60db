"""An S3 server on this machine, empty, with one bucket."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

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
        client = boto3.client(
            "s3", endpoint_url=self.url, aws_access_key_id="test",
            aws_secret_access_key="test", region_name="us-east-1",
        )  # fmt: skip
        try:
            found = client.list_objects_v2(Bucket=BUCKET)
        finally:
            client.close()
        return [one["Key"] for one in found.get("Contents", [])]


@contextmanager
def s3_server() -> Iterator[Server]:
    """Yield a server that ends with the block."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "s3", endpoint_url=f"http://{host}:{port}", aws_access_key_id="test",
        aws_secret_access_key="test", region_name="us-east-1",
    )  # fmt: skip
    try:
        client.create_bucket(Bucket=BUCKET)
        client.close()
        yield Server(f"http://{host}:{port}")
    finally:
        server.stop()
