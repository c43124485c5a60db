"""Single processes of a portal: web servers and workers, each on its own."""

from __future__ import annotations

import signal
import subprocess
import sys

import requests

from tests.chaos.site import Site, free_port
from tests.server import ROOT


class Part:
    """A web server or a worker that can be stopped and started again."""

    def __init__(self, site: Site, *command: str, **variables: str) -> None:
        self._site, self._command = site, command
        self._environment = site.environment | variables
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it belongs to the site."""
        with self._site.console.open("ab") as console:
            self._process = subprocess.Popen(
                [sys.executable, *self._command], cwd=ROOT, stdout=console,
                stderr=subprocess.STDOUT, env=self._environment,
            )  # fmt: skip

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)

    def reap(self) -> None:
        """Wait until it has ended, if it ever ran: whoever calls this has killed it."""
        if self._process is not None:
            self._process.wait(60)


class Web(Part):
    """A web server on a port of its own."""

    def __init__(self, site: Site) -> None:
        port = free_port()
        super().__init__(site, "-m", "gunicorn", "-c", "python:portal.web", "-b",
                         f"127.0.0.1:{port}", "portal.wsgi")  # fmt: skip
        self.address = f"http://127.0.0.1:{port}"

    def is_answering(self) -> bool:
        """Tell if it answers."""
        try:
            return requests.get(f"{self.address}/health/live", timeout=10).ok
        except requests.RequestException:
            return False
